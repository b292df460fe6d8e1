"""How far a place is from the nearest road, and what that road is like there."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import entry
from simulator.embedded.road_index import SQUARE, RoadIndex, index_roads, samples_within
from simulator.embedded.road_samples import RoadSamples
from simulator.opendrive import Road

# how far from the nearest road a place on a road can seem to be [m]
ON_ROAD = 0.9
# farther than any place
_NEVER = 1e30
_Array = NDArray[np.float64]


class Ribs(NamedTuple):
    """Cross-sections of all roads about every metre, each (N,).

    x, y [m], heading [rad], its cosine and sine, and curvature [1/m] of the reference line; s [m], below 0 or beyond
    the road's length on an extension; left, right: t of the outermost lane borders [m]; road: its index; in_town:
    whether it has sidewalks.
    """

    x: _Array
    y: _Array
    heading: _Array
    cosine: _Array
    sine: _Array
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


@entry
def _find_nearest(
    index: RoadIndex, ribs: Ribs, x: _Array, y: _Array, reach: float, distance: _Array, rib: NDArray[np.int64]
) -> None:
    """Find the nearest rib of each place, square by square, in rings around it; beyond reach the distance is 1e30."""
    for k in range(x.shape[0]):
        from_left, from_bottom = x[k] - index.left, y[k] - index.bottom
        column, row = int(np.floor(from_left / SQUARE)), int(np.floor(from_bottom / SQUARE))
        best, found, ring = _NEVER, 0, 0
        # what lies in a ring is at least so far away, whatever the ring
        inside = min(from_left - SQUARE * column, SQUARE * (column + 1) - from_left)
        inside = min(inside, from_bottom - SQUARE * row, SQUARE * (row + 1) - from_bottom)
        outermost = max(column, index.columns - 1 - column, row, index.rows - 1 - row)
        while ring <= outermost:
            least = SQUARE * (ring - 1) + inside - index.widest
            if least > best or least > reach:
                break
            for i in range(max(row - ring, 0), min(row + ring, index.rows - 1) + 1):
                whole = abs(i - row) == ring
                for j in range(max(column - ring, 0), min(column + ring, index.columns - 1) + 1):
                    if not whole and abs(j - column) != ring:
                        continue
                    # to the nearest point of the square
                    aside = max(SQUARE * j - from_left, from_left - SQUARE * (j + 1), 0.0)
                    above = max(SQUARE * i - from_bottom, from_bottom - SQUARE * (i + 1), 0.0)
                    if aside * aside + above * above > (min(best, reach) + index.widest) ** 2:
                        continue
                    square = i * index.columns + j
                    for m in range(index.starts[square], index.starts[square + 1]):
                        n = index.members[m]
                        dx, dy = x[k] - ribs.x[n], y[k] - ribs.y[n]
                        if abs(dx) + abs(dy) > 1.5 * (best + index.widest):
                            continue
                        cosine, sine = ribs.cosine[n], ribs.sine[n]
                        along, across = cosine * dx + sine * dy, cosine * dy - sine * dx
                        beside = max(ribs.right[n] - across, across - ribs.left[n], 0.0)
                        far = np.sqrt(along * along + beside * beside)
                        if far < best:
                            best, found = far, n
            ring += 1
        distance[k] = best if best <= reach else _NEVER
        rib[k] = found if best <= reach else 0


class Pavement:
    """The surface of all roads.

    roads: of the document. samples: of all of them. ribs: see Ribs.
    """

    def __init__(self, roads: Sequence[Road], samples: RoadSamples) -> None:
        self.roads = roads
        self._index = index_roads(samples, 0.0)
        road = samples.road.astype(np.int64)
        self._starts = np.searchsorted(road, np.arange(len(roads) + 1))
        towns = [any(lane.type == "sidewalk" for each in one.sections for lane in each.lanes.values()) for one in roads]
        self.ribs = Ribs(
            samples.x,
            samples.y,
            samples.heading,
            np.cos(samples.heading),
            np.sin(samples.heading),
            samples.curvature,
            samples.s,
            samples.high,
            samples.low,
            road,
            np.array(towns)[road],
        )

    def ribs_of(self, road: int) -> NDArray[np.int64]:
        """Give the ribs of a road, in order, without those of its extensions."""
        ribs = np.arange(self._starts[road], self._starts[road + 1])
        return ribs[(self.ribs.s[ribs] >= 0) & (self.ribs.s[ribs] <= self.roads[road].length)]

    def roads_within(self, left: float, bottom: float, right: float, top: float) -> NDArray[np.int64]:
        """Give the numbers of all roads of which a lane may lie in a rectangle [m], rising."""
        more = self._index.widest
        found = samples_within(self._index, left - more, bottom - more, right + more, top + more)
        return np.unique(self.ribs.road[found])

    def place(self, rib: NDArray[np.int64], t: _Array) -> tuple[_Array, _Array]:
        """Give x, y [m] of places t [m] to the left of ribs."""
        return self.ribs.x[rib] - t * self.ribs.sine[rib], self.ribs.y[rib] + t * self.ribs.cosine[rib]

    def nearest(self, x: _Array, y: _Array, reach: float = _NEVER) -> Nearest:
        """Find the nearest road of places (N,) [m]; beyond `reach` the distance is infinite and the rib 0.

        Distances are exact to 0.15 m where they exceed ON_ROAD, and below it on a road.
        """
        x, y = np.ascontiguousarray(x, float), np.ascontiguousarray(y, float)
        distance, rib = np.empty(len(x)), np.empty(len(x), np.int64)
        _find_nearest(self._index, self.ribs, x, y, float(reach), distance, rib)
        across = (y - self.ribs.y[rib]) * self.ribs.cosine[rib] - (x - self.ribs.x[rib]) * self.ribs.sine[rib]
        to_left = across > 0.5 * (self.ribs.left[rib] + self.ribs.right[rib])
        return Nearest(np.where(distance < _NEVER, distance, np.inf), rib, to_left)

    def bounds(self) -> tuple[float, float, float, float]:
        """Give left, bottom, right, top of a rectangle that holds all surfaces [m]."""
        more = self._index.widest
        x, y = self.ribs.x, self.ribs.y
        return float(x.min()) - more, float(y.min()) - more, float(x.max()) + more, float(y.max()) + more

    def touched(
        self, left: float, bottom: float, tile: float, shape: tuple[int, int], reach: float
    ) -> NDArray[np.bool_]:
        """Tell which square tiles [m] of a raster (rows, columns) from (left, bottom) may be within reach of a road."""
        near = np.zeros(shape, bool)
        span = int(np.ceil((reach + self._index.widest) / tile))
        column, row = ((self.ribs.x - left) // tile).astype(int), ((self.ribs.y - bottom) // tile).astype(int)
        row, column = np.divmod(np.unique(row * shape[1] + column), shape[1])
        for dy in range(-span, span + 1):
            for dx in range(-span, span + 1):
                near[np.clip(row + dy, 0, shape[0] - 1), np.clip(column + dx, 0, shape[1] - 1)] = True
        return near
