"""Writes a mesh of polygons the way the client's walkers read it: as one tile of Recast's Detour library.

Layouts and meanings are those of Detour's navigation mesh, version 7, with polygon numbers of 32 bits, in the set file
of its demo, which CARLA took over. Detour's axes are x, up, and CARLA's y. Polygons run clockwise in (x, CARLA's y).
"""

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_POLYGONS, MOST_CORNERS = 32_000, 65_000
_SET_MAGIC, _SET_VERSION = 0x4D534554, 1
_TILE_MAGIC, _TILE_VERSION = 0x444E4156, 7
_SET_HEADER = struct.Struct("<iii3fffii")
_TILE_START = struct.Struct("<Ii")
_TILE_HEADER = struct.Struct("<5iI9i3f3f3ff")
_NOTHING = 0xFFFFFFFF
_POLYGON = np.dtype(
    [
        ("first_link", "<u4"),
        ("corners", "<u2", 6),
        ("neighbours", "<u2", 6),
        ("flags", "<u2"),
        ("count", "u1"),
        ("area", "u1"),
    ]
)
_DETAIL = np.dtype([("corner", "<u4"), ("triangle", "<u4"), ("corners", "u1"), ("triangles", "u1"), ("pad", "<u2")])
_NODE = np.dtype([("low", "<u2", 3), ("high", "<u2", 3), ("index", "<i4")])
_LINK_SIZE = 12
# what walkers are as high and wide as, and climb [m]; boxes of polygons are kept to this [m], or more coarsely
_HEIGHT, _RADIUS, _CLIMB, _STEP = 1.8, 0.3, 0.5, 0.25
_BOX_STEPS = 65_000
Rows = NDArray[np.float64]


class Polygons(NamedTuple):
    """corners: (C, 3) x, up, CARLA's y [m]. rings: (P, 4) int64, corners of each, the last one repeated for triangles.

    neighbours: (P, 4) int64, the polygon beyond each side, -1 for none. area: (P,) int64, CARLA's kind of ground.
    """

    corners: Rows
    rings: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    area: NDArray[np.int64]


def pack_mesh(polygons: Polygons) -> bytes:
    """Give the file's bytes."""
    count = len(polygons.rings)
    low, high = polygons.corners.min(axis=0) - 0.5, polygons.corners.max(axis=0) + 0.5
    most = 1 << max(count - 1, 1).bit_length()
    tile = _pack_tile(polygons, low, high)
    head = _SET_HEADER.pack(_SET_MAGIC, _SET_VERSION, 1, *low, high[0] - low[0], high[2] - low[2], 1, most)
    reference = 1 << (most.bit_length() - 1)
    return head + _TILE_START.pack(reference, len(tile)) + tile


def _pack_tile(polygons: Polygons, low: Rows, high: Rows) -> bytes:
    rings = polygons.rings
    count = len(rings)
    sides = np.where(rings[:, 3] == rings[:, 2], 3, 4)
    rows = np.zeros(count, _POLYGON)
    rows["first_link"] = _NOTHING
    rows["corners"][:, :4] = rings
    rows["neighbours"][:, :4] = polygons.neighbours + 1
    triangle = sides == 3
    rows["corners"][triangle, 3] = 0
    rows["neighbours"][triangle, 2], rows["neighbours"][triangle, 3] = polygons.neighbours[triangle, 3] + 1, 0
    rows["flags"] = 1 << polygons.area
    rows["count"], rows["area"] = sides, polygons.area
    triangles = sides - 2
    detail = np.zeros(count, _DETAIL)
    detail["triangle"], detail["triangles"] = np.cumsum(triangles) - triangles, triangles
    # of each fan: corners, and which sides of a triangle are the polygon's own
    fans = {3: ((0, 1, 2, 0b010101),), 4: ((0, 1, 2, 0b000101), (0, 2, 3, 0b010100))}
    fan = np.array([row for each in sides.tolist() for row in fans[each]], np.uint8)
    nodes, factor = _sort_boxes(polygons, low, high)
    links = int(sides.sum())
    header = _TILE_HEADER.pack(
        _TILE_MAGIC, _TILE_VERSION, 0, 0, 0, 0, count, len(polygons.corners), links, count, 0, len(fan), len(nodes), 0,
        count, _HEIGHT, _RADIUS, _CLIMB, *low, *high, factor,
    )  # fmt: skip
    parts = (polygons.corners.astype("<f4"), rows, np.zeros(links * _LINK_SIZE, np.uint8), detail, fan, nodes)
    return header + b"".join(part.tobytes() for part in parts)


def _sort_boxes(polygons: Polygons, low: Rows, high: Rows) -> tuple[NDArray[np.void], float]:
    """Give the tree of the polygons' boxes, depth first, and how many steps a metre has in it."""
    factor = min(1.0 / _STEP, _BOX_STEPS / float((high - low).max()))
    places = polygons.corners[polygons.rings]
    first = np.floor((places.min(axis=1) - low) * factor).astype(np.int64)
    last = np.ceil((places.max(axis=1) - low) * factor).astype(np.int64)
    nodes = np.zeros(2 * len(first) - 1, _NODE)
    used = 0
    # pieces still to do: their polygons; or the number of a node whose branches are done
    waiting: list[NDArray[np.int64] | int] = [np.arange(len(first))]
    while waiting:
        piece = waiting.pop()
        if isinstance(piece, int):
            nodes["index"][piece] = -(used - piece)
            continue
        node, used = used, used + 1
        nodes["low"][node], nodes["high"][node] = first[piece].min(axis=0), last[piece].max(axis=0)
        if len(piece) == 1:
            nodes["index"][node] = piece[0]
            continue
        axis = int(np.argmax(nodes["high"][node].astype(int) - nodes["low"][node]))
        order = piece[np.argsort(first[piece, axis], kind="stable")]
        half = len(order) // 2
        waiting += [node, order[half:], order[:half]]
    return nodes, factor
