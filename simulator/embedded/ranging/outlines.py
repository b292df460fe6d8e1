"""What a ray meets of things that pictures show as flat cards: plants and posts as they are broad, boards as cut out.

A plant or a post is taken as turned on a lathe: at each height as thick as its picture is covered there, so that a
bare tree is thin and a spruce a cone. A board, such as a sign, is met where its picture is opaque.
"""

import itertools
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.atlas import FULL, make_atlas

# into how many slices of equal height a plant is cut, and how many cells a board's picture has each way
SLICES: Final = 16
CELLS: Final = 64


class Outlines(NamedTuple):
    """Of each picture of the atlas.

    shares: (COUNT, SLICES) float64, from the foot up: which share of the picture's width is covered. opaque: (COUNT,
    CELLS, CELLS) uint8, row by row from the top.
    """

    shares: NDArray[np.float64]
    opaque: NDArray[np.uint8]


@lru_cache(maxsize=4)
def make_outlines(season: str) -> Outlines:
    """Measure the pictures of a season."""
    atlas = make_atlas(season)
    count = len(atlas.levels)
    shares, opaque = np.zeros((count, SLICES)), np.zeros((count, CELLS, CELLS), np.uint8)
    for k in range(count):
        first, width, height, _ = (int(value) for value in atlas.levels[k, 0])
        size = (height + 2) * (width + 2)
        texels = atlas.texels[4 * first : 4 * (first + size)].reshape(height + 2, width + 2, 4)
        alpha = texels[1:-1, 1:-1, 3].astype(np.float64) / FULL
        covered = alpha.mean(axis=1)[::-1]
        edges = np.linspace(0, height, SLICES + 1).astype(int)
        shares[k] = [covered[low : max(high, low + 1)].mean() for low, high in itertools.pairwise(edges)]
        rows, columns = ((np.arange(CELLS) + 0.5) * size / CELLS for size in (height, width))
        opaque[k] = alpha[rows.astype(int)[:, None], columns.astype(int)[None]] > 0.5
    return Outlines(shares, opaque)
