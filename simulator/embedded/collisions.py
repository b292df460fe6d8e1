"""Cars against cars: whose boxes overlap on the ground, and what that does to them."""

import math
from itertools import combinations
from typing import NamedTuple

from simulator.embedded.actors import Actor
from simulator.embedded.axes import Vector
from simulator.embedded.vehicle import Vehicle


class Contact(NamedTuple):
    """Two vehicles that touch. impulse: on the first one [N s], world axes."""

    first: Vehicle
    second: Vehicle
    impulse: Vector


class Overlap(NamedTuple):
    """How to part two boxes: the direction from the second to the first, and how far [m]."""

    x: float
    y: float
    depth: float


def find_overlap(first: Actor, second: Actor) -> Overlap | None:
    """Find the shortest way to part two boxes by their separating axes on the ground; None if they are apart."""
    a, b = first.pose, second.pose
    half_a, half_b = first.half_size, second.half_size
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


def resolve(vehicles: list[Vehicle]) -> list[Contact]:
    """Part all overlapping vehicles and take away the speed at which they meet; gives who touched whom."""
    contacts = []
    for first, second in combinations(vehicles, 2):
        overlap = find_overlap(first, second)
        if overlap is not None:
            contacts.append(Contact(first, second, _part(first, second, overlap)))
    return contacts


def _part(first: Vehicle, second: Vehicle, overlap: Overlap) -> Vector:
    """Push two vehicles apart, with an inelastic impulse along the shortest way; gives the impulse on the first."""
    x, y, depth = overlap
    light_a = 1 / first.physics.mass if first.simulated else 0.0
    light_b = 1 / second.physics.mass if second.simulated else 0.0
    if light_a + light_b == 0.0:
        return 0.0, 0.0, 0.0
    closing = (first.velocity[0] - second.velocity[0]) * x + (first.velocity[1] - second.velocity[1]) * y
    impulse = max(-closing, 0.0) / (light_a + light_b)
    for vehicle, sign, light in ((first, 1.0, light_a), (second, -1.0, light_b)):
        if light == 0.0:
            continue
        pose, push = vehicle.pose, sign * depth * light / (light_a + light_b)
        # position first, since a moved car keeps its velocity
        vehicle.place(pose._replace(x=pose.x + push * x, y=pose.y + push * y))
        kick = sign * impulse * light
        velocity = vehicle.velocity
        vehicle.set_velocity((velocity[0] + kick * x, velocity[1] + kick * y, velocity[2]))
    return impulse * x, impulse * y, 0.0
