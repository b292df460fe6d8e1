"""Shadows that cars and walkers throw by sun or moon on whatever the picture shows; compiled when one first does."""

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.render import shapes, tags
from simulator.embedded.render.boxes import Window, find_window
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.jit import entry, inner
from simulator.embedded.render.outlines import to_own
from simulator.embedded.render.shadow import LOWEST, Shadow, sun_share
from simulator.embedded.render.shapes import Shapes, way_within
from simulator.embedded.render.solids import FOOT, HALF, INSTANCE, MIDDLE, SHAPE, TAG
from simulator.embedded.render.view import View

# who is farther away than this throws no shadow that could be told, and no shadow is longer [m]
_REACH, _LONGEST = 80.0, 25.0
# a shadow is whole where the way through the body is so long [m], and so many pixels
_SOFT, _SOFT_PIXELS = 0.08, 1.0
# walls get so much of the sky's light, and as much more the more they look up (see `outlines.light_plane`)
_SKY, _SKY_ABOVE = 0.65, 0.35
Rows = NDArray[np.float64]
Vector = tuple[float, float, float]


def throws(light: Light) -> bool:
    """Tell whether sun or moon throw shadows that could be told."""
    return bool(light.sun[2] >= LOWEST and max(light.sunlight) > 0.02 * max(light.ambient))


@inner
def _point(canvas: Canvas, view: View, row: int, column: int) -> Vector:
    """Give the place in the world that a pixel shows [m]."""
    depth = canvas.depth[row, column]
    return (
        view.x + depth * (view.corner[0] + column * view.right[0] + row * view.down[0]),
        view.y + depth * (view.corner[1] + column * view.right[1] + row * view.down[1]),
        view.z + depth * (view.corner[2] + column * view.right[2] + row * view.down[2]),
    )


@inner
def _way_through(part: Rows, planes: Shapes, place: Vector, sun: Vector) -> float:
    """Give how long the way from a place to the sun leads through a part of a body [m]."""
    shape = int(part[SHAPE])
    start = to_own(part, place[0] - part[MIDDLE], place[1] - part[MIDDLE + 1], place[2] - part[MIDDLE + 2])
    way = to_own(part, sun[0], sun[1], sun[2])
    return way_within(planes, shape, start, way)


@inner
def _radius(parts: Rows, first: int, last: int) -> float:
    """Give the radius of a ball around the first part's middle that holds the whole body [m]."""
    radius = 0.0
    for i in range(first, last):
        x, y, z = (
            parts[i, MIDDLE] - parts[first, MIDDLE],
            parts[i, MIDDLE + 1] - parts[first, MIDDLE + 1],
            parts[i, MIDDLE + 2] - parts[first, MIDDLE + 2],
        )
        a, b, c = parts[i, HALF], parts[i, HALF + 1], parts[i, HALF + 2]
        radius = max(radius, np.sqrt(x * x + y * y + z * z) + np.sqrt(a * a + b * b + c * c))
    return radius


@inner
def _misses(part: Rows, radius: float, place: Vector, sun: Vector) -> bool:
    """Tell whether the way from a place to the sun stays farther from a part's middle than a radius [m]."""
    x, y, z = part[MIDDLE] - place[0], part[MIDDLE + 1] - place[1], part[MIDDLE + 2] - place[2]
    along = x * sun[0] + y * sun[1] + z * sun[2]
    return bool(along < -radius or x * x + y * y + z * z - along * along > radius * radius)


@inner
def _slope(canvas: Canvas, row: int, column: int, upright: bool) -> float:
    """Give how the depth changes from a pixel to the next one of the two beside it that is more alike [m]."""
    size = canvas.depth.shape[0] if upright else canvas.depth.shape[1]
    at = row if upright else column
    here = float(canvas.depth[row, column])
    after, before = min(at + 1, size - 1), max(at - 1, 0)
    next_depth = float(canvas.depth[after, column] if upright else canvas.depth[row, after]) - here
    last_depth = here - float(canvas.depth[before, column] if upright else canvas.depth[row, before])
    if before == at:
        return next_depth
    if after == at:
        return last_depth
    return next_depth if abs(next_depth) < abs(last_depth) else last_depth


