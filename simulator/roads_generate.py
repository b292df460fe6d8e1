"""OpenDRIVE from a seed, by scenariogeneration: the course, the lanes and the paint of a road."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scenariogeneration import xodr

from simulator.opendrive.geometry import Clothoid
from simulator.randomness import make_generator
from simulator.roads_config import RoadsConfig
from simulator.roads_course import make_course, make_ring


@lru_cache(maxsize=512)
def generate_road(seed: int, config: RoadsConfig) -> str:
    """Give the `<road>` that belongs to a seed: id 1, flat, starting at the origin."""
    return ET.tostring(_make_roads([make_course(seed, config)], seed, config)[0], encoding="unicode")


@lru_cache(maxsize=64)
def generate_ring(seed: int, config: RoadsConfig) -> tuple[str, ...]:
    """Give three linked `<road>`s with the ids 1 to 3 that form a ring, driven counter-clockwise in the right lane."""
    roads = _make_roads(make_ring(seed, config), seed, config, closed=True)
    return tuple(ET.tostring(road, encoding="unicode") for road in roads)


def _make_roads(
    courses: Sequence[Sequence[Clothoid]], seed: int, config: RoadsConfig, *, closed: bool = False
) -> list[ET.Element]:
    """Make one road of each course, linked to a ring if `closed`."""
    document = xodr.OpenDrive("generated")
    # the sun must not stand in the same place at the start of every road
    heading = make_generator(seed, "road heading").uniform(-math.pi, math.pi)
    roads = []
    for i, course in enumerate(courses):
        plan = xodr.PlanView(0.0, 0.0, heading) if i == 0 else xodr.PlanView()
        for curve in course:
            plan.add_geometry(_shape(curve))
        roads.append(xodr.Road(i + 1, plan, _make_lanes(make_generator(seed, "road paint"), config)))
    if closed:
        for i, road in enumerate(roads):
            before, after = (i - 1) % len(roads) + 1, (i + 1) % len(roads) + 1
            road.add_predecessor(xodr.ElementType.road, before, xodr.ContactPoint.end)
            road.add_successor(xodr.ElementType.road, after, xodr.ContactPoint.start)
    for road in roads:
        document.add_road(road)
    document.adjust_roads_and_lanes()
    return [road.get_element() for road in roads]


def _shape(curve: Clothoid) -> xodr.Line | xodr.Arc | xodr.Spiral:
    if curve.start == curve.end:
        return xodr.Line(curve.length) if curve.start == 0 else xodr.Arc(curve.start, length=curve.length)
    return xodr.Spiral(curve.start, curve.end, curve.length)


def _make_lanes(generator: np.random.Generator, config: RoadsConfig) -> xodr.Lanes:
    """Draw the paint of a road and give its lanes: driving lanes and a shoulder on either side."""
    dashes = [(3.0, 4.5), (3.0, 9.0), (4.0, 8.0), (6.0, 3.0), (6.0, 12.0), (2.0, 4.0)][generator.integers(6)]
    color = xodr.RoadMarkColor.yellow if generator.random() < 0.35 else xodr.RoadMarkColor.white
    width = float(generator.choice([0.10, 0.12, 0.15, 0.20]))
    edge_width = float(generator.choice([0.10, 0.12, 0.15, 0.20, 0.25]))
    types = xodr.RoadMarkType
    kind = [types.broken, types.solid, types.solid_solid][generator.choice(3, p=[0.55, 0.25, 0.20])]
    edge = [types.solid, types.broken, types.none][generator.choice(3, p=[0.70, 0.10, 0.20])]
    shoulder = float(generator.uniform(0.4, 1.8))
    center = xodr.Lane()
    # a one-way road has its left edge where others have their centre line
    center.add_roadmark(_mark(kind if config.two_way else edge, color, width, dashes))
    section = xodr.LaneSection(0, center)
    for side in ("right", "left") if config.two_way else ("right",):
        add = section.add_right_lane if side == "right" else section.add_left_lane
        for i in range(config.lanes):
            lane = xodr.Lane(a=config.lane_width)
            outermost = i == config.lanes - 1
            white = xodr.RoadMarkColor.white
            lane.add_roadmark(
                _mark(edge, white, edge_width, dashes) if outermost else _mark(types.broken, white, width, dashes)
            )
            add(lane)
        beside = xodr.Lane(lane_type=xodr.LaneType.shoulder, a=shoulder)
        beside.add_roadmark(xodr.RoadMark(types.none))
        add(beside)
    lanes = xodr.Lanes()
    lanes.add_lanesection(section)
    return lanes


def _mark(
    kind: xodr.RoadMarkType, color: xodr.RoadMarkColor, width: float, dashes: tuple[float, float]
) -> xodr.RoadMark:
    """Make a road mark; broken ones carry their dash pattern."""
    mark = xodr.RoadMark(kind, width=width, color=color)
    if kind == xodr.RoadMarkType.broken:
        mark.add_specific_road_line(xodr.RoadLine(width, dashes[0], dashes[1], 0.0))
    return mark
