"""Which sample of the roads is nearest to a point.

The plane is cut into tiles of 32 x 32 cells of one metre; only tiles near a road exist, so that memory goes with the
length of the roads. A cell holds the sample nearest to its middle. Where several roads cover a cell, it holds a group:
the nearest sample of each. Where roads lie one above the other, there is a tile with the upper and one with the lower.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import entry, inner
from simulator.embedded.road_samples import RoadSamples

TILE = 32
# how far beyond its lanes a road shapes the ground (gravel, ragged edges, embankments) [m]
MARGIN = 12.0
# a sample serves what lies beside it; farther along only the wedge outside a kink, where nothing else does [m]
_WEDGE, _LAST_BUT_ONE = 2.5, 100.0
# an extension serves only where no road does; roads whose heights differ by more than this lie one above the other [m]
_LAST_RESORT, _STOREY = 1000.0, 2.0
# beyond this there is nothing of a road but the ground's shape [m]
_VERGE = 5.0
# a road covers cells whose middle lies less than this beside its lanes [m]
_COVERED = 0.75


class Tiles(NamedTuple):
    """left, bottom: world position of the directory's corner [m]. directory: (rows, columns) int32, the tile or -1.

    cells: (tiles, 32, 32) int32: the nearest sample; or, beyond the verge, -1 - sample; -1 - nowhere where no road is
    near; more than `nowhere` is a group, whose samples are members[first_member[g] : first_member[g + 1]], the nearest
    first, with g = cell - nowhere - 1. upper: the directory where the upper of two roads decides; directory has the
    lower one.
    """

    left: float
    bottom: float
    directory: NDArray[np.int32]
    cells: NDArray[np.int32]
    nowhere: int
    upper: NDArray[np.int32]
    first_member: NDArray[np.int32]
    members: NDArray[np.int32]


@inner
def find_tile_in(directory: NDArray[np.int32], tiles: Tiles, x: float, y: float) -> int:
    """Find the tile at a point of the world [m] by one of the directories, or -1 far from any road."""
    column = int(np.floor(x - tiles.left))
    row = int(np.floor(y - tiles.bottom))
    height, width = directory.shape
    if column < 0 or row < 0 or column >= width * TILE or row >= height * TILE:
        return -1
    return int(directory[row // TILE, column // TILE])


@inner
def find_tile(tiles: Tiles, x: float, y: float) -> int:
    """Find the tile at a point of the world [m], or -1 far from any road."""
    return find_tile_in(tiles.directory, tiles, x, y)


@inner
def find_cell(tiles: Tiles, tile: int, x: float, y: float) -> int:
    """Give what the cell at a point of the world [m] holds; tile: that is there."""
    column = int(np.floor(x - tiles.left))
    row = int(np.floor(y - tiles.bottom))
    return int(tiles.cells[tile, row % TILE, column % TILE])


@inner
def first_sample(tiles: Tiles, cell: int) -> int:
    """Give the nearest sample of what a cell holds, or `nowhere`."""
    if cell < 0:
        return -1 - cell
    if cell <= tiles.nowhere:
        return cell
    return int(tiles.members[tiles.first_member[cell - tiles.nowhere - 1]])


@inner
def find_sample(tiles: Tiles, x: float, y: float) -> int:
    """Find the sample nearest to a point of the world [m], or `nowhere`."""
    tile = find_tile(tiles, x, y)
    if tile < 0:
        return tiles.nowhere
    return first_sample(tiles, find_cell(tiles, tile, x, y))


class _Work(NamedTuple):
    """What is known of each cell while tiles are filled, each (cells,): the cost of its sample, then of one road."""

    cost: NDArray[np.float32]
    road_cost: NDArray[np.float32]
    road_sample: NDArray[np.int32]


@inner
def _columns(cosine: float, sine: float, y: float, x: float, reach: float, row: int) -> tuple[int, int]:
    """Give the first column of a row that a sample at (x, y) may serve, and the one after the last."""
    low, high = -reach, reach
    if abs(cosine) > 0.05:
        left = (-_WEDGE - sine * (row + 0.5 - y)) / cosine
        right = (_WEDGE - sine * (row + 0.5 - y)) / cosine
        low, high = max(low, min(left, right)), min(high, max(left, right))
    return int(np.floor(x + low - 0.5)), int(np.floor(x + high - 0.5)) + 2


@inner
def _cost(samples: RoadSamples, i: int, along: float, across: float, storey: float) -> tuple[float, float]:
    """Give what it costs a cell to belong to a sample, and how far it lies beside its lanes [m]; inf where it can't."""
    if abs(along) > _WEDGE or along * samples.end[i] > 0.0:
        return np.inf, np.inf
    low, high = samples.low[i], samples.high[i]
    aside = across - 0.5 * (low + high)
    outside = np.sqrt(aside * aside + along * along) - 0.5 * (high - low)
    if outside > MARGIN:
        return np.inf, np.inf
    cost = outside + samples.beyond[i] * _LAST_RESORT + (_LAST_BUT_ONE if abs(along) > 1.0 else 0.0)
    beside = max(low - across, across - high)
    if beside < _COVERED:
        cost -= storey * samples.height[i]
    return cost, beside


