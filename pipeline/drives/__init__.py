"""A drive, the one format on disk: what it is made of, and writing it as it is recorded."""
