"""Where houses stand: in villages, along roads, no two in one place and none on a road."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from simulator.embedded.scenery.character import Character
from simulator.embedded.scenery.pavement import Pavement
from simulator.embedded.scenery.things import HOUSE, Things, make_things, pick
from simulator.embedded.scenery.trees import sight_gap

# a lot each so many metres along a road; houses stand this far from the road, and have so much room at least [m]
_LOT, _NEAREST, _FARTHEST, _ROOM = 17.0, 4.5, 13.0, 2.0
# length, width and height of the walls of each variant, least and most [m]: cottage, farmhouse, town house, block,
# barn, shed
_SIZES = np.array(
    [
        [[8.0, 11.0], [7.0, 8.5], [2.8, 3.4]],
        [[11.0, 15.0], [8.0, 10.0], [5.2, 6.0]],
        [[9.0, 13.0], [8.0, 10.0], [5.6, 8.6]],
        [[13.0, 18.0], [10.0, 12.0], [8.5, 11.5]],
        [[13.0, 20.0], [9.0, 12.0], [4.0, 5.5]],
        [[4.5, 6.5], [3.5, 4.5], [2.2, 2.6]],
    ]
)
_SHARES = np.array([0.34, 0.2, 0.2, 0.08, 0.1, 0.08])
_Array = NDArray[np.float64]


def corners(things: Things, grow: float = 0.0) -> tuple[_Array, _Array]:
    """Give x and y (N, 4) of the corners of things' outlines [m]."""
    cosine, sine = np.cos(things["heading"])[:, None], np.sin(things["heading"])[:, None]
    along = (things["length"][:, None] / 2 + grow) * np.array([1.0, 1.0, -1.0, -1.0])
    across = (things["width"][:, None] / 2 + grow) * np.array([1.0, -1.0, -1.0, 1.0])
    return things["x"][:, None] + cosine * along - sine * across, things["y"][:, None] + sine * along + cosine * across


def _outline(things: Things) -> tuple[_Array, _Array]:
    """Give x and y (N, 12) of places around each outline, none farther from the next than 10 m."""
    x, y = corners(things)
    follow_x, follow_y = np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)
    shares = (0.0, 1 / 3, 2 / 3)
    return (
        np.concatenate([x + (follow_x - x) * share for share in shares], axis=1),
        np.concatenate([y + (follow_y - y) * share for share in shares], axis=1),
    )


def _candidates(country: Character, pavement: Pavement, generator: np.random.Generator) -> tuple[Things, _Array]:
    """Give a house for each lot of a village, and how it ranks against others that want its place."""
    ribs = pavement.ribs
    step = np.diff(ribs.s, prepend=ribs.s[0])
    lot = np.cumsum(np.clip(step, 0, 2)) / _LOT
    at = np.flatnonzero(np.diff(np.floor(lot), prepend=0) > 0)
    at = at[(ribs.s[at] > 0) & np.array([road.junction is None for road in pavement.roads])[ribs.road[at]]]
    at = np.repeat(at, 2)
    side = np.tile([1.0, -1.0], len(at) // 2)
    draws = generator.random((8, len(at)))
    village = np.maximum(country.village_at(ribs.x[at], ribs.y[at]), 0.8 * ribs.in_town[at])
    chosen = draws[0] < np.maximum(0.85 * village, 0.006)
    at, side, draws = at[chosen], side[chosen], draws[:, chosen]
    things = make_things(len(at), HOUSE)
    things["variant"] = np.minimum(np.searchsorted(np.cumsum(_SHARES), draws[1]), len(_SHARES) - 1)
    low, high = _SIZES[things["variant"]].transpose(2, 1, 0)
    size = low + (high - low) * draws[2:5]
    gap = _NEAREST + (_FARTHEST - _NEAREST) * draws[5] ** 2
    edge = np.where(side > 0, ribs.left[at], -ribs.right[at])
    # a third of them turn their gable to the road
    turned = draws[6] < 0.35
    depth = np.where(turned, size[0], size[1])
    x, y = pavement.place(at, side * (edge + gap + depth / 2))
    things["x"], things["y"] = x, y
    things["heading"] = ribs.heading[at] + np.where(side > 0, np.pi, 0.0) + np.where(turned, np.pi / 2, 0.0)
    things["length"], things["width"], things["height"] = size
    things["shade"] = draws[7]
    return things, draws[0]


class Houses:
    """All houses of a document; which of those that want a place get it is found out where it is asked for.

    lots: how many there may be. Heights of the ground are left 0, `height` is the walls'.
    """

    def __init__(self, country: Character, pavement: Pavement, generator: np.random.Generator) -> None:
        self._pavement = pavement
        self._things, self._rank = _candidates(country, pavement, generator)
        self.lots = len(self._things)
        self._things["id"] = np.arange(1, self.lots + 1)
        self._radius = 0.5 * np.hypot(self._things["length"], self._things["width"]) + 1.0
        # whether there is room for it between the roads: 1 if so, 0 if not, -1 while nobody knows
        self._room = np.full(self.lots, -1, np.int8)

    def within(self, left: float, bottom: float, right: float, top: float) -> Things:
        """Give the houses whose middles lie in a rectangle [m]."""
        x, y = self._things["x"], self._things["y"]
        more = 2 * float(self._radius.max(initial=0.0))
        around = (x >= left - more) & (x < right + more) & (y >= bottom - more) & (y < top + more)
        near = np.flatnonzero(around)
        near = near[self._has_room(near)]
        near = near[~self._lose(near)]
        inside = (x[near] >= left) & (x[near] < right) & (y[near] >= bottom) & (y[near] < top)
        return pick(self._things, near[inside])

    def _has_room(self, lots: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell on which of some lots no road is in the way."""
        unknown = lots[self._room[lots] < 0]
        if len(unknown):
            x, y = _outline(self._things[unknown])
            near = self._pavement.nearest(x.ravel(), y.ravel())
            room = (near.distance - sight_gap(self._pavement, near)).reshape(x.shape).min(axis=1)
            self._room[unknown] = room > _ROOM
        free: NDArray[np.bool_] = self._room[lots] == 1
        return free

    def _lose(self, lots: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which of some houses stand too near to one that ranks higher."""
        things, rank, radius = self._things[lots], self._rank[lots], self._radius[lots]
        lost = np.zeros(len(lots), bool)
        if len(lots) < 2:
            return lost
        middles = np.stack([things["x"], things["y"]], axis=1)
        pairs = cKDTree(middles).query_pairs(2 * float(radius.max()), output_type="ndarray")
        distance = np.hypot(*(middles[pairs[:, 0]] - middles[pairs[:, 1]]).T)
        pairs = pairs[distance < radius[pairs].sum(axis=1)]
        lost[np.where(rank[pairs[:, 0]] < rank[pairs[:, 1]], pairs[:, 1], pairs[:, 0])] = True
        return lost
