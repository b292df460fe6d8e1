"""The land between and around the roads: gentle hills, drawn from a seed, that leave the roads' surroundings level."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, uniform_filter

from simulator.embedded.jit import inner, whole
from simulator.embedded.road_samples import RoadSamples
from simulator.randomness import make_generator

FloatImage = NDArray[np.float32]

# the grid reaches this far beyond the roads [m]; its cells are so large, or larger where it would need too many [m]
_MARGIN, _CELL, _MOST_CELLS = 900.0, 8.0, 1 << 20
# hills: how many waves, their lengths [m], their height [m], and the distances from a road where they begin and stand
_WAVES, _SHORTEST, _LONGEST, _HEIGHT = 12, 110.0, 700.0, 7.0
_BEGIN, _WHOLE = 6.0, 170.0


class Land(NamedTuple):
    """left, bottom: world position of the first grid point [m]. cell: [m]. heights: (rows, columns) float32 [m]."""

    left: float
    bottom: float
    cell: float
    heights: FloatImage


@inner
def land_height(land: Land, x: float, y: float) -> float:
    """Give the height of the open land [m]; beyond the grid it goes on level."""
    rows, columns = land.heights.shape
    u = min(max((x - land.left) / land.cell, 0.0), columns - 1.001)
    v = min(max((y - land.bottom) / land.cell, 0.0), rows - 1.001)
    column, row = whole(u), whole(v)
    right, above = u - column, v - row
    lower = land.heights[row, column] * (1.0 - right) + land.heights[row, column + 1] * right
    upper = land.heights[row + 1, column] * (1.0 - right) + land.heights[row + 1, column + 1] * right
    return float(lower * (1.0 - above) + upper * above)


def _hills(x: FloatImage, y: FloatImage, seed: int) -> FloatImage:
    """Give the hills' height (rows, columns) [m] on the grid of x (columns,) and y (rows,) [m]; about 0 in the mean."""
    generator = make_generator(seed, "hills")
    lengths = np.exp(generator.uniform(np.log(_SHORTEST), np.log(_LONGEST), _WAVES))
    bearings = np.pi * (np.arange(_WAVES) + generator.uniform(0, 1, _WAVES)) * 0.618
    phases = generator.uniform(0, 2 * np.pi, _WAVES)
    steepness = generator.uniform(0.6, 1.3)
    hills = np.zeros((len(y), len(x)), np.float32)
    for length, bearing, phase in zip(lengths, bearings, phases, strict=True):
        # sin(a + b), so that only lines of the grid need sines
        a = (2 * np.pi / length) * np.cos(bearing) * x.astype(np.float64)
        b = (2 * np.pi / length) * np.sin(bearing) * y.astype(np.float64) + phase
        wave = np.outer(np.sin(b), np.cos(a)) + np.outer(np.cos(b), np.sin(a))
        hills += (wave * (length / _LONGEST) ** 0.8).astype(np.float32)
    weights = np.sqrt(np.sum((lengths / _LONGEST) ** 1.6) / 2)
    return hills * np.float32(steepness * _HEIGHT / weights)


def make_land(samples: RoadSamples, seed: int, hills: float = 1.0) -> Land:
    """Make the land around all roads: at their height near them, and hills, `hills` times as high, farther away."""
    west, east = samples.x.min() - _MARGIN, samples.x.max() + _MARGIN
    south, north = samples.y.min() - _MARGIN, samples.y.max() + _MARGIN
    cell = max(_CELL, float(np.sqrt((east - west) * (north - south) / _MOST_CELLS)))
    columns, rows = int((east - west) / cell) + 2, int((north - south) / cell) + 2
    x = (west + cell * np.arange(columns)).astype(np.float32)
    y = (south + cell * np.arange(rows)).astype(np.float32)
    column = np.rint((samples.x - west) / cell).astype(np.int64)
    row = np.rint((samples.y - south) / cell).astype(np.int64)
    empty = np.ones((rows, columns), bool)
    empty[row, column] = False
    half_width = float(np.median(np.maximum(samples.high, -samples.low)))
    level = not samples.height.any()
    found = distance_transform_edt(empty, sampling=cell, return_indices=not level)
    distance = (found if level else found[0]).astype(np.float32) - np.float32(half_width)
    share = np.clip((distance - _BEGIN) / (_WHOLE - _BEGIN), 0, 1)
    heights = np.float32(hills) * _hills(x, y, seed) * share * share * (3 - 2 * share)
    if not level:
        total = np.zeros((rows, columns), np.float32)
        count = np.zeros((rows, columns), np.float32)
        np.add.at(total, (row, column), samples.height.astype(np.float32))
        np.add.at(count, (row, column), np.float32(1))
        nearest = (total / np.maximum(count, 1))[found[1][0], found[1][1]]
        # far from roads the step between two roads' heights is spread wide
        near, far = uniform_filter(nearest, 3), uniform_filter(uniform_filter(nearest, 31), 31)
        heights = heights + near + (far - near) * np.clip(distance / 200, 0, 1)
    return Land(float(west), float(south), cell, np.ascontiguousarray(heights, dtype=np.float32))
