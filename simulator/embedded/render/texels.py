"""Finds the texels of the noise around each place of a packet, and reads them."""

import numpy as np
from numpy import float32, floor

from simulator.embedded.render.jit import Number, inner
from simulator.embedded.render.noise import LEVELS, FloatImage
from simulator.embedded.render.noise import SIZE as NOISE_SIZE
from simulator.embedded.render.packet import (
    COARSENESS,
    SCALE,
    SIZE,
    TEXEL_A,
    TEXEL_B,
    TEXEL_BELOW,
    TEXEL_C,
    TEXEL_D,
    TEXEL_RIGHT,
    Packet,
)

# texels per metre for which a packet's mip level is chosen; noise that is 2^k times coarser takes the level k lower
DENSITY = 32
_COARSEST = 2.0 ** (LEVELS - 1)
# all levels together have 4/3 of the finest level's texels
_ALL_TEXELS = NOISE_SIZE * NOISE_SIZE * 4 / 3


@inner
def find_texels(
    packet: Packet,
    x_row: np.int64,
    y_row: np.int64,
    shift_x: Number,
    shift_y: Number,
    density_x: Number,
    density_y: Number,
    coarser: Number,
) -> None:
    """Find the texels around (x, y) [m] of each ray.

    x_row, y_row: the packet's rows with the place. shift_x, shift_y: added to it [m]. density_x, density_y: texels of
    the finest level per metre. coarser: DENSITY over the noise's density. Row numbers are exact in float32.
    """
    real, whole = packet.real, packet.whole
    one, half, size = float32(1.0), float32(0.5), float32(NOISE_SIZE)
    least, most = float32(1 / _COARSEST), float32(_COARSEST)
    shift_u, shift_v = float32(shift_x), float32(shift_y)
    for i in range(SIZE):
        scale = max(min(real[SCALE + i] * float32(coarser), one), least)
        inverse = min(max(real[COARSENESS + i] * float32(1 / coarser), one), most) * (one / size)
        # levels lie one after the other, each a quarter of the one before
        start = floor(float32(_ALL_TEXELS) * (one - scale * scale) + half)
        width = size * scale
        u = (real[x_row + i] + shift_u) * float32(density_x) * scale - half
        v = (real[y_row + i] + shift_v) * float32(density_y) * scale - half
        floor_u, floor_v = floor(u), floor(v)
        real[TEXEL_RIGHT + i] = u - floor_u
        real[TEXEL_BELOW + i] = v - floor_v
        left = floor_u - width * floor(floor_u * inverse)
        above = floor_v - width * floor(floor_v * inverse)
        right = left + one if left + one < width else float32(0.0)
        below = above + one if above + one < width else float32(0.0)
        above = start + above * width
        below = start + below * width
        whole[TEXEL_A + i] = np.int32(above + left)
        whole[TEXEL_B + i] = np.int32(above + right)
        whole[TEXEL_C + i] = np.int32(below + left)
        whole[TEXEL_D + i] = np.int32(below + right)


@inner
def read_texels(packet: Packet, noise: FloatImage, i: int, kind: np.int64) -> Number:
    """Read one kind of noise for ray i, interpolated between the texels that `find_texels` found."""
    real, whole = packet.real, packet.whole
    right, below = real[TEXEL_RIGHT + i], real[TEXEL_BELOW + i]
    a, b = noise[whole[TEXEL_A + i], kind], noise[whole[TEXEL_B + i], kind]
    c, d = noise[whole[TEXEL_C + i], kind], noise[whole[TEXEL_D + i], kind]
    upper = a + (b - a) * right
    lower = c + (d - c) * right
    result: Number = upper + (lower - upper) * below
    return result
