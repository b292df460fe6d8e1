"""Conditions of the benchmark: one file each, found by its name."""
