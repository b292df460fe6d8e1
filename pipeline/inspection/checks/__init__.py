"""Checks of drives before training, one file each, found by its name."""
