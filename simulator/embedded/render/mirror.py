"""Wet ground mirrors what is above the horizon: looked up in the picture itself, and in the sky beyond its edges."""

from numpy import float32, sqrt

from simulator.embedded.render import tags
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.headlights import is_ground
from simulator.embedded.render.jit import inner, step
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.sky import see_sky
from simulator.embedded.render.view import View

# water that covers less of a pixel than this is not drawn
_LEAST = 0.01
# how much darker a wet surface is: water in its pores swallows light
_DARKER = 0.42
# a film on rough asphalt mirrors blurred: so far up and down, as a share of the picture's height
_BLUR = 0.035


@inner
def read_light(canvas: Canvas, front: FloatImage, row: int, column: int, channel: int) -> float:
    """Read a pixel's light, with what stands before it."""
    value: float = canvas.light[row, column, channel] * front[row, column, 3] + front[row, column, channel]
    return value


@inner
def read_row(canvas: Canvas, front: FloatImage, row: float, column: float, channel: int) -> float:
    """Read the light between two rows of a column."""
    upper = int(row)
    lower = min(upper + 1, canvas.tag.shape[0] - 1)
    share = row - upper
    i = int(column + 0.5)
    upper_light = read_light(canvas, front, upper, i, channel)
    return upper_light + (read_light(canvas, front, lower, i, channel) - upper_light) * share


@inner
def read_both(canvas: Canvas, front: FloatImage, above: float, below: float, column: float, channel: int) -> float:
    """Give the mean of the light in two rows of a column."""
    return 0.5 * (read_row(canvas, front, above, column, channel) + read_row(canvas, front, below, column, channel))


@step
def mirror(canvas: Canvas, front: FloatImage, sky: FloatImage, view: View) -> None:
    """Darken what is wet, and lay over it what it mirrors, more the flatter it is looked at (Schlick 1994).

    front: what stands before the picture, see `layer`.

    What stands on the ground at D times the depth of the water seems as much lower in the mirror as 1 - 2 / D says.
    """
    height, width = canvas.tag.shape
    for row in range(height):
        for i in range(width):
            wet = canvas.mirror[row, i]
            if wet < _LEAST or not is_ground(canvas.tag[row, i]):
                continue
            x = view.corner[0] + i * view.right[0] + row * view.down[0]
            y = view.corner[1] + i * view.right[1] + row * view.down[1]
            z = view.corner[2] + i * view.right[2] + row * view.down[2]
            if z >= -1e-4:
                continue
            steep = 1.0 + z / sqrt(x * x + y * y + z * z)
            squared = steep * steep
            share = wet * (0.02 + 0.98 * squared * squared * steep)
            red, green, blue = see_sky(sky, float32(x), float32(y), float32(-z))
            up = -z
            inside = False
            seen_row, seen_column = 0.0, 0.0
            for _ in range(2):
                ahead = x * view.forward[0] + y * view.forward[1] + up * view.forward[2]
                if ahead < 0.05:
                    break
                across = x * view.right[0] + y * view.right[1] + up * view.right[2]
                down = x * view.down[0] + y * view.down[1] + up * view.down[2]
                seen_column = view.cx + view.fx * view.fx * across / ahead
                seen_row = view.cy + view.fy * view.fy * down / ahead
                inside = 0.0 <= seen_column <= width - 1.001 and seen_row <= height - 1.001
                # what the picture's upper edge cuts off goes on as it is there
                seen_row = max(seen_row, 0.0)
                if not inside or canvas.tag[int(seen_row), int(seen_column)] == tags.SKY:
                    break
                nearer = canvas.depth[row, i] / canvas.depth[int(seen_row), int(seen_column)]
                if nearer > 0.98:
                    inside = False
                    break
                up = -z * (1.0 - 2.0 * nearer)
            if inside:
                blur = _BLUR * height * (1.0 - wet)
                above = max(seen_row - blur, 0.0)
                below = min(seen_row + 0.5 * blur, height - 1.001)
                blue = read_both(canvas, front, above, below, seen_column, 0)
                green = read_both(canvas, front, above, below, seen_column, 1)
                red = read_both(canvas, front, above, below, seen_column, 2)
            kept = (1.0 - _DARKER * min(2.0 * wet, 1.0)) * (1.0 - share)
            canvas.light[row, i, 0] = canvas.light[row, i, 0] * kept + blue * share
            canvas.light[row, i, 1] = canvas.light[row, i, 1] * kept + green * share
            canvas.light[row, i, 2] = canvas.light[row, i, 2] * kept + red * share
