"""The remote methods, one file per subject; importing this package registers them all."""

from simulator.embedded.handlers import (
    actors,
    actuation,
    batch,
    probing,
    recording,
    refusals,
    session,
    traffic,
    vehicles,
    walkers,
    world,
)

__all__ = [
    "actors",
    "actuation",
    "batch",
    "probing",
    "recording",
    "refusals",
    "session",
    "traffic",
    "vehicles",
    "walkers",
    "world",
]
