"""The CPU-only server that speaks CARLA's wire protocol."""
