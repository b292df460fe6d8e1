"""Checkpoint in, report out."""
