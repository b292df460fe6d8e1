"""Where pedestrians may go on a map: sidewalks, strips beside roads that have none, and across roads."""

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from simulator.embedded.axes import Pose
from simulator.embedded.walkers.detour import MOST_CORNERS, MOST_POLYGONS, Polygons
from simulator.opendrive import Road, RoadNetwork

if TYPE_CHECKING:
    from simulator.opendrive import LaneSection

# CARLA's kinds of ground
SIDEWALK, ROADWAY = 1, 3
_FOR_WALKERS = frozenset({"sidewalk", "walking"})
# a polygon is so long along a road [m]; clients fetch the mesh when they connect, so that it must be made fast
_LENGTH, _MOST_PIECES = 4.0, 4000
# a strip beside a road without a sidewalk: how far from its lanes, and how wide [m]
_BESIDE, _WIDE = 0.6, 1.6
# corners nearer to each other are one [m]; smaller polygons are left out [m2]
_SAME, _LEAST = 0.05, 0.05
Rows = NDArray[np.float64]


class _Strip(NamedTuple):
    """A piece of a road between two lateral positions: right, left (N,) [m] and its kind of ground."""

    right: Rows
    left: Rows
    area: int


def _strips(road: Road, section: "LaneSection", s: Rows) -> list[_Strip]:
    """Cut a section into what is walked on and what is driven on, from right to left."""
    held = np.clip(s, section.start, max(section.end - 1e-6, section.start))
    offset = road.lane_offset.evaluate(held)[0]
    strips: list[_Strip] = []
    for i in sorted(each for each in section.lanes if each != 0):
        right = section.border(i, held, 1.0 if i < 0 else 0.0)[0] + offset
        left = section.border(i, held, 0.0 if i < 0 else 1.0)[0] + offset
        area = SIDEWALK if section.lanes[i].type in _FOR_WALKERS else ROADWAY
        if strips and strips[-1].area == area:
            strips[-1] = strips[-1]._replace(left=left)
        else:
            strips.append(_Strip(right, left, area))
    if road.junction is None and strips:
        if strips[0].area == ROADWAY:
            edge = strips[0].right - _BESIDE
            strips[0] = strips[0]._replace(right=edge)
            strips.insert(0, _Strip(edge - _WIDE, edge, SIDEWALK))
        if strips[-1].area == ROADWAY:
            edge = strips[-1].left + _BESIDE
            strips[-1] = strips[-1]._replace(left=edge)
            strips.append(_Strip(edge, edge + _WIDE, SIDEWALK))
    return strips


def _quads(road: Road) -> tuple[list[Rows], list[int]]:
    """Give the polygons of a road, (N, 4, 3) [m] each, in our axes, counter-clockwise from above, and their kinds."""
    quads, areas = [], []
    for section in road.sections:
        pieces = max(math.ceil((section.end - section.start) / _LENGTH), 1)
        s = np.linspace(section.start, section.end, pieces + 1)
        line = road.reference(s)
        for strip in _strips(road, section, s):
            sides = []
            for t in (strip.right, strip.left):
                x, y = line.x - t * np.sin(line.heading), line.y + t * np.cos(line.heading)
                sides.append(np.stack([x, y, road.height(s, t)], axis=1))
            right, left = sides
            quads.append(np.stack([right[:-1], right[1:], left[1:], left[:-1]], axis=1))
            areas += [strip.area] * pieces
    return quads, areas


def _weld(places: Rows) -> tuple[Rows, NDArray[np.int64]]:
    """Make corners that lie together one; gives them, and which each place became."""
    pairs = cKDTree(places).query_pairs(_SAME, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(places), len(places)))
    count, label = connected_components(graph, directed=False)
    corners = np.zeros((count, 3))
    corners[label[::-1]] = places[::-1]
    return corners, label.astype(np.int64)


def _is_sound(corners: Rows) -> NDArray[np.bool_]:
    """Tell which polygons (N, 4, 3) are large enough and bend the same way at each corner."""
    ways = np.roll(corners, -1, axis=1) - corners
    after = np.roll(ways, -1, axis=1)
    bends = ways[..., 0] * after[..., 1] - ways[..., 1] * after[..., 0]
    across = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    area = 0.5 * (across[0][:, 0] * across[1][:, 1] - across[0][:, 1] * across[1][:, 0])
    sound: NDArray[np.bool_] = (bends >= -1e-6).all(axis=1) & (area > _LEAST)
    return sound


def _find_neighbours(rings: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the polygon beyond each side, (P, 4), -1 for none."""
    neighbours = np.full(rings.shape, -1, np.int64)
    sides: dict[tuple[int, int], tuple[int, int]] = {}
    for polygon, ring in enumerate(rings.tolist()):
        for side in range(4):
            start, end = ring[side], ring[(side + 1) % 4]
            if start == end:
                continue
            other = sides.pop((end, start), None)
            if other is None:
                sides.setdefault((start, end), (polygon, side))
            else:
                neighbours[polygon, side], neighbours[other] = other[0], polygon
    return neighbours


def find_ways(network: RoadNetwork) -> Polygons | None:
    """Find all polygons that walkers may go on; None if there is nowhere, or if they would be too many."""
    sections = [section for road in network.roads for section in road.sections]
    if sum(math.ceil((section.end - section.start) / _LENGTH) for section in sections) > _MOST_PIECES:
        return None
    found = [_quads(road) for road in network.roads]
    quads = [each for of_road, _ in found for each in of_road]
    if not 0 < sum(map(len, quads)) <= MOST_POLYGONS:
        return None
    places = np.concatenate(quads)
    areas = np.array([area for _, of_road in found for area in of_road], np.int64)
    corners, label = _weld(places.reshape(-1, 3))
    rings = label.reshape(-1, 4)
    kept = _is_sound(places)
    rings, areas = rings[kept], areas[kept]
    # one that lost a side to welding is a triangle, its last corner told twice
    for side in range(4):
        lost = rings[:, side] == rings[:, (side + 1) % 4]
        rings[lost] = np.roll(rings, 2 - side, axis=1)[lost]
    several = (rings[:, :3] == np.roll(rings[:, :3], 1, axis=1)).any(axis=1)
    rings, areas = rings[~several], areas[~several]
    used, rings = np.unique(rings, return_inverse=True)
    if len(rings) == 0 or len(used) > MOST_CORNERS:
        return None
    rings = rings.reshape(-1, 4)
    x, y, z = corners[used].T
    return Polygons(np.stack([x, z, -y], axis=1), rings, _find_neighbours(rings), areas)


def find_distance(ways: Polygons, place: Pose) -> tuple[float, float]:
    """Give how far a place is beside the nearest polygon, and how far above or below it [m]."""
    corners = ways.corners[ways.rings][..., [0, 2]]
    offset = np.array([place.x, -place.y]) - corners
    sides = np.roll(corners, -1, axis=1) - corners
    lengths = np.maximum((sides**2).sum(axis=2), 1e-12)
    share = np.clip((offset * sides).sum(axis=2) / lengths, 0.0, 1.0)
    gaps = np.linalg.norm(offset - share[..., None] * sides, axis=2)
    outside = sides[..., 0] * offset[..., 1] - sides[..., 1] * offset[..., 0] > 0.0
    beside = np.where(outside.any(axis=1), gaps.min(axis=1), 0.0)
    heights = np.abs(ways.corners[ways.rings][..., 1] - place.z).min(axis=1)
    nearest = int(np.argmin(np.hypot(beside, heights)))
    return float(beside[nearest]), float(heights[nearest])
