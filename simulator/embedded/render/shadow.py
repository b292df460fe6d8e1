"""Shadows of what stands still, as tiles of how much of the sun can be seen from each place on the ground."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.noise import FloatImage

# a tile has so many cells along each side, of half a metre, and all its smaller versions behind it
CELLS, PER_METRE = 64, 2.0
_LEVELS = 7
# a sun lower than this, as the sine of its height, throws no shadows that could be told apart
LOWEST = 0.06


class Shadow(NamedTuple):
    """left, bottom: world position of the directory's corner [m]. directory: (rows, columns) int32; -1 is sunny.

    tiles: (tiles, 5461) uint8: 255 in the sun, 0 in full shadow; rows of rising y, the finest level first, each level
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
    return packed
