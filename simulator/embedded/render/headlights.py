"""The pool of light before a car at night: a low beam on level ground, looked up by place.

The lamps are taken to be below the lens and to point where it looks, since a camera knows nothing of its car.
"""

import numpy as np

from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.jit import Number, inner
from simulator.embedded.render.noise import FloatImage

# the table: one metre a cell, from 0 to LENGTH ahead and WIDTH to either side
LENGTH, WIDTH = 120, 40


def make_pool() -> FloatImage:
    """Make the light on the ground, (LENGTH, 2 WIDTH) float32; about 1 at its brightest."""
    ahead = np.arange(LENGTH, dtype=np.float64)[:, None] + 0.5
    left = np.arange(2 * WIDTH, dtype=np.float64)[None, :] + 0.5 - WIDTH
    distance = np.hypot(ahead, left)
    bearing = np.arctan2(left, ahead)
    lobes = np.exp(-((bearing / 0.30) ** 2)) + 0.35 * np.exp(-((bearing / 0.75) ** 2))
    fall = 1 / (1 + (distance / 17) ** 2) ** 1.3
    near = np.clip((distance - 0.5) / 5, 0, 1)
    return (0.9 * lobes * fall * (0.35 + 0.65 * near)).astype(np.float32)


@inner
def lamp_light(pool: FloatImage, ahead: Number, left: Number) -> Number:
    """Give the light at a place on the ground [m] before the car."""
    row = ahead - 0.5
    column = left - 0.5 + WIDTH
    if row > LENGTH - 1.001 or column < 0.0 or column > 2 * WIDTH - 1.001 or ahead < 0.0:
        return 0.0
    row = clamp(row, 0.0, LENGTH - 1.001)
    i = int(row)
    j = int(column)
    a = row - i
    b = column - j
    upper = pool[i, j] * (1.0 - b) + pool[i, j + 1] * b
    lower = pool[i + 1, j] * (1.0 - b) + pool[i + 1, j + 1] * b
    light: Number = upper * (1.0 - a) + lower * a
    return light
