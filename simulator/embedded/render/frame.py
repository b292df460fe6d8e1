"""The background of a picture: sky and ground, in packets of rays."""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.decks import Decks
from simulator.embedded.parcel import door
from simulator.embedded.render import tags
from simulator.embedded.render.air import Air
from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.bridges import sort_deck
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.cover import clear_snow, cover, cover_more, shows_land, tag_road
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.fan import light_fan, raise_fan, see_land, spread_fan
from simulator.embedded.render.fan_rows import see_row
from simulator.embedded.render.ground import Ground
from simulator.embedded.render.jit import inner
from simulator.embedded.render.lanes import put
from simulator.embedded.render.layers import lay_leaves, lay_snow, wet_ground
from simulator.embedded.render.locate import locate, measure_footprints, read_profiles
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.packet import (
    BLUE,
    CENTER,
    DEPTH,
    GREEN,
    MIDDLE,
    MIRROR,
    PART,
    PIXEL,
    RED,
    SIZE,
    TAG,
    Packet,
)
from simulator.embedded.render.rays import aim, choose_levels, meet_ground
from simulator.embedded.render.shading import cast_shadows, colour_land, colour_road, light_ground
from simulator.embedded.render.shadow import Shadow
from simulator.embedded.render.sky import look_at_sky, see_sky_row
from simulator.embedded.render.sort import ONLY_GROUND, ONLY_SKY, Work, kind_of, sort_pixels, sort_plain
from simulator.embedded.render.texture import Texels, look_up_land, look_up_road, look_up_ruts
from simulator.embedded.render.view import View
from simulator.embedded.terrain import Relief


class World(NamedTuple):
    """All that a picture is drawn from but the camera.

    ground, relief: the roads' surface, and the ground's height. look: of the region. light, air, sky: of the weather.
    texels: the noise, packed. shadow: of what stands still. decks: of bridges.
    """

    ground: Ground
    relief: Relief
    look: Appearance
    light: Light
    air: Air
    texels: Texels
    sky: FloatImage
    shadow: Shadow
    decks: Decks


class Flat(NamedTuple):
    """A canvas pixel by pixel, see there; light has four values a pixel."""

    light: FloatImage
    depth: FloatImage
    tag: NDArray[np.uint8]
    mirror: FloatImage


@inner
def add_light(packet: Packet, flat: Flat, count: int) -> None:
    """Put each ray's light on its pixel, or add it where the pixel has several rays; those were cleared."""
    real = packet.real
    light = flat.light
    for i in range(count):
        pixel = np.uint64(np.uint32(packet.whole[PIXEL + i]))
        part = real[PART + i]
        if part == float32(1.0):
            put(light, pixel, real[BLUE + i], real[GREEN + i], real[RED + i])
        else:
            start = np.uint64(4) * pixel
            light[start] += part * real[BLUE + i]
            light[start + np.uint64(1)] += part * real[GREEN + i]
            light[start + np.uint64(2)] += part * real[RED + i]


@inner
def clear_row(canvas: Canvas, row: int) -> None:
    """Make a row one of sky, dark."""
    canvas.light[row] = float32(0.0)
    canvas.depth[row] = float32(np.inf)
    canvas.tag[row] = np.uint8(tags.SKY)


@inner
def draw_sky(packet: Packet, flat: Flat, world: World, view: View, count: int) -> None:
    """Finish a packet of rays that miss the ground."""
    aim(packet, view)
    look_at_sky(packet, world.sky, count)
    add_light(packet, flat, count)


@inner
def finish(packet: Packet, flat: Flat, world: World, view: View, count: int) -> None:
    """Lay over the ground what season and weather bring, light it and put it on the canvas."""
    if world.look.leaves > 0.0:
        lay_leaves(packet, world.look)
    wet = world.air.film > 0.0 or world.air.puddles > 0.0
    if wet:
        wet_ground(packet, world.air)
    if world.look.snow > 0.0:
        lay_snow(packet, world.look)
    if world.shadow.directory.shape[0] > 1:
        cast_shadows(packet, world.shadow, view, count)
    light_ground(packet, world.light)
    add_light(packet, flat, count)
    real, whole = packet.real, packet.whole
    depth, tag, mirror = flat.depth, flat.tag, flat.mirror
    for i in range(count):
        pixel = np.uint64(np.uint32(whole[PIXEL + i]))
        if whole[MIDDLE + i] != 0:
            depth[pixel] = real[DEPTH + i] if whole[MIDDLE + i] == 1 else float32(1.0) / real[CENTER + i]
            tag[pixel] = np.uint8(whole[TAG + i])
    if wet:
        for i in range(count):
            mirror[np.uint32(whole[PIXEL + i])] += real[PART + i] * real[MIRROR + i]


