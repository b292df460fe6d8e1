"""What is measured, one file per metric, found by its name."""
