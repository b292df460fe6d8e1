"""One picture: sky and ground in packets of rays, then the boxes, then the camera's curve from light to bytes."""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.render import tags
from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.bodies import HULL, KIND
from simulator.embedded.render.boxes import cast_shadow, draw_box
from simulator.embedded.render.cover import cover
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.ground import Ground, locate
from simulator.embedded.render.jit import entry, inner, step
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.packet import (
    BLUE,
    COLUMN,
    DEPTH,
    GREEN,
    LAMPS,
    MIDDLE,
    PART,
    PIXEL,
    RED,
    ROW,
    SIZE,
    TAG,
    Packet,
)
from simulator.embedded.render.rays import FLAT, aim, measure_footprints, meet_ground
from simulator.embedded.render.shading import colour_land, colour_road, light_ground, shine_lamps
from simulator.embedded.render.sky import look_at_sky
from simulator.embedded.render.texture import look_up_land, look_up_road
from simulator.embedded.render.view import View


class World(NamedTuple):
    """All that a picture is drawn from but the camera. sky, pool, noise: see sky, headlights and noise."""

    ground: Ground
    look: Appearance
    light: Light
    noise: FloatImage
    sky: FloatImage
    pool: FloatImage


class Canvas(NamedTuple):
    """What a picture is drawn on: light (height, width, 4) float32 in blue, green, red; depth [m] and tag of each pixel."""

    light: FloatImage
    depth: FloatImage
    tag: NDArray[np.uint8]


@inner
def add_ray(packet: Packet, count: int, pixel: int, column: float, row: float, part: float, middle: int) -> int:
    """Put a ray at the end of a packet of `count` rays; give the new count."""
    packet.real[COLUMN + count] = column
    packet.real[ROW + count] = row
    packet.real[PART + count] = part
    packet.whole[PIXEL + count] = pixel
    packet.whole[MIDDLE + count] = middle
    return count + 1


@step
def add_light(packet: Packet, canvas: Canvas, count: int) -> None:
    """Add each ray's light to its pixel."""
    real = packet.real
    light = canvas.light.reshape(-1)
    for i in range(count):
        start = 4 * np.int64(packet.whole[PIXEL + i])
        part = real[PART + i]
        light[start] += part * real[BLUE + i]
        light[start + 1] += part * real[GREEN + i]
        light[start + 2] += part * real[RED + i]


@step
def draw_sky(packet: Packet, canvas: Canvas, world: World, view: View, count: int) -> None:
    """Finish a packet of rays that miss the ground."""
    aim(packet, view)
    look_at_sky(packet, world.sky, count)
    add_light(packet, canvas, count)


@step
def draw_ground(packet: Packet, canvas: Canvas, world: World, view: View, count: int) -> None:
    """Finish a packet of rays that meet the ground."""
    aim(packet, view)
    meet_ground(packet, view)
    locate(packet, world.ground, view, count)
    measure_footprints(packet)
    cover(packet, world.ground, world.look, count)
    look_up_road(packet, world.look, world.noise, count)
    look_up_land(packet, world.look, world.noise, view, count)
    colour_land(packet, world.look)
    colour_road(packet, world.look)
    if world.light.beam > 0.0:
        shine_lamps(packet, world.light, world.pool, view, count)
    light_ground(packet, world.light)
    add_light(packet, canvas, count)
    depth, tag = canvas.depth.reshape(-1), canvas.tag.reshape(-1)
    for i in range(count):
        if packet.whole[MIDDLE + i] == 1:
            depth[packet.whole[PIXEL + i]] = packet.real[DEPTH + i]
            tag[packet.whole[PIXEL + i]] = packet.whole[TAG + i]


@step
def draw_background(above: Packet, below: Packet, canvas: Canvas, world: World, view: View) -> None:
    """Send rays through all pixels, more than one where a pixel is long on the ground."""
    height, width = canvas.tag.shape
    sky_rays = 0
    ground_rays = 0
    for row in range(height):
        for column in range(width):
            z = view.corner[2] + column * view.right[2] + row * view.down[2]
            looks = 1 if z < view.long or z > -FLAT else (2 if z < view.very_long else 4)
            part = 1.0 / looks
            for k in range(looks):
                shift = (k + 0.5) * part - 0.5
                x = column + shift * view.spread_right
                y = row + shift * view.spread_down
                if view.corner[2] + x * view.right[2] + y * view.down[2] > -FLAT:
                    sky_rays = add_ray(above, sky_rays, row * width + column, x, y, part, 0)
                    if sky_rays == SIZE:
                        draw_sky(above, canvas, world, view, sky_rays)
                        sky_rays = 0
                else:
                    ground_rays = add_ray(below, ground_rays, row * width + column, x, y, part, int(2 * k == looks or looks == 1))
                    if ground_rays == SIZE:
                        draw_ground(below, canvas, world, view, ground_rays)
                        ground_rays = 0
    draw_sky(above, canvas, world, view, sky_rays)
    draw_ground(below, canvas, world, view, ground_rays)


@step
def develop(light: FloatImage, image: NDArray[np.uint8]) -> None:
    """Turn light into bytes: bright parts roll off, then a square root for the display's curve."""
    exposed, byte = light.reshape(-1), image.reshape(-1)
    one = float32(1.0)
    for i in range(exposed.size):
        x = max(exposed[i], float32(0.0))
        y = x * (one + x * float32(0.11)) / (one + x)
        byte[i] = np.uint8(min(np.sqrt(y), one) * float32(255.0) + float32(0.5))


@entry
def draw_frame(
    view: View,
    world: World,
    above: Packet,
    below: Packet,
    boxes: NDArray[np.float64],
    canvas: Canvas,
    image: NDArray[np.uint8],
) -> None:
    """Draw a picture into (height, width, 4) uint8 BGRA and its tags into the canvas."""
    canvas.light[:] = 0.0
    canvas.light[:, :, 3] = float32(1e6)
    canvas.depth[:] = np.inf
    canvas.tag[:] = tags.SKY
    below.real[LAMPS : LAMPS + SIZE] = 0.0
    draw_background(above, below, canvas, world, view)
    for i in range(boxes.shape[0]):
        if boxes[i, KIND] == HULL:
            cast_shadow(boxes[i], view, canvas.light, canvas.depth, canvas.tag)
    for i in range(boxes.shape[0]):
        draw_box(boxes[i], view, world.light, world.pool, canvas.light, canvas.depth, canvas.tag)
    develop(canvas.light, image)
