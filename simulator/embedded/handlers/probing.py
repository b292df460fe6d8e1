"""Asking the world what is where: rays, the ground, boxes and objects."""

import math
from typing import Any

from simulator.embedded.axes import Vector, vector_to_carla
from simulator.embedded.rays import LONGEST_RAY, Hit, cast
from simulator.embedded.rpc import method
from simulator.embedded.simulation import Simulation
from simulator.embedded.surroundings import ANY_TAG, Surroundings
from simulator.embedded.values import (
    list_of,
    read_flag,
    read_integer,
    read_number,
    read_vector,
    write_transform,
)
from simulator.errors import LiquidlaneError


def _label(surroundings: Surroundings, start: Vector, direction: Vector, hit: Hit) -> list[Any]:
    """Give a labelled point's value on the wire."""
    x, y, z = (place + hit.distance * way for place, way in zip(start, direction, strict=True))
    tag = surroundings.ground_tag(x, y) if hit.solid is None else hit.solid.tag
    return [list(vector_to_carla(x, y, z)), tag]


def _cast(simulation: Simulation, start: Vector, direction: Vector, length: float) -> list[Any]:
    surroundings = simulation.episode.surroundings
    hits = cast(start, direction, length, surroundings.solids_along(start, direction, length), surroundings.height)
    return [_label(surroundings, start, direction, hit) for hit in hits]


@method(read_vector, read_vector)
def cast_ray(simulation: Simulation, start: Vector, end: Vector) -> list[Any]:
    """Give everything that a line from one place to another meets, nearest first."""
    length = math.dist(start, end)
    if not 0.0 < length <= LONGEST_RAY:
        raise LiquidlaneError(f"a ray of {length:.6g} m can't be cast; give two places up to {LONGEST_RAY:g} m apart")
    x, y, z = ((to - place) / length for place, to in zip(start, end, strict=True))
    return _cast(simulation, start, (x, y, z), length)


@method(read_vector, read_vector, read_number)
def project_point(simulation: Simulation, start: Vector, direction: Vector, length: float) -> list[Any]:
    """Give whether a line meets anything, and the first place where it does."""
    size = math.hypot(*direction)
    if not (size > 0.0 and 0.0 < length <= LONGEST_RAY):
        raise LiquidlaneError(
            f"direction {direction} and {length:.6g} m can't be searched; give a direction and up to {LONGEST_RAY:g} m"
        )
    x, y, z = (part / size for part in direction)
    points = _cast(simulation, start, (x, y, z), length)
    return [True, points[0]] if points else [False, [[0.0, 0.0, 0.0], 0]]


@method(read_integer)
def get_all_level_BBs(simulation: Simulation, tag: int = ANY_TAG) -> list[Any]:  # noqa: N802  (the wire's name)
    """Give the boxes, in the world, of all that stands there and of the cars."""
    boxes = []
    for solid in simulation.episode.surroundings.things(tag):
        place, rotation = write_transform(solid.pose)
        boxes.append([place, list(solid.half), rotation, solid.actor.id if solid.actor is not None else 0])
    return boxes


@method(read_integer)
def get_environment_objects(simulation: Simulation, tag: int = ANY_TAG) -> list[Any]:
    """Give all that stands there and is no actor."""
    objects = []
    for solid in simulation.episode.surroundings.things(tag):
        if solid.actor is None:
            place, rotation = write_transform(solid.pose)
            foot = [[place[0], place[1], place[2] - solid.half[2]], rotation]
            objects.append([foot, [place, list(solid.half), rotation, 0], solid.id, solid.name, solid.tag])
    return objects


@method()
def get_names_of_all_objects(simulation: Simulation) -> list[str]:
    """Name all that stands there."""
    return [solid.name for solid in simulation.episode.surroundings.things(ANY_TAG) if solid.actor is None]


@method(list_of(read_integer), read_flag)
def enable_environment_objects(simulation: Simulation, ids: list[int], enabled: bool) -> None:
    """Hide objects, or show them again: the embedded server can't.

    Raises:
        LiquidlaneError: always.
    """
    raise LiquidlaneError(
        "the embedded server can't hide environment objects; choose another appearance seed, or a map without them"
    )


@method()
def get_imui_gravity(simulation: Simulation) -> float:
    """Give what inertial sensors feel at rest [m/s2]."""
    return simulation.episode.surroundings.gravity


@method(read_number)
def set_imui_gravity(simulation: Simulation, gravity: float) -> None:
    """Set what inertial sensors feel at rest [m/s2]; cars fall as before."""
    simulation.episode.surroundings.gravity = gravity
