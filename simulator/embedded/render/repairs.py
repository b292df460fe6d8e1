"""Repairs of the asphalt: patches, trenches across and along the road, darker or lighter than what is around them."""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.jit import Number
from simulator.embedded.render.markings import COLOUR, COLUMNS, END, HALF_WIDTH, REACH, START, Stripes, T, collect

# one repair at most in each stretch of this length [m]
_STRETCH = 9.0


def _draw_shape(generator: np.random.Generator) -> tuple[float, float]:
    """Draw length and width [m] of a repair."""
    kind = generator.random()
    if kind < 0.7:
        return generator.uniform(1.5, 7.0), generator.uniform(0.7, 2.4)
    if kind < 0.85:
        return generator.uniform(0.4, 0.9), 30.0
    return generator.uniform(15.0, 60.0), generator.uniform(0.35, 0.7)


def make_repairs(s: NDArray[np.float64], half_width: float, share: Number, generator: np.random.Generator) -> Stripes:
    """Scatter repairs over a road whose samples are at s (N,) [m]; `share` of the stretches have one.

    half_width: of the asphalt [m]. The result is like stripes, but its "colour" is minus the asphalt's new brightness.
    """
    owners: list[NDArray[np.int64]] = []
    stripes: list[NDArray[np.float32]] = []
    for stretch in np.arange(s[0], s[-1], _STRETCH):
        if generator.random() >= share:
            continue
        length, width = _draw_shape(generator)
        start = stretch + generator.uniform(0.0, _STRETCH - 1.0)
        near = np.flatnonzero((s >= start - REACH) & (s <= start + length + REACH))
        rows = np.zeros((len(near), COLUMNS), np.float32)
        rows[:, T] = generator.uniform(-half_width, half_width) if width < 2 * half_width else 0.0
        rows[:, HALF_WIDTH], rows[:, START], rows[:, END] = width / 2, start, start + length
        dark = generator.random() < 0.75
        rows[:, COLOUR] = -(generator.uniform(0.6, 0.85) if dark else generator.uniform(1.1, 1.3))
        owners.append(near)
        stripes.append(rows)
    return collect(owners, stripes)