@inner
def _note(work: _Work, cells: NDArray[np.int32], k: int, i: int, cost: float, beside: float) -> None:
    """Note what a cell costs a sample, if it is the least so far, of this road or of all."""
    if cost < work.road_cost[k]:
        work.road_cost[k] = cost
        work.road_sample[k] = i
    if cost < work.cost[k]:
        work.cost[k] = cost
        cells[k] = i if beside < _VERGE else -1 - i


@entry
def _fill(
    tiles: Tiles, work: _Work, samples: RoadSamples, storey: float, spans: NDArray[np.int64], found: NDArray[np.int32]
) -> int:
    """Write to each cell near a road the sample whose lanes are nearest; beyond a road's ends there is none.

    storey: more than 0 prefers upper roads, less lower ones. spans: (roads, 2), each one's samples. found: gets (cell,
    sample) for every road that covers a cell. Returns how many there are, which may be more than it has room for.
    """
    cells = tiles.cells.reshape(-1)
    count = 0
    for road in range(spans.shape[0]):
        # once to find the best sample of this road for each cell, once to write it down and forget it
        for turn in range(2):
            for i in range(spans[road, 0], spans[road, 1]):
                x, y = samples.x[i] - tiles.left, samples.y[i] - tiles.bottom
                cosine, sine = np.cos(samples.heading[i]), np.sin(samples.heading[i])
                reach = max(samples.high[i], -samples.low[i]) + MARGIN
                for row in range(int(y - reach), int(y + reach) + 1):
                    dy = row + 0.5 - y
                    first, last = _columns(cosine, sine, y, x, reach, row)
                    for column in range(first, last):
                        dx = column + 0.5 - x
                        cost, beside = _cost(samples, i, cosine * dx + sine * dy, cosine * dy - sine * dx, storey)
                        tile = tiles.directory[row // TILE, column // TILE]
                        if cost == np.inf or tile < 0:
                            continue
                        k = (tile * TILE + row % TILE) * TILE + column % TILE
                        if turn == 0:
                            _note(work, cells, k, i, cost, beside)
                        elif work.road_sample[k] == i:
                            work.road_sample[k] = -1
                            work.road_cost[k] = np.inf
                            if beside < _COVERED and samples.beyond[i] == 0.0:
                                if count < found.shape[0]:
                                    found[count, 0] = k
                                    found[count, 1] = i
                                count += 1
    return count


def _lay_out(samples: RoadSamples) -> Tiles:
    """Make empty tiles around all samples."""
    reach = np.maximum(samples.high, -samples.low) + MARGIN + 1.0
    x, y = samples.x, samples.y
    left, bottom = np.floor((x - reach).min()) - TILE, np.floor((y - reach).min()) - TILE
    columns = int(((x + reach).max() - left) // TILE) + 2
    rows = int(((y + reach).max() - bottom) // TILE) + 2
    used = np.zeros((rows, columns), bool)
    low_x, high_x = (((x + side * reach - left) // TILE).astype(np.int64) for side in (-1, 1))
    low_y, high_y = (((y + side * reach - bottom) // TILE).astype(np.int64) for side in (-1, 1))
    span = int(max((high_x - low_x).max(), (high_y - low_y).max())) + 1
    for dy in range(span):
        for dx in range(span):
            used[np.minimum(low_y + dy, high_y), np.minimum(low_x + dx, high_x)] = True
    directory = np.full((rows, columns), -1, np.int32)
    count = int(used.sum())
    directory[used] = np.arange(count, dtype=np.int32)
    cells = np.full((count, TILE, TILE), -1 - len(x), np.int32)
    none = np.zeros(0, np.int32)
    return Tiles(float(left), float(bottom), directory, cells, len(x), directory, np.zeros(1, np.int32), none)


def _fill_with(tiles: Tiles, samples: RoadSamples, storey: float) -> NDArray[np.int32]:
    """Fill tiles; gives (cell, sample) for every road that covers a cell, cell by cell, the nearest first."""
    size = tiles.cells.size
    roads = np.arange(int(samples.road[-1]) + 1)
    spans = np.stack([np.searchsorted(samples.road, roads), np.searchsorted(samples.road, roads, "right")], axis=1)
    room = 2 * size // 3
    while True:
        tiles.cells[:] = -1 - tiles.nowhere
        work = _Work(np.full(size, np.inf, np.float32), np.full(size, np.inf, np.float32), np.full(size, -1, np.int32))
        found = np.empty((room, 2), np.int32)
        count = _fill(tiles, work, samples, storey, spans, found)
        if count <= room:
            break
        room = count
    found = found[:count]
    second = tiles.cells.reshape(-1)[found[:, 0]] != found[:, 1]
    return found[np.lexsort((found[:, 1], second, found[:, 0]))]


def _group(tiles: Tiles, found: NDArray[np.int32]) -> Tiles:
    """Put groups into the cells that several roads cover."""
    cells = tiles.cells.reshape(-1)
    several = np.zeros(len(found), bool)
    same = found[1:, 0] == found[:-1, 0]
    several[1:] |= same
    several[:-1] |= same
    members = found[several]
    # a cell may be nearest to a road that does not cover it: that one comes first
    owners, starts = np.unique(members[:, 0], return_index=True)
    keep = cells[owners] == members[starts, 1]
    first = np.append(starts, len(members)).astype(np.int32)
    cells[owners[keep]] = tiles.nowhere + 1 + np.flatnonzero(keep)
    return tiles._replace(first_member=first, members=np.ascontiguousarray(members[:, 1]))


def _cross_above(tiles: Tiles, samples: RoadSamples, found: NDArray[np.int32]) -> bool:
    """Tell whether roads lie one above the other."""
    same = np.flatnonzero(found[1:, 0] == found[:-1, 0])
    heights = samples.height[found[:, 1]]
    return bool((np.abs(heights[same + 1] - heights[same]) > _STOREY).any())


def _same_storey(samples: RoadSamples, found: NDArray[np.int32]) -> NDArray[np.int32]:
    """Keep what lies at about the height of the first sample of its cell."""
    _, starts, counts = np.unique(found[:, 0], return_index=True, return_counts=True)
    heights = samples.height[found[:, 1]]
    return found[np.abs(heights - np.repeat(heights[starts], counts)) <= _STOREY]


def lay_tiles(samples: RoadSamples) -> Tiles:
    """Make the tiles around all samples."""
    tiles = _lay_out(samples)
    found = _fill_with(tiles, samples, 0.0)
    if not _cross_above(tiles, samples, found):
        return _group(tiles, found)
    # both storeys, each with tiles of its own where they differ
    high = _same_storey(samples, _fill_with(tiles, samples, 10.0))
    upper = tiles.cells.copy()
    low = _same_storey(samples, _fill_with(tiles, samples, -10.0))
    differ = np.flatnonzero((upper != tiles.cells).any(axis=(1, 2)))
    number = np.arange(len(upper), dtype=np.int32)
    number[differ] = len(upper) + np.arange(len(differ), dtype=np.int32)
    high = high[np.isin(high[:, 0] // TILE**2, differ)]
    high[:, 0] += (number[high[:, 0] // TILE**2] - high[:, 0] // TILE**2) * TILE**2
    both = tiles._replace(
        cells=np.concatenate([tiles.cells, upper[differ]]),
        upper=np.where(tiles.directory >= 0, number[tiles.directory], -1).astype(np.int32),
    )
    return _group(both, np.concatenate([low, high]))
