"""Bridges in a picture: the road on a deck is drawn as any other, its underside and edges are concrete."""

import numpy as np
from numpy import float32

from simulator.embedded.decks import EDGE, SURFACE, Decks
from simulator.embedded.render import tags
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.jit import entry, inner
from simulator.embedded.render.packet import GROUP, MIDDLE, SAMPLE, SIZE
from simulator.embedded.render.sort import Work, put_hit, put_ray
from simulator.embedded.render.view import View
from simulator.embedded.terrain import Relief, on_road
from simulator.embedded.tiles import Tiles, find_cell, find_tile_in, first_sample

# decks farther than this throw no shadow, and none falls farther [m]
_SHADOWS, _LONGEST_SHADOW = 80.0, 30.0
# a deck must be nearer than the ground by this share of its inverse depth, or it is the ground
_NEARER = 1.002
# a road so much higher than a place has it below its deck [m]
_CLEARANCE = 1.5
_CONCRETE = 0.34
# beyond its lanes a deck's shadow fades within so much, and the dark below it [m]; far from any deck
_SHADOW_EDGE, _ROOF_EDGE, _FAR = 0.5, 2.5, 1e3
# how much of the sky's light comes up to an underside, and how much of it to the ground below
_FROM_BELOW, _ROOFED = 0.22, 0.4


@inner
def _beside_road_above(relief: Relief, x: float, y: float, z: float) -> float:
    """Give how far beside the lanes of a road above it a point lies [m], 0 below them; many where there is none."""
    tiles = relief.tiles
    tile = find_tile_in(tiles.upper, tiles, x, y)
    if tile < 0:
        return _FAR
    sample = first_sample(tiles, find_cell(tiles, tile, x, y))
    if sample >= tiles.nowhere:
        return _FAR
    height, outside = on_road(relief.samples, sample, x, y)
    return outside if height > z + _CLEARANCE else _FAR


@entry
def shade_below(canvas: Canvas, decks: Decks, relief: Relief, light: Light, view: View) -> None:
    """Darken the ground under decks, and where they keep the sun off it."""
    height, width = canvas.depth.shape
    for bridge in range(decks.bridges.shape[0]):
        middle, radius = decks.bridges[bridge], decks.bridges[bridge, 3]
        if np.hypot(middle[0] - view.x, middle[1] - view.y) > radius + _SHADOWS:
            continue
        reach = radius + _LONGEST_SHADOW
        for row in range(height):
            for column in range(width):
                depth, tag = canvas.depth[row, column], canvas.tag[row, column]
                if depth > 2 * _SHADOWS or tag == tags.SKY:
                    continue
                x = view.x + depth * (view.corner[0] + column * view.right[0] + row * view.down[0])
                y = view.y + depth * (view.corner[1] + column * view.right[1] + row * view.down[1])
                if abs(x - middle[0]) > reach or abs(y - middle[1]) > reach:
                    continue
                z = view.z + depth * (view.corner[2] + column * view.right[2] + row * view.down[2])
                drop = middle[2] - z
                roof, sunny = 1.0, 1.0
                if abs(x - middle[0]) < radius and abs(y - middle[1]) < radius:
                    beside = _beside_road_above(relief, x, y, z)
                    roof, sunny = min(beside / _ROOF_EDGE, 1.0), min(beside / _SHADOW_EDGE, 1.0)
                if sunny > 0.0 and light.sun[2] > 0.1 and drop > _CLEARANCE:
                    far = drop / light.sun[2]
                    beside = _beside_road_above(relief, x + far * light.sun[0], y + far * light.sun[1], z)
                    sunny = min(sunny, beside / _SHADOW_EDGE)
                if roof < 1.0 or sunny < 1.0:
                    open_sky = _ROOFED + (1.0 - _ROOFED) * roof
                    for channel in range(3):
                        ambient, ground = light.ambient[2 - channel], light.ground[2 - channel]
                        share = (open_sky * ambient + sunny * (ground - ambient)) / ground
                        canvas.light[row, column, channel] *= float32(share)


@inner
def _paint_concrete(canvas: Canvas, decks: Decks, face: int, light: Light, row: int, column: int) -> None:
    """Paint a pixel that shows a deck's underside or edge."""
    sun, sky = 0.0, _FROM_BELOW
    if decks.kind[face] == EDGE:
        a, b = decks.corners[face, 0], decks.corners[face, 1]
        length = max(np.hypot(b[0] - a[0], b[1] - a[1]), 1e-6)
        # both sides alike: a deck is no more than a metre thick
        sun, sky = 0.6 * abs((b[1] - a[1]) * light.sun[0] - (b[0] - a[0]) * light.sun[1]) / length, 0.6
    canvas.tag[row, column] = tags.BRIDGE
    for channel in range(3):
        colour = sky * light.ambient[2 - channel] + sun * light.sunlight[2 - channel]
        canvas.light[row, column, channel] = float32(_CONCRETE * colour)


@inner
def _cell_on(tiles: Tiles, view: View, depth: float, column: int, row: int) -> int:
    """Give what the upper road's cell holds that a pixel shows; negative if it is no road's."""
    x = view.x + depth * (view.corner[0] + column * view.right[0] + row * view.down[0])
    y = view.y + depth * (view.corner[1] + column * view.right[1] + row * view.down[1])
    tile = find_tile_in(tiles.upper, tiles, x, y)
    return find_cell(tiles, tile, x, y) if tile >= 0 else -1


@inner
def sort_deck(
    work: Work, canvas: Canvas, decks: Decks, tiles: Tiles, light: Light, view: View, road: int, column: int, row: int
) -> tuple[int, int]:
    """Put a row's pixels that show a deck's surface into the packet of roads, until it is full; paint its other faces.

    Gives the column after the last pixel, and the new count.
    """
    span = work.span
    width = span.face.shape[1]
    while column < width and road < SIZE - 3:
        inverse = span.inverse[row, column]
        if inverse * canvas.depth[row, column] > float32(_NEARER):
            face = span.face[row, column]
            canvas.depth[row, column] = float32(1.0) / inverse
            canvas.mirror[row, column] = float32(0.0)
            cell = -1
            if decks.kind[face] == SURFACE:
                cell = _cell_on(tiles, view, float(canvas.depth[row, column]), column, row)
            if cell >= 0 and cell != tiles.nowhere:
                canvas.light[row, column] = float32(0.0)
                put_ray(work.road, road, row * width + column, column, row, 1.0)
                put_hit(work.road, road, inverse, span.eye[row, column], float32(1.0))
                work.road.whole[SAMPLE + road] = first_sample(tiles, cell)
                work.road.whole[GROUP + road] = max(cell - tiles.nowhere, 0)
                work.road.whole[MIDDLE + road] = 1
                road += 1
            else:
                _paint_concrete(canvas, decks, face, light, row, column)
        column += 1
    return column, road
