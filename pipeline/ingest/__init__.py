"""Readers of recorded drives, one file per source, found by its name."""
