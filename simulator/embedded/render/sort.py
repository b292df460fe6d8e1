"""Sorts the rays of a picture by what they meet: sky, roads and what is close to them, and the land."""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.jit import inner, whole
from simulator.embedded.render.fan import COVER, EYE, INVERSE, SUNLIT, Fan, make_fan
from simulator.embedded.render.fan_rows import find_cell_of
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
from simulator.embedded.tiles import Tiles, first_sample

# a pixel longer than this on the ground [m] is looked at in 2, or in 4 places, where roads are near
_LONG, _VERY_LONG = 4.0, 16.0
# shares of land in a pixel up to which it is all sky, and from which on it is all land
_NO_LAND, _ALL_LAND = 0.02, 0.98
# kinds of rows; not literals, for each of which the compiler would make another version of what takes one
MIXED, ONLY_SKY, ONLY_GROUND = (int(np.int64(kind)) for kind in range(3))
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
def kind_of(fan: Fan, tilt: float, width: int) -> int:
    """Tell whether all pixels of a row show the sky, or whether all show the ground and none of them is long there."""
    least, most, closest = float32(2.0), float32(-1.0), float32(1e9)
    for i in range(width):
        least, most = min(least, fan.row[COVER, i]), max(most, fan.row[COVER, i])
    if most <= float32(_NO_LAND):
        return ONLY_SKY
    for i in range(width):
        # on a plane a pixel is depth² * tilt / eye long
        closest = min(closest, fan.row[INVERSE, i] * fan.row[INVERSE, i] * fan.row[EYE, i])
    return ONLY_GROUND if least >= float32(_ALL_LAND) and closest >= float32(tilt / _LONG) else MIXED


@inner
def put_run(packet: Packet, at: int, fan: Fan, column: int, row: int, count: int, width: int) -> None:
    """Put the rays of `count` pixels of a row into a packet, one after the other from number `at` on."""
    first, place = np.int32(row * width + column), float32(column)
    # each row of the packet in a loop of its own, which the compiler turns into vector instructions
    at, column = whole(at), whole(column)
    columns, rows = packet.real[COLUMN + at : COLUMN + at + count], packet.real[ROW + at : ROW + at + count]
    for i in range(count):
        columns[i] = place + float32(i)
    for i in range(count):
        rows[i] = float32(row)
    parts, pixels = packet.real[PART + at : PART + at + count], packet.whole[PIXEL + at : PIXEL + at + count]
    for i in range(count):
        parts[i] = float32(1.0)
    for i in range(count):
        pixels[i] = first + np.int32(i)
    middles = packet.whole[MIDDLE + at : MIDDLE + at + count]
    for i in range(count):
        middles[i] = np.int32(1)
    copy_run(packet.real, RAY_INVERSE + at, fan.row[INVERSE], column, count)
    copy_run(packet.real, RAY_EYE + at, fan.row[EYE], column, count)
    copy_run(packet.real, RAY_SUNLIT + at, fan.row[SUNLIT], column, count)


@inner
def copy_run(target: NDArray[np.float32], at: int, source: NDArray[np.float32], first: int, count: int) -> None:
    """Copy `count` values."""
    to, values = target[at : at + count], source[first : first + count]
    for i in range(count):
        to[i] = values[i]


@inner
def put_samples(packet: Packet, at: int, cells: NDArray[np.int32], tiles: Tiles, count: int) -> None:
    """Note the nearest samples and the groups of so many rays from number `at` on."""
    samples, groups = packet.whole[SAMPLE + at : SAMPLE + at + count], packet.whole[GROUP + at : GROUP + at + count]
    nowhere, most, nothing = np.int32(tiles.nowhere), np.int32(0), np.int32(0)
    for i in range(count):
        cell = cells[i]
        samples[i], groups[i] = cell, max(cell - nowhere, nothing)
        most = max(most, cell)
    if most > nowhere:
        for i in range(count):
            samples[i] = first_sample(tiles, cells[i])


@inner
def end_of_land(cells: NDArray[np.int32], column: int, width: int) -> int:
    """Give the column after the last one that, like all from `column` on, meets land."""
    end = whole(column)
    while end + 8 <= width:
        most = cells[end]
        for k in range(1, 8):
            most = max(most, cells[end + k])
        if most >= 0:
            break
        end += 8
    while end < width and cells[end] < 0:
        end += 1
    return end


@inner
def end_of_road(cells: NDArray[np.int32], column: int, width: int) -> int:
    """Give the column after the last one that, like all from `column` on, is near a road."""
    end = whole(column)
    while end + 8 <= width:
        least = cells[end]
        for k in range(1, 8):
            least = min(least, cells[end + k])
        if least < 0:
            break
        end += 8
    while end < width and cells[end] >= 0:
        end += 1
    return end


@inner
def sort_plain(
    work: Work, counts: tuple[int, int, int], tiles: Tiles, column: int, row: int, width: int
) -> tuple[int, int, int, int]:
    """Do what `sort_pixels` does with a row of ground only, run by run."""
    fan, cells = work.fan, work.fan.cells
    sky, road, land = counts
    while column < width and road < SIZE - 3 and land < SIZE - 3:
        if cells[column] < 0:
            end = end_of_land(cells, column, width)
            count = min(end - column, SIZE - land)
            put_run(work.land, land, fan, column, row, count, width)
            land += count
        else:
            end = end_of_road(cells, column, width)
            count = min(end - column, SIZE - road)
            put_run(work.road, road, fan, column, row, count, width)
            put_samples(work.road, whole(road), cells[whole(column) :], tiles, count)
            road += count
        column += count
    return column, sky, road, land


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
        if part < float32(_ALL_LAND):
            put_ray(work.sky, sky, pixel, column, row, 1.0 - part if part > float32(_NO_LAND) else 1.0)
            sky += 1
            if part <= float32(_NO_LAND):
                column += 1
                continue
        else:
            part = float32(1.0)
        inverse, eye = fan.row[INVERSE, column], fan.row[EYE, column]
        cell = int(fan.cells[column])
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
