"""Trivial policies that bound the scale, one file each, found by its name."""
