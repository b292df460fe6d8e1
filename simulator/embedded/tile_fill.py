"""Fills the cells of one plot, a square of PLOT tiles each way: which road sample serves each."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import entry, inner
from simulator.embedded.road_index import PLOT
from simulator.embedded.road_samples import RoadSamples
from simulator.embedded.tiles import MARGIN, TILE

SIDE = PLOT * TILE
"""Cells along a plot's side, each of one metre."""
# a sample serves what lies beside it; farther along only the wedge outside a kink, where nothing else does [m]
_WEDGE, _LAST_BUT_ONE = 2.5, 100.0
# an extension serves only where no road does; roads whose heights differ by more than this lie one above the other [m]
_LAST_RESORT, _STOREY = 1000.0, 2.0
# beyond this there is nothing of a road but the ground's shape [m]
_VERGE = 5.0
# a road covers cells whose middle lies less than this beside its lanes [m]
_COVERED = 0.75
# what a cell costs a sample that can't serve it
_NEVER = np.float32(1e30)
# how much dearer a metre of height makes a cell, when the upper or the lower of two roads is looked for
_UPPER, _LOWER = 10.0, -10.0


class Filled(NamedTuple):
    """The cells of a plot.

    cells: (tiles, TILE, TILE) int32, as `Tiles.cells`, row by row; a group's number counts from the plot's own first.
    number: (PLOT, PLOT) int32, each tile's number among them, -1 where no road is near; upper: the same of the tiles in
    which the upper of two roads decides. first_member, members: as in `Tiles`.
    """

    cells: NDArray[np.int32]
    number: NDArray[np.int32]
    upper: NDArray[np.int32]
    first_member: NDArray[np.int32]
    members: NDArray[np.int32]


class Work(NamedTuple):
    """What is known of each cell while a plot is filled, each (cells,): the cost of its sample, then of one road.

    touched: the cells that the road may serve.
    """

    cost: NDArray[np.float32]
    road_cost: NDArray[np.float32]
    road_sample: NDArray[np.int32]
    touched: NDArray[np.int32]


def make_work() -> Work:
    """Make the memory that filling a plot needs; it can be used again."""
    size = SIDE * SIDE
    whole = np.zeros(size, np.int32), np.zeros(size, np.int32)
    return Work(np.zeros(size, np.float32), np.full(size, _NEVER, np.float32), *whole)


@inner
def _columns(cosine: float, sine: float, y: float, x: float, reach: float, row: int) -> tuple[int, int]:
    """Give the first column of a row that a sample at (x, y) may serve, and the one after the last."""
    low, high = -reach, reach
    if abs(cosine) > 0.05:
        left = (-_WEDGE - sine * (row + 0.5 - y)) / cosine
        right = (_WEDGE - sine * (row + 0.5 - y)) / cosine
        low, high = max(low, min(left, right)), min(high, max(left, right))
    return max(int(np.floor(x + low - 0.5)), 0), min(int(np.floor(x + high - 0.5)) + 2, SIDE)


@inner
def _cost(samples: RoadSamples, i: int, along: float, across: float, storey: float) -> tuple[float, float]:
    """Give what it costs a cell to belong to a sample, and how far it lies beside its lanes [m]."""
    if abs(along) > _WEDGE or along * samples.end[i] > 0.0:
        return float(_NEVER), float(_NEVER)
    low, high = samples.low[i], samples.high[i]
    aside = across - 0.5 * (low + high)
    outside = np.sqrt(aside * aside + along * along) - 0.5 * (high - low)
    if outside > MARGIN:
        return float(_NEVER), float(_NEVER)
    cost = outside + samples.beyond[i] * _LAST_RESORT + (_LAST_BUT_ONE if abs(along) > 1.0 else 0.0)
    beside = max(low - across, across - high)
    if beside < _COVERED:
        cost -= storey * samples.height[i]
    return cost, beside


