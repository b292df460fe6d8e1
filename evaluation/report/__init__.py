"""The report: one page of findings, charts and tables."""
