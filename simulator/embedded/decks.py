"""Bridges: where a road passes above another, its surface lies on a deck of concrete.

The ground (see `terrain`) is the lower road's there. A deck is a strip of faces between neighbouring samples of the
upper road, as wide as its lanes: the surface, the underside and the two edges.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.road_index import samples_within
from simulator.embedded.road_samples import FloatArray, RoadSamples
from simulator.embedded.terrain import Terrain
from simulator.embedded.tiles import TILE

SURFACE, UNDERSIDE, EDGE = 0, 1, 2
# how thick a deck is, and how far below a road the ground lies where it has one [m]
THICKNESS, _GAP = 0.9, 1.0
# how many samples a deck reaches into the ground at each end, and at how many places across each is compared with it
_ABUTMENT, _ACROSS = 3, 7


class Decks(NamedTuple):
    """All faces of all decks, flat quadrilaterals.

    corners: (N, 4, 3) float64, world [m], of a surface counter-clockwise from above. kind: (N,) uint8, SURFACE,
    UNDERSIDE or EDGE. bridges: (B, 4) float64, of each deck the middle and how far it reaches from there [m].
    """

    corners: FloatArray
    kind: NDArray[np.uint8]
    bridges: FloatArray


def _at(samples: RoadSamples, t: FloatArray) -> FloatArray:
    """Give the places on the surface at t of every sample, (N, 3)."""
    x = samples.x - t * np.sin(samples.heading)
    y = samples.y + t * np.cos(samples.heading)
    return np.stack([x, y, samples.height + t * samples.bank], axis=1)


def _on_deck(samples: RoadSamples, follows: NDArray[np.bool_], terrain: Terrain) -> NDArray[np.bool_]:
    """Tell which samples hang above the ground of a lower road, with the abutments beside them.

    follows: (N - 1,), whether each but the first is the one after that before it, on the same road.
    """
    hangs = np.zeros(len(samples.x), bool)
    for share in np.linspace(0.0, 1.0, _ACROSS):
        place = _at(samples, samples.low + share * (samples.high - samples.low))
        below = terrain.height(place[:, 0], place[:, 1], np.full(len(place), -np.inf))
        hangs |= place[:, 2] - below > _GAP
    hangs &= samples.beyond == 0.0
    for _ in range(_ABUTMENT):
        before = hangs.copy()
        hangs[1:] |= before[:-1] & follows
        hangs[:-1] |= before[1:] & follows
    return hangs


def _near_crossings(terrain: Terrain, x: float, y: float, reach: float) -> NDArray[np.int64]:
    """Give the samples near all tiles, within reach of a place [m], in which roads lie one above the other; rising."""
    relief, _ = terrain.around(x, y, reach)
    tiles = relief.tiles
    found = [np.zeros(0, np.int64)]
    more = terrain.index.widest + 2 * _ABUTMENT
    for row, column in np.argwhere(tiles.upper != tiles.directory).tolist():
        left, bottom = tiles.left + column * TILE, tiles.bottom + row * TILE
        sides = left - more, bottom - more, left + TILE + more, bottom + TILE + more
        found.append(samples_within(terrain.index, *sides).astype(np.int64))
    return np.unique(np.concatenate(found))


def find_decks(terrain: Terrain, x: float, y: float, reach: float) -> Decks:
    """Find the decks of all bridges within reach of a place [m]."""
    near = _near_crossings(terrain, x, y, reach)
    if len(near) < 2:
        return Decks(np.zeros((0, 4, 3)), np.zeros(0, np.uint8), np.zeros((0, 4)))
    samples = RoadSamples(*(column[near] for column in terrain.samples))
    follows = (np.diff(near) == 1) & (samples.road[1:] == samples.road[:-1])
    deck = _on_deck(samples, follows, terrain)
    first = np.flatnonzero(deck[:-1] & deck[1:] & follows)
    if len(first) == 0:
        return Decks(np.zeros((0, 4, 3)), np.zeros(0, np.uint8), np.zeros((0, 4)))
    right, left = _at(samples, samples.low), _at(samples, samples.high)
    down = np.array([0.0, 0.0, THICKNESS])
    faces = []
    for kind, loop in (
        (SURFACE, (right[first], right[first + 1], left[first + 1], left[first])),
        (UNDERSIDE, tuple(place - down for place in (right[first], right[first + 1], left[first + 1], left[first]))),
        (EDGE, (right[first], right[first + 1], right[first + 1] - down, right[first] - down)),
        (EDGE, (left[first], left[first + 1], left[first + 1] - down, left[first] - down)),
    ):
        faces.append((np.stack(loop, axis=1), np.full(len(first), kind, np.uint8)))
    corners, kinds = (np.concatenate(column) for column in zip(*faces, strict=True))
    return Decks(np.ascontiguousarray(corners), kinds, _measure(first, right, left))


def _measure(first: NDArray[np.int64], right: FloatArray, left: FloatArray) -> FloatArray:
    """Give middle and radius of each deck; first: the samples at which its faces begin, deck after deck."""
    found = []
    for run in np.split(first, np.flatnonzero(np.diff(first) > 1) + 1):
        samples = np.append(run, run[-1] + 1)
        places = np.concatenate([right[samples], left[samples]])
        middle = places.mean(axis=0)
        found.append([*middle, np.linalg.norm(places - middle, axis=1).max()])
    return np.array(found)