@entry
def _fill(
    cells: NDArray[np.int32],
    work: Work,
    samples: RoadSamples,
    near: NDArray[np.int32],
    spans: NDArray[np.int64],
    corner: tuple[float, float],
    storey: float,
    found: NDArray[np.int32],
) -> int:
    """Write to each cell near a road the sample whose lanes are nearest; beyond a road's ends there is none.

    cells: (SIDE * SIDE,). near: the samples that may serve, rising; spans: (roads, 2), each road's among them. corner:
    x, y of the plot [m]. storey: more than 0 prefers upper roads, less lower ones. found: gets (cell, sample) for every
    road that covers a cell. Returns how many there are, which may be more than it has room for.
    """
    count = 0
    for road in range(spans.shape[0]):
        touched = 0
        for m in range(spans[road, 0], spans[road, 1]):
            i = near[m]
            x, y = samples.x[i] - corner[0], samples.y[i] - corner[1]
            cosine, sine = np.cos(samples.heading[i]), np.sin(samples.heading[i])
            reach = max(samples.high[i], -samples.low[i]) + MARGIN
            for row in range(max(int(np.floor(y - reach)), 0), min(int(np.floor(y + reach)) + 1, SIDE)):
                dy = row + 0.5 - y
                first, last = _columns(cosine, sine, y, x, reach, row)
                for column in range(first, last):
                    dx = column + 0.5 - x
                    cost, beside = _cost(samples, i, cosine * dx + sine * dy, cosine * dy - sine * dx, storey)
                    if cost >= _NEVER:
                        continue
                    k = row * SIDE + column
                    if work.road_cost[k] >= _NEVER:
                        work.touched[touched] = k
                        touched += 1
                    if cost < work.road_cost[k]:
                        work.road_cost[k] = cost
                        work.road_sample[k] = i
                    if cost < work.cost[k]:
                        work.cost[k] = cost
                        cells[k] = i if beside < _VERGE else -1 - i
        for n in range(touched):
            k = work.touched[n]
            i = work.road_sample[k]
            work.road_cost[k] = _NEVER
            dx, dy = k % SIDE + 0.5 + corner[0] - samples.x[i], k // SIDE + 0.5 + corner[1] - samples.y[i]
            across = np.cos(samples.heading[i]) * dy - np.sin(samples.heading[i]) * dx
            if max(samples.low[i] - across, across - samples.high[i]) < _COVERED and samples.beyond[i] == 0.0:
                if count < found.shape[0]:
                    found[count, 0] = k
                    found[count, 1] = i
                count += 1
    return count


class _Near(NamedTuple):
    """The samples that may serve a plot; see `_fill`."""

    samples: RoadSamples
    near: NDArray[np.int32]
    spans: NDArray[np.int64]
    corner: tuple[float, float]


