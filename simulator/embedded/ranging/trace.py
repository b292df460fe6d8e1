"""Casts many rays from one place: each finds the nearest of all that stands, and the ground.

What may be met is sorted by its bearing from there, so that a ray is compared only with what lies its way.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import entry, inner
from simulator.embedded.ranging.ceiling import Ceiling
from simulator.embedded.ranging.ground import meet_ground, stand_on_ground
from simulator.embedded.ranging.hits import MISSED, Vector, enter_board, enter_face, enter_solid, enter_turned
from simulator.embedded.ranging.outlines import Outlines
from simulator.embedded.render.cars import MOST_PARTS, Builds, make_cars
from simulator.embedded.render.shapes import Shapes
from simulator.embedded.render.solids import COLUMNS, HALF, INSTANCE, MIDDLE
from simulator.embedded.terrain import Relief

SECTORS: Final = 512
# kinds of items; what a ray met: an item's number, or one of these
SOLID, TURNED, BOARD, FACE, DECK = range(5)
NOTHING, GROUND, BODIES = -1, -2, -3
"""A body k is BODIES - k."""
# columns of an item: x, y, how far it reaches [m], kind, row in its table
_X, _Y, _REACH, _KIND, _ROW, ITEM = range(6)
Rows = NDArray[np.float64]


class Field(NamedTuple):
    """What stands still around a place.

    items: (N, ITEM), the nearest first; see above. solids, cards: rows as `render.solids` and `render.cards` have them.
    faces: (F, 4, 3), of bridges; those of kind DECK are a road's surface.
    """

    relief: Relief
    ceiling: Ceiling
    items: Rows
    solids: Rows
    cards: Rows
    faces: Rows
    outlines: Outlines
    shapes: Shapes
    builds: Builds


class Found(NamedTuple):
    """What each ray met.

    distance: (R,) float64 [m], `hits.MISSED` for nothing. what: (R,) int32: NOTHING, GROUND, an item, or BODIES - k.
    facing: (R,) float64, cosine of the angle between the ray and what stands on the surface; only where asked for.
    """

    distance: Rows
    what: NDArray[np.int32]
    facing: Rows


class Room(NamedTuple):
    """Memory to work in. heads: (SECTORS,) of chains through (following, member). parts, whole: see `make_cars`."""

    heads: NDArray[np.int32]
    following: NDArray[np.int32]
    member: NDArray[np.int32]
    parts: Rows
    whole: Rows
    normal: Rows


def make_room(items: int, bodies: int) -> Room:
    """Make memory for so many items and bodies."""
    parts = bodies * MOST_PARTS
    links = (items + parts) * 16 + 4 * SECTORS
    return Room(
        np.empty(SECTORS, np.int32),
        np.empty(links, np.int32),
        np.empty(links, np.int32),
        np.zeros((parts, COLUMNS)),
        np.zeros((bodies, COLUMNS)),
        np.zeros((2, 3)),
    )


@inner
def _sort_in(room: Room, links: int, member: int, x: float, y: float, reach: float) -> int:
    """Put an item into the chains of all sectors it may be met in; gives how many links are used, -1 for too many."""
    first, count = 0, SECTORS
    distance = np.sqrt(x * x + y * y)
    if distance > 1.001 * reach:
        bearing, half = np.arctan2(y, x), np.arcsin(reach / distance)
        scale = SECTORS / (2.0 * np.pi)
        first = int(np.floor((bearing - half) * scale))
        count = min(int(np.floor((bearing + half) * scale)) - first + 1, SECTORS)
    if links + count > room.following.shape[0]:
        return -1
    for k in range(count):
        sector = (first + k + 2 * SECTORS) % SECTORS
        room.following[links] = room.heads[sector]
        room.member[links] = member
        room.heads[sector] = links
        links += 1
    return links


@inner
def _sort_all(field: Field, room: Room, made: int, start: Vector, reach: float) -> bool:
    """Sort all items and the parts of bodies by bearing; the nearest come first. Tells whether there was room."""
    room.heads[:] = -1
    links = 0
    items = field.items
    for k in range(items.shape[0] - 1, -1, -1):
        x, y = items[k, _X] - start[0], items[k, _Y] - start[1]
        if np.sqrt(x * x + y * y) - items[k, _REACH] < reach:
            links = _sort_in(room, links, k, x, y, items[k, _REACH])
            if links < 0:
                return False
    for k in range(made):
        part = room.parts[k]
        size = np.sqrt(part[HALF] ** 2 + part[HALF + 1] ** 2 + part[HALF + 2] ** 2)
        x, y = part[MIDDLE] - start[0], part[MIDDLE + 1] - start[1]
        if np.sqrt(x * x + y * y) - size < reach:
            links = _sort_in(room, links, items.shape[0] + k, x, y, size)
            if links < 0:
                return False
    return True


@inner
def _enter(field: Field, room: Room, member: int, start: Vector, way: Vector, best: float, normal: Rows) -> float:
    """Enter one item, nearer than `best`."""
    if member >= field.items.shape[0]:
        return enter_solid(room.parts[member - field.items.shape[0]], field.shapes, start, way, best, normal)
    kind, row = int(field.items[member, _KIND]), int(field.items[member, _ROW])
    if kind == SOLID:
        return enter_solid(field.solids[row], field.shapes, start, way, best, normal)
    if kind == TURNED:
        return enter_turned(field.cards[row], field.outlines, start, way, best, normal)
    if kind == BOARD:
        return enter_board(field.cards[row], field.outlines, start, way, best, normal)
    return enter_face(field.faces[row], start, way, best, normal)


@entry
def trace(
    field: Field,
    bodies: Rows,
    room: Room,
    start: Vector,
    turn: Rows,
    ways: Rows,
    reach: float,
    facing: bool,
    found: Found,
) -> bool:
    """Cast rays of a length [m]; tells whether there was room to do it.

    bodies: see `render.cars.pack_bodies`, their instance being their number. turn: (3, 3) from the sensor's axes to the
    world's. ways: (R, 3) unit vectors in the sensor's axes. facing: whether that is asked for.
    """
    made, _ = make_cars(bodies, field.builds, start, room.parts, room.whole)
    if not _sort_all(field, room, made, start, reach):
        return False
    normal, best_normal = room.normal[0], room.normal[1]
    still = field.items.shape[0]
    for i in range(ways.shape[0]):
        a, b, c = ways[i, 0], ways[i, 1], ways[i, 2]
        way = (
            turn[0, 0] * a + turn[0, 1] * b + turn[0, 2] * c,
            turn[1, 0] * a + turn[1, 1] * b + turn[1, 2] * c,
            turn[2, 0] * a + turn[2, 1] * b + turn[2, 2] * c,
        )
        best, met = reach, NOTHING
        sector = int(np.floor(np.arctan2(way[1], way[0]) * (SECTORS / (2.0 * np.pi)))) % SECTORS
        link = room.heads[sector]
        while link >= 0:
            member = room.member[link]
            distance = _enter(field, room, member, start, way, best, normal)
            if distance < best:
                best, met = distance, member
                best_normal[0], best_normal[1], best_normal[2] = normal[0], normal[1], normal[2]
            link = room.following[link]
        ground = meet_ground(field.relief, field.ceiling, start, way, best)
        if 0.0 < ground < best:
            best, met = ground, GROUND
            if facing:
                stand_on_ground(field.relief, start[0] + best * way[0], start[1] + best * way[1], best_normal)
        if met >= still:
            met = BODIES - int(room.parts[met - still, INSTANCE])
        found.what[i] = met
        found.distance[i] = best if met != NOTHING else MISSED
        if facing:
            found.facing[i] = abs(way[0] * best_normal[0] + way[1] * best_normal[1] + way[2] * best_normal[2])
    return True
