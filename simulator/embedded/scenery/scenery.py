"""All that stands in the world of one document: roadside and houses at once, plants tile by tile when asked for."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from simulator.embedded.scenery.character import Character, draw_character
from simulator.embedded.scenery.furniture import read_furniture
from simulator.embedded.scenery.houses import build
from simulator.embedded.scenery.pavement import Pavement
from simulator.embedded.scenery.roadside import furnish
from simulator.embedded.scenery.things import DTYPE, HOUSE, KINDS, LAMP, Things, make_things, pick
from simulator.embedded.scenery.trees import REACH, TILE, plant
from simulator.opendrive import RoadNetwork
from simulator.randomness import make_generator

# plants of so many tiles are kept
_KEPT_TILES = 512
# ids of a tile's plants begin at this times the tile's number + 1; fewer stand on one tile
_IDS = 4096
Heights = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


class Footprints(NamedTuple):
    """What stops a car, each (N,): middle x, y [m], heading [rad], half length and width, height [m], id of the thing.

    Trunks and posts are small squares.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    heading: NDArray[np.float64]
    half_length: NDArray[np.float64]
    half_width: NDArray[np.float64]
    height: NDArray[np.float64]
    id: NDArray[np.int64]


class Scenery:
    """What stands beside the roads of a document; it is the same in whatever order it is asked for.

    network: the roads. seed: the appearance seed. heights: gives the ground's height z [m] at x, y (N,) [m].
    """

    def __init__(self, network: RoadNetwork, seed: int, heights: Heights) -> None:
        self._seed, self._heights = seed, heights
        self._pavement = Pavement(network.roads)
        self._country: Character = draw_character(seed)
        houses = build(self._country, self._pavement, make_generator(seed, "houses"))
        found = [houses]
        for k in range(len(network.roads)):
            found += furnish(k, self._country, self._pavement, make_generator(seed, "roadside", k))
            found += read_furniture(network.roads[k])
        built = np.concatenate(found)
        built["id"] = np.arange(1, len(built) + 1)
        self._built = self._settle(built)
        self._house_tree = cKDTree(np.stack([houses["x"], houses["y"]], axis=1)) if len(houses) else None
        self._lay_directory()
        self._tiles: OrderedDict[tuple[int, int], Things] = OrderedDict()

    def _settle(self, things: Things) -> Things:
        """Put things on the ground; those with a wide foot stand as high as the lowest of its corners."""
        things["z"] = self._heights(things["x"], things["y"])
        return things

    def _lay_directory(self) -> None:
        """Sort what is built by tiles, and find out which tiles there are."""
        left, bottom, right, top = self._pavement.bounds()
        self._first = int((left - REACH) // TILE), int((bottom - REACH) // TILE)
        self._shape = int((top + REACH) // TILE) - self._first[1] + 1, int((right + REACH) // TILE) - self._first[0] + 1
        corner = self._first[0] * TILE, self._first[1] * TILE
        self._touched = self._pavement.touched(*corner, TILE, self._shape, REACH)
        column = np.clip((self._built["x"] - corner[0]) // TILE, 0, self._shape[1] - 1).astype(int)
        row = np.clip((self._built["y"] - corner[1]) // TILE, 0, self._shape[0] - 1).astype(int)
        number = row * self._shape[1] + column
        order = np.argsort(number, kind="stable")
        self._built = self._built[order]
        self._starts = np.searchsorted(number[order], np.arange(self._shape[0] * self._shape[1] + 1))

    def tile(self, column: int, row: int) -> Things:
        """Give what stands on one tile of TILE metres, whose corner is (column, row) * TILE."""
        key = (column, row)
        if key in self._tiles:
            self._tiles.move_to_end(key)
            return self._tiles[key]
        j, i = row - self._first[1], column - self._first[0]
        if not (0 <= j < self._shape[0] and 0 <= i < self._shape[1]):
            return make_things(0)
        number = j * self._shape[1] + i
        things = self._built[self._starts[number] : self._starts[number + 1]]
        if self._touched[j, i]:
            plants = plant(self._seed, key, self._country, self._pavement, self._house_tree)
            plants["id"] = (number + 1) * _IDS + np.arange(len(plants)) + len(self._built)
            things = np.concatenate([things, self._settle(plants)])
        self._tiles[key] = things
        if len(self._tiles) > _KEPT_TILES:
            self._tiles.popitem(last=False)
        return things

    def things_near(self, x: float, y: float, radius: float) -> Things:
        """Give all things whose middle is within a radius [m] of a place."""
        low, high = (
            (int((x - radius) // TILE), int((y - radius) // TILE)),
            (int((x + radius) // TILE), int((y + radius) // TILE)),
        )
        found = [
            self.tile(column, row)
            for row in range(max(low[1], self._first[1]), min(high[1], self._first[1] + self._shape[0] - 1) + 1)
            for column in range(max(low[0], self._first[0]), min(high[0], self._first[0] + self._shape[1] - 1) + 1)
        ]
        things = np.concatenate(found) if found else np.zeros(0, DTYPE)
        return pick(things, (things["x"] - x) ** 2 + (things["y"] - y) ** 2 <= radius * radius)

    def all_things(self) -> Things:
        """Give everything there is, tile by tile; large documents have hundreds of thousands."""
        found = [
            self.tile(column + self._first[0], row + self._first[1])
            for row in range(self._shape[0])
            for column in range(self._shape[1])
        ]
        return np.concatenate(found)

    def footprints_near(self, x: float, y: float, radius: float) -> Footprints:
        """Give what can stop a car within a radius [m] of a place; houses count from their middles."""
        things = self.things_near(x, y, radius)
        core = np.array([kind.core for kind in KINDS])[things["kind"]]
        things, core = things[core != 0], core[core != 0]
        return Footprints(
            things["x"],
            things["y"],
            things["heading"].astype(float),
            np.where(core < 0, things["length"] / 2, core),
            np.where(core < 0, things["width"] / 2, core),
            things["height"].astype(float),
            things["id"],
        )

    def lamps_near(self, x: float, y: float, radius: float) -> NDArray[np.float64]:
        """Give x, y, z [m] of the lights of street lamps, (N, 3)."""
        things = self.things_near(x, y, radius)
        lamps = things[things["kind"] == LAMP]
        reach = 0.85 * lamps["length"]
        return np.stack(
            [
                lamps["x"] + reach * np.cos(lamps["heading"]),
                lamps["y"] + reach * np.sin(lamps["heading"]),
                lamps["z"] + 0.96 * lamps["height"],
            ],
            axis=1,
        )

    def bounds(self) -> tuple[float, float, float, float]:
        """Give left, bottom, right, top of the land on which something may stand [m]."""
        left, bottom, right, top = self._pavement.bounds()
        return left - REACH, bottom - REACH, right + REACH, top + REACH

    def houses(self) -> Things:
        """Give all houses."""
        return pick(self._built, self._built["kind"] == HOUSE)
