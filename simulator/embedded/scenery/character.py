"""What kind of country a road runs through: forest, fields or village, and which trees grow there."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.randomness import make_generator

_Array = NDArray[np.float64]
_CELLS = 64


class Field:
    """A smooth field over the plane, about normal with mean 0 and deviation 1; it repeats after 64 times `size` [m]."""

    def __init__(self, generator: np.random.Generator, size: float) -> None:
        self._table = generator.standard_normal((_CELLS, _CELLS))
        self._size = size

    def at(self, x: _Array, y: _Array) -> _Array:
        """Give the field's value at places (N,) [m]."""
        u, v = x / self._size, y / self._size
        i, j = np.floor(u).astype(int), np.floor(v).astype(int)
        a, b = u - i, v - j
        a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
        i, j, right, above = i % _CELLS, j % _CELLS, (i + 1) % _CELLS, (j + 1) % _CELLS
        table = self._table
        value: _Array = (table[j, i] * (1 - a) + table[j, right] * a) * (1 - b)
        value += (table[above, i] * (1 - a) + table[above, right] * a) * b
        # interpolation flattens the field by about this factor
        return value * 1.35


class Character(NamedTuple):
    """The country of one seed.

    forests, villages: fields that decide where each is. forest_level, village_level: where they begin. species: share
    of each kind of tree (6,). patches: a field that lets one species prevail here and another there. alley: how many
    trees line the roads, 0 to 1. gardens: how green villages are. rails: whether tight bends have guard rails.
    """

    forests: Field
    villages: Field
    patches: Field
    forest_level: float
    village_level: float
    species: _Array
    alley: float
    gardens: float
    rails: float

    def forest_at(self, x: _Array, y: _Array) -> _Array:
        """Give how much of a forest stands at places (N,), 0 to 1."""
        return np.clip((self.forests.at(x, y) - self.forest_level) / 0.35, 0.0, 1.0)

    def village_at(self, x: _Array, y: _Array) -> _Array:
        """Give how much of a village stands at places (N,), 0 to 1."""
        return np.clip((self.villages.at(x, y) - self.village_level) / 0.2, 0.0, 1.0)


def draw_character(seed: int) -> Character:
    """Draw the country of a document from its appearance seed."""
    generator = make_generator(seed, "scenery")
    species = generator.dirichlet([1.2, 1.5, 1.5, 0.5, 1.6, 1.0])
    return Character(
        forests=Field(generator, float(generator.uniform(70, 140))),
        villages=Field(generator, float(generator.uniform(110, 190))),
        patches=Field(generator, 45.0),
        forest_level=float(generator.uniform(-0.1, 1.0)),
        village_level=float(generator.uniform(0.3, 1.3)),
        species=species,
        alley=float(generator.uniform(0, 1) ** 2),
        gardens=float(generator.uniform(0.5, 1.0)),
        rails=float(generator.uniform(0, 1)),
    )
