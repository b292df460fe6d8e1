"""How far a place is from the nearest road, and what that road is like there."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from simulator.embedded.road_samples import EXTENSION
from simulator.opendrive import Road

# distance between the points that stand for a road's surface, and how far from one a place on a road can be [m]
_SPACING, ON_ROAD = 1.0, 0.9
_Array = NDArray[np.float64]


class Ribs(NamedTuple):
    """Cross-sections of all roads about every metre, each (N,).

    x, y [m], heading [rad] and curvature [1/m] of the reference line; s [m], below 0 or beyond the road's length on an
    extension; left, right: t of the outermost lane borders [m]; road: its index; in_town: whether it has sidewalks.
    """

    x: _Array
    y: _Array
    heading: _Array
    curvature: _Array
    s: _Array
    left: _Array
    right: _Array
    road: NDArray[np.int64]
    in_town: NDArray[np.bool_]


class Nearest(NamedTuple):
    """Of each place: distance to the nearest surface [m], the rib there, and whether the place lies to its left."""

    distance: _Array
    rib: NDArray[np.int64]
    to_left: NDArray[np.bool_]


def edges(road: Road, s: _Array) -> tuple[_Array, _Array]:
    """Give t [m] of the leftmost and the rightmost lane border of a road at s (N,)."""
    left, right = road.lateral(0, s)[0], road.lateral(0, s)[0]
    for lane_id in sorted({i for section in road.sections for i in section.lanes if i != 0}):
        border = road.lateral(lane_id, s, 1.0)[0]
        left, right = np.fmax(left, border), np.fmin(right, border)
    return left, right


def _make_ribs(road: Road, index: int) -> Ribs:
    samples = road.samples
    s = samples.s
    left, right = edges(road, s)
    x, y, heading, curvature = samples.x, samples.y, samples.heading, samples.curvature
    # an end that leads nowhere is drawn on straight, and nothing may stand there either
    beyond = np.arange(1.0, EXTENSION + 1.0)
    if road.predecessor is None and road.junction is None:
        back = beyond[::-1]
        x = np.append(x[0] - back * np.cos(heading[0]), x)
        y = np.append(y[0] - back * np.sin(heading[0]), y)
        heading, curvature = np.append(0 * back + heading[0], heading), np.append(0 * back, curvature)
        left, right, s = np.append(0 * back + left[0], left), np.append(0 * back + right[0], right), np.append(-back, s)
    if road.successor is None and road.junction is None:
        x = np.append(x, x[-1] + beyond * np.cos(heading[-1]))
        y = np.append(y, y[-1] + beyond * np.sin(heading[-1]))
        left, right = np.append(left, 0 * beyond + left[-1]), np.append(right, 0 * beyond + right[-1])
        heading, curvature = np.append(heading, 0 * beyond + heading[-1]), np.append(curvature, 0 * beyond)
        s = np.append(s, road.length + beyond)
    in_town = any(lane.type == "sidewalk" for section in road.sections for lane in section.lanes.values())
    count = len(s)
    return Ribs(x, y, heading, curvature, s, left, right, np.full(count, index), np.full(count, in_town))


class Pavement:
    """The surface of all roads.

    roads: of the document. ribs: see Ribs.
    """

    def __init__(self, roads: tuple[Road, ...]) -> None:
        self.roads = roads
        parts = [_make_ribs(road, k) for k, road in enumerate(roads)]
        self.ribs = Ribs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        width = self.ribs.left - self.ribs.right
        steps = np.maximum(np.ceil(width / _SPACING).astype(int), 1) + 1
        self._rib = np.repeat(np.arange(len(width)), steps)
        order = np.arange(len(self._rib)) - np.repeat(np.cumsum(steps) - steps, steps)
        t = self.ribs.right[self._rib] + width[self._rib] * order / (steps[self._rib] - 1)
        self._points = np.stack(self.place(self._rib, t), axis=1)
        self._tree = cKDTree(self._points, balanced_tree=False, compact_nodes=False)

    def place(self, rib: NDArray[np.int64], t: _Array) -> tuple[_Array, _Array]:
        """Give x, y [m] of places t [m] to the left of ribs."""
        heading = self.ribs.heading[rib]
        return self.ribs.x[rib] - t * np.sin(heading), self.ribs.y[rib] + t * np.cos(heading)

    def nearest(self, x: _Array, y: _Array, reach: float = np.inf) -> Nearest:
        """Find the nearest road of places (N,) [m]; beyond `reach` the distance is infinite and the rib 0.

        Distances are exact to 0.15 m where they exceed ON_ROAD, and below it on a road.
        """
        distance, found = self._tree.query(np.stack([x, y], axis=1), distance_upper_bound=reach)
        near = np.isfinite(distance)
        rib = np.where(near, self._rib[np.where(near, found, 0)], 0)
        heading = self.ribs.heading[rib]
        across = (y - self.ribs.y[rib]) * np.cos(heading) - (x - self.ribs.x[rib]) * np.sin(heading)
        return Nearest(distance, rib, across > 0.5 * (self.ribs.left[rib] + self.ribs.right[rib]))

    def bounds(self) -> tuple[float, float, float, float]:
        """Give left, bottom, right, top of all surfaces [m]."""
        low, high = self._points.min(axis=0), self._points.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def touched(
        self, left: float, bottom: float, tile: float, shape: tuple[int, int], reach: float
    ) -> NDArray[np.bool_]:
        """Tell which square tiles [m] of a raster (rows, columns) from (left, bottom) lie within reach of a road."""
        near = np.zeros(shape, bool)
        span = int(np.ceil(reach / tile))
        column, row = ((self._points - (left, bottom)) // tile).astype(int).T
        for dy in range(-span, span + 1):
            for dx in range(-span, span + 1):
                near[np.clip(row + dy, 0, shape[0] - 1), np.clip(column + dx, 0, shape[1] - 1)] = True
        return near
