"""Trees and bushes of one tile of the country."""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.scenery.character import Character
from simulator.embedded.scenery.pavement import Nearest, Pavement
from simulator.embedded.scenery.things import BUSH, POPLAR, TREES, Things, make_things, pick
from simulator.randomness import make_generator

# width of a tile; plants stand one to a cell at most [m]
TILE = 128.0
_CELL = 4.0
# trees stand no nearer to a road and bushes no nearer than their own radius more; no farther than REACH [m]
_TREE_GAP, _BUSH_GAP, REACH = 3.0, 1.8, 170.0
# and from the middles of houses, and a share of their own width more; so much at most [m]
_FROM_HOUSE, _FROM_WIDTH, HOUSE_GAP = 8.5, 0.3, 15.0
# where most plants stand beside a road [m]
_BESIDE = 6.0
MOST_PLANTS = round((TILE / _CELL) ** 2)
# a driver sees this far along the inside of a bend, past the trees [m], up to a depth of [m]
_SIGHT, _DEEPEST = 45.0, 9.0
# heights of the six trees, least and most [m], and width as a share of the height
_HEIGHTS = np.array([[7.0, 14.0], [8.0, 16.0], [7.0, 15.0], [11.0, 20.0], [8.0, 19.0], [9.0, 17.0]])
_SLENDER = np.array([0.56, 0.86, 0.74, 0.30, 0.46, 0.50])
_Array = NDArray[np.float64]


def sight_gap(pavement: Pavement, near: Nearest) -> _Array:
    """Give how much farther from the road plants must stand on the inside of its bends [m]."""
    curvature = pavement.ribs.curvature[near.rib]
    inside = np.where(near.to_left, curvature, -curvature)
    result: _Array = np.clip(_SIGHT**2 / 8 * inside, 0.0, _DEEPEST)
    return result


def _density(country: Character, distance: _Array | float, x: _Array, y: _Array) -> tuple[_Array, _Array]:
    """Give the chance of a tree and of a bush in each cell, so far from the nearest road [m]."""
    forest, village = country.forest_at(x, y), country.village_at(x, y)
    beside = np.exp(-(((distance - _BESIDE) / 4.0) ** 2))
    edge = 4 * forest * (1 - forest)
    tree = 0.010 + 0.30 * forest * (1 - village) + country.alley * 0.16 * beside + 0.07 * village * country.gardens
    bush = 0.012 + 0.05 * forest + 0.22 * edge + 0.06 * beside + 0.10 * village * country.gardens
    # what is far behind others is hardly seen
    thin = np.clip(1.3 - distance / 75.0, 0.1, 1.0)
    return tree * thin, bush * thin


def _choose_species(country: Character, x: _Array, y: _Array, draw: _Array) -> NDArray[np.int64]:
    """Choose a species for each place; neighbours tend to be alike."""
    shares = np.cumsum(country.species)
    # from a normal field to a share by a logistic curve, and some mixing
    drift = 1 / (1 + np.exp(-1.7 * country.patches.at(x, y)))
    position = np.where(draw < 0.45, draw / 0.45, drift)
    species: NDArray[np.int64] = np.minimum(np.searchsorted(shares, position), len(TREES) - 1)
    return species


def plant(seed: int, tile: tuple[int, int], country: Character, pavement: Pavement, houses: Things) -> Things:
    """Plant tile (column, row) of the plane; heights of the ground are left 0.

    houses: all that stand on the tile, or within HOUSE_GAP of it.
    """
    generator = make_generator(seed, f"plants {tile[0]}", tile[1])
    count = int(TILE / _CELL)
    draws = generator.random((6, count * count))
    row, column = np.divmod(np.arange(count * count), count)
    x = tile[0] * TILE + (column + 0.1 + 0.8 * draws[0]) * _CELL
    y = tile[1] * TILE + (row + 0.1 + 0.8 * draws[1]) * _CELL
    # most cells stay empty whatever the distance to the road, which takes longest to find out
    likely = draws[2] < sum(_density(country, _BESIDE, x, y))
    x, y, draws = x[likely], y[likely], draws[:, likely]
    near = pavement.nearest(x, y, REACH)
    wooded, bushy = _density(country, near.distance, x, y)
    is_tree = draws[2] < wooded
    chosen = (is_tree | (draws[2] < wooded + bushy)) & np.isfinite(near.distance)
    x, y, draws, is_tree = x[chosen], y[chosen], draws[:, chosen], is_tree[chosen]
    near = Nearest(near.distance[chosen], near.rib[chosen], near.to_left[chosen])
    things = make_things(len(x), BUSH)
    species = _choose_species(country, x, y, draws[3])
    low, high = _HEIGHTS[species].T
    # a village's trees are smaller than a forest's
    size = draws[4] * (1 - 0.4 * country.village_at(x, y))
    height = np.where(is_tree, low + (high - low) * size, 0.9 + 2.2 * draws[4] ** 2)
    width = height * np.where(is_tree, _SLENDER[species] * (0.85 + 0.3 * draws[5]), 1.25)
    things["kind"] = np.where(is_tree, np.array(TREES)[species], BUSH)
    things["x"], things["y"], things["height"], things["length"], things["width"] = x, y, height, width, width
    things["shade"], things["heading"] = draws[5], 2 * np.pi * draws[3]
    things["variant"] = (draws[3] * 997).astype(int) % np.where(is_tree, 2, 3)
    things["variant"][things["kind"] == POPLAR] = 0
    gap = np.where(is_tree, np.maximum(_TREE_GAP, 0.42 * width), _BUSH_GAP + 0.5 * width) + sight_gap(pavement, near)
    kept = near.distance > gap
    for house in houses:
        kept &= np.hypot(x - house["x"], y - house["y"]) > _FROM_HOUSE + _FROM_WIDTH * width
    return pick(things, kept)
