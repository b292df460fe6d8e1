"""Which sample of the roads is nearest to a point.

The plane is cut into tiles of 32 x 32 cells of one metre; only tiles near a road exist, and they are made when they
are needed (see `tile_store`). A cell holds the sample nearest to its middle. Where several roads cover a cell, it holds
a group: the nearest sample of each. Where roads lie one above the other, there is a tile with the upper and one with
the lower.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner, whole

TILE = 32
# how far beyond its lanes a road shapes the ground (gravel, ragged edges, embankments) [m]
MARGIN = 12.0
# in a directory: no tile was made here so far
NOT_YET = -2


class Tiles(NamedTuple):
    """Where the tiles are.

    left, bottom: world position of the directory's corner [m]. directory: (rows, columns) int32, the tile, or -1 where
    no road is near, or NOT_YET where none was made so far; who looks there sees to it first that it is. cells: (tiles,
    32, 32) int32: the nearest sample; or, beyond the verge, -1 - sample; -1 - nowhere where no road is near; more than
    `nowhere` is a group, whose samples are members[first_member[g] : first_member[g + 1]], the nearest first, with g =
    cell - nowhere - 1. upper: the directory where the upper of two roads decides; directory has the lower one.
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
    right, above = x - tiles.left, y - tiles.bottom
    height, width = directory.shape
    if right < 0.0 or above < 0.0 or right >= width * TILE or above >= height * TILE:
        return -1
    return int(directory[whole(above) // TILE, whole(right) // TILE])


@inner
def find_tile(tiles: Tiles, x: float, y: float) -> int:
    """Find the tile at a point of the world [m], or -1 far from any road."""
    return find_tile_in(tiles.directory, tiles, x, y)


@inner
def find_cell(tiles: Tiles, tile: int, x: float, y: float) -> int:
    """Give what the cell at a point of the world [m] holds; tile: that is there."""
    column, row = whole(x - tiles.left), whole(y - tiles.bottom)
    return int(tiles.cells[whole(tile), row % TILE, column % TILE])


@inner
def first_sample(tiles: Tiles, cell: int) -> int:
    """Give the nearest sample of what a cell holds, or `nowhere`."""
    if cell < 0:
        return -1 - cell
    if cell <= tiles.nowhere:
        return cell
    return int(tiles.members[tiles.first_member[cell - tiles.nowhere - 1]])
