"""The train stage: clips become checkpoints."""
