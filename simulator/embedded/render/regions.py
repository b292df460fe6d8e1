"""Which roads lie together: a region has one look, and a document's far roads each have their own."""

import math
from typing import NamedTuple

import numpy as np

from simulator.opendrive import Road

# roads nearer than this belong together [m]
GAP = 600.0

Bounds = tuple[float, float, float, float]


class Regions(NamedTuple):
    """of_road: the region of each road. bounds: (left, bottom, right, top) of each region [m]."""

    of_road: list[int]
    bounds: list[Bounds]

    def at(self, x: float, y: float) -> int:
        """Give the region that is nearest to a point [m]."""
        best, least = 0, math.inf
        if len(self.bounds) == 1:
            return best
        for k, (left, bottom, right, top) in enumerate(self.bounds):
            distance = max(left - x, x - right, 0.0) + max(bottom - y, y - top, 0.0)
            if distance < least:
                best, least = k, distance
        return best


def _join(a: Bounds, b: Bounds) -> Bounds:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def _near(a: Bounds, b: Bounds) -> bool:
    return max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3]) < GAP


def find_regions(roads: tuple[Road, ...]) -> Regions:
    """Put roads whose bounding boxes nearly touch into one region; regions are numbered by their first road."""
    groups: list[tuple[list[int], Bounds]] = []
    for k, road in enumerate(roads):
        x, y = road.samples.x, road.samples.y
        members, bounds = [k], (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
        while True:
            touching = [group for group in groups if _near(group[1], bounds)]
            if not touching:
                break
            for group in touching:
                members += group[0]
                bounds = _join(bounds, group[1])
            groups = [group for group in groups if group not in touching]
        groups.append((members, bounds))
    groups.sort(key=lambda group: min(group[0]))
    of_road = np.zeros(len(roads), int)
    for number, (members, _) in enumerate(groups):
        of_road[members] = number
    return Regions([int(number) for number in of_road], [bounds for _, bounds in groups])
