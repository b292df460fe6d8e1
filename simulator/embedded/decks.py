"""Bridges: where a road passes above another, its surface lies on a deck of concrete.

The ground (see `terrain`) is the lower road's there. A deck is a strip of faces between neighbouring samples of the
upper road, as wide as its lanes: the surface, the underside and the two edges.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.road_samples import FloatArray, RoadSamples
from simulator.embedded.terrain import Terrain

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


def _on_deck(samples: RoadSamples, terrain: Terrain) -> NDArray[np.bool_]:
    """Tell which samples hang above the ground of a lower road, with the abutments beside them."""
    hangs = np.zeros(len(samples.x), bool)
    for share in np.linspace(0.0, 1.0, _ACROSS):
        place = _at(samples, samples.low + share * (samples.high - samples.low))
        below = terrain.height(place[:, 0], place[:, 1], np.full(len(place), -np.inf))
        hangs |= place[:, 2] - below > _GAP
    hangs &= samples.beyond == 0.0
    reached = hangs.copy()
    for shift in range(1, _ABUTMENT + 1):
        same = samples.road[shift:] == samples.road[:-shift]
        reached[shift:] |= hangs[:-shift] & same
        reached[:-shift] |= hangs[shift:] & same
    return reached


def find_decks(terrain: Terrain) -> Decks:
    """Find the decks of all bridges."""
    relief = terrain.relief
    samples = relief.samples
    if not relief.storeys:
        return Decks(np.zeros((0, 4, 3)), np.zeros(0, np.uint8), np.zeros((0, 4)))
    deck = _on_deck(samples, terrain)
    first = np.flatnonzero(deck[:-1] & deck[1:] & (samples.road[1:] == samples.road[:-1]))
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
