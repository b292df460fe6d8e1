"""Sorts the rays of a picture by what they meet: sky, roads and what is close to them, and the land."""

from typing import NamedTuple

from numpy import float32

from simulator.embedded.jit import inner
from simulator.embedded.render.fan import (
    CELL_COLUMN,
    CELL_ROW,
    COVER,
    EYE,
    INVERSE,
    SUNLIT,
    Fan,
    make_fan,
)
from simulator.embedded.render.packet import (
    ACROSS,
    CENTER,
    CHIPS,
    COLUMN,
    FINE,
    GROUP,
    MIDDLE,
    OUTSIDE,
    PART,
    PIXEL,
    ROW,
    SAMPLE,
    SIZE,
    STAINS,
    Packet,
    make_packet,
)
from simulator.embedded.render.packet import EYE as RAY_EYE
from simulator.embedded.render.packet import INVERSE as RAY_INVERSE
from simulator.embedded.render.packet import SUNLIT as RAY_SUNLIT
from simulator.embedded.render.span import Span, make_span
from simulator.embedded.render.view import FARTHEST, View
from simulator.embedded.tiles import TILE, Tiles, first_sample

# a pixel longer than this on the ground [m] is looked at in 2, or in 4 places, where roads are near
_LONG, _VERY_LONG = 4.0, 16.0
# how far beyond all pavement the land is in a packet of land [m]
_FAR = 1000.0


class Work(NamedTuple):
    """Working memory for pictures of one size: packets of rays by what they meet, the fan, and decks."""

    sky: Packet
    road: Packet
    land: Packet
    fan: Fan
    span: Span


def make_work(height: int, width: int) -> Work:
    """Make the working memory for pictures of a size."""
    land = make_packet()
    # rows that no step of a packet of land writes
    land.real[OUTSIDE : OUTSIDE + SIZE] = _FAR
    land.real[ACROSS : ACROSS + SIZE] = 1.0
    for row in (CHIPS, STAINS, FINE):
        land.real[row : row + SIZE] = 0.5
    return Work(make_packet(), make_packet(), land, make_fan(height, width), make_span(height, width))


@inner
def find_cell_of(tiles: Tiles, column: float32, row: float32) -> int:
    """Give what the cell at (column, row) of the whole directory holds; -1 far from any road."""
    height, width = tiles.directory.shape
    if column < float32(0.0) or row < float32(0.0):
        return -1
    i, j = int(column), int(row)
    if i >= width * TILE or j >= height * TILE:
        return -1
    tile = tiles.directory[j // TILE, i // TILE]
    if tile < 0:
        return -1
    return int(tiles.cells[tile, j % TILE, i % TILE])


@inner
def put_ray(packet: Packet, i: int, pixel: int, column: float, row: float, part: float) -> None:
    """Put a ray into a packet, number i. pixel: that it belongs to. part: of the pixel that it stands for."""
    packet.real[COLUMN + i] = column
    packet.real[ROW + i] = row
    packet.real[PART + i] = part
    packet.whole[PIXEL + i] = pixel


@inner
def put_hit(packet: Packet, i: int, inverse: float32, eye: float32, sunlit: float32) -> None:
    """Say where ray i meets the ground, see `fan`."""
    packet.real[RAY_INVERSE + i] = inverse
    packet.real[RAY_EYE + i] = eye
    packet.real[RAY_SUNLIT + i] = sunlit


@inner
def put_ground(
    work: Work, counts: tuple[int, int], tiles: Tiles, cell: int, pixel: int, column: float, row: float, part: float
) -> tuple[Packet, int, tuple[int, int]]:
    """Put a ray into the packet of roads or of land; gives that packet, the ray's number there, and the new counts."""
    road, land = counts
    if cell >= 0:
        put_ray(work.road, road, pixel, column, row, part)
        work.road.whole[SAMPLE + road] = first_sample(tiles, cell)
        work.road.whole[GROUP + road] = max(cell - tiles.nowhere, 0)
        return work.road, road, (road + 1, land)
    put_ray(work.land, land, pixel, column, row, part)
    return work.land, land, (road, land + 1)


@inner
def look_often(
    work: Work, road: int, land: int, tiles: Tiles, view: View, column: int, row: int, width: int, looks: int
) -> tuple[int, int]:
    """Put several rays through a pixel that is long on the ground; each meets what lies there."""
    fan = work.fan
    inverse, eye, sunlit = fan.row[INVERSE, column], fan.row[EYE, column], fan.row[SUNLIT, column]
    change = float32(view.spread_right * view.right[2] + view.spread_down * view.down[2]) / eye
    counts = (road, land)
    for k in range(looks):
        shift = (k + 0.5) / looks - 0.5
        here = max(inverse - float32(shift) * change, float32(1 / FARTHEST))
        at_column, at_row = column + shift * view.spread_right, row + shift * view.spread_down
        depth = 1.0 / here
        x = view.corner[0] + at_column * view.right[0] + at_row * view.down[0]
        y = view.corner[1] + at_column * view.right[1] + at_row * view.down[1]
        cell = find_cell_of(tiles, float32(view.x - tiles.left + depth * x), float32(view.y - tiles.bottom + depth * y))
        packet, i, counts = put_ground(work, counts, tiles, cell, row * width + column, at_column, at_row, 1.0 / looks)
        # of the two rays next to the middle one stands for the pixel's tag and depth
        packet.whole[MIDDLE + i] = 2 * int(2 * k == looks)
        packet.real[CENTER + i] = inverse
        put_hit(packet, i, here, eye, sunlit)
    return counts


@inner
def sort_pixels(
    work: Work, counts: tuple[int, int, int], tiles: Tiles, view: View, column: int, row: int, width: int
) -> tuple[int, int, int, int]:
    """Put the rays of a row's pixels into the packets of what they meet, until one is full.

    counts: how many rays of sky, road and land there are. column: the first pixel. Gives the column after the last
    pixel, and the new counts.
    """
    fan = work.fan
    sky, road, land = counts
    long, very_long = float32(view.tilt / _LONG), float32(view.tilt / _VERY_LONG)
    while column < width and sky < SIZE and road < SIZE - 3 and land < SIZE - 3:
        pixel = row * width + column
        part = fan.row[COVER, column]
        if part < float32(0.98):
            put_ray(work.sky, sky, pixel, column, row, 1.0 - part if part > float32(0.02) else 1.0)
            sky += 1
            if part <= float32(0.02):
                column += 1
                continue
        else:
            part = float32(1.0)
        inverse, eye = fan.row[INVERSE, column], fan.row[EYE, column]
        cell = find_cell_of(tiles, fan.row[CELL_COLUMN, column], fan.row[CELL_ROW, column])
        # on a plane a pixel is depth² * tilt / eye long
        closeness = inverse * inverse * eye
        if cell >= 0 and closeness < long and part == float32(1.0):
            looks = 2 if closeness > very_long else 4
            road, land = look_often(work, road, land, tiles, view, column, row, width, looks)
        else:
            packet, i, (road, land) = put_ground(work, (road, land), tiles, cell, pixel, column, row, part)
            # what most of the pixel shows
            packet.whole[MIDDLE + i] = int(part > float32(0.5))
            put_hit(packet, i, inverse, eye, fan.row[SUNLIT, column])
        column += 1
    return column, sky, road, land
