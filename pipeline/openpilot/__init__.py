"""The logs and the cameras of openpilot's devices."""
