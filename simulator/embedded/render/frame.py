"""One picture: sky and ground in packets of rays, and, when all is drawn, the camera's curve from light to bytes."""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.render import tags
from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.cover import cover, cover_more, tag_of
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.ground import Ground
from simulator.embedded.render.jit import entry, inner, step
from simulator.embedded.render.locate import find_samples, locate, measure_footprints
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
    Packet,
)
from simulator.embedded.render.rays import FARTHEST, FLAT, aim, meet_ground
from simulator.embedded.render.shading import colour_land, colour_road, light_ground, shine_lamps
from simulator.embedded.render.sky import look_at_sky
from simulator.embedded.render.texture import look_up_land, look_up_road
from simulator.embedded.render.view import View
from simulator.embedded.tiles import Tiles, find_tile


class World(NamedTuple):
    """All that a picture is drawn from but the camera. sky, pool, noise: see sky, headlights and noise."""

    ground: Ground
    look: Appearance
    light: Light
    noise: FloatImage
    sky: FloatImage
    pool: FloatImage


class Canvas(NamedTuple):
    """What is drawn on: light (height, width, 4) float32 as blue, green, red; each pixel's depth [m] and tag."""

    light: FloatImage
    depth: FloatImage
    tag: NDArray[np.uint8]


@inner
def add_rays(packet: Packet, count: int, number: int, pixel: int, column: float, row: float, part: float) -> None:
    """Put rays through neighbouring pixels of a row behind the first `count` rays of a packet.

    pixel: the first one's. column, row: where in the picture it looks [px]. part: of the pixel that it stands for.
    """
    for i in range(number):
        packet.real[COLUMN + count + i] = float32(column) + float32(i)
        packet.real[ROW + count + i] = row
        packet.real[PART + count + i] = part
        packet.whole[PIXEL + count + i] = pixel + i
        packet.whole[MIDDLE + count + i] = 1


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
    find_samples(packet, world.ground, view, count)
    locate(packet)
    measure_footprints(packet)
    cover(packet, world.look)
    cover_more(packet, world.ground, count)
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
            tag[packet.whole[PIXEL + i]] = tag_of(packet, i)


@inner
def count_looks(view: View, z: float) -> int:
    """Tell in how many places to look at a pixel, by the z of its ray; 0 is a pixel of sky."""
    if z > -FLAT:
        return 0
    if z < view.long:
        return 1
    return 2 if z < view.very_long else 4


@inner
def sees_road(view: View, tiles: Tiles, x: float, y: float, z: float) -> bool:
    """Tell whether a ray meets the ground near a road."""
    depth = view.z / -z
    return depth < FARTHEST and find_tile(tiles, view.x + depth * x, view.y + depth * y) >= 0


@inner
def look_often(
    packet: Packet, count: int, world: World, view: View, column: int, row: int, width: int, looks: int
) -> int:
    """Put several rays through one pixel that is long on the ground, or one if it has neither road nor sky."""
    x = view.corner[0] + column * view.right[0] + row * view.down[0]
    y = view.corner[1] + column * view.right[1] + row * view.down[1]
    z = view.corner[2] + column * view.right[2] + row * view.down[2]
    on_horizon = z > -0.5 * (abs(view.right[2]) + abs(view.down[2]))
    if not on_horizon and not sees_road(view, world.ground.tiles, x, y, z):
        looks = 1
    part = 1.0 / looks
    for k in range(looks):
        shift = (k + 0.5) * part - 0.5
        add_rays(
            packet,
            count + k,
            1,
            row * width + column,
            column + shift * view.spread_right,
            row + shift * view.spread_down,
            part,
        )
        # of the two rays next to the middle one stands for the pixel's tag and depth
        packet.whole[MIDDLE + count + k] = int(2 * k == looks or looks == 1)
    return count + looks


@entry
def draw_background(above: Packet, below: Packet, canvas: Canvas, world: World, view: View) -> None:
    """Draw sky and ground on a canvas: runs of pixels that are looked at once, and those long on the ground."""
    canvas.light[:] = 0.0
    canvas.light[:, :, 3] = float32(1e6)
    canvas.depth[:] = np.inf
    canvas.tag[:] = tags.SKY
    below.real[LAMPS : LAMPS + SIZE] = 0.0
    height, width = canvas.tag.shape
    # not the literal 0, for which the compiler would make another version of all that takes a count
    nothing = int(np.int64(0))
    sky_rays, ground_rays = nothing, nothing
    for row in range(height):
        left_z = view.corner[2] + row * view.down[2]
        last = count_looks(view, left_z + (width - 1) * view.right[2])
        column = nothing
        while column < width:
            looks = count_looks(view, left_z + column * view.right[2])
            # z goes straight along the row, so that equal ends mean an equal run
            run = width - column if looks == last and looks < 2 else 1
            if looks == 0:
                run = min(run, SIZE - sky_rays)
                add_rays(above, sky_rays, run, row * width + column, column, row, 1.0)
                sky_rays += run
            elif looks == 1:
                run = min(run, SIZE - ground_rays)
                add_rays(below, ground_rays, run, row * width + column, column, row, 1.0)
                ground_rays += run
            else:
                ground_rays = look_often(below, ground_rays, world, view, column, row, width, looks)
            column += run
            if sky_rays == SIZE:
                draw_sky(above, canvas, world, view, sky_rays)
                sky_rays = nothing
            if ground_rays > SIZE - 4:
                draw_ground(below, canvas, world, view, ground_rays)
                ground_rays = nothing
    draw_sky(above, canvas, world, view, sky_rays)
    draw_ground(below, canvas, world, view, ground_rays)


@entry
def develop(light: FloatImage, image: NDArray[np.uint8]) -> None:
    """Turn light into bytes: bright parts roll off, then a square root for the display's curve."""
    exposed, byte = light.reshape(-1), image.reshape(-1)
    one = float32(1.0)
    for i in range(exposed.size):
        x = max(exposed[i], float32(0.0))
        y = x * (one + x * float32(0.11)) / (one + x)
        byte[i] = np.uint8(min(np.sqrt(y), one) * float32(255.0) + float32(0.5))
