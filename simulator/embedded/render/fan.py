"""The land as the camera meets it: heights along a fan of lines from the lens, and what each row of pixels hits first.

A line of the fan runs in a vertical plane through the lens; its `side` is how far it leads to the left per metre ahead.
A ray's `slope` is how much it rises per metre ahead. On a plane the inverse of the distance ahead is linear in side and
slope, so that what lies between the fan's lines is interpolated without error wherever the ground is even.
"""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.land import land_height
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.view import FARTHEST, View
from simulator.embedded.terrain import Relief, corner_height
from simulator.embedded.tiles import find_tile

# where the horizon is, as good as infinitely far [m]
_INFINITE = 1e7
# lines of the fan: how far they lie apart, at most how far to the side and how many there are
_APART, _WIDEST, LINES = 0.07, 8.0, 128
# places along a line: each so much farther than the one before
_GROWTH, PLACES = 1.09, 160
# the fan is looked up at slopes so far apart, or at those of the picture's rows
_SLOPES = 768
# what pixels between meet is interpolated between every so many pixels of a row
NODE = 4
# rays steeper than this don't need the fan
STEEP = 1.3
# what a pixel of the fan holds: inverse distance ahead [1/m], height of the lens over the plane that is hit [m], and
# how much of the sunlight on level ground falls there, and how much of a pixel lies below the land's skyline
INVERSE, EYE, SUNLIT, COVER = range(4)
# of a row of pixels also the cell of `tiles` that is met: column and row
CELL_COLUMN, CELL_ROW = 4, 5


class Fan(NamedTuple):
    """Working memory.

    distances: (PLACES,) [m]. heights: (PLACES, LINES) float32, of the ground over the lens [m]. sunlit: the same shape,
    how much of the sunlight on level ground falls there. skyline: (LINES,) float32, the highest slope of each line.
    slopes: (slopes,) rising. seen: (slopes, LINES, 4) float32, what rays of slopes[k] meet, see INVERSE. row: (6,
    width + 4) float32, the same for the pixels of one row, and where among the cells they meet the ground.
    cells: (width,) int32, what `tiles` holds there, negative far from roads. nodes: (4, width) float32, what every
    fourth pixel of a row meets. spots: (2, width) int32, of these: which of the directory's tiles, -1 outside it, and
    which of the tile's cells.
    """

    distances: NDArray[np.float64]
    heights: FloatImage
    sunlit: FloatImage
    skyline: FloatImage
    seen: FloatImage
    slopes: NDArray[np.float64]
    row: FloatImage
    cells: NDArray[np.int32]
    nodes: FloatImage
    spots: NDArray[np.int32]


class Spread(NamedTuple):
    """How the fan is spread for a picture.

    first: side of the first line. apart: between lines. lines, places, slopes: how many there are. highest: the last
    slope that meets any ground. lowest, finer: slope of the first row of `seen`, and rows per slope. level: whether
    each row of pixels has one slope, and its own row.
    """

    first: float
    apart: float
    lines: int
    places: int
    slopes: int
    highest: int
    lowest: float
    finer: float
    level: bool


def make_fan(height: int, width: int) -> Fan:
    """Make the working memory for pictures of a size."""
    rows = max(height, _SLOPES)
    return Fan(
        np.zeros(PLACES),
        np.zeros((PLACES, LINES), np.float32),
        np.zeros((PLACES, LINES), np.float32),
        np.zeros(LINES, np.float32),
        np.zeros((rows, LINES, 4), np.float32),
        np.zeros(rows),
        np.zeros((6, width + NODE), np.float32),
        np.zeros(width, np.int32),
        np.zeros((4, width), np.float32),
        np.zeros((2, width), np.int32),
    )


