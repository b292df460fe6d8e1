"""The remote methods, one file per subject; importing this package registers them all."""

from simulator.embedded.handlers import actors, batch, session, traffic, vehicles, world

__all__ = ["actors", "batch", "session", "traffic", "vehicles", "world"]
