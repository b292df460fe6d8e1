"""One car's drive through one tick: pedals, gears, tyres, slides."""

import math

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.dynamics import (
    BRAKE,
    BRAKE_FORCE,
    FRONT,
    FRONT_SIDE_FORCE,
    FRONT_SLIP,
    HAND_BRAKE_FORCE,
    KINEMATIC_BELOW,
    MASS,
    REAR,
    REAR_SLIP,
    SLIP,
    SPEED,
    STEER,
    STEER_HIGH,
    STEER_LOW,
    STEER_RATE,
    YAW,
    YAW_RATE,
    step_turn,
)
from simulator.embedded.powertrain import accelerate, interpolate
from simulator.embedded.slide import BEGINS_AT, slide
from simulator.jit import compiled

FloatArray = NDArray[np.float64]
# so slowly, a car whose slip angle is nearly that of its turned wheels does not slide [m/s, rad]
_SLOW, _NEARLY = 1.5, 0.4


@compiled
def _rolls_off(state: FloatArray, p: FloatArray) -> bool:
    """Tell whether a slip angle is but that of a car that rolls off slowly with its wheels turned far."""
    rolling = math.atan(math.tan(state[STEER]) * p[REAR] / (p[FRONT] + p[REAR]))
    return bool(abs(state[SPEED]) < _SLOW and abs(state[SLIP] - rolling) < _NEARLY)


@compiled
def advance(
    state: FloatArray,
    throttle: float,
    steer: float,
    brake: float,
    hand_brake: float,
    asked: int,
    p: FloatArray,
    torque_curve: FloatArray,
    steering_curve: FloatArray,
    gears: FloatArray,
    ground: FloatArray,
    delta: float,
    steps: int,
) -> None:
    """Drive a car for `delta` seconds in `steps` equal parts; changes `state`.

    throttle, brake: 0 to 1. steer: -1 to 1, left positive: the share of the largest wheel angle times `steering_curve`
    at this speed that the wheels turn to, at the steering's limited rate. hand_brake: 0 or 1. asked: the gear, see
    `powertrain.choose_gear`. torque_curve: rows of (rpm, Nm). steering_curve: rows of (km/h, share). gears: rows of
    (ratio, down, up). ground: what is below, see `dynamics`.
    """
    step = delta / steps
    for _ in range(steps):
        wanted = steer * p[STEER_HIGH] * interpolate(steering_curve, abs(state[SPEED]) * 3.6)
        acceleration, front_share, rear_share = accelerate(
            state, throttle, brake, hand_brake, asked, p, torque_curve, gears, ground, step
        )
        if abs(state[SLIP]) > BEGINS_AT and not _rolls_off(state, p):
            turned = min(max(wanted - state[STEER], -step * p[STEER_RATE]), step * p[STEER_RATE])
            state[STEER] = min(max(state[STEER] + turned, p[STEER_LOW]), p[STEER_HIGH])
            braking, hand = state[BRAKE] * p[BRAKE_FORCE] / p[MASS], hand_brake * p[HAND_BRAKE_FORCE] / p[MASS]
            slide(state, braking, hand, p, ground, step)
        else:
            step_turn(state, (wanted - state[STEER]) / step, acceleration, p, ground, front_share, rear_share, step)
    state[YAW] -= 2.0 * math.pi * math.floor((state[YAW] + math.pi) / (2.0 * math.pi))
    speed = abs(state[SPEED])
    if speed > KINEMATIC_BELOW and (state[FRONT_SIDE_FORCE] != 0.0 or abs(state[SLIP]) > 0.0):
        state[FRONT_SLIP] = state[STEER] - state[SLIP] - p[FRONT] * state[YAW_RATE] / speed
        state[REAR_SLIP] = p[REAR] * state[YAW_RATE] / speed - state[SLIP]
    else:
        state[FRONT_SLIP] = state[REAR_SLIP] = 0.0
