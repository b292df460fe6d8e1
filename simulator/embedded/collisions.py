"""Cars against cars and against what stands: who touches whom, and what that does to them.

Bodies are boxes on the ground. Those that meet are parted and get one impulse at the middle of where they touch: across
it as of two lumps that spring back a little, along it what friction can give. It never adds energy. Where they moved so
far within a tick that they could have passed through each other, they are first put back to where they met.
"""

import math
from typing import NamedTuple

from simulator.embedded.axes import Pose, Vector, wrap
from simulator.embedded.boxes import Box, Overlap, find_overlap, find_overlap_at, find_touch
from simulator.embedded.obstacles import Obstacle, Obstacles
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.walkers.walker import Walker

RESTITUTION = 0.15
"""Share of the speed at which bodies spring apart; cars in crash tests at 10 to 50 km/h: 0.1 to 0.3."""
FRICTION = 0.4
LONGEST_STRIDE = 0.25
"""Bodies that move towards each other by more than this in a tick [m] are looked at on their way."""


class Contact(NamedTuple):
    """A vehicle that touches something. impulse: on the vehicle [N s], world axes."""

    first: Vehicle
    second: Vehicle | Walker | Obstacle
    impulse: Vector


def resolve(vehicles: list[Vehicle], obstacles: Obstacles | None = None) -> list[Contact]:
    """Part all that overlap and let them bounce; gives who touched what."""
    contacts = []
    for first, second in _near_pairs(vehicles):
        overlap = _meet(first, second)
        if overlap is not None:
            contacts.append(Contact(first, second, _bounce(first, second, overlap)))
    if obstacles is not None:
        for vehicle in vehicles:
            if not vehicle.simulated:
                continue
            for obstacle in obstacles.near(vehicle):
                overlap = _meet(vehicle, obstacle)
                if overlap is not None:
                    contacts.append(Contact(vehicle, obstacle, _bounce(vehicle, obstacle, overlap)))
    return contacts


def _near_pairs(vehicles: list[Vehicle]) -> list[tuple[Vehicle, Vehicle]]:
    """Give the pairs that could touch, in the order of `vehicles`; sorted along x, each meets only its neighbours."""
    if len(vehicles) < 2:
        return []
    spans = sorted((vehicle.pose.x - vehicle.reach, k, vehicle) for k, vehicle in enumerate(vehicles))
    found = []
    for place, (_, k, vehicle) in enumerate(spans):
        reach, y = vehicle.reach, vehicle.pose.y
        end = vehicle.pose.x + reach
        for begin, other_k, other in spans[place + 1 :]:
            if begin > end:
                break
            if abs(other.pose.y - y) <= reach + other.reach and (vehicle.simulated or other.simulated):
                found.append((k, other_k, vehicle, other) if k < other_k else (other_k, k, other, vehicle))
    return [(first, second) for _, _, first, second in sorted(found, key=lambda pair: pair[:2])]


def _meet(first: Vehicle, second: Vehicle | Obstacle) -> Overlap | None:
    """Find whether two touched during the tick; those that did further back are put where they did first."""
    a, b = first.pose, second.pose
    a_before = first.pose_before
    b_before = second.pose_before if isinstance(second, Vehicle) else b
    moved = math.hypot(a.x - a_before.x - b.x + b_before.x, a.y - a_before.y - b.y + b_before.y)
    strides = math.ceil(moved / LONGEST_STRIDE)
    half_a, half_b = first.half_size, second.half_size
    for k in range(1, strides):
        share = k / strides
        there_a, there_b = _between(a_before, a, share), _between(b_before, b, share)
        overlap = find_overlap_at(there_a, half_a, there_b, half_b)
        if overlap is not None:
            _put_back(first, there_a)
            if isinstance(second, Vehicle):
                _put_back(second, there_b)
            return overlap
    return find_overlap(first, second)


def _between(before: Pose, now: Pose, share: float) -> Pose:
    return now._replace(
        x=before.x + share * (now.x - before.x),
        y=before.y + share * (now.y - before.y),
        yaw=before.yaw + share * wrap(now.yaw - before.yaw),
    )