def _fill_with(it: _Near, work: Work, nowhere: int, storey: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Fill cells; gives also (cell, sample) for every road that covers a cell, cell by cell, the nearest first."""
    room = SIDE * SIDE
    while True:
        cells = np.full(SIDE * SIDE, -1 - nowhere, np.int32)
        work.cost[:] = _NEVER
        found = np.empty((room, 2), np.int32)
        room = _fill(cells, work, it.samples, it.near, it.spans, it.corner, storey, found)
        if room <= len(found):
            break
    found = found[:room]
    second = cells[found[:, 0]] != found[:, 1]
    return cells, found[np.lexsort((found[:, 1], second, found[:, 0]))]


def _tile_of(cell: NDArray[np.int32]) -> NDArray[np.int32]:
    """Give the tile, counted row by row, of cells of a plot."""
    tile: NDArray[np.int32] = cell // (SIDE * TILE) * PLOT + cell % SIDE // TILE
    return tile


def _crossed(samples: RoadSamples, found: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell in which tiles (PLOT * PLOT,) roads lie one above the other."""
    crossed = np.zeros(PLOT * PLOT, bool)
    same = np.flatnonzero(found[1:, 0] == found[:-1, 0])
    heights = samples.height[found[:, 1]]
    crossed[_tile_of(found[same[np.abs(heights[same + 1] - heights[same]) > _STOREY], 0])] = True
    return crossed


def _same_storey(samples: RoadSamples, found: NDArray[np.int32]) -> NDArray[np.int32]:
    """Keep what lies at about the height of the first sample of its cell."""
    _, starts, counts = np.unique(found[:, 0], return_index=True, return_counts=True)
    heights = samples.height[found[:, 1]]
    return found[np.abs(heights - np.repeat(heights[starts], counts)) <= _STOREY]


def _group(
    cells: NDArray[np.int32], found: NDArray[np.int32], nowhere: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Put groups into the cells that several roads cover; gives where each group's members begin, and the members."""
    same = found[1:, 0] == found[:-1, 0]
    several = np.zeros(len(found), bool)
    several[1:] |= same
    several[:-1] |= same
    members = found[several]
    owners, starts, counts = np.unique(members[:, 0], return_index=True, return_counts=True)
    # a cell may be nearest to a road that does not cover it: that one it keeps
    keep = cells[owners] == members[starts, 1]
    cells[owners[keep]] = nowhere + 1 + np.arange(int(keep.sum()), dtype=np.int32)
    first = np.concatenate([[0], np.cumsum(counts[keep])]).astype(np.int32)
    return first, np.ascontiguousarray(members[np.repeat(keep, counts), 1])


def _cut(cells: NDArray[np.int32]) -> NDArray[np.int32]:
    """Cut the cells of a plot into its tiles (PLOT * PLOT, TILE, TILE)."""
    return cells.reshape(PLOT, TILE, PLOT, TILE).swapaxes(1, 2).reshape(PLOT * PLOT, TILE, TILE)


def fill_plot(
    samples: RoadSamples, near: NDArray[np.int32], corner: tuple[float, float], nowhere: int, work: Work
) -> Filled:
    """Fill the tiles of the plot at a corner x, y [m]. near: all samples that may serve there, rising."""
    if len(near) == 0:
        nothing, none = np.zeros((0, TILE, TILE), np.int32), np.full((PLOT, PLOT), -1, np.int32)
        return Filled(nothing, none, none, np.zeros(1, np.int32), np.zeros(0, np.int32))
    numbers = samples.road[near]
    borders = np.flatnonzero(np.diff(numbers, prepend=-1.0, append=-1.0))
    it = _Near(samples, near, np.stack([borders[:-1], borders[1:]], axis=1), corner)
    cells, found = _fill_with(it, work, nowhere, 0.0)
    crossed = _crossed(samples, found)
    upper = cells
    if crossed.any():
        # both storeys, in the tiles where there are two
        high, found_high = _fill_with(it, work, nowhere, _UPPER)
        low, found_low = _fill_with(it, work, nowhere, _LOWER)
        two = crossed[_tile_of(np.arange(SIDE * SIDE, dtype=np.int32))]
        upper, cells = np.where(two, high, cells), np.where(two, low, cells)
        found_low, found_high = (_same_storey(samples, each[two[each[:, 0]]]) for each in (found_low, found_high))
        found_high = found_high + np.array([SIDE * SIDE, 0], np.int32)
        found = np.concatenate([found[~two[found[:, 0]]], found_low, found_high])
        found = found[np.argsort(found[:, 0], kind="stable")]
    both = np.concatenate([cells, upper])
    first, members = _group(both, found, nowhere)
    lower_tiles, upper_tiles = _cut(both[: SIDE * SIDE]), _cut(both[SIDE * SIDE :])
    there = (lower_tiles != -1 - nowhere).any(axis=(1, 2))
    differ = crossed & (lower_tiles != upper_tiles).any(axis=(1, 2))
    number = np.where(there, np.cumsum(there) - 1, -1).astype(np.int32)
    number_above = np.where(differ, there.sum() + np.cumsum(differ) - 1, number).astype(np.int32)
    return Filled(
        np.concatenate([lower_tiles[there], upper_tiles[differ]]),
        number.reshape(PLOT, PLOT),
        number_above.reshape(PLOT, PLOT),
        first,
        members,
    )
