"""What makes a test harder, one file per condition, found by its name."""
