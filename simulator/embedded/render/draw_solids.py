"""Draws solids: each pixel by the planes that its ray crosses, smooth along the outline (see `outlines`)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.render import tags
from simulator.embedded.render.air import Air, air_share, haze_colour
from simulator.embedded.render.boxes import Window, find_window
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.outlines import (
    AT_CORNER,
    BY_COLUMN,
    BY_ROW,
    LIGHT,
    PLANE,
    SUN,
    Paper,
    cover,
    note_edges,
    note_planes,
    reach_row,
    to_own,
)
from simulator.embedded.render.paints import paint
from simulator.embedded.render.shadow import LOWEST, Shadow, sun_share
from simulator.embedded.render.shapes import WALL, Shapes
from simulator.embedded.render.solids import FARTHEST, FOOT, HALF, INSTANCE, MIDDLE, SHAPE, TAG
from simulator.embedded.render.view import View

# so far before a wall its own roof throws no shadow on the ground any more [m]
_BEFORE_WALL = 1.3
Vector = tuple[float, float, float]


class Line(NamedTuple):
    """Which solids are to be drawn, one after the other. distance: (N,) float64 [m²]. number: (N,) int64."""

    distance: NDArray[np.float64]
    number: NDArray[np.int64]


def make_line(length: int) -> Line:
    """Make room for so many solids."""
    return Line(np.empty(length), np.empty(length, np.int64))


@inner
def behind_air(air: Air, light: Light, view: View, place: Vector, colour: Vector) -> Vector:
    """Give a colour (red, green, blue) as it is seen from the lens. place: from the lens [m]."""
    x, y, z = place
    hidden = float(air_share(air, view.above, np.sqrt(x * x + y * y + z * z), z))
    haze = haze_colour(light, x, y)
    return (
        colour[0] + (float(haze[0]) - colour[0]) * hidden,
        colour[1] + (float(haze[1]) - colour[1]) * hidden,
        colour[2] + (float(haze[2]) - colour[2]) * hidden,
    )


@inner
def look_along(view: View, column: int, row: int, depth: float) -> Vector:
    """Give what a pixel shows, from the lens [m]. depth: along the optical axis [m]."""
    return (
        depth * (view.corner[0] + column * view.right[0] + row * view.down[0]),
        depth * (view.corner[1] + column * view.right[1] + row * view.down[1]),
        depth * (view.corner[2] + column * view.right[2] + row * view.down[2]),
    )


@inner
def see_sun(shadow: Shadow, light: Light, x: float, y: float, height: float, pixel: float, moves: bool) -> float:
    """Give the share of the sun at a place on a solid [m]. height: over the ground; pixel: its size [m].

    Bodies have no part in the shadows on the ground, so what keeps the sun from a place on one keeps it from where its
    ray would meet the ground too. A wall has: the ground at its foot tells, beyond its own eaves.
    """
    if shadow.directory.shape[0] < 2 or light.sun[2] < LOWEST:
        return 1.0
    if moves:
        way = -max(height, 0.0) / light.sun[2]
    else:
        way = _BEFORE_WALL / np.sqrt(light.sun[0] * light.sun[0] + light.sun[1] * light.sun[1] + 1e-6)
    return float(sun_share(shadow, float(x + way * light.sun[0]), float(y + way * light.sun[1]), pixel))


@inner
def fill(
    solid: NDArray[np.float64],
    shapes: Shapes,
    window: Window,
    view: View,
    light: Light,
    air: Air,
    paper: Paper,
    shadow: Shadow,
    moves: bool,
    canvas: Canvas,
) -> None:
    """Draw the solid whose planes and edges are on the paper. moves: whether it is part of a body."""
    shape, front = int(solid[SHAPE]), int(paper.counts[0])
    colours, depths, planes = canvas.light, canvas.depth, paper.planes
    for row in range(window.top, window.bottom + 1):
        first, last, inner_left, inner_right = reach_row(paper, row, window)
        for column in range(first, last + 1):
            near, face = 1e9, 0
            for i in range(front):
                inverse = planes[i, AT_CORNER] + column * planes[i, BY_COLUMN] + row * planes[i, BY_ROW]
                if inverse < near:
                    near, face = inverse, i
            if near * depths[row, column] <= 1.0 or near <= 1e-6:
                continue
            share = 1.0
            if column < inner_left or column > inner_right:
                share = cover(paper, near, face, column, row)
                if share <= 0.0:
                    continue
            depth = 1.0 / near
            # what is lower than a pixel would else look too large
            tall = 2.0 * solid[HALF + 2] * view.fy * near
            share = share * (4.0 * tall / ((1.0 + tall) * (1.0 + tall)) if tall < 1.0 else 1.0)
            x, y, z = look_along(view, column, row, depth)
            place = to_own(
                solid, x + view.x - solid[MIDDLE], y + view.y - solid[MIDDLE + 1], z + view.z - solid[MIDDLE + 2]
            )
            number, lit = int(planes[face, PLANE]), planes[face]
            plane, kind = shapes.planes[shape, number], int(shapes.paint[shape, number])
            red, green, blue, glow = paint(kind, solid, plane, place, depth / view.fx, light)
            sun = 1.0
            if lit[SUN + 1] > 0.0 and (moves or kind == WALL):
                sun = see_sun(shadow, light, x + view.x, y + view.y, z + view.z - solid[FOOT], depth / view.fx, moves)
            red, green, blue = (
                red * (lit[LIGHT] + sun * lit[SUN]) + glow,
                green * (lit[LIGHT + 1] + sun * lit[SUN + 1]) + 0.75 * glow,
                blue * (lit[LIGHT + 2] + sun * lit[SUN + 2]) + 0.45 * glow,
            )
            if share <= 0.5 and canvas.tag[row, column] == tags.SKY:
                # the pixel stays one of sky, before which no air is laid
                red, green, blue = behind_air(air, light, view, (x, y, z), (red, green, blue))
            colours[row, column, 0] += share * (blue - colours[row, column, 0])
            colours[row, column, 1] += share * (green - colours[row, column, 1])
            colours[row, column, 2] += share * (red - colours[row, column, 2])
            if share > 0.5:
                depths[row, column] = depth
                canvas.tag[row, column] = int(solid[TAG])
                canvas.instance[row, column] = int(solid[INSTANCE])


@inner
def draw_solid(
    solid: NDArray[np.float64],
    shapes: Shapes,
    view: View,
    light: Light,
    air: Air,
    paper: Paper,
    shadow: Shadow,
    moves: bool,
    canvas: Canvas,
) -> None:
    """Draw one solid where it is nearer than what is there. moves: whether it is part of a body."""
    shape = int(solid[SHAPE])
    height, width = canvas.tag.shape
    window = find_window(solid, view, 0.0, height, width)
    if window.top > window.bottom or window.left > window.right:
        return
    window = Window(
        max(window.top - 1, 0),
        min(window.bottom + 1, height - 1),
        max(window.left - 1, 0),
        min(window.right + 1, width - 1),
    )
    if note_planes(solid, shapes.planes[shape], int(shapes.number[shape]), view, light, paper):
        note_edges(paper)
        fill(solid, shapes, window, view, light, air, paper, shadow, moves, canvas)


@inner
def line_up(solids: NDArray[np.float64], first: int, view: View, size: tuple[int, int], line: Line, count: int) -> int:
    """Put all solids that may be in the picture into the line, the farthest first, under numbers from `first` on.

    So outlines are smooth before what is behind them. size: the picture's height and width. Gives how many of the
    line's places are taken; count: how many were.
    """
    height, width = size
    aside, steep = max(view.cx, width - view.cx) / view.fx, max(view.cy, height - view.cy) / view.fy
    long, high = np.sqrt(1.0 + aside * aside), np.sqrt(1.0 + steep * steep)
    for i in range(solids.shape[0]):
        x, y, z = solids[i, MIDDLE] - view.x, solids[i, MIDDLE + 1] - view.y, solids[i, MIDDLE + 2] - view.z
        distance = x * x + y * y
        if distance > solids[i, FARTHEST] * solids[i, FARTHEST]:
            continue
        a, b, c = solids[i, HALF], solids[i, HALF + 1], solids[i, HALF + 2]
        radius = np.sqrt(a * a + b * b + c * c)
        depth = x * view.forward[0] + y * view.forward[1] + z * view.forward[2]
        across = view.fx * abs(x * view.right[0] + y * view.right[1] + z * view.right[2])
        down = view.fy * abs(x * view.down[0] + y * view.down[1] + z * view.down[2])
        # two pixels more than it covers
        grown = 1.05 * radius + 2.0 * max(depth, 0.0) / view.fx
        if depth < -radius or across > aside * depth + grown * long or down > steep * depth + grown * high:
            continue
        k = count
        while k > 0 and line.distance[k - 1] < distance:
            line.distance[k], line.number[k] = line.distance[k - 1], line.number[k - 1]
            k -= 1
        line.distance[k], line.number[k] = distance, first + i
        count += 1
    return count
