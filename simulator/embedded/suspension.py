"""How one car sits on the ground: height, pitch and roll follow its four wheels, smoothed as by springs and dampers.

What it sits on decides what the tyres hold: beside the carriageway the ground is rough, soft and slippery.
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from simulator.embedded.dynamics import ALONG, ASIDE, GRAVITY, GRIP, LEVEL, RESISTANCE, YAW, X, Y
from simulator.jit import compiled

Z, CLIMB, PITCH, PITCH_RATE, ROLL, ROLL_RATE, FLIES, GROUND_Z, GROUND_PITCH, GROUND_ROLL, KNOWN = range(11)
BODY_SIZE = 11
"""Z [m], CLIMB [m/s], angles [rad] as a pose's, rates [rad/s]; FLIES: 1 while no wheel touches the ground; GROUND_...:
where the wheels are; KNOWN: 0 before the ground was felt at the present place."""
ROAD_GRIP, VERGE_GRIP, VERGE_RESISTANCE, ROUGHNESS = range(4)
SURFACE_SIZE = 4
"""Grips relative to dry asphalt; resistance [m/s2] beyond asphalt's; height of the verge's bumps [m]."""

TRAVEL = 0.12
_HEAVE, _TILT, _DAMPING = 2.0 * math.pi * 1.5, 2.0 * math.pi * 1.8, 0.7
_LONGEST_PART = 0.01
_BUMP_LENGTH = 1.6
_FADE = 0.3

_jit = numba.njit
FloatArray = NDArray[np.float64]


@_jit
def _noise(i, j):  # type: ignore[no-untyped-def]
    """Give a fixed random number, -1 to 1, for a grid point."""
    mixed = (i * 374761393 + j * 668265263) & 0x7FFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0x7FFFFFFF
    return ((mixed ^ (mixed >> 16)) & 0xFFFF) / 32767.5 - 1.0


@_jit
def bump(x, y):  # type: ignore[no-untyped-def]
    """Give the height of rough ground at a place, -1 to 1; smooth over a metre, the same every time."""
    u, v = x / _BUMP_LENGTH, y / _BUMP_LENGTH
    i, j = math.floor(u), math.floor(v)
    right, above = u - i, v - j
    right, above = right * right * (3.0 - 2.0 * right), above * above * (3.0 - 2.0 * above)
    lower = _noise(i, j) * (1.0 - right) + _noise(i + 1, j) * right
    upper = _noise(i, j + 1) * (1.0 - right) + _noise(i + 1, j + 1) * right
    return lower * (1.0 - above) + upper * above


@_jit
def _follow(place, rate, wanted, wanted_rate, frequency, part):  # type: ignore[no-untyped-def]
    """One step of a spring and a damper; gives place and rate."""
    force = frequency * frequency * (wanted - place) + 2.0 * _DAMPING * frequency * (wanted_rate - rate)
    rate += part * force
    return place + part * rate, rate


@_jit
def _heave(body, wanted, wanted_rate, part, falls):  # type: ignore[no-untyped-def]
    """Move the height by one step: on its springs, or falling."""
    if body[FLIES] > 0.0:
        if falls:
            body[Z] += part * (body[CLIMB] - 0.5 * part * GRAVITY)
            body[CLIMB] -= part * GRAVITY
        else:
            body[CLIMB] = 0.0
        if body[Z] <= wanted:
            body[Z], body[CLIMB], body[FLIES] = wanted, wanted_rate, 0.0
        return
    before, rate = body[Z], body[CLIMB]
    body[Z], body[CLIMB] = _follow(before, rate, wanted, wanted_rate, _HEAVE, part)
    if body[CLIMB] < rate - part * GRAVITY:
        # nothing pulls a car down faster than it falls
        body[CLIMB] = rate - part * GRAVITY
        body[Z] = before + part * body[CLIMB]
    if body[Z] < wanted - TRAVEL:
        body[Z], body[CLIMB] = wanted - TRAVEL, wanted_rate
    elif body[Z] > wanted + TRAVEL and falls:
        body[FLIES] = 1.0


@_jit
def _feel(ground, surface, outside, along, aside, falls):  # type: ignore[no-untyped-def]
    """Write what the tyres stand on: the mean of the four wheels, and gravity along the slopes."""
    off = 0.0
    for k in range(4):
        off += min(max(outside[k] / _FADE, 0.0), 1.0) / 4.0
    level = 1.0 / math.sqrt(1.0 + along * along)
    upright = 1.0 / math.sqrt(1.0 + along * along + aside * aside)
    ground[GRIP] = (surface[ROAD_GRIP] + off * (surface[VERGE_GRIP] - surface[ROAD_GRIP])) * upright
    ground[RESISTANCE] = off * surface[VERGE_RESISTANCE]
    ground[LEVEL] = level
    ground[ALONG] = -GRAVITY * along * level if falls else 0.0
    ground[ASIDE] = -GRAVITY * aside / math.sqrt(1.0 + aside * aside) if falls else 0.0


@compiled
def settle(
    body: FloatArray,
    ground: FloatArray,
    heights: FloatArray,
    outside: FloatArray,
    places: FloatArray,
    surface: FloatArray,
    wheelbase: float,
    track: float,
    delta: float,
    falls: bool,
) -> None:
    """Let a car sit for `delta` seconds on the ground under its wheels; changes `body` and `ground`.

    heights, outside (4,): of the ground at each wheel [m] and how far that is beside the carriageway [m]; front left,
    front right, rear left, rear right. places: (8,), x and y of each. surface: see above. falls: whether gravity acts.
    """
    for k in range(4):
        if outside[k] > 0.0:
            share = min(outside[k] / _FADE, 1.0)
            heights[k] += share * surface[ROUGHNESS] * bump(places[2 * k], places[2 * k + 1])
    along = (heights[0] + heights[1] - heights[2] - heights[3]) / (2.0 * wheelbase)
    aside = (heights[0] + heights[2] - heights[1] - heights[3]) / (2.0 * track)
    height = (heights[0] + heights[1] + heights[2] + heights[3]) / 4.0
    pitch, roll = -math.atan(along), math.atan(aside)
    _feel(ground, surface, outside, along, aside, falls)
    if body[KNOWN] == 0.0:
        body[KNOWN] = 1.0
        body[GROUND_Z], body[GROUND_PITCH], body[GROUND_ROLL] = height, pitch, roll
        body[FLIES] = 1.0 if body[Z] > height else 0.0
        if body[Z] <= height:
            body[Z], body[CLIMB] = height, 0.0
            body[PITCH], body[ROLL], body[PITCH_RATE], body[ROLL_RATE] = pitch, roll, 0.0, 0.0
    parts = max(math.ceil(delta / _LONGEST_PART - 1e-9), 1)
    part = delta / parts
    climbs = (height - body[GROUND_Z]) / delta
    pitches, rolls = (pitch - body[GROUND_PITCH]) / delta, (roll - body[GROUND_ROLL]) / delta
    for k in range(parts):
        done = (k + 1) * part
        _heave(body, body[GROUND_Z] + done * climbs, climbs, part, falls)
        if body[FLIES] == 0.0:
            wanted = body[GROUND_PITCH] + done * pitches
            body[PITCH], body[PITCH_RATE] = _follow(body[PITCH], body[PITCH_RATE], wanted, pitches, _TILT, part)
            wanted = body[GROUND_ROLL] + done * rolls
            body[ROLL], body[ROLL_RATE] = _follow(body[ROLL], body[ROLL_RATE], wanted, rolls, _TILT, part)
    body[GROUND_Z], body[GROUND_PITCH], body[GROUND_ROLL] = height, pitch, roll


@compiled
def write_wheels(state: FloatArray, to_mass: float, half_base: float, half_track: float, places: FloatArray) -> None:
    """Write x and y of the four wheels [m] into `places` (8,), as `settle` wants them."""
    cosine, sine = math.cos(state[YAW]), math.sin(state[YAW])
    x, y = state[X] - to_mass * cosine, state[Y] - to_mass * sine
    for k in range(4):
        ahead = half_base if k < 2 else -half_base
        left = half_track if k % 2 == 0 else -half_track
        places[2 * k] = x + ahead * cosine - left * sine
        places[2 * k + 1] = y + ahead * sine + left * cosine
