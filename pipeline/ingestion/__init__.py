"""The ingest stage: what a reader promises, how recordings are judged and cut, and the books of what was left out."""
