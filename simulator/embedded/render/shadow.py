"""Shadows of what stands still, as tiles of how much of the sun can be seen from each place on the ground."""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.jit import Number, inner
from simulator.embedded.render.noise import FloatImage

# a tile has so many cells along each side, of half a metre, and all its smaller versions behind it
CELLS, PER_METRE = 64, 2.0
_LEVELS = 7
# unused bytes after the last level
_MORE = 3
# a sun lower than this, as the sine of its height, throws no shadows that could be told apart
LOWEST = 0.06


class Shadow(NamedTuple):
    """left, bottom: world position of the directory's corner [m]. directory: (rows, columns) int32; -1 is sunny.

    tiles: (tiles, 5464) uint8: 255 in the sun, 0 in full shadow; rows of rising y, the finest level first, each level
    after the other.
    """

    left: float
    bottom: float
    directory: NDArray[np.int32]
    tiles: NDArray[np.uint8]


def no_shadow() -> Shadow:
    """Give a world without shadows."""
    return Shadow(0.0, 0.0, np.full((1, 1), -1, np.int32), np.zeros((1, 1), np.uint8))


def pack_levels(sun: FloatImage) -> NDArray[np.uint8]:
    """Make a tile from (64, 64) shares of the sun, row 0 at the lowest y."""
    levels = []
    for _ in range(_LEVELS):
        levels.append(sun.reshape(-1))
        if sun.shape[0] > 1:
            half = sun.shape[0] // 2
            sun = sun.reshape(half, 2, half, 2).mean(axis=(1, 3))
    packed: NDArray[np.uint8] = np.rint(np.concatenate(levels) * 255).astype(np.uint8)
    # whoever reads a cell reads the next ones with it
    return np.pad(packed, (0, _MORE))


@inner
def sun_share(shadow: Shadow, x: float, y: float, size: Number) -> float32:
    """Give the share of the sun at a point of the ground [m], for a pixel of a size [m]; for single pixels of solids.

    What `shading` does for whole packets of the ground is the same but for rounding.
    """
    u, v = (x - shadow.left) * PER_METRE, (y - shadow.bottom) * PER_METRE
    rows, columns = shadow.directory.shape
    if u < 0.0 or v < 0.0 or u >= columns * CELLS or v >= rows * CELLS:
        return float32(1.0)
    tile = shadow.directory[int(v) // CELLS, int(u) // CELLS]
    if tile < 0:
        return float32(1.0)
    width, start, cell = CELLS, 0, float32(1.4 / PER_METRE)
    while cell < size and width > 1:
        start += width * width
        width //= 2
        cell += cell
    # within the tile; its outermost half cells go on to its border
    u = min(max((u % CELLS) * width / CELLS - 0.5, 0.0), width - 1.0)
    v = min(max((v % CELLS) * width / CELLS - 0.5, 0.0), width - 1.0)
    i, j = int(u), int(v)
    i1, j1 = min(i + 1, width - 1), min(j + 1, width - 1)
    right, above = float32(u - i), float32(v - j)
    cells = shadow.tiles[tile]
    a, b = float32(cells[start + j * width + i]), float32(cells[start + j * width + i1])
    c, d = float32(cells[start + j1 * width + i]), float32(cells[start + j1 * width + i1])
    lower, upper = a + (b - a) * right, c + (d - c) * right
    return float32((lower + (upper - lower) * above) * float32(1 / 255))