@inner
def look_along(view: View, column: float, row: float) -> tuple[float, float, float]:
    """Give ahead, left and up of the ray through a place in the picture."""
    x = view.corner[0] + column * view.right[0] + row * view.down[0]
    y = view.corner[1] + column * view.right[1] + row * view.down[1]
    z = view.corner[2] + column * view.right[2] + row * view.down[2]
    return x * view.heading[0] + y * view.heading[1], y * view.heading[0] - x * view.heading[1], z


@inner
def spread_fan(fan: Fan, view: View, height: int, width: int) -> Spread:
    """Choose the lines and the slopes that a picture needs."""
    left, right, low, high = np.inf, -np.inf, np.inf, -np.inf
    for corner in range(4):
        ahead, side, up = look_along(view, (width - 1.0) * (corner % 2), (height - 1.0) * (corner // 2))
        if ahead < 0.05:
            # then the corners are not the outermost
            left, right, low, high = -_WIDEST, _WIDEST, -1.5 * STEEP, 1.0
            break
        left, right = min(left, side / ahead), max(right, side / ahead)
        low, high = min(low, up / ahead), max(high, up / ahead)
    left, right = max(left, -_WIDEST), min(right, _WIDEST)
    low, high = max(low, -1.5 * STEEP), min(high, 1.0)
    lines = min(max(int((right - left) / _APART), 8), LINES - 2)
    apart = max(right - left, 1e-3) / lines
    level = abs(view.right[2]) < 1e-9 and view.down[2] < 0.0
    slopes = height
    if not level:
        slopes = min(max(int((high - low) * view.fy), 16), _SLOPES)
    finer = (slopes - 1) / max(high - low, 1e-3)
    for k in range(slopes):
        if level:
            ahead, _, up = look_along(view, 0.0, float(height - 1 - k))
            fan.slopes[k] = up / max(ahead, 1e-3)
        else:
            fan.slopes[k] = low + k / finer
    return Spread(left, apart, lines + 2, 0, slopes, 0, low, finer, level)


@inner
def _with(spread: Spread, places: int, highest: int) -> Spread:
    """Give a spread with more known."""
    return Spread(
        spread.first,
        spread.apart,
        spread.lines,
        places,
        spread.slopes,
        highest,
        spread.lowest,
        spread.finer,
        spread.level,
    )


@inner
def raise_fan(fan: Fan, spread: Spread, relief: Relief, view: View) -> Spread:
    """Look the ground's heights up along all lines; gives the spread with the number of places."""
    steepest = STEEP
    for k in range(spread.slopes):
        if fan.slopes[k] > -STEEP:
            steepest = max(-fan.slopes[k], 0.02)
            break
    distance = 0.6 * max(view.above, 0.05) / steepest
    place = 0
    tiles, land = relief.tiles, relief.land
    while place < PLACES:
        fan.distances[place] = distance
        for line in range(spread.lines):
            side = spread.first + spread.apart * line
            x = view.x + distance * (view.heading[0] - side * view.heading[1])
            y = view.y + distance * (view.heading[1] + side * view.heading[0])
            tile = find_tile(tiles, x, y)
            if tile >= 0:
                height = corner_height(relief, tile, x, y)
            else:
                height = land_height(land, x, y)
            fan.heights[place, line] = float32(height - view.z)
        place += 1
        if distance > FARTHEST:
            break
        distance = distance * _GROWTH if distance * _GROWTH < FARTHEST else _INFINITE
    return _with(spread, place, 0)


@inner
def light_fan(fan: Fan, spread: Spread, view: View, light: Light) -> None:
    """Find the sunlight at each place of the fan against that on level ground, and the skyline of each line."""
    heights, distances, lines = fan.heights, fan.distances, spread.lines
    sun_ahead = float32(light.sun[0] * view.heading[0] + light.sun[1] * view.heading[1])
    sun_left = float32(light.sun[1] * view.heading[0] - light.sun[0] * view.heading[1])
    sun_up = light.sun[2]
    one, zero, most = float32(1.0), float32(0.0), float32(3.0)
    level = one / max(sun_up, float32(0.05))
    first, apart = float32(spread.first), float32(spread.apart)
    fan.skyline[:lines] = float32(-1e9)
    for place in range(spread.places):
        before, behind = max(place - 1, 0), min(place + 1, spread.places - 1)
        by_distance = float32(1.0 / (distances[behind] - distances[before]))
        by_side, by_slope = float32(0.5 / (distances[place] * spread.apart)), float32(1.0 / distances[place])
        for line in range(1, lines - 1):
            rise = (heights[behind, line] - heights[before, line]) * by_distance
            leftwards = (heights[place, line + 1] - heights[place, line - 1]) * by_side
            # along a line that leads to the side, so that a part of its rise is the slope to the left
            along = rise - (first + apart * float32(line)) * leftwards
            faced = sun_up - along * sun_ahead - leftwards * sun_left
            length = np.sqrt(one + along * along + leftwards * leftwards)
            fan.sunlit[place, line] = min(max(faced * level / length, zero), most)
        fan.sunlit[place, 0], fan.sunlit[place, lines - 1] = fan.sunlit[place, 1], fan.sunlit[place, lines - 2]
        for line in range(lines):
            fan.skyline[line] = max(fan.skyline[line], heights[place, line] * by_slope)


@inner
def see_land(fan: Fan, spread: Spread, view: View) -> Spread:
    """Find for each line and slope where the ray meets the ground first. Gives the spread with `highest`.

    Each stretch between two places shows what lies between the highest slope so far and that of its far end.
    """
    highest = 0
    least, farthest = -0.02, 1.0 / FARTHEST
    for line in range(spread.lines):
        skyline = float(fan.skyline[line])
        near, foot, sunlit_near = 0.0, -view.above, float(fan.sunlit[0, line])
        inverse, lower, sunlit = farthest, -view.above, 1.0
        k = 0
        for place in range(spread.places):
            far, height = fan.distances[place], float(fan.heights[place, line])
            if k < spread.slopes and height >= fan.slopes[k] * far:
                rise = (height - foot) / (far - near)
                lower = min(foot - rise * near, least)
                by_lower, by_length = 1.0 / lower, 1.0 / (far - near)
                more = float(fan.sunlit[place, line]) - sunlit_near
                while k < spread.slopes and height >= fan.slopes[k] * far:
                    inverse = max((fan.slopes[k] - rise) * by_lower, farthest)
                    share = min(max((1.0 / inverse - near) * by_length, 0.0), 1.0)
                    sunlit = sunlit_near + more * share
                    _note(fan, k, line, inverse, lower, sunlit, _cover(fan, spread, k, skyline))
                    k += 1
            near, foot, sunlit_near = far, height, float(fan.sunlit[place, line])
        highest = max(highest, k - 1)
        while k < spread.slopes:
            # what the skyline's pixel shows of the land is what the last ray below it met
            cover = _cover(fan, spread, k, skyline)
            _note(fan, k, line, inverse, lower, sunlit, cover)
            if cover > 0.0:
                highest = max(highest, k)
            k += 1
    return _with(spread, spread.places, highest)


@inner
def _cover(fan: Fan, spread: Spread, k: int, skyline: float) -> float:
    """Give the share of a pixel of a slope below the skyline; not held to [0, 1], so that it can be interpolated."""
    # rows of a camera that looks up or down are not evenly apart
    above = max(min(k + 1, spread.slopes - 1), 1)
    step = max(fan.slopes[above] - fan.slopes[above - 1], 1e-6)
    return float(min(max((skyline - fan.slopes[k]) / step + 0.5, -1.0), 2.0))


@inner
def _note(fan: Fan, k: int, line: int, inverse: float, lower: float, sunlit: float, cover: float) -> None:
    seen = fan.seen[k, line]
    seen[INVERSE], seen[EYE], seen[SUNLIT], seen[COVER] = (
        float32(inverse),
        float32(-lower),
        float32(sunlit),
        float32(cover),
    )
