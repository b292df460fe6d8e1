"""Finds the texels of the noise around each place of a packet, and reads them.

Four neighbours of one kind, of one byte each, make one number of the table, so that one look gives all four.
"""

import numpy as np
from numpy import float32, floor
from numpy.typing import NDArray

from simulator.embedded.render.jit import Number, inner, step
from simulator.embedded.render.noise import LEVELS, FloatImage
from simulator.embedded.render.noise import SIZE as NOISE_SIZE
from simulator.embedded.render.packet import (
    COARSENESS,
    SCALE,
    SIZE,
    TEXEL,
    TEXEL_BELOW,
    TEXEL_RIGHT,
    TEXELS,
    Packet,
)

# texels per metre for which a packet's mip level is chosen; noise that is 2^k times coarser takes the level k lower
DENSITY = 32
_COARSEST = 2.0 ** (LEVELS - 1)
# all levels together have 4/3 of the finest level's texels
_ALL_TEXELS = NOISE_SIZE * NOISE_SIZE * 4 / 3


def pack(noise: FloatImage) -> NDArray[np.int32]:
    """Put each texel of the noise (texels of all levels, 4) together with its right, lower and lower right neighbour.

    Gives (4, texels) int32: of each kind four bytes, the lowest first.
    """
    packed = np.empty(noise.shape, np.uint32)
    start, size = 0, NOISE_SIZE
    while size >= 1:
        level = np.rint(noise[start : start + size * size].reshape(size, size, -1) * 255).astype(np.uint32)
        right, below = np.roll(level, -1, 1), np.roll(level, -1, 0)
        four = level | (right << 8) | (below << 16) | (np.roll(right, -1, 0) << 24)
        packed[start : start + size * size] = four.reshape(size * size, -1)
        start += size * size
        size //= 2
    return np.ascontiguousarray(packed.T).view(np.int32)


@step
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
        whole[TEXEL + i] = np.int32(start + above * width + left)


@inner
def between_bytes(four: np.int32, right: Number, below: Number) -> Number:
    """Give what lies between four bytes, of which 255 is 1: the lower two, the lowest first, and the upper two."""
    byte = np.int32(255)
    a, b = float32(np.int32(four & byte)), float32(np.int32((four >> np.int32(8)) & byte))
    c, d = float32(np.int32((four >> np.int32(16)) & byte)), float32(np.int32((four >> np.int32(24)) & byte))
    upper, lower = a + (b - a) * right, c + (d - c) * right
    return (upper + (lower - upper) * below) * float32(1 / 255)


@step
def read_texels(packet: Packet, texels: NDArray[np.int32], kind: np.int64, row: np.int64, count: int) -> None:
    """Read one kind of noise into a row of the packet, interpolated between the texels that `find_texels` found."""
    real, whole = packet.real, packet.whole
    of_kind = texels[kind]
    for i in range(count):
        whole[TEXELS + i] = of_kind[np.uint32(whole[TEXEL + i])]
    for i in range(SIZE):
        real[row + i] = between_bytes(whole[TEXELS + i], real[TEXEL_RIGHT + i], real[TEXEL_BELOW + i])
