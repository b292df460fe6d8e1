"""Where a ray goes down through the ground."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.ranging.ceiling import Ceiling
from simulator.embedded.ranging.hits import MISSED, Vector
from simulator.embedded.terrain import Relief, ground_height

# a ray near the ground is looked at so often [m over the map], and its end found to this [m]
_STRIDE: Final = 1.0
_EXACT: Final = 1e-3
_SLOPE_STEP: Final = 0.25
# where roads lie one above the other, the ground is the lower one's; the upper one lies on a deck
_LOWEST: Final = -1e9


@inner
def _above(relief: Relief, start: Vector, way: Vector, distance: float) -> float:
    """Give how far above the ground a ray is [m]."""
    ground = ground_height(relief, start[0] + distance * way[0], start[1] + distance * way[1], _LOWEST)
    return start[2] + distance * way[2] - ground


@inner
def _narrow(relief: Relief, start: Vector, way: Vector, low: float, high: float, above: float, below: float) -> float:
    """Find where a ray meets the ground between a place above it and one below it, by false position."""
    distance = high
    for _ in range(12):
        distance = low + (high - low) * above / (above - below)
        here = _above(relief, start, way, distance)
        if abs(here) < _EXACT or high - low < _EXACT:
            return distance
        if here > 0.0:
            # with half of what the other end is worth it can't be stuck there
            low, above, below = distance, here, 0.5 * below
        else:
            high, below, above = distance, here, 0.5 * above
    return distance


@inner
def _search(relief: Relief, start: Vector, way: Vector, low: float, high: float) -> float:
    """Look for the ground along a piece of a ray, which begins above it; gives MISSED if there is none."""
    level = np.sqrt(way[0] * way[0] + way[1] * way[1])
    longest = _STRIDE / max(level, 1e-3)
    distance, above = low, _above(relief, start, way, low)
    if above <= 0.0:
        return low
    fall = -way[2]
    while distance < high:
        # a little farther than where it should be met
        reach = 1.1 * above / fall + 0.02 if fall > 1e-3 else longest
        next_one = min(distance + min(max(reach, 0.05), longest), high)
        here = _above(relief, start, way, next_one)
        if here <= 0.0:
            return _narrow(relief, start, way, distance, next_one, above, here)
        fall = (above - here) / max(next_one - distance, 1e-6)
        distance, above = next_one, here
    return MISSED


@inner
def meet_ground(relief: Relief, ceiling: Ceiling, start: Vector, way: Vector, best: float) -> float:
    """Give where a ray meets the ground nearer than `best` [m], or MISSED; it is searched only below the ceiling."""
    rows, columns = ceiling.heights.shape
    cell = ceiling.cell
    u, v = (start[0] - ceiling.left) / cell, (start[1] - ceiling.bottom) / cell
    column, row = int(np.floor(u)), int(np.floor(v))
    along_x, along_y = 1 if way[0] >= 0.0 else -1, 1 if way[1] >= 0.0 else -1
    pace_x = cell / max(abs(way[0]), 1e-12)
    pace_y = cell / max(abs(way[1]), 1e-12)
    next_x = pace_x * (column + 1 - u if along_x > 0 else u - column)
    next_y = pace_y * (row + 1 - v if along_y > 0 else v - row)
    low = 0.0
    while low < best:
        high = min(next_x, next_y, best)
        if 0 <= row < rows and 0 <= column < columns:
            top = ceiling.heights[row, column]
            first, last = start[2] + low * way[2], start[2] + high * way[2]
            if min(first, last) < top:
                begin, end = low, high
                if first > top:
                    begin = min(low + (first - top) / -way[2], high)
                elif last > top:
                    end = min(low + (top - first) / way[2], high)
                found = _search(relief, start, way, begin, end)
                if found < MISSED:
                    return found
        if next_x < next_y:
            column += along_x
            low = next_x
            next_x += pace_x
        else:
            row += along_y
            low = next_y
            next_y += pace_y
    return MISSED


@inner
def stand_on_ground(relief: Relief, x: float, y: float, normal: NDArray[np.float64]) -> None:
    """Give the unit vector that stands on the ground at a place [m]."""
    by_x = ground_height(relief, x + _SLOPE_STEP, y, _LOWEST) - ground_height(relief, x - _SLOPE_STEP, y, _LOWEST)
    by_y = ground_height(relief, x, y + _SLOPE_STEP, _LOWEST) - ground_height(relief, x, y - _SLOPE_STEP, _LOWEST)
    by_x, by_y = by_x / (2 * _SLOPE_STEP), by_y / (2 * _SLOPE_STEP)
    size = 1.0 / np.sqrt(by_x * by_x + by_y * by_y + 1.0)
    normal[0], normal[1], normal[2] = -size * by_x, -size * by_y, size
