"""Draws solids: each pixel by the planes that its ray crosses, smooth along the outline.

The inverse of the depth at which a ray meets a plane rises evenly across the picture. A ray enters a convex solid at
the last of the planes that face the lens, and leaves it at the first of the others: so the smallest of the inverse
depths of those, less the largest of these, is above 0 where the solid is seen, and falls evenly to 0 at its outline.
"""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner, step
from simulator.embedded.render import tags
from simulator.embedded.render.air import Air, air_share, haze_colour
from simulator.embedded.render.boxes import Window, find_window
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.paints import paint
from simulator.embedded.render.shapes import MOST_PLANES, Shapes
from simulator.embedded.render.solids import AXIS_X, AXIS_Y, AXIS_Z, FARTHEST, HALF, INSTANCE, MIDDLE, SHAPE, TAG
from simulator.embedded.render.view import View

# columns of the scratch paper: inverse depth by column, by row, and at the corner; 1 if it faces the lens; light
BY_COLUMN, BY_ROW, AT_CORNER, FACING, LIGHT, NOTES = 0, 1, 2, 3, 4, 7
Vector = tuple[float, float, float]
Row = NDArray[np.float64]


def make_paper() -> NDArray[np.float64]:
    """Make the paper on which a solid's planes are worked out."""
    return np.zeros((MOST_PLANES, NOTES))


@inner
def to_own(solid: NDArray[np.float64], x: float, y: float, z: float) -> Vector:
    """Turn a world vector into the solid's axes, in half sizes."""
    return (
        (solid[AXIS_X] * x + solid[AXIS_X + 1] * y + solid[AXIS_X + 2] * z) / solid[HALF],
        (solid[AXIS_Y] * x + solid[AXIS_Y + 1] * y + solid[AXIS_Y + 2] * z) / solid[HALF + 1],
        (solid[AXIS_Z] * x + solid[AXIS_Z + 1] * y + solid[AXIS_Z + 2] * z) / solid[HALF + 2],
    )


@inner
def light_plane(solid: Row, plane: Row, light: Light, note: Row) -> None:
    """Write down the light on a plane."""
    a, b, c = plane[0] / solid[HALF], plane[1] / solid[HALF + 1], plane[2] / solid[HALF + 2]
    x = a * solid[AXIS_X] + b * solid[AXIS_Y] + c * solid[AXIS_Z]
    y = a * solid[AXIS_X + 1] + b * solid[AXIS_Y + 1] + c * solid[AXIS_Z + 1]
    z = a * solid[AXIS_X + 2] + b * solid[AXIS_Y + 2] + c * solid[AXIS_Z + 2]
    length = np.sqrt(x * x + y * y + z * z)
    sun = max((x * light.sun[0] + y * light.sun[1] + z * light.sun[2]) / length, 0.0)
    sky = 0.65 + 0.35 * z / length
    for channel in range(3):
        note[LIGHT + channel] = sky * light.ambient[channel] + sun * light.sunlight[channel]


@inner
def note_planes(
    solid: NDArray[np.float64],
    planes: NDArray[np.float64],
    number: int,
    view: View,
    light: Light,
    paper: NDArray[np.float64],
) -> bool:
    """Work out how the inverse depth of each plane changes across the picture; False if the lens is inside."""
    lens = to_own(solid, view.x - solid[MIDDLE], view.y - solid[MIDDLE + 1], view.z - solid[MIDDLE + 2])
    right = to_own(solid, view.right[0], view.right[1], view.right[2])
    down = to_own(solid, view.down[0], view.down[1], view.down[2])
    corner = to_own(solid, view.corner[0], view.corner[1], view.corner[2])
    outside = False
    for i in range(number):
        x, y, z = planes[i, 0], planes[i, 1], planes[i, 2]
        before = x * lens[0] + y * lens[1] + z * lens[2] - planes[i, 3]
        scale = -1.0 / (before if abs(before) > 1e-7 else 1e-7)
        paper[i, BY_COLUMN] = scale * (x * right[0] + y * right[1] + z * right[2])
        paper[i, BY_ROW] = scale * (x * down[0] + y * down[1] + z * down[2])
        paper[i, AT_CORNER] = scale * (x * corner[0] + y * corner[1] + z * corner[2])
        paper[i, FACING] = 1.0 if before > 0.0 else 0.0
        if before > 0.0:
            outside = True
            light_plane(solid, planes[i], light, paper[i])
    return outside


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


