"""Places to put cars: the start of every driving lane outside junctions, and one each 50 m along it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from simulator.opendrive.batch import evaluate_cubics, evaluate_lines
from simulator.opendrive.geometry import FloatArray
from simulator.opendrive.road import Road, beside

SPAWN_DISTANCE = 50.0
SPAWN_MARGIN = 5.0


class SpawnPoint(NamedTuple):
    """A place to put a car: x, y, z [m] and its attitude [rad] in OpenDRIVE axes, along the traffic.

    roll, pitch: about the car's own forward and left axes, so a climb is a negative pitch.
    """

    road_id: str
    lane_id: int
    s: float
    x: float
    y: float
    z: float
    heading: float
    roll: float
    pitch: float


def _find_lanes(road: Road) -> Iterator[tuple[Road, int, FloatArray]]:
    """Give each driving lane of a road, and s of the places along it (N,) [m] in its driving direction."""
    margin = min(SPAWN_MARGIN, road.length / 2)
    places = np.arange(margin, max(road.length - margin, margin + 1e-6), SPAWN_DISTANCE)
    for lane_id in sorted({i for section in road.sections for i in section.lanes if i != 0}, reverse=True):
        s = places if road.runs_forward(lane_id) else road.length - places
        lanes = [road.sections[k].lanes.get(lane_id) for k in road.section_indices(s).tolist()]
        s = s[[lane is not None and lane.type == "driving" for lane in lanes]]
        if len(s) > 0:
            yield road, lane_id, s


def find_spawn_points(roads: Sequence[Road]) -> list[SpawnPoint]:
    """Give the places of all roads outside junctions, all at once."""
    found = [each for road in roads if road.junction is None for each in _find_lanes(road)]
    if not found:
        return []
    counts = np.array([len(s) for _, _, s in found])
    s = np.concatenate([each for _, _, each in found])
    t, shift, bend = np.concatenate([road.lateral(lane_id, each) for road, lane_id, each in found], axis=1)
    line, rate = evaluate_lines([road.reference_line for road, _, _ in found], s, counts)
    poses = beside(line, rate, t, shift, bend)
    turned = np.array([0.0 if road.runs_forward(lane_id) else np.pi for road, lane_id, _ in found])
    headings = poses.heading + np.repeat(turned, counts)
    # the surface's height and slopes, see `Road.height` and `Road.slope`
    height, climb, _ = evaluate_cubics([road.elevation for road, _, _ in found], s, counts)
    bank, twist, _ = evaluate_cubics([road.superelevation for road, _, _ in found], s, counts)
    across = np.tan(bank)
    along = (climb + t * twist * (1 + across**2)) / np.maximum(1 - line.curvature * t, 0.05)
    turn = headings - line.heading
    ahead = along * np.cos(turn) + across * np.sin(turn)
    left = across * np.cos(turn) - along * np.sin(turn)
    pitches = 0.0 - np.arctan(ahead)
    rolls = np.arctan(left * np.cos(pitches))
    rows = np.stack((s, poses.x, poses.y, height + t * across, headings, rolls, pitches), axis=1).tolist()
    owners = [(road.id, lane_id) for road, lane_id, each in found for _ in each]
    return [SpawnPoint(*owner, *row) for owner, row in zip(owners, rows, strict=True)]
