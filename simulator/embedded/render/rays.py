"""Where rays meet the ground, and what their pixels cover there. Hills begin here: no other file takes it for flat."""

from numpy import float32

from simulator.embedded.render.jit import inner, step
from simulator.embedded.render.packet import (
    COLUMN,
    DEPTH,
    DOWN_X,
    DOWN_Y,
    HIT_X,
    HIT_Y,
    PART,
    RAY_X,
    RAY_Y,
    RAY_Z,
    RIGHT_X,
    RIGHT_Y,
    ROW,
    SIZE,
    Packet,
)
from simulator.embedded.render.view import View

# beyond this depth all is haze [m]
FARTHEST = 3000.0
# rays flatter than this see the horizon
FLAT = 1e-7


@inner
def ground_height(x: float, y: float) -> float:
    """Give the height of the ground at a point of the world [m]; this world is level."""
    return 0.0


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
    """Follow rays that point down to the ground, and find the parallelogram that each pixel's part covers there.

    Its sides are the derivatives of depth * (ray_x, ray_y) by column and by row.
    """
    real = packet.real
    height = float32(view.z - ground_height(view.x, view.y))
    right_x, right_y, right_z = float32(view.right[0]), float32(view.right[1]), float32(view.right[2])
    down_x, down_y, down_z = float32(view.down[0]), float32(view.down[1]), float32(view.down[2])
    one, farthest, flat = float32(1.0), float32(FARTHEST), float32(-FLAT)
    rightwards, downwards = float32(view.spread_right), float32(view.spread_down)
    for i in range(SIZE):
        x, y = real[RAY_X + i], real[RAY_Y + i]
        stretch = -one / min(real[RAY_Z + i], flat)
        depth = min(height * stretch, farthest)
        stretch = min(stretch, farthest / height) * depth
        part_right = one + rightwards * (real[PART + i] - one)
        part_down = one + downwards * (real[PART + i] - one)
        real[DEPTH + i] = depth
        real[HIT_X + i] = depth * x
        real[HIT_Y + i] = depth * y
        real[RIGHT_X + i] = part_right * (depth * right_x + x * right_z * stretch)
        real[RIGHT_Y + i] = part_right * (depth * right_y + y * right_z * stretch)
        real[DOWN_X + i] = part_down * (depth * down_x + x * down_z * stretch)
        real[DOWN_Y + i] = part_down * (depth * down_y + y * down_z * stretch)