def _put_back(vehicle: Vehicle, pose: Pose) -> None:
    if vehicle.simulated:
        vehicle.shift(pose.x - vehicle.pose.x, pose.y - vehicle.pose.y, wrap(pose.yaw - vehicle.pose.yaw))


class _Body(NamedTuple):
    """What a hit meets. light: 1 / mass [1/kg], loose: 1 / inertia [1/(kg m2)], 0 for what does not give way.

    arm: from the centre of mass to where it is hit [m]. velocity: there [m/s].
    """

    light: float
    loose: float
    arm: tuple[float, float]
    velocity: tuple[float, float]


def _body(box: Box, x: float, y: float) -> _Body:
    if not isinstance(box, Vehicle) or not box.simulated:
        return _Body(0.0, 0.0, (0.0, 0.0), (0.0, 0.0))
    center, velocity, turn = box.mass_center, box.mass_velocity, box.yaw_rate
    arm = x - center[0], y - center[1]
    return _Body(
        1.0 / box.physics.mass, 1.0 / box.yaw_inertia, arm, (velocity[0] - turn * arm[1], velocity[1] + turn * arm[0])
    )


def _bounce(first: Vehicle, second: Vehicle | Obstacle, overlap: Overlap) -> Vector:
    """Part two bodies and give them their impulse; gives that on the first."""
    point = find_touch(first, second)
    a, b = _body(first, *point), _body(second, *point)
    if a.light + b.light == 0.0:
        return 0.0, 0.0, 0.0
    impulse = find_impulse(a, b, (overlap.x, overlap.y))
    for vehicle, body, sign in ((first, a, 1.0), (second, b, -1.0)):
        if body.light == 0.0 or not isinstance(vehicle, Vehicle):
            continue
        push = sign * (overlap.depth + 1e-6) * body.light / (a.light + b.light)
        vehicle.shift(push * overlap.x, push * overlap.y)
        if impulse != (0.0, 0.0):
            x, y = sign * impulse[0], sign * impulse[1]
            vehicle.hit((x, y), body.loose * (body.arm[0] * y - body.arm[1] * x))
    return impulse[0], impulse[1], 0.0


def find_impulse(a: _Body, b: _Body, normal: tuple[float, float]) -> tuple[float, float]:
    """Give the impulse on the first of two bodies [N s] that meet; normal: from the second to the first."""
    tangent = -normal[1], normal[0]
    apart = a.velocity[0] - b.velocity[0], a.velocity[1] - b.velocity[1]
    across, along = _dot(apart, normal), _dot(apart, tangent)
    if across >= 0.0:
        return 0.0, 0.0
    light = a.light + b.light
    a_n, b_n, a_t, b_t = (_turned(body.arm, axis) for axis in (normal, tangent) for body in (a, b))
    stiff_n = light + a.loose * a_n * a_n + b.loose * b_n * b_n
    stiff_t = light + a.loose * a_t * a_t + b.loose * b_t * b_t
    mixed = a.loose * a_n * a_t + b.loose * b_n * b_t
    hard = -(1.0 + RESTITUTION) * across / stiff_n
    slipping = along + mixed * hard
    rub = min(max(-slipping / stiff_t, -FRICTION * hard), FRICTION * hard)
    gained = hard * across + rub * along + 0.5 * (stiff_n * hard**2 + stiff_t * rub**2) + mixed * hard * rub
    if gained > 0.0:
        # with friction Newton's rule of restitution can add energy; without it never does
        rub = 0.0
    return hard * normal[0] + rub * tangent[0], hard * normal[1] + rub * tangent[1]


def _dot(a: tuple[float, float], b: tuple[float, float]) -> float:
    return a[0] * b[0] + a[1] * b[1]


def _turned(arm: tuple[float, float], axis: tuple[float, float]) -> float:
    """How far from the centre of mass a push along an axis acts [m], left turning positive."""
    return arm[0] * axis[1] - arm[1] * axis[0]
