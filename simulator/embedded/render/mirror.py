"""Wet ground mirrors what is above the horizon: looked up in the picture itself, and in the sky beyond its edges."""

from numpy import float32, sqrt

from simulator.embedded.render import tags
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.headlights import is_ground
from simulator.embedded.render.jit import step
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.sky import see_sky
from simulator.embedded.render.view import View

# water that covers less of a pixel than this is not drawn
_LEAST = 0.01
# a film on rough asphalt mirrors blurred: so far up and down, as a share of the picture's height
_BLUR = 0.035


@step
def mirror(canvas: Canvas, front: FloatImage, sky: FloatImage, view: View) -> None:
    """Lay over what is wet what it mirrors, more the flatter it is looked at (Schlick 1994).

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
            colour = blue, green, red
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
            # the mean of two rows is smooth enough, since what they show is blurred by the water anyway
            blur = _BLUR * height * (1.0 - wet)
            above = int(max(seen_row - blur, 0.0) + 0.5)
            below = int(min(max(seen_row + 0.5 * blur, 0.0), height - 1.001) + 0.5)
            j = int(min(max(seen_column, 0.0), width - 1.0) + 0.5)
            for channel in range(3):
                seen = colour[channel]
                if inside:
                    seen = canvas.light[above, j, channel] * front[above, j, 3] + front[above, j, channel]
                    seen += canvas.light[below, j, channel] * front[below, j, 3] + front[below, j, channel]
                    seen *= float32(0.5)
                canvas.light[row, i, channel] += (seen - canvas.light[row, i, channel]) * share
