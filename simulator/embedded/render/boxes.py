"""Where a box is in the picture, and the soft shadow beneath it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render import tags
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.jit import inner
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.solids import AXIS_X, AXIS_Y, AXIS_Z, HALF, MIDDLE
from simulator.embedded.render.view import View

_NEAREST = 0.05
# the blurred shadow under a car: how far it reaches beyond its sides [m], and how dark it is
_SHADOW_REACH, _SHADOW_DEPTH = 0.5, 0.6


class Window(NamedTuple):
    """Rows and columns of the picture, the last ones included; empty if last < first."""

    top: int
    bottom: int
    left: int
    right: int


@inner
def along(box: NDArray[np.float64], axis: int, x: float, y: float, z: float) -> float:
    """Give the component of a world vector along one of the box's axes (AXIS_X, AXIS_Y, AXIS_Z)."""
    component: float = box[axis] * x + box[axis + 1] * y + box[axis + 2] * z
    return component


@inner
def find_window(box: NDArray[np.float64], view: View, grow: float, height: int, width: int) -> Window:
    """Find the part of a height x width picture that a box can cover when made larger by `grow` [m]."""
    top, bottom, left, right = 1e6, -1e6, 1e6, -1e6
    behind = 0
    for corner in range(8):
        a = (box[HALF] + grow) * (1.0 if corner & 1 else -1.0)
        b = (box[HALF + 1] + grow) * (1.0 if corner & 2 else -1.0)
        c = (box[HALF + 2] + grow) * (1.0 if corner & 4 else -1.0)
        x = box[MIDDLE] + a * box[AXIS_X] + b * box[AXIS_Y] + c * box[AXIS_Z] - view.x
        y = box[MIDDLE + 1] + a * box[AXIS_X + 1] + b * box[AXIS_Y + 1] + c * box[AXIS_Z + 1] - view.y
        z = box[MIDDLE + 2] + a * box[AXIS_X + 2] + b * box[AXIS_Y + 2] + c * box[AXIS_Z + 2] - view.z
        depth = x * view.forward[0] + y * view.forward[1] + z * view.forward[2]
        if depth < _NEAREST:
            behind += 1
            continue
        across = view.fx * view.fx * (x * view.right[0] + y * view.right[1] + z * view.right[2])
        down = view.fy * view.fy * (x * view.down[0] + y * view.down[1] + z * view.down[2])
        column = float(clamp(view.cx + across / depth, -1e6, 1e6))
        row = float(clamp(view.cy + down / depth, -1e6, 1e6))
        top, bottom, left, right = min(top, row), max(bottom, row), min(left, column), max(right, column)
    if behind == 8:
        return Window(0, -1, 0, -1)
    if behind > 0:
        return Window(0, height - 1, 0, width - 1)
    return Window(max(int(top), 0), min(int(bottom) + 1, height - 1), max(int(left), 0), min(int(right) + 1, width - 1))


@inner
def cast_shadow(
    box: NDArray[np.float64], view: View, colours: FloatImage, depths: FloatImage, tag: NDArray[np.uint8]
) -> None:
    """Darken the ground under a box."""
    window = find_window(box, view, _SHADOW_REACH, tag.shape[0], tag.shape[1])
    for row in range(window.top, window.bottom + 1):
        for column in range(window.left, window.right + 1):
            depth = depths[row, column]
            if tag[row, column] == tags.SKY:
                continue
            x = view.x + depth * (view.corner[0] + column * view.right[0] + row * view.down[0]) - box[MIDDLE]
            y = view.y + depth * (view.corner[1] + column * view.right[1] + row * view.down[1]) - box[MIDDLE + 1]
            z = view.z + depth * (view.corner[2] + column * view.right[2] + row * view.down[2]) - box[MIDDLE + 2]
            beside = max(abs(along(box, AXIS_X, x, y, z)) - box[HALF], abs(along(box, AXIS_Y, x, y, z)) - box[HALF + 1])
            share = clamp(0.5 - beside / (2.0 * _SHADOW_REACH), 0.0, 1.0)
            for channel in range(3):
                colours[row, column, channel] *= 1.0 - _SHADOW_DEPTH * share
