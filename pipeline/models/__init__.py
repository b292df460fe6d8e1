"""Drivers that learn, one file per model, found by its name."""
