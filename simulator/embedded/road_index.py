"""Which samples of the roads lie where: the plane in squares of 32 m, and the samples of each."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.road_samples import RoadSamples
from simulator.errors import LiquidlaneError

SQUARE = 32
# what is made piece by piece is made in plots of so many squares each way
PLOT = 4
_MOST_SQUARES = 1 << 22


class RoadIndex(NamedTuple):
    """left, bottom: world position of the first square's corner [m], whole plots from the origin.

    rows, columns: how many squares there are, whole plots and a margin that no road's samples lie in. starts: (rows *
    columns + 1,) int64: the samples of square k, row by row, are members[starts[k] : starts[k + 1]], rising. widest:
    how far from its reference line any lane reaches [m].
    """

    left: float
    bottom: float
    rows: int
    columns: int
    starts: NDArray[np.int64]
    members: NDArray[np.int32]
    widest: float


def index_roads(samples: RoadSamples, margin: float) -> RoadIndex:
    """Sort samples by squares; the index reaches at least `margin` [m] farther than any lane.

    Raises:
        LiquidlaneError: if the roads lie hundreds of kilometres apart.
    """
    plot = PLOT * SQUARE
    widest = float(np.maximum(samples.high, -samples.low).max())
    reach = widest + margin + SQUARE
    left, bottom = (plot * float(np.floor((each.min() - reach) / plot)) for each in (samples.x, samples.y))
    columns, rows = (
        PLOT * int(np.ceil((each.max() + reach - first) / plot))
        for each, first in ((samples.x, left), (samples.y, bottom))
    )
    if rows * columns > _MOST_SQUARES:
        size = columns * SQUARE / 1000, rows * SQUARE / 1000
        most = _MOST_SQUARES * SQUARE**2 / 1e6
        raise LiquidlaneError(
            f"the roads lie within {size[0]:.0f} x {size[1]:.0f} km, and at most {most:.0f} km2 can be served; "
            "move them together, or cut a part out"
        )
    row, column = ((samples.y - bottom) // SQUARE).astype(np.int64), ((samples.x - left) // SQUARE).astype(np.int64)
    square = row * columns + column
    order = np.argsort(square, kind="stable")
    starts = np.zeros(rows * columns + 1, np.int64)
    np.cumsum(np.bincount(square, minlength=rows * columns), out=starts[1:])
    return RoadIndex(left, bottom, rows, columns, starts, order.astype(np.int32), widest)


def samples_within(index: RoadIndex, left: float, bottom: float, right: float, top: float) -> NDArray[np.int32]:
    """Give the samples in all squares that a rectangle [m] touches, rising."""
    first, last = (min(max(int((x - index.left) // SQUARE), 0), index.columns - 1) for x in (left, right))
    lowest, highest = (min(max(int((y - index.bottom) // SQUARE), 0), index.rows - 1) for y in (bottom, top))
    begins = [row * index.columns + first for row in range(lowest, highest + 1)]
    parts = [index.members[index.starts[k] : index.starts[k + last - first + 1]] for k in begins]
    found: NDArray[np.int32] = np.sort(np.concatenate(parts))
    return found
