"""The background of a picture: sky and ground, in packets of rays."""

from typing import NamedTuple

import numpy as np
from numpy import float32

from simulator.embedded.render import tags
from simulator.embedded.render.air import Air
from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.cover import cover, cover_more, tag_of
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.ground import Ground
from simulator.embedded.render.jit import Number, entry, inner, step
from simulator.embedded.render.locate import find_samples, locate, measure_footprints
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.packet import (
    ASPHALT,
    BLUE,
    COLUMN,
    CONCRETE,
    DEPTH,
    FINE,
    GREEN,
    MIDDLE,
    PART,
    PIXEL,
    RED,
    ROW,
    SIZE,
    STAINS,
    Packet,
)
from simulator.embedded.render.rays import FARTHEST, FLAT, aim, meet_ground
from simulator.embedded.render.shading import colour_land, colour_road, light_ground
from simulator.embedded.render.sky import look_at_sky
from simulator.embedded.render.texture import look_up_land, look_up_road
from simulator.embedded.render.view import View
from simulator.embedded.tiles import Tiles, find_tile


class World(NamedTuple):
    """All that a background is drawn from but the camera. sky, noise: see sky and noise."""

    ground: Ground
    look: Appearance
    light: Light
    air: Air
    noise: FloatImage
    sky: FloatImage


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


@inner
def water_on(packet: Packet, air: Air, i: int) -> Number:
    """Give the share of ray i's pixel that mirrors: a film on the pavement, and puddles in its hollows."""
    real = packet.real
    paved = real[ASPHALT + i] + real[CONCRETE + i]
    # hollows are where stains are, on one side of a slope of the noise
    hollow = 1.0 - real[STAINS + i] + 0.25 * (real[FINE + i] - 0.5)
    puddle = clamp((hollow - 0.78 + 0.36 * air.puddles) * 7.0, 0.0, 1.0) if air.puddles > 0.0 else 0.0
    film = 0.5 * air.film * paved
    share: Number = max(film, puddle * paved)
    return share


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
    light_ground(packet, world.light)
    add_light(packet, canvas, count)
    depth, tag, mirror = canvas.depth.reshape(-1), canvas.tag.reshape(-1), canvas.mirror.reshape(-1)
    wet = world.air.film > 0.0 or world.air.puddles > 0.0
    for i in range(count):
        if packet.whole[MIDDLE + i] == 1:
            depth[packet.whole[PIXEL + i]] = packet.real[DEPTH + i]
            tag[packet.whole[PIXEL + i]] = tag_of(packet, i)
            if wet:
                mirror[packet.whole[PIXEL + i]] = water_on(packet, world.air, i)


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
    canvas.depth[:] = np.inf
    canvas.tag[:] = tags.SKY
    canvas.mirror[:] = 0.0
    canvas.instance[:] = 0
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
