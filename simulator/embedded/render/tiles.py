"""Which sample of the roads is nearest to a point.

The plane is cut into tiles of 32 x 32 cells of one metre; only tiles near a road exist, so that memory goes with the
length of the roads. A cell holds the sample nearest to its middle.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.jit import entry, inner

TILE = 32
# how far beyond the pavement a road shapes the ground (gravel, ragged edges) [m]
MARGIN = 12.0
# a sample serves what lies beside it; farther along only the wedge outside a kink, where nothing else does [m]
_WEDGE, _LAST_BUT_ONE = 2.5, 100.0


class Tiles(NamedTuple):
    """left, bottom: world position of the directory's corner [m]. directory: (rows, columns) int32, the tile or -1.

    cells: (tiles, 32, 32) int32, the nearest sample; `nowhere` where no road is near.
    """

    left: float
    bottom: float
    directory: NDArray[np.int32]
    cells: NDArray[np.int32]
    nowhere: int


@inner
def find_tile(tiles: Tiles, x: float, y: float) -> int:
    """Find the tile at a point of the world [m], or -1 far from any road."""
    column = int(np.floor(x - tiles.left))
    row = int(np.floor(y - tiles.bottom))
    height, width = tiles.directory.shape
    if column < 0 or row < 0 or column >= width * TILE or row >= height * TILE:
        return -1
    return int(tiles.directory[row // TILE, column // TILE])


@inner
def find_sample(tiles: Tiles, x: float, y: float) -> int:
    """Find the sample nearest to a point of the world [m], or `nowhere`."""
    tile = find_tile(tiles, x, y)
    if tile < 0:
        return tiles.nowhere
    column = int(np.floor(x - tiles.left))
    row = int(np.floor(y - tiles.bottom))
    return int(tiles.cells[tile, row % TILE, column % TILE])


class Sites(NamedTuple):
    """The samples of all roads, each (N,) float64.

    x, y [m], heading [rad]. end: -1 or 1 at a road's first or last sample, else 0. half_width: of the pavement [m].
    handicap: what is added to a sample's distance [m], so that it serves only where others are farther.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    heading: NDArray[np.float64]
    end: NDArray[np.float64]
    half_width: NDArray[np.float64]
    handicap: NDArray[np.float64]


@entry
def _fill(tiles: Tiles, costs: NDArray[np.float32], sites: Sites) -> None:
    """Write to each cell near a road the sample whose pavement is nearest; beyond a road's ends there is none."""
    for i in range(sites.x.shape[0]):
        x = sites.x[i] - tiles.left
        y = sites.y[i] - tiles.bottom
        cosine = np.cos(sites.heading[i])
        sine = np.sin(sites.heading[i])
        reach = sites.half_width[i] + MARGIN
        for row in range(int(y - reach), int(y + reach) + 1):
            for column in range(int(x - reach), int(x + reach) + 1):
                dx = column + 0.5 - x
                dy = row + 0.5 - y
                distance = np.sqrt(dx * dx + dy * dy)
                along = cosine * dx + sine * dy
                if distance > reach or abs(along) > _WEDGE or along * sites.end[i] > 0.0:
                    continue
                tile = tiles.directory[row // TILE, column // TILE]
                cost = distance - sites.half_width[i] + sites.handicap[i] + (_LAST_BUT_ONE if abs(along) > 1.0 else 0.0)
                if tile >= 0 and cost < costs[tile, row % TILE, column % TILE]:
                    costs[tile, row % TILE, column % TILE] = cost
                    tiles.cells[tile, row % TILE, column % TILE] = i


def lay_tiles(sites: Sites) -> Tiles:
    """Make the tiles around all samples."""
    x, y, reach = sites.x, sites.y, sites.half_width + MARGIN + 1.0
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
    cells = np.full((count, TILE, TILE), len(x), np.int32)
    tiles = Tiles(float(left), float(bottom), directory, cells, len(x))
    _fill(tiles, np.full(cells.shape, np.inf, np.float32), sites)
    return tiles
