"""All that stands in the world of one document, made tile by tile when it is asked for."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.road_samples import RoadSamples, sample_roads
from simulator.embedded.scenery.character import Character, draw_character
from simulator.embedded.scenery.furniture import most_furniture, read_furniture
from simulator.embedded.scenery.houses import Houses
from simulator.embedded.scenery.pavement import Pavement
from simulator.embedded.scenery.roadside import furnish, most_things
from simulator.embedded.scenery.things import DTYPE, KINDS, LAMP, Things, make_things, pick
from simulator.embedded.scenery.trees import HOUSE_GAP, MOST_PLANTS, REACH, TILE, plant
from simulator.opendrive import RoadNetwork
from simulator.randomness import make_generator

# tiles may take so much [bytes], and what stands beside so many roads is kept
_MOST_BYTES, _KEPT_ROADS = 32 << 20, 1024
# signs, lamps and rails, and most objects, stand nearer to their road's reference line, or to its lanes [m]
_FAR, _EVERYWHERE = 60.0, 1e9
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
    """What stands beside the roads of a document; it is the same in whatever order it is asked for, by several threads.

    network: the roads. seed: the appearance seed. heights: gives the ground's height z [m] at x, y (N,) [m]. samples:
    of the roads, if they were taken already. most_bytes: what tiles may take that are kept.
    """

    def __init__(
        self,
        network: RoadNetwork,
        seed: int,
        heights: Heights,
        samples: RoadSamples | None = None,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._seed, self._heights, self._most = seed, heights, most_bytes
        roads = network.roads
        self._pavement = Pavement(roads, sample_roads(roads) if samples is None else samples)
        self._country: Character = draw_character(seed)
        self._houses = Houses(self._country, self._pavement, make_generator(seed, "houses"))
        # numbers are given out beforehand, so that they don't depend on the order of visits
        furniture = [most_furniture(road) for road in roads]
        rooms = [most_things(len(self._pavement.ribs_of(k))) + furniture[k][0] for k in range(len(roads))]
        self._first_ids = np.cumsum([1 + self._houses.lots, *rooms])
        # what stands so far from its road is looked for everywhere
        self._far = np.array([k for k in range(len(roads)) if furniture[k][1] > _FAR], np.int64)
        self._lay_directory()
        self._beside: OrderedDict[int, Things] = OrderedDict()
        self._tiles: OrderedDict[tuple[int, int], Things] = OrderedDict()
        self._bytes = 0
        self._lock = threading.RLock()

    def _lay_directory(self) -> None:
        """Find out which tiles there are."""
        left, bottom, right, top = self._pavement.bounds()
        self._first = int((left - REACH) // TILE), int((bottom - REACH) // TILE)
        self._shape = int((top + REACH) // TILE) - self._first[1] + 1, int((right + REACH) // TILE) - self._first[0] + 1
        corner = self._first[0] * TILE, self._first[1] * TILE
        self._touched = self._pavement.touched(*corner, TILE, self._shape, REACH)

    def _furnish(self, road: int) -> Things:
        """Give all that stands beside a road."""
        if road in self._beside:
            self._beside.move_to_end(road)
            return self._beside[road]
        found = furnish(road, self._country, self._pavement, make_generator(self._seed, "roadside", road))
        found += read_furniture(self._pavement.roads[road])
        things = np.concatenate(found) if found else make_things(0)
        things["id"] = self._first_ids[road] + np.arange(len(things))
        self._beside[road] = things
        if len(self._beside) > _KEPT_ROADS:
            self._beside.popitem(last=False)
        return things

    def _built(self, column: int, row: int) -> Things:
        """Give what people built on a tile; what stands beyond all tiles belongs to the outermost ones."""
        left, bottom = column * TILE, row * TILE
        roads = self._pavement.roads_within(left - _FAR, bottom - _FAR, left + TILE + _FAR, bottom + TILE + _FAR)
        found = [self._houses.within(left, bottom, left + TILE, bottom + TILE)]
        for road in np.union1d(roads, self._far).tolist():
            things = self._furnish(road)
            columns, rows = (
                np.clip(things[axis] // TILE, first, first + size - 1)
                for axis, first, size in zip(("x", "y"), self._first, reversed(self._shape), strict=True)
            )
            found.append(things[(columns == column) & (rows == row)])
        return np.concatenate(found)

    def tile(self, column: int, row: int) -> Things:
        """Give what stands on one tile of TILE metres, whose corner is (column, row) * TILE."""
        key = (column, row)
        with self._lock:
            if key in self._tiles:
                self._tiles.move_to_end(key)
                return self._tiles[key]
            j, i = row - self._first[1], column - self._first[0]
            if not (0 <= j < self._shape[0] and 0 <= i < self._shape[1]):
                return make_things(0)
            things = self._built(column, row)
            if self._touched[j, i]:
                left, bottom = column * TILE - HOUSE_GAP, row * TILE - HOUSE_GAP
                houses = self._houses.within(left, bottom, left + TILE + 2 * HOUSE_GAP, bottom + TILE + 2 * HOUSE_GAP)
                plants = plant(self._seed, key, self._country, self._pavement, houses)
                first = int(self._first_ids[-1]) + (j * self._shape[1] + i) * MOST_PLANTS
                plants["id"] = first + np.arange(len(plants))
                things = np.concatenate([things, plants])
            things["z"] = self._heights(things["x"], things["y"])
            self._keep(key, things)
            return things

    def _keep(self, key: tuple[int, int], things: Things) -> None:
        """Keep what stands on a tile, and forget what was asked for longest ago if all take too much."""
        self._tiles[key] = things
        self._bytes += things.nbytes
        while self._bytes > self._most and len(self._tiles) > 1:
            self._bytes -= self._tiles.popitem(last=False)[1].nbytes

    def prepare_ahead(self, x: float, y: float, radius: float) -> bool:
        """Make one tile within a radius [m] of a place; tells whether there was one to make."""
        for key in self.tiles_around(x, y, radius):
            if key not in self._tiles:
                self.tile(*key)
                return True
        return False

    def tiles_around(self, x: float, y: float, radius: float) -> list[tuple[int, int]]:
        """Give all tiles that a square around a place touches, or the outermost ones before which it lies."""
        (left, right), (low, high) = (
            [min(max(int((at + side * radius) // TILE), first), first + size - 1) for side in (-1, 1)]
            for at, first, size in zip((x, y), self._first, reversed(self._shape), strict=True)
        )
        return [(column, row) for row in range(low, high + 1) for column in range(left, right + 1)]

    def things_near(self, x: float, y: float, radius: float) -> Things:
        """Give all things whose middle is within a radius [m] of a place."""
        found = [self.tile(*key) for key in self.tiles_around(x, y, radius)]
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
        """Give all houses; heights of the ground are left 0."""
        return self._houses.within(-_EVERYWHERE, -_EVERYWHERE, _EVERYWHERE, _EVERYWHERE)
