"""How high the ground reaches, square by square: above that no ray need be compared with it."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter

from simulator.embedded.terrain import Terrain

# the ground is measured so often [m], or so many times on the way, whichever is less often
_STEP, _STEPS = 2.0, 50
# what may be higher between these places [m], and per metre between them
_MORE, _MORE_PER_METRE = 0.08, 0.02


class Ceiling(NamedTuple):
    """left, bottom: world position of the first square's corner [m]. cell: size of a square [m].

    heights: (rows, columns) float64 [m], no ground in the square is higher.
    """

    left: float
    bottom: float
    cell: float
    heights: NDArray[np.float64]


def make_ceiling(terrain: Terrain, x: float, y: float, reach: float) -> Ceiling:
    """Measure the ground within reach of a place [m]."""
    step = max(_STEP, reach / _STEPS)
    half = 2 * math.ceil(reach / (2 * step)) + 2
    offsets = step * np.arange(-half, half + 1)
    heights = terrain.height((x + offsets)[None, :], (y + offsets)[:, None], -np.inf)
    # each square holds three by three of the places, those on its edges too
    highest = maximum_filter(heights, size=3)[1:-1:2, 1:-1:2]
    return Ceiling(
        x - half * step, y - half * step, 2 * step, np.ascontiguousarray(highest + _MORE + _MORE_PER_METRE * step)
    )
