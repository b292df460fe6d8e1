"""Where rays meet the ground, and what their pixels cover there."""

from numpy import float32

from simulator.embedded.render.jit import step
from simulator.embedded.render.packet import (
    COARSENESS,
    COLUMN,
    DEPTH,
    DOWN_X,
    DOWN_Y,
    EYE,
    HIT_X,
    HIT_Y,
    INVERSE,
    PART,
    RAY_X,
    RAY_Y,
    RAY_Z,
    RIGHT_X,
    RIGHT_Y,
    ROW,
    SCALE,
    SIZE,
    Packet,
)
from simulator.embedded.render.texels import DENSITY
from simulator.embedded.render.view import View

# no pixel is longer on the ground than this [m]
_LONGEST = 1e4


@step
def aim(packet: Packet, view: View) -> None:
    """Find the direction of each ray, whose depth is 1."""
    real = packet.real
    corner_x, corner_y, corner_z = float32(view.corner[0]), float32(view.corner[1]), float32(view.corner[2])
    right_x, right_y, right_z = float32(view.right[0]), float32(view.right[1]), float32(view.right[2])
    down_x, down_y, down_z = float32(view.down[0]), float32(view.down[1]), float32(view.down[2])
    for i in range(SIZE):
        real[RAY_X + i] = corner_x + real[COLUMN + i] * right_x + real[ROW + i] * down_x
        real[RAY_Y + i] = corner_y + real[COLUMN + i] * right_y + real[ROW + i] * down_y
        real[RAY_Z + i] = corner_z + real[COLUMN + i] * right_z + real[ROW + i] * down_z


@step
def meet_ground(packet: Packet, view: View) -> None:
    """Follow rays to the ground, and find the parallelogram that each pixel's part covers there.

    Its sides are the derivatives of depth * (ray_x, ray_y) by column and by row, on the plane that the fan found.
    """
    real = packet.real
    right_x, right_y, right_z = float32(view.right[0]), float32(view.right[1]), float32(view.right[2])
    down_x, down_y, down_z = float32(view.down[0]), float32(view.down[1]), float32(view.down[2])
    one, longest = float32(1.0), float32(_LONGEST)
    rightwards, downwards = float32(view.spread_right), float32(view.spread_down)
    for i in range(SIZE):
        x, y = real[RAY_X + i], real[RAY_Y + i]
        depth = one / real[INVERSE + i]
        stretch = min(depth * depth / real[EYE + i], longest)
        part_right = one + rightwards * (real[PART + i] - one)
        part_down = one + downwards * (real[PART + i] - one)
        real[DEPTH + i] = depth
        real[HIT_X + i] = depth * x
        real[HIT_Y + i] = depth * y
        real[RIGHT_X + i] = part_right * (depth * right_x + x * right_z * stretch)
        real[RIGHT_Y + i] = part_right * (depth * right_y + y * right_z * stretch)
        real[DOWN_X + i] = part_down * (depth * down_x + x * down_z * stretch)
        real[DOWN_Y + i] = part_down * (depth * down_y + y * down_z * stretch)


@step
def choose_levels(packet: Packet) -> None:
    """Choose the mip level for each pixel's size."""
    real = packet.real
    half, one = float32(0.5), float32(1.0)
    texels = float32(DENSITY * DENSITY)
    for i in range(SIZE):
        right_x, right_y, down_x, down_y = real[RIGHT_X + i], real[RIGHT_Y + i], real[DOWN_X + i], real[DOWN_Y + i]
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
