"""Gathers what rays can meet around a place, and casts them."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.axes import Pose, rotation_matrix
from simulator.embedded.decks import SURFACE, find_decks
from simulator.embedded.ranging.ceiling import make_ceiling
from simulator.embedded.ranging.outlines import make_outlines
from simulator.embedded.ranging.trace import (
    BOARD,
    DECK,
    FACE,
    ITEM,
    SOLID,
    TURNED,
    Field,
    Found,
    Room,
    make_room,
    trace,
)
from simulator.embedded.render.bodies import Body
from simulator.embedded.render.cards import FIXED, WIDTH, X, Y, make_cards
from simulator.embedded.render.cards import TAG as CARD_TAG
from simulator.embedded.render.cars import make_builds, pack_bodies
from simulator.embedded.render.shapes import make_shapes
from simulator.embedded.render.solids import HALF, MIDDLE, TAG, make_solids
from simulator.embedded.render.tags import BRIDGE

if TYPE_CHECKING:
    from simulator.embedded.world_map import WorldMap

# what stands around is gathered for squares of this size [m], of so many at once
_SQUARE, _REMEMBERED = 32.0, 16
# no thing reaches farther from its middle [m]
_LARGEST = 25.0
Rows = NDArray[np.float64]


class Surrounds:
    """All that rays of sensors can meet on a map, gathered where a sensor first comes.

    world_map: of the episode.
    """

    def __init__(self, world_map: "WorldMap") -> None:
        self._map = world_map
        self._outlines = make_outlines(world_map.season)
        self._shapes, self._builds = make_shapes(), make_builds()
        self._fields: OrderedDict[tuple[int, int, int], Field] = OrderedDict()
        self._room: Room = make_room(0, 0)
        self._most = 0, 0

    def around(self, x: float, y: float, reach: float) -> Field:
        """Give what stands within reach of any place in the square around a place [m]."""
        key = int(x // _SQUARE), int(y // _SQUARE), math.ceil(reach)
        if key not in self._fields:
            self._fields[key] = self._gather((key[0] + 0.5) * _SQUARE, (key[1] + 0.5) * _SQUARE, reach + 0.75 * _SQUARE)
            if len(self._fields) > _REMEMBERED:
                self._fields.popitem(last=False)
        self._fields.move_to_end(key)
        # the roads' tiles may have been made anew meanwhile
        relief, _ = self._map.terrain.around(x, y, reach)
        return self._fields[key]._replace(relief=relief)

    def _gather(self, x: float, y: float, reach: float) -> Field:
        terrain = self._map.terrain
        things = self._map.scenery.things_near(x, y, reach + _LARGEST)
        solids, cards = make_solids(things, self._map.season == "winter"), make_cards(things)
        decks = find_decks(terrain, x, y, reach)
        faces = decks.corners
        sizes = np.linalg.norm(solids[:, HALF : HALF + 3], axis=1)
        middles, face_kind = faces.mean(axis=1), np.where(decks.kind == SURFACE, DECK, FACE)
        sides = np.linalg.norm(faces - middles[:, None], axis=2).max(1, initial=0.0)
        tables = (
            (solids[:, MIDDLE], solids[:, MIDDLE + 1], sizes, SOLID),
            (cards[:, X], cards[:, Y], 0.5 * cards[:, WIDTH], np.where(cards[:, FIXED] > 0.0, BOARD, TURNED)),
            (middles[:, 0], middles[:, 1], sides, face_kind),
        )
        items = np.concatenate(
            [
                np.stack([px, py, size, np.broadcast_to(kind, px.shape), np.arange(len(px))], axis=1)
                for px, py, size, kind in tables
            ]
        ).reshape(-1, ITEM)
        gaps = np.hypot(items[:, 0] - x, items[:, 1] - y) - items[:, 2]
        near = np.flatnonzero(gaps <= reach)
        items = np.ascontiguousarray(items[near[np.argsort(gaps[near], kind="stable")]])
        relief, _ = terrain.around(x, y, reach)
        ceiling = make_ceiling(terrain, x, y, reach)
        return Field(relief, ceiling, items, solids, cards, faces, self._outlines, self._shapes, self._builds)

    def cast(
        self, pose: Pose, ways: Rows, reach: float, bodies: Sequence[Body], facing: bool = False
    ) -> tuple[Found, Field]:
        """Cast rays of a length [m] from a sensor's pose; see `trace`."""
        field = self.around(pose.x, pose.y, reach)
        items, table = len(field.items), pack_bodies(bodies)
        if items > self._most[0] or len(table) > self._most[1]:
            self._most = max(items, self._most[0]), max(len(table), self._most[1])
            self._room = make_room(*self._most)
        count = len(ways)
        found = Found(np.empty(count), np.empty(count, np.int32), np.empty(count))
        start, turn = pose[:3], rotation_matrix(pose)
        while not trace(field, table, self._room, start, turn, ways, float(reach), facing, found):
            links = 2 * len(self._room.following)
            more = np.empty(links, np.int32), np.empty(links, np.int32)
            self._room = self._room._replace(following=more[0], member=more[1])
        return found, field


def tags_of_items(field: Field) -> NDArray[np.int64]:
    """Give CARLA's tag of each item, (N,); 0 for roads on bridges."""
    kind, row = field.items[:, 3], field.items[:, 4].astype(np.int64)
    tags = np.full(len(kind), BRIDGE, np.int64)
    tags[kind == DECK] = 0
    solid, card = kind == SOLID, (kind == TURNED) | (kind == BOARD)
    tags[solid] = field.solids[row[solid], TAG]
    tags[card] = field.cards[row[card], CARD_TAG]
    return tags
