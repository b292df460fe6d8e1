"""What stands in the embedded world: where it is, how large, and what CARLA calls it. Nothing here draws."""

from simulator.embedded.scenery.scenery import Scenery
from simulator.embedded.scenery.things import KINDS, Kind, Things

__all__ = ["KINDS", "Kind", "Scenery", "Things"]
