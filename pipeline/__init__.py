"""Drives in, checkpoint out."""
