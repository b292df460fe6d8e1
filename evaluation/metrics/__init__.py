"""Metrics of an episode: one file each, found by its name."""
