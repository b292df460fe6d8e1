"""Draws boxes into a picture whose ground is already there: shadow beneath, then each face where nothing is nearer."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render import tags
from simulator.embedded.render.air import haze_colour, haze_share
from simulator.embedded.render.bodies import AXIS_X, AXIS_Y, AXIS_Z, CABIN, COLOUR, HALF, HULL, KIND, MIDDLE, TAG
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.headlights import lamp_light
from simulator.embedded.render.jit import entry, inner, step
from simulator.embedded.render.noise import FloatImage
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


class Crossing(NamedTuple):
    """Where a ray enters a box: depth (infinite if it doesn't), the face's axis (0, 1, 2) and its side (-1, 1)."""

    depth: float
    axis: int
    side: float


@inner
def along(box: NDArray[np.float64], axis: int, x: float, y: float, z: float) -> float:
    """Give the component of a world vector along one of the box's axes (AXIS_X, AXIS_Y, AXIS_Z)."""
    component: float = box[axis] * x + box[axis + 1] * y + box[axis + 2] * z
    return component


@step
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
def cross(origin: tuple[float, float, float], ray: tuple[float, float, float], half: NDArray[np.float64]) -> Crossing:
    """Find where a ray, in the box's axes, enters the box."""
    entry, leave = 0.0, np.inf
    face, side = -1, 0.0
    for axis in range(3):
        slope = ray[axis]
        if abs(slope) < 1e-12:
            if abs(origin[axis]) > half[axis]:
                return Crossing(np.inf, 0, 0.0)
            continue
        toward = -1.0 if slope > 0.0 else 1.0
        first = (toward * float(half[axis]) - origin[axis]) / slope
        last = (-toward * float(half[axis]) - origin[axis]) / slope
        leave = min(leave, last)
        if first > entry:
            entry, face, side = first, axis, toward
    if face < 0 or entry > leave:
        return Crossing(np.inf, 0, 0.0)
    return Crossing(entry, face, side)


@inner
def paint_face(
    box: NDArray[np.float64], face: int, side: float, x: float, y: float, z: float
) -> tuple[float, float, float]:
    """Give the colour of a point of a box, x, y, z in the box's axes as shares of its half sizes."""
    red, green, blue = box[COLOUR], box[COLOUR + 1], box[COLOUR + 2]
    if box[KIND] == CABIN and face < 2 and -0.75 < z < 0.7:
        red, green, blue = 0.02, 0.025, 0.03
    if box[KIND] == HULL and face < 2:
        if z < -0.55:
            red, green, blue = 0.015, 0.015, 0.016
        elif face == 0 and abs(y) > 0.62 and 0.1 < z < 0.7:
            red, green, blue = (0.55, 0.02, 0.02) if side < 0.0 else (0.8, 0.8, 0.75)
    return red, green, blue


@inner
def shade(
    box: NDArray[np.float64],
    light: Light,
    pool: FloatImage,
    view: View,
    crossing: Crossing,
    ray: tuple[float, float, float],
) -> tuple[float, float, float]:
    """Give the colour of the point where a ray (in the world, of depth 1) meets a box."""
    depth = crossing.depth
    x, y, z = depth * ray[0], depth * ray[1], depth * ray[2]
    from_x, from_y, from_z = view.x + x - box[MIDDLE], view.y + y - box[MIDDLE + 1], view.z + z - box[MIDDLE + 2]
    red, green, blue = paint_face(
        box,
        crossing.axis,
        crossing.side,
        along(box, AXIS_X, from_x, from_y, from_z) / box[HALF],
        along(box, AXIS_Y, from_x, from_y, from_z) / box[HALF + 1],
        along(box, AXIS_Z, from_x, from_y, from_z) / box[HALF + 2],
    )
    axis = AXIS_X + 3 * crossing.axis
    normal_x = crossing.side * box[axis]
    normal_y = crossing.side * box[axis + 1]
    normal_z = crossing.side * box[axis + 2]
    sun = max(normal_x * light.sun[0] + normal_y * light.sun[1] + normal_z * light.sun[2], 0.0)
    open_sky = 0.65 + 0.35 * normal_z
    lamps = 0.0
    if light.beam > 0.0:
        ahead = x * view.heading[0] + y * view.heading[1]
        facing = max(-(normal_x * x + normal_y * y + normal_z * z) / (depth + 1e-6), 0.0)
        lamps = 2.0 * light.beam * facing * lamp_light(pool, ahead, y * view.heading[0] - x * view.heading[1])
    red *= light.ambient[0] * open_sky + light.sunlight[0] * sun + lamps
    green *= light.ambient[1] * open_sky + light.sunlight[1] * sun + 0.96 * lamps
    blue *= light.ambient[2] * open_sky + light.sunlight[2] * sun + 0.85 * lamps
    air = haze_share(light, np.sqrt(x * x + y * y + z * z))
    far_red, far_green, far_blue = haze_colour(light, ray[0], ray[1])
    return red + (far_red - red) * air, green + (far_green - green) * air, blue + (far_blue - blue) * air


@step
def cast_shadow(
    box: NDArray[np.float64], view: View, colours: FloatImage, depths: FloatImage, tag: NDArray[np.uint8]
) -> None:
    """Darken the ground under a box."""
    window = find_window(box, view, _SHADOW_REACH, tag.shape[0], tag.shape[1])
    for row in range(window.top, window.bottom + 1):
        for column in range(window.left, window.right + 1):
            depth = depths[row, column]
            if tag[row, column] == tags.CAR or tag[row, column] == tags.SKY:
                continue
            x = view.x + depth * (view.corner[0] + column * view.right[0] + row * view.down[0]) - box[MIDDLE]
            y = view.y + depth * (view.corner[1] + column * view.right[1] + row * view.down[1]) - box[MIDDLE + 1]
            z = view.z + depth * (view.corner[2] + column * view.right[2] + row * view.down[2]) - box[MIDDLE + 2]
            beside = max(abs(along(box, AXIS_X, x, y, z)) - box[HALF], abs(along(box, AXIS_Y, x, y, z)) - box[HALF + 1])
            share = clamp(0.5 - beside / (2.0 * _SHADOW_REACH), 0.0, 1.0)
            for channel in range(3):
                colours[row, column, channel] *= 1.0 - _SHADOW_DEPTH * share


@step
def draw_box(
    box: NDArray[np.float64],
    view: View,
    light: Light,
    pool: FloatImage,
    colours: FloatImage,
    depths: FloatImage,
    tag: NDArray[np.uint8],
) -> None:
    """Draw one box where it is nearer than what is there."""
    window = find_window(box, view, 0.0, tag.shape[0], tag.shape[1])
    x, y, z = view.x - box[MIDDLE], view.y - box[MIDDLE + 1], view.z - box[MIDDLE + 2]
    origin = along(box, AXIS_X, x, y, z), along(box, AXIS_Y, x, y, z), along(box, AXIS_Z, x, y, z)
    half = box[HALF : HALF + 3]
    for row in range(window.top, window.bottom + 1):
        for column in range(window.left, window.right + 1):
            ray = (
                view.corner[0] + column * view.right[0] + row * view.down[0],
                view.corner[1] + column * view.right[1] + row * view.down[1],
                view.corner[2] + column * view.right[2] + row * view.down[2],
            )
            turned = (
                along(box, AXIS_X, ray[0], ray[1], ray[2]),
                along(box, AXIS_Y, ray[0], ray[1], ray[2]),
                along(box, AXIS_Z, ray[0], ray[1], ray[2]),
            )
            crossing = cross(origin, turned, half)
            if crossing.depth < depths[row, column]:
                red, green, blue = shade(box, light, pool, view, crossing, ray)
                colours[row, column, 0] = blue
                colours[row, column, 1] = green
                colours[row, column, 2] = red
                depths[row, column] = crossing.depth
                tag[row, column] = int(box[TAG])


@entry
def draw_boxes(
    boxes: NDArray[np.float64],
    view: View,
    light: Light,
    pool: FloatImage,
    colours: FloatImage,
    depths: FloatImage,
    tag: NDArray[np.uint8],
) -> None:
    """Draw boxes and their shadows into a picture's light, depth and tags."""
    for i in range(boxes.shape[0]):
        if boxes[i, KIND] == HULL:
            cast_shadow(boxes[i], view, colours, depths, tag)
    for i in range(boxes.shape[0]):
        draw_box(boxes[i], view, light, pool, colours, depths, tag)
