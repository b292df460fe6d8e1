"""Boxes on the ground: whether two overlap, how to part them, and where they touch."""

import math
from typing import NamedTuple, Protocol

from simulator.embedded.axes import Pose, Vector


class Box(Protocol):
    """Something with a pose at the middle of its foot and half a length, width and height [m]."""

    @property
    def pose(self) -> Pose:
        """See `Actor`."""

    @property
    def half_size(self) -> Vector:
        """See `Actor`."""


class Overlap(NamedTuple):
    """How to part two boxes: the direction from the second to the first, and how far [m]."""

    x: float
    y: float
    depth: float


def find_overlap(first: Box, second: Box) -> Overlap | None:
    """Find the shortest way to part two boxes by their separating axes on the ground; None if they are apart."""
    return find_overlap_at(first.pose, first.half_size, second.pose, second.half_size)


def find_overlap_at(a: Pose, half_a: Vector, b: Pose, half_b: Vector) -> Overlap | None:
    """See `find_overlap`, for boxes at poses of one's choice."""
    dx, dy = a.x - b.x, a.y - b.y
    reach = half_a[0] + half_a[1] + half_b[0] + half_b[1]
    if abs(dx) > reach or abs(dy) > reach:
        return None
    if a.z >= b.z + 2 * half_b[2] or b.z >= a.z + 2 * half_a[2]:
        return None
    best: Overlap | None = None
    for yaw in (a.yaw, a.yaw + math.pi / 2, b.yaw, b.yaw + math.pi / 2):
        x, y = math.cos(yaw), math.sin(yaw)
        apart = dx * x + dy * y
        depth = _extent(half_a, a.yaw - yaw) + _extent(half_b, b.yaw - yaw) - abs(apart)
        if depth <= 0.0:
            return None
        if best is None or depth < best.depth:
            side = 1.0 if apart >= 0 else -1.0
            best = Overlap(side * x, side * y, depth)
    return best


def _extent(half: Vector, angle: float) -> float:
    """Half the length of a box's shadow on an axis, turned by `angle` from it."""
    return half[0] * abs(math.cos(angle)) + half[1] * abs(math.sin(angle))


def find_touch(first: Box, second: Box) -> tuple[float, float]:
    """Give the middle of where two overlapping boxes touch [m]: of the corners that are in the other box."""
    inside = _corners_in(first, second) + _corners_in(second, first)
    if not inside:
        a, b = first.pose, second.pose
        share = min(first.half_size[:2]) / (min(first.half_size[:2]) + min(second.half_size[:2]))
        return a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)
    return sum(x for x, _ in inside) / len(inside), sum(y for _, y in inside) / len(inside)


def _corners_in(box: Box, other: Box) -> list[tuple[float, float]]:
    """Give those corners of a box that are in another one."""
    found = []
    pose, half, around, limits = box.pose, box.half_size, other.pose, other.half_size
    cosine, sine = math.cos(pose.yaw), math.sin(pose.yaw)
    ahead, left = math.cos(around.yaw), math.sin(around.yaw)
    for along in (half[0], -half[0]):
        for aside in (half[1], -half[1]):
            x, y = pose.x + cosine * along - sine * aside, pose.y + sine * along + cosine * aside
            dx, dy = x - around.x, y - around.y
            if abs(ahead * dx + left * dy) <= limits[0] and abs(ahead * dy - left * dx) <= limits[1]:
                found.append((x, y))
    return found
