"""Variations of a clip that must not change how it is driven."""
