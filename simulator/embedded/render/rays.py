"""Where a ray meets the ground, and what a pixel covers there. The seam for hills: only this file knows it is flat."""

from typing import NamedTuple

from simulator.embedded.render.jit import inner
from simulator.embedded.render.view import View

# beyond this depth all is haze [m]
FARTHEST = 3000.0


class Hit(NamedTuple):
    """A point on the ground: depth along the optical axis, offset from the lens, and the pixel's steps there, all [m]."""

    depth: float
    x: float
    y: float
    right_x: float
    right_y: float
    down_x: float
    down_y: float


@inner
def ground_height(x: float, y: float) -> float:
    """Give the height of the ground at a point of the world [m]: flat for now."""
    return 0.0


@inner
def hit_ground(view: View, x: float, y: float, z: float) -> Hit:
    """Follow a ray (z < 0, from the lens) to the ground and find the parallelogram that its pixel covers there."""
    depth = (view.z - ground_height(view.x, view.y)) / -z
    stretch = 1.0 / -z
    if depth > FARTHEST:
        stretch *= FARTHEST / depth
        depth = FARTHEST
    # the derivative of depth * (x, y) by column and by row
    tilt_right = view.right[2] * stretch * depth
    tilt_down = view.down[2] * stretch * depth
    return Hit(
        depth,
        depth * x,
        depth * y,
        depth * view.right[0] + x * tilt_right,
        depth * view.right[1] + y * tilt_right,
        depth * view.down[0] + x * tilt_down,
        depth * view.down[1] + y * tilt_down,
    )
