"""What a straight line meets: the ground, vehicles and solid scenery."""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.actors import Actor
from simulator.embedded.axes import Pose, Vector, rotation_matrix

LONGEST_RAY = 1000.0
STEP = 2.0
FloatArray = NDArray[np.float64]
Height = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""Gives the ground's height [m] at many x and y at once; the last is about the height of who asks."""


class Solid(NamedTuple):
    """A box: the pose of its centre, half its length, width and height [m], CARLA's tag; the actor, or id and name."""

    pose: Pose
    half: Vector
    tag: int
    actor: Actor | None = None
    id: int = 0
    name: str = ""


class Hit(NamedTuple):
    """Where a line meets something: distance from its start [m], and what it is (None: the ground)."""

    distance: float
    solid: Solid | None


def solid_of(actor: Actor, tag: int) -> Solid:
    """Give an actor's box."""
    half = actor.half_size
    up = rotation_matrix(actor.pose) @ actor.box_middle
    pose = actor.pose._replace(
        x=actor.pose.x + float(up[0]), y=actor.pose.y + float(up[1]), z=actor.pose.z + float(up[2])
    )
    return Solid(pose, half, tag, actor)


def cast(
    start: Vector, direction: Vector, length: float, solids: Iterable[Solid], height: Height, margin: float = 0.0
) -> list[Hit]:
    """Give all hits of a line of some length, nearest first; `margin` makes solids thicker all round [m].

    direction: a unit vector.
    """
    hits = []
    for solid in solids:
        distance = _enter(solid, start, direction, length, margin)
        if distance is not None:
            hits.append(Hit(distance, solid))
    ground = meet_ground(start, direction, length, height)
    if ground is not None:
        hits.append(Hit(ground, None))
    return sorted(hits, key=lambda hit: hit.distance)


def _enter(solid: Solid, start: Vector, direction: Vector, length: float, margin: float) -> float | None:
    """Give where a line enters a box [m]; None if it misses, or begins inside."""
    offset = np.subtract(start, solid.pose[:3])
    reach = math.hypot(*solid.half) + 2 * margin
    along = -float(offset @ direction)
    if not -reach <= along <= length + reach or float(offset @ offset) - along * along > reach * reach:
        return None
    to_box = rotation_matrix(solid.pose).T
    origin, ray = to_box @ offset, to_box @ np.array(direction)
    near, far = 0.0, length
    inside = True
    for place, way, size in zip(origin.tolist(), ray.tolist(), solid.half, strict=True):
        half = size + margin
        inside = inside and abs(place) < half
        if abs(way) < 1e-12:
            if abs(place) > half:
                return None
            continue
        first, second = sorted(((-half - place) / way, (half - place) / way))
        near, far = max(near, first), min(far, second)
    return None if inside or near > far else near


def meet_ground(start: Vector, direction: Vector, length: float, height: Height) -> float | None:
    """Give where a line goes down through the ground [m]; None if it does not."""

    def above(distances: FloatArray) -> FloatArray:
        x, y, z = (place + distances * way for place, way in zip(start, direction, strict=True))
        return np.asarray(z - height(x, y, z), float)

    low, high = 0.0, length
    steps = max(1, math.ceil(length * math.hypot(direction[0], direction[1]) / STEP))
    for _ in range(8):
        places = np.linspace(low, high, steps + 1)
        under = np.flatnonzero(above(places) < 0.0)
        if len(under) == 0 or under[0] == 0:
            return None if high == length and low == 0.0 else low
        low, high = float(places[under[0] - 1]), float(places[under[0]])
        steps = 16
    return low
