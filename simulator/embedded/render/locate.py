"""Where on its nearest road each ray's place on the ground lies, and how large its pixel is there."""

from numpy import float32

from simulator.embedded.render.ground import PROFILE_COLUMNS, Ground
from simulator.embedded.render.jit import step
from simulator.embedded.render.packet import (
    ACROSS,
    AHEAD,
    ALONG,
    COARSENESS,
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
    SCALE,
    SINE,
    SIZE,
    Packet,
    S,
    T,
)
from simulator.embedded.render.texels import DENSITY
from simulator.embedded.render.view import View
from simulator.embedded.tiles import find_sample


@step
def find_samples(packet: Packet, ground: Ground, view: View, count: int) -> None:
    """Find the sample nearest to each place, and copy its profile into the packet."""
    real, profiles, middles = packet.real, ground.profiles, ground.middles
    for i in range(count):
        x = view.x + real[HIT_X + i]
        y = view.y + real[HIT_Y + i]
        sample = find_sample(ground.tiles, x, y)
        packet.whole[SAMPLE + i] = sample
        real[PLACE_X + i] = x - middles[sample, 0]
        real[PLACE_Y + i] = y - middles[sample, 1]
        for k in range(PROFILE_COLUMNS):
            real[SAMPLE_COSINE + SIZE * k + i] = profiles[sample, k]


@step
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


@step
def measure_footprints(packet: Packet) -> None:
    """Measure each pixel's parallelogram along and across the road, and choose the mip level for its size."""
    real = packet.real
    least, half, one = float32(1e-3), float32(0.5), float32(1.0)
    texels = float32(DENSITY * DENSITY)
    for i in range(SIZE):
        right_x, right_y, down_x, down_y = real[RIGHT_X + i], real[RIGHT_Y + i], real[DOWN_X + i], real[DOWN_Y + i]
        cosine, sine = real[COSINE + i], real[SINE + i]
        real[ALONG + i] = least + abs(cosine * right_x + sine * right_y) + abs(cosine * down_x + sine * down_y)
        real[ACROSS + i] = least + abs(cosine * right_y - sine * right_x) + abs(cosine * down_y - sine * down_x)
        longest = max(right_x * right_x + right_y * right_y, down_x * down_x + down_y * down_y)
        # between the longer side, which would blur too much, and the geometric mean, which would shimmer
        squared = texels * half * (longest + abs(right_x * down_y - right_y * down_x))
        # level l where 4^l / 2 < squared <= 2 * 4^l, its bits from the highest
        scale, coarseness = one, one
        for bit in (8, 4, 2, 1):
            coarse = squared > float32(0.5 * 4.0**bit)
            squared *= float32(0.25**bit) if coarse else one
            scale *= float32(0.5**bit) if coarse else one
            coarseness *= float32(2.0**bit) if coarse else one
        real[SCALE + i] = scale
        real[COARSENESS + i] = coarseness