@step
def fill(
    solid: NDArray[np.float64],
    shapes: Shapes,
    window: Window,
    view: View,
    light: Light,
    air: Air,
    paper: NDArray[np.float64],
    canvas: Canvas,
) -> None:
    """Draw the solid whose planes are on the paper."""
    shape = int(solid[SHAPE])
    number = int(shapes.number[shape])
    colours, depths = canvas.light, canvas.depth
    for row in range(window.top, window.bottom + 1):
        for column in range(window.left, window.right + 1):
            near, far, face, exit_column, exit_row = 1e9, 0.0, -1, 0.0, 0.0
            for i in range(number):
                inverse = paper[i, AT_CORNER] + column * paper[i, BY_COLUMN] + row * paper[i, BY_ROW]
                if paper[i, FACING] > 0.0:
                    if inverse < near:
                        near, face = inverse, i
                elif inverse > far:
                    far, exit_column, exit_row = inverse, paper[i, BY_COLUMN], paper[i, BY_ROW]
            if near <= 1e-6:
                continue
            slope_column, slope_row = paper[face, BY_COLUMN] - exit_column, paper[face, BY_ROW] - exit_row
            slope = np.sqrt(slope_column * slope_column + slope_row * slope_row)
            share = 0.5 + (near - far) / max(slope, 1e-12)
            depth = 1.0 / near
            if share <= 0.0 or depth >= depths[row, column]:
                continue
            # what is lower than a pixel would else look too large
            tall = 2.0 * solid[HALF + 2] * view.fy * near
            share = min(share, 1.0) * (4.0 * tall / ((1.0 + tall) * (1.0 + tall)) if tall < 1.0 else 1.0)
            x = depth * (view.corner[0] + column * view.right[0] + row * view.down[0])
            y = depth * (view.corner[1] + column * view.right[1] + row * view.down[1])
            z = depth * (view.corner[2] + column * view.right[2] + row * view.down[2])
            place = to_own(
                solid, x + view.x - solid[MIDDLE], y + view.y - solid[MIDDLE + 1], z + view.z - solid[MIDDLE + 2]
            )
            plane = shapes.planes[shape, face]
            red, green, blue, glow = paint(int(shapes.paint[shape, face]), solid, plane, place, depth / view.fx, light)
            lit = paper[face]
            red, green, blue = (
                red * lit[LIGHT] + glow,
                green * lit[LIGHT + 1] + 0.75 * glow,
                blue * lit[LIGHT + 2] + 0.45 * glow,
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


@step
def draw_solid(
    solid: NDArray[np.float64],
    shapes: Shapes,
    view: View,
    light: Light,
    air: Air,
    paper: NDArray[np.float64],
    canvas: Canvas,
) -> None:
    """Draw one solid where it is nearer than what is there."""
    shape = int(solid[SHAPE])
    dx, dy = solid[MIDDLE] - view.x, solid[MIDDLE + 1] - view.y
    if dx * dx + dy * dy > solid[FARTHEST] * solid[FARTHEST]:
        return
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
        fill(solid, shapes, window, view, light, air, paper, canvas)


@step
def draw_solids(
    solids: NDArray[np.float64],
    shapes: Shapes,
    view: View,
    light: Light,
    air: Air,
    paper: NDArray[np.float64],
    canvas: Canvas,
) -> None:
    """Draw all solids."""
    for i in range(solids.shape[0]):
        draw_solid(solids[i], shapes, view, light, air, paper, canvas)
