"""Where on its nearest road each ray's place on the ground lies, and how large its pixel is there."""

import numpy as np
from numpy import float32

from simulator.embedded.render.ground import PROFILE_COLUMNS, Ground
from simulator.embedded.render.jit import inner
from simulator.embedded.render.lanes import turn_eight
from simulator.embedded.render.packet import (
    ACROSS,
    AHEAD,
    ALONG,
    COSINE,
    CURVATURE,
    DOWN_X,
    DOWN_Y,
    HIT_X,
    HIT_Y,
    PLACE_X,
    PLACE_Y,
    RIGHT_X,
    RIGHT_Y,
    SAMPLE,
    SAMPLE_COSINE,
    SAMPLE_S,
    SAMPLE_SINE,
    SINE,
    SIZE,
    TONE,
    Packet,
    S,
    T,
)
from simulator.embedded.render.view import View

_ONE, _TWO = np.uint64(1), np.uint64(2)


@inner
def read_profiles(packet: Packet, ground: Ground, view: View, count: int) -> None:
    """Copy the profile of each ray's sample into the packet, and find the place in its axes."""
    real, whole, profiles, middles = packet.real, packet.whole, ground.profiles.reshape(-1), ground.middles.reshape(-1)
    samples, columns = whole[SAMPLE : SAMPLE + SIZE], np.uint64(PROFILE_COLUMNS)
    for i in range(0, count, 8):
        # rays past the last one have a sample of former rays
        turn_eight(real, np.uint64(SAMPLE_COSINE + i), np.uint64(SIZE), profiles, columns, samples[i:])
    for i in range(count):
        sample = np.uint64(np.uint32(samples[i]))
        real[PLACE_X + i] = (view.x - middles[sample * _TWO]) + real[HIT_X + i]
        real[PLACE_Y + i] = (view.y - middles[sample * _TWO + _ONE]) + real[HIT_Y + i]
        real[TONE + i] = profiles[sample * columns + columns - _ONE]


@inner
def locate(packet: Packet) -> None:
    """Find s and t of each place: around its sample the road is an arc, followed to the second order."""
    real = packet.real
    one, half, least = float32(1.0), float32(0.5), float32(0.2)
    for i in range(SIZE):
        cosine, sine, curvature = real[SAMPLE_COSINE + i], real[SAMPLE_SINE + i], real[CURVATURE + i]
        along = cosine * real[PLACE_X + i] + sine * real[PLACE_Y + i]
        across = cosine * real[PLACE_Y + i] - sine * real[PLACE_X + i]
        ahead = along / max(one - curvature * across, least)
        turn = curvature * ahead
        real[S + i] = real[SAMPLE_S + i] + ahead
        real[T + i] = across - half * turn * along
        real[AHEAD + i] = ahead
        real[COSINE + i] = cosine - turn * sine
        real[SINE + i] = sine + turn * cosine


@inner
def measure_footprints(packet: Packet) -> None:
    """Measure each pixel's parallelogram along and across the road."""
    real = packet.real
    least = float32(1e-3)
    for i in range(SIZE):
        right_x, right_y, down_x, down_y = real[RIGHT_X + i], real[RIGHT_Y + i], real[DOWN_X + i], real[DOWN_Y + i]
        cosine, sine = real[COSINE + i], real[SINE + i]
        real[ALONG + i] = least + abs(cosine * right_x + sine * right_y) + abs(cosine * down_x + sine * down_y)
        real[ACROSS + i] = least + abs(cosine * right_y - sine * right_x) + abs(cosine * down_y - sine * down_x)
