"""Our own OpenDRIVE geometry: exact, vectorised, and strict about what it accepts."""

from simulator.opendrive.furniture import RoadObject, Signal, SpeedLimit
from simulator.opendrive.geometry import FloatArray, Poses
from simulator.opendrive.lanes import Lane, LaneSection, RoadMark, Stroke
from simulator.opendrive.network import JunctionConnection, RoadNetwork, RoadPosition
from simulator.opendrive.road import Link, Road
from simulator.opendrive.spawn import SpawnPoint

__all__ = [
    "FloatArray",
    "JunctionConnection",
    "Lane",
    "LaneSection",
    "Link",
    "Poses",
    "Road",
    "RoadMark",
    "RoadNetwork",
    "RoadObject",
    "RoadPosition",
    "Signal",
    "SpawnPoint",
    "SpeedLimit",
    "Stroke",
]
