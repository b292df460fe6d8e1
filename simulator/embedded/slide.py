"""A car that slides: thrown aside, spun, backwards; where the single-track model no longer holds.

A rigid body on two axles. Each pushes against the way it slides, up to its load times friction, and rolls freely
along its wheels unless the brakes hold it. It hands over to the single-track model when the car points where it goes.
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from simulator.embedded.dynamics import (
    FRICTION,
    FRONT,
    FRONT_SIDE_FORCE,
    GRAVITY,
    GRIP,
    LEVEL,
    MASS,
    REAR,
    REAR_SIDE_FORCE,
    SLIP,
    SPEED,
    STEER,
    STIFFNESS,
    YAW,
    YAW_INERTIA,
    YAW_RATE,
    X,
    Y,
)
from simulator.jit import compiled

BEGINS_AT = 0.6
"""Slip angle [rad] beyond which a car slides: tyres grip to about 0.1."""
STANDS_BELOW = 0.3
LONGEST_PART = 0.001
SLOWEST_ROLL = 0.5

_jit = numba.njit
FloatArray = NDArray[np.float64]


@_jit
def _axle(along, aside, angle, stiffness, holds, braked):  # type: ignore[no-untyped-def]
    """Force of an axle [m/s2 of its share], forward and left in the car's axes, at this velocity of the axle."""
    cosine, sine = math.cos(angle), math.sin(angle)
    rolls, slips = cosine * along + sine * aside, cosine * aside - sine * along
    side = -holds * min(max(stiffness * math.atan2(slips, max(abs(rolls), SLOWEST_ROLL)), -1.0), 1.0)
    length = -min(braked, holds) * min(max(rolls / SLOWEST_ROLL, -1.0), 1.0)
    both = math.hypot(side, length)
    if both > holds:
        side, length = side * holds / both, length * holds / both
    return cosine * length - sine * side, sine * length + cosine * side


@_jit
def slide(state, braking, hand, p, ground, step):  # type: ignore[no-untyped-def]
    """Move a sliding car by one step, in place. braking, hand: deceleration [m/s2] asked of all and the rear wheels."""
    parts = max(math.ceil(step / LONGEST_PART), 1)
    part = step / parts
    wheelbase = p[FRONT] + p[REAR]
    front_share, rear_share = p[REAR] / wheelbase, p[FRONT] / wheelbase
    grip = p[FRICTION] * GRAVITY * ground[GRIP]
    yaw, turn = state[YAW], state[YAW_RATE]
    direction = yaw + state[SLIP]
    vx, vy = state[SPEED] * math.cos(direction), state[SPEED] * math.sin(direction)
    for _ in range(parts):
        cosine, sine = math.cos(yaw), math.sin(yaw)
        along, aside = cosine * vx + sine * vy, cosine * vy - sine * vx
        front_x, front_y = _axle(
            along, aside + turn * p[FRONT], state[STEER], p[STIFFNESS], front_share * grip, front_share * braking
        )
        rear_x, rear_y = _axle(
            along, aside - turn * p[REAR], 0.0, p[STIFFNESS], rear_share * grip, rear_share * braking + hand
        )
        x, y = front_x + rear_x, front_y + rear_y
        vx += part * (cosine * x - sine * y)
        vy += part * (sine * x + cosine * y)
        turn += part * p[MASS] * (p[FRONT] * front_y - p[REAR] * rear_y) / p[YAW_INERTIA]
        state[X] += part * vx * ground[LEVEL]
        state[Y] += part * vy * ground[LEVEL]
        yaw += part * turn
        state[FRONT_SIDE_FORCE], state[REAR_SIDE_FORCE] = p[MASS] * front_y, p[MASS] * rear_y
    state[YAW], state[YAW_RATE] = yaw, turn
    write_velocity(state, vx, vy)


@compiled
def write_velocity(state: FloatArray, vx: float, vy: float) -> None:
    """Put a velocity of the centre of mass [m/s, world axes] into the state; what the model can't hold is dropped.

    A car that goes backwards rolls (speed negative); one that hardly moves stands.
    """
    cosine, sine = math.cos(state[YAW]), math.sin(state[YAW])
    along, aside = cosine * vx + sine * vy, cosine * vy - sine * vx
    speed = math.hypot(along, aside)
    if speed < STANDS_BELOW or (along < 0.0 and abs(aside) < math.tan(BEGINS_AT) * -along):
        state[SPEED], state[SLIP] = along, 0.0
    else:
        state[SPEED], state[SLIP] = speed, math.atan2(aside, along)
