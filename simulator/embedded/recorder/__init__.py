"""CARLA's recorder: logs in its binary format, written, read, told about in its words, and replayed."""