@inner
def _facing(canvas: Canvas, view: View, sun: Vector, row: int, column: int) -> tuple[float, float]:
    """Give how much a pixel's surface looks towards the sun, and upward, by the depths of its neighbours."""
    depth = float(canvas.depth[row, column])
    aside, below = _slope(canvas, row, column, False), _slope(canvas, row, column, True)
    ray = (
        view.corner[0] + column * view.right[0] + row * view.down[0],
        view.corner[1] + column * view.right[1] + row * view.down[1],
        view.corner[2] + column * view.right[2] + row * view.down[2],
    )
    ax, ay, az = (
        depth * view.right[0] + aside * ray[0],
        depth * view.right[1] + aside * ray[1],
        depth * view.right[2] + aside * ray[2],
    )
    bx, by, bz = (
        depth * view.down[0] + below * ray[0],
        depth * view.down[1] + below * ray[1],
        depth * view.down[2] + below * ray[2],
    )
    # right and down turn the way out of the picture
    x, y, z = by * az - bz * ay, bz * ax - bx * az, bx * ay - by * ax
    length = np.sqrt(x * x + y * y + z * z) + 1e-12
    return max((x * sun[0] + y * sun[1] + z * sun[2]) / length, 0.0), z / length


@inner
def _darken(
    canvas: Canvas,
    view: View,
    light: Light,
    sun: Vector,
    shadow: Shadow,
    place: Vector,
    row: int,
    column: int,
    dark: float,
) -> None:
    """Take so much of the sun's light from a pixel, of what trees and houses left of it."""
    tag = canvas.tag[row, column]
    ground = tag == tags.ROADS or tag == tags.ROAD_LINES or tag == tags.TERRAIN
    ground = ground or tag == tags.SIDEWALKS or tag == tags.GROUND
    facing, up = sun[2], 1.0
    if not ground:
        facing, up = _facing(canvas, view, sun, row, column)
    sunny = 1.0
    if shadow.directory.shape[0] > 1:
        sunny = float(sun_share(shadow, place[0], place[1], float32(canvas.depth[row, column] / view.fx)))
    sky = 1.0 if ground else _SKY + _SKY_ABOVE * up
    for channel in range(3):
        ambient = sky * light.ambient[2 - channel]
        direct = facing * sunny * light.sunlight[2 - channel]
        canvas.light[row, column, channel] *= float32((ambient + direct * (1.0 - dark)) / (ambient + direct + 1e-9))


@inner
def _reached(parts: Rows, first: int, last: int, view: View, sun: Vector, size: tuple[int, int]) -> Window:
    """Give the part of the picture that a body, the rows from first to last, and its shadow can cover."""
    top, bottom, left, right = size[0], -1, size[1], -1
    for i in range(first, last):
        drop = parts[i, MIDDLE + 2] + parts[i, HALF + 2] - parts[i, FOOT] + 0.5
        far = min(drop / sun[2], _LONGEST)
        for end in range(2):
            # the body's own place, and where it would be with its roof on the ground
            x, y, z = parts[i, MIDDLE], parts[i, MIDDLE + 1], parts[i, MIDDLE + 2]
            for axis in range(3):
                parts[i, MIDDLE + axis] -= end * far * sun[axis]
            window = find_window(parts[i], view, 0.05, size[0], size[1])
            parts[i, MIDDLE], parts[i, MIDDLE + 1], parts[i, MIDDLE + 2] = x, y, z
            if window.top <= window.bottom and window.left <= window.right:
                top, bottom = min(top, window.top), max(bottom, window.bottom)
                left, right = min(left, window.left), max(right, window.right)
    return Window(top, bottom, left, right)


@entry
def throw_shadows(parts: Rows, view: View, light: Light, shadow: Shadow, planes: Shapes, canvas: Canvas) -> None:
    """Darken what lies in the shadows of bodies. parts: their solids, (N, COLUMNS), body by body."""
    sun = (float(light.sun[0]), float(light.sun[1]), float(light.sun[2]))
    size = canvas.tag.shape[0], canvas.tag.shape[1]
    first = 0
    while first < parts.shape[0]:
        last = first + 1
        while last < parts.shape[0] and parts[last, INSTANCE] == parts[first, INSTANCE]:
            last += 1
        away = np.hypot(parts[first, MIDDLE] - view.x, parts[first, MIDDLE + 1] - view.y)
        window = Window(0, -1, 0, -1)
        if away < _REACH:
            window = _reached(parts, first, last, view, sun, size)
        radius = _radius(parts, first, last)
        for row in range(window.top, window.bottom + 1):
            for column in range(window.left, window.right + 1):
                tag = canvas.tag[row, column]
                own = tag == parts[first, TAG] and canvas.instance[row, column] == parts[first, INSTANCE]
                if own or tag == tags.SKY or canvas.depth[row, column] > _REACH + _LONGEST:
                    continue
                place = _point(canvas, view, row, column)
                if _misses(parts[first], radius, place, sun):
                    continue
                through = 0.0
                for i in range(first, last):
                    if parts[i, SHAPE] != shapes.TYRES:
                        through = max(through, _way_through(parts[i], planes, place, sun))
                if through > 0.0:
                    soft = _SOFT + _SOFT_PIXELS * canvas.depth[row, column] / view.fx
                    dark = min(through / soft, 1.0)
                    _darken(canvas, view, light, sun, shadow, place, row, column, dark)
        first = last
