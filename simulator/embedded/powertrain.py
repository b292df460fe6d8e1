"""Engine, gearbox and brakes of one car: what acceleration the pedals give over a step.

The engine's torque and the brakes' pressure follow their pedals with a lag. Gears shift by themselves where the rpm
leaves a gear's band, or are chosen by hand; while they shift, nothing drives. An engine that is not asked to pull is
turned by the wheels and slows the car (engine braking), and what it turns adds to the car's inertia.
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from simulator.embedded.dynamics import (
    AIR_DRAG,
    ALONG,
    AUTOMATIC,
    BRAKE,
    BRAKE_FORCE,
    BRAKE_LAG,
    DAMPING_CLOSED,
    DAMPING_FULL,
    DRIVE_FORCE,
    DRIVEN_SHARE,
    ENGINE_INERTIA,
    FINAL_RATIO,
    FRICTION,
    FRONT,
    GEAR,
    GRAVITY,
    GRIP,
    HAND_BRAKE_FORCE,
    MASS,
    MAX_RPM,
    REAR,
    RESISTANCE,
    ROLLING,
    RPM,
    SHIFT_TIME,
    SHIFTING,
    SLOWING_FORCE,
    SPEED,
    THROTTLE,
    THROTTLE_LAG,
    WHEEL_RADIUS,
    side_share,
)

RPM_PER_RATE = 60.0 / (2.0 * math.pi)
LOCKED_SHARE = 0.98
"""How much of a tyre's grip an anti-lock brake uses at most; the rest still steers."""

_jit = numba.njit


@_jit
def interpolate(table, at):  # type: ignore[no-untyped-def]
    """Read a curve of (x, y) rows, held beyond its ends; an empty curve is 1."""
    if table.shape[0] == 0:
        return 1.0
    return np.interp(at, table[:, 0], table[:, 1])


@_jit
def _follow(now, wanted, lag, step):  # type: ignore[no-untyped-def]
    """Let a value follow another one with a lag [s]."""
    if lag <= 0.0:
        return wanted
    return wanted + (now - wanted) * math.exp(-step / lag)


@_jit
def choose_gear(state, asked, p, gears, step):  # type: ignore[no-untyped-def]
    """Shift; gives engine turns per wheel turn, negative in reverse, 0 in neutral or while shifting.

    asked: -1 reverse, 0 neutral, 1 drive with the automatic gearbox, 10 + n the n-th gear by hand.
    """
    count = gears.shape[0]
    gear = state[GEAR]
    wanted = gear
    if asked <= 0:
        wanted = float(asked)
    elif asked > 10:
        wanted = float(min(asked - 10, max(count, 1)))
    elif gear < 1.0:
        wanted = 1.0
    elif p[AUTOMATIC] > 0.0 and count > 0 and state[SHIFTING] <= 0.0:
        share = state[RPM] / p[MAX_RPM]
        place = min(int(gear), count)
        if share > gears[place - 1, 2] and place < count:
            wanted = gear + 1.0
        elif share < gears[place - 1, 1] and place > 1:
            wanted = gear - 1.0
    if wanted != gear:
        if wanted >= 1.0 and gear >= 1.0:
            state[SHIFTING] = p[SHIFT_TIME]
        state[GEAR] = wanted
    own = 1.0
    if count > 0:
        own = gears[min(max(int(abs(state[GEAR])), 1), count) - 1, 0]
    ratio = p[FINAL_RATIO] * own
    state[RPM] = abs(state[SPEED]) * ratio / p[WHEEL_RADIUS] * RPM_PER_RATE
    if state[SHIFTING] > 0.0:
        state[SHIFTING] -= step
        return 0.0
    return ratio * (1.0 if wanted > 0.0 else (-1.0 if wanted < 0.0 else 0.0))


@_jit
def accelerate(state, throttle, brake, hand_brake, asked, p, torque_curve, gears, ground, step):  # type: ignore[no-untyped-def]
    """Acceleration [m/s2] over a step, and what the front and rear axles have left sideways.

    Engine, slope and air come first, then what only slows down and never turns a car round. Neither engine nor brakes
    give more than the tyres hold.
    """
    speed = state[SPEED]
    state[THROTTLE] = _follow(state[THROTTLE], throttle, p[THROTTLE_LAG], step)
    state[BRAKE] = _follow(state[BRAKE], brake, p[BRAKE_LAG], step)
    ratio = choose_gear(state, asked, p, gears, step)
    lever = ratio / p[WHEEL_RADIUS]
    grip = p[FRICTION] * GRAVITY * ground[GRIP]
    force = 0.0
    if ratio != 0.0 and torque_curve.shape[0] > 0 and state[RPM] < p[MAX_RPM]:
        force = state[THROTTLE] * interpolate(torque_curve, state[RPM]) * lever
    mass = p[MASS] + p[ENGINE_INERTIA] * lever * lever
    holds = grip * p[DRIVEN_SHARE]
    driving = min(max(force / mass, -holds), holds)
    state[DRIVE_FORCE] = p[MASS] * driving
    pushed = speed + step * (driving + p[MASS] * ground[ALONG] / mass)
    pushed /= 1.0 + step * p[AIR_DRAG] * abs(speed) / mass
    damping = p[DAMPING_CLOSED] + (p[DAMPING_FULL] - p[DAMPING_CLOSED]) * state[THROTTLE]
    engine = min(damping * lever * lever * abs(speed) / mass, holds)
    rear_grip = grip * p[FRONT] / (p[FRONT] + p[REAR])
    hand = hand_brake * min(p[HAND_BRAKE_FORCE] / p[MASS], rear_grip)
    braking = min(state[BRAKE] * p[BRAKE_FORCE] / p[MASS] + hand + engine, LOCKED_SHARE * grip)
    slowing = step * (braking + p[ROLLING] + ground[RESISTANCE])
    slowed = max(pushed - slowing, 0.0) if pushed > 0.0 else min(pushed + slowing, 0.0)
    state[SLOWING_FORCE] = p[MASS] * braking if slowed != 0.0 else 0.0
    used = abs(abs(driving) - braking)
    front_share = side_share(max(used - hand, 0.0), grip)
    rear_share = min(side_share(used, grip), side_share(hand, rear_grip))
    return (slowed - speed) / step, front_share, rear_share


def best_gear(speed: float, p: NDArray[np.float64], gears: NDArray[np.float64]) -> float:
    """Give the gear that the automatic gearbox would be in at a speed [m/s]."""
    turns = abs(speed) * p[FINAL_RATIO] / p[WHEEL_RADIUS] * RPM_PER_RATE
    for place, (ratio, _, up) in enumerate(gears.tolist(), start=1):
        if turns * ratio <= up * p[MAX_RPM]:
            return float(place)
    return float(max(len(gears), 1))