@inner
def draw_land(packet: Packet, flat: Flat, world: World, view: View, count: int) -> None:
    """Finish a packet of rays that meet the ground far from any road."""
    aim(packet, view)
    meet_ground(packet, view)
    choose_levels(packet)
    look_up_land(packet, world.look, world.texels, view, count)
    colour_land(packet, world.look)
    packet.whole[TAG : TAG + SIZE] = np.int32(tags.TERRAIN)
    finish(packet, flat, world, view, count)


@inner
def draw_road(packet: Packet, flat: Flat, world: World, view: View, count: int) -> None:
    """Finish a packet of rays that meet a road, or the ground close to one."""
    aim(packet, view)
    meet_ground(packet, view)
    choose_levels(packet)
    read_profiles(packet, world.ground, view, count)
    locate(packet)
    measure_footprints(packet)
    cover(packet, world.look)
    cover_more(packet, world.ground, world.relief.tiles, view, count)
    look_up_road(packet, world.look, world.texels, count)
    # leaves and snow lie as the land's noise says, on the road too
    bare = world.look.leaves > 0.0 or world.look.snow > 0.0 or shows_land(packet, count)
    if bare:
        look_up_land(packet, world.look, world.texels, view, count)
    if world.look.snow > 0.0:
        look_up_ruts(packet, world.look, world.texels, count)
        clear_snow(packet, world.look)
    if bare:
        colour_land(packet, world.look)
    else:
        packet.real[RED : RED + 3 * SIZE] = float32(0.0)
    colour_road(packet, world.look)
    tag_road(packet)
    finish(packet, flat, world, view, count)


@door
def draw_background(work: Work, canvas: Canvas, world: World, view: View, bridges: bool) -> None:
    """Draw sky and ground on a canvas: each pixel is looked at once, those long on a road several times.

    bridges: draw only what `work.span` found of decks, over all that was drawn before.
    """
    height, width = canvas.tag.shape
    fan, tiles = work.fan, world.relief.tiles
    spread = spread_fan(fan, view, height, width)
    if not bridges:
        if world.air.film > 0.0 or world.air.puddles > 0.0:
            canvas.mirror[:] = 0.0
        canvas.instance[:] = 0
        spread = raise_fan(fan, spread, world.relief, view)
        light_fan(fan, spread, view, world.light)
        spread = see_land(fan, spread, view)
    flat = Flat(canvas.light.reshape(-1), canvas.depth.reshape(-1), canvas.tag.reshape(-1), canvas.mirror.reshape(-1))
    sky_texels = world.sky.reshape(-1)
    # not the literal 0, for which the compiler would make another version of all that takes a count
    nothing = int(np.int64(0))
    sky, road, land = nothing, nothing, nothing
    row, column, kind = -1, width, ONLY_SKY
    while row < height:
        if column == width:
            row += 1
            column = 0
            if row < height and not bridges:
                see_row(fan, spread, world.relief, view, row, width)
                kind = kind_of(fan, view.tilt, width)
                if kind != ONLY_GROUND:
                    clear_row(canvas, row)
        if row < height and bridges:
            column, road = sort_deck(work, canvas, world.decks, tiles, world.light, view, road, column, row)
        elif row < height and kind == ONLY_SKY:
            see_sky_row(flat.light, fan.row, sky_texels, view, row, width)
            column = width
        elif row < height and kind == ONLY_GROUND:
            column, sky, road, land = sort_plain(work, (sky, road, land), tiles, column, row, width)
        elif row < height:
            column, sky, road, land = sort_pixels(work, (sky, road, land), tiles, view, column, row, width)
        last = row == height
        if sky == SIZE or last:
            draw_sky(work.sky, flat, world, view, sky)
            sky = nothing
        if road >= SIZE - 3 or last:
            draw_road(work.road, flat, world, view, road)
            road = nothing
        if land >= SIZE - 3 or last:
            draw_land(work.land, flat, world, view, land)
            land = nothing
