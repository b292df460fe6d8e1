"""What the embedded world's cameras see: a ray-caster per pixel."""
