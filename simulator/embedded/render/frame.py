"""One picture: sky and ground pixel by pixel, then the boxes, then the camera's curve from light to bytes."""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render import tags
from simulator.embedded.render.air import haze_colour, haze_share
from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.bodies import HULL, KIND
from simulator.embedded.render.boxes import cast_shadow, draw_box
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.ground import Ground
from simulator.embedded.render.headlights import lamp_light
from simulator.embedded.render.jit import entry, inner
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.rays import Hit, hit_ground
from simulator.embedded.render.sky import look_at_sky
from simulator.embedded.render.surface import Surface, look_at_ground
from simulator.embedded.render.view import View

Colour = tuple[float, float, float]
# a pixel longer than this on the ground [m] is looked at in 3, or in 5 places
_LONG, _VERY_LONG = 3.0, 12.0
# rays flatter than this see the horizon
_FLAT = 1e-7


@inner
def light_ground(surface: Surface, hit: Hit, view: View, light: Light, pool: FloatImage, x: float, y: float, z: float) -> Colour:
    """Give the light that comes from a point of the ground along the ray (x, y, z) of depth 1."""
    red_light = light.ground[0]
    green_light = light.ground[1]
    blue_light = light.ground[2]
    if light.beam > 0.0:
        ahead = hit.x * view.heading[0] + hit.y * view.heading[1]
        left = hit.y * view.heading[0] - hit.x * view.heading[1]
        lamps = light.beam * lamp_light(pool, ahead, left) * (1.0 + surface.paint)
        red_light += lamps
        green_light += 0.96 * lamps
        blue_light += 0.85 * lamps
    red = surface.red * red_light
    green = surface.green * green_light
    blue = surface.blue * blue_light
    air = haze_share(light, hit.depth * np.sqrt(x * x + y * y + z * z))
    far_red, far_green, far_blue = haze_colour(light, x, y)
    return red + (far_red - red) * air, green + (far_green - green) * air, blue + (far_blue - blue) * air


@inner
def count_looks(hit: Hit) -> int:
    """Tell in how many places a pixel is looked at: more where it is long on the ground."""
    right = hit.right_x * hit.right_x + hit.right_y * hit.right_y
    down = hit.down_x * hit.down_x + hit.down_y * hit.down_y
    longest = max(right, down)
    if longest < _LONG * _LONG:
        return 1
    return 3 if longest < _VERY_LONG * _VERY_LONG else 5


@inner
def look(
    view: View,
    appearance: Appearance,
    light: Light,
    ground: Ground,
    noise: FloatImage,
    sky: FloatImage,
    pool: FloatImage,
    column: float,
    row: float,
    share_right: float,
    share_down: float,
) -> tuple[float, float, float, int, float]:
    """Look along one ray: colour, tag and depth. share_right, share_down: the part of the pixel that it stands for."""
    x = view.corner[0] + column * view.right[0] + row * view.down[0]
    y = view.corner[1] + column * view.right[1] + row * view.down[1]
    z = view.corner[2] + column * view.right[2] + row * view.down[2]
    if z > -_FLAT:
        red, green, blue = look_at_sky(sky, x, y, max(z, 0.0))
        return red, green, blue, tags.SKY, np.inf
    hit = hit_ground(view, x, y, z)
    surface = look_at_ground(
        ground,
        appearance,
        noise,
        view.x + hit.x,
        view.y + hit.y,
        hit.right_x * share_right,
        hit.right_y * share_right,
        hit.down_x * share_down,
        hit.down_y * share_down,
    )
    red, green, blue = light_ground(surface, hit, view, light, pool, x, y, z)
    return red, green, blue, surface.tag, hit.depth


@inner
def look_often(
    view: View,
    appearance: Appearance,
    light: Light,
    ground: Ground,
    noise: FloatImage,
    sky: FloatImage,
    pool: FloatImage,
    column: int,
    row: int,
    hit: Hit,
    count: int,
) -> tuple[float, float, float, int, float]:
    """Look along an odd number of rays spread over the longer side of a pixel; tag and depth are the middle's."""
    red = 0.0
    green = 0.0
    blue = 0.0
    tag = 0
    depth = 0.0
    right = hit.right_x * hit.right_x + hit.right_y * hit.right_y
    sideways = right > hit.down_x * hit.down_x + hit.down_y * hit.down_y
    part = 1.0 / count
    for k in range(count):
        shift = (k + 0.5) * part - 0.5
        r, g, b, middle_tag, middle_depth = look(
            view,
            appearance,
            light,
            ground,
            noise,
            sky,
            pool,
            column + (shift if sideways else 0.0),
            row + (0.0 if sideways else shift),
            part if sideways else 1.0,
            1.0 if sideways else part,
        )
        red += r
        green += g
        blue += b
        if 2 * k + 1 == count:
            tag = middle_tag
            depth = middle_depth
    return red * part, green * part, blue * part, tag, depth


@inner
def develop(colours: FloatImage, image: NDArray[np.uint8]) -> None:
    """Turn light into bytes: bright parts roll off, then a square root for the display's curve."""
    light = colours.reshape(-1)
    byte = image.reshape(-1)
    one = np.float32(1.0)
    for i in range(light.size):
        x = max(light[i], np.float32(0.0))
        y = x * (one + x * np.float32(0.11)) / (one + x)
        byte[i] = np.uint8(min(np.sqrt(y), one) * np.float32(255.0) + np.float32(0.5))


@entry
def draw_frame(
    view: View,
    appearance: Appearance,
    light: Light,
    ground: Ground,
    noise: FloatImage,
    sky: FloatImage,
    pool: FloatImage,
    boxes: NDArray[np.float64],
    colours: FloatImage,
    depths: FloatImage,
    tag: NDArray[np.uint8],
    image: NDArray[np.uint8],
) -> None:
    """Draw a picture into (height, width, 4) uint8 BGRA and its tags into (height, width) uint8.

    colours, depths: (height, width, 4) and (height, width) float32, room to work in.
    """
    height, width = tag.shape
    for row in range(height):
        for column in range(width):
            z = view.corner[2] + column * view.right[2] + row * view.down[2]
            count = 1
            if z < -_FLAT:
                x = view.corner[0] + column * view.right[0] + row * view.down[0]
                y = view.corner[1] + column * view.right[1] + row * view.down[1]
                hit = hit_ground(view, x, y, z)
                count = count_looks(hit)
            if count == 1:
                red, green, blue, seen, depth = look(
                    view, appearance, light, ground, noise, sky, pool, column, row, 1.0, 1.0
                )
            else:
                red, green, blue, seen, depth = look_often(
                    view, appearance, light, ground, noise, sky, pool, column, row, hit, count
                )
            colours[row, column, 0] = blue
            colours[row, column, 1] = green
            colours[row, column, 2] = red
            colours[row, column, 3] = np.float32(1e6)
            depths[row, column] = depth
            tag[row, column] = seen
    for i in range(boxes.shape[0]):
        if boxes[i, KIND] == HULL:
            cast_shadow(boxes[i], view, colours, depths, tag)
    for i in range(boxes.shape[0]):
        draw_box(boxes[i], view, light, pool, colours, depths, tag)
    develop(colours, image)
