"""What the pixels of a row meet: read from the fan between its lines and slopes, or followed straight down."""

import numpy as np
from numpy import float32

from simulator.embedded.jit import inner, step
from simulator.embedded.land import land_height
from simulator.embedded.render.fan import (
    CELL_COLUMN,
    CELL_ROW,
    COVER,
    EYE,
    INVERSE,
    STEEP,
    SUNLIT,
    Fan,
    Spread,
    look_along,
)
from simulator.embedded.render.view import FARTHEST, View
from simulator.embedded.terrain import Relief, corner_height
from simulator.embedded.tiles import find_tile


@inner
def _read_row(fan: Fan, spread: Spread, view: View, row: int, width: int) -> None:
    """Find what all pixels of a row meet: `fan.row` gets the inverse depth along the optical axis, and the rest."""
    ahead, left, up = look_along(view, 0.0, float(row))
    ahead_step = float32(view.right[0] * view.heading[0] + view.right[1] * view.heading[1])
    left_step = float32(view.right[1] * view.heading[0] - view.right[0] * view.heading[1])
    ahead_0, left_0 = float32(ahead), float32(left)
    up_0, up_step = float32(up), float32(view.right[2])
    one, nothing = float32(1.0), float32(0.0)
    first, finer_lines, last = float32(spread.first), float32(1.0 / spread.apart), float32(spread.lines - 1.001)
    lowest, finer, top = float32(spread.lowest), float32(spread.finer), float32(spread.slopes - 1.001)
    seen, rows = fan.seen, fan.row
    if spread.level:
        inverse_ahead = one / max(ahead_0, float32(1e-3))
        own = spread.slopes - 1 - row
        for i in range(width):
            u = ((left_0 + float32(i) * left_step) * inverse_ahead - first) * finer_lines
            u = min(max(u, nothing), last)
            j = np.int64(np.uint32(u))
            f = u - float32(j)
            a = seen[own, j, INVERSE] + (seen[own, j + 1, INVERSE] - seen[own, j, INVERSE]) * f
            rows[INVERSE, i] = a * ahead_0
            rows[EYE, i] = seen[own, j, EYE] + (seen[own, j + 1, EYE] - seen[own, j, EYE]) * f
            rows[SUNLIT, i] = seen[own, j, SUNLIT] + (seen[own, j + 1, SUNLIT] - seen[own, j, SUNLIT]) * f
            rows[COVER, i] = seen[own, j, COVER] + (seen[own, j + 1, COVER] - seen[own, j, COVER]) * f
        return
    for i in range(width):
        forward = ahead_0 + float32(i) * ahead_step
        inverse_ahead = one / max(forward, float32(1e-3))
        u = ((left_0 + float32(i) * left_step) * inverse_ahead - first) * finer_lines
        v = ((up_0 + float32(i) * up_step) * inverse_ahead - lowest) * finer
        u, v = min(max(u, nothing), last), min(max(v, nothing), top)
        j, k = np.int64(np.uint32(u)), np.int64(np.uint32(v))
        f, g = u - float32(j), v - float32(k)
        for kind in range(4):
            a = seen[k, j, kind] + (seen[k, j + 1, kind] - seen[k, j, kind]) * f
            b = seen[k + 1, j, kind] + (seen[k + 1, j + 1, kind] - seen[k + 1, j, kind]) * f
            value = a + (b - a) * g
            rows[kind, i] = value * max(forward, nothing) if kind == INVERSE else value


@step
def _see_steeply(fan: Fan, relief: Relief, view: View, row: int, width: int) -> None:
    """Correct the pixels of a row that look down steeply: no hill can hide what they see."""
    for column in range(width):
        ahead, left, up = look_along(view, float(column), float(row))
        if ahead > 0.05 and up > -STEEP * ahead:
            continue
        if up >= 0.0:
            fan.row[COVER, column] = float32(0.0)
            continue
        depth = -view.above / up
        for _ in range(3):
            x = view.x + depth * (ahead * view.heading[0] - left * view.heading[1])
            y = view.y + depth * (ahead * view.heading[1] + left * view.heading[0])
            tile = find_tile(relief.tiles, x, y)
            height = corner_height(relief, tile, x, y) if tile >= 0 else land_height(relief.land, x, y)
            depth = min(max((height - view.z) / up, 0.01), FARTHEST)
        fan.row[INVERSE, column] = float32(1.0 / depth)
        fan.row[EYE, column] = float32(-depth * up)
        fan.row[SUNLIT, column] = float32(1.0)
        fan.row[COVER, column] = float32(1.0)


@inner
def _looks_steeply(view: View, row: int, width: int) -> bool:
    """Tell whether any pixel of a row may look down steeply."""
    ahead, _, up = look_along(view, 0.0, float(row))
    ahead_last, _, up_last = look_along(view, width - 1.0, float(row))
    return ahead < 0.05 or ahead_last < 0.05 or up < -STEEP * ahead or up_last < -STEEP * ahead_last


@inner
def _find_cells(fan: Fan, view: View, left: float, bottom: float, row: int, width: int) -> None:
    """Find the cells of `tiles` that the pixels of a row meet; left, bottom: where cell (0, 0) lies [m]."""
    x = float32(view.corner[0] + row * view.down[0])
    y = float32(view.corner[1] + row * view.down[1])
    right_x, right_y = float32(view.right[0]), float32(view.right[1])
    from_left, from_bottom = float32(view.x - left), float32(view.y - bottom)
    rows, one, least = fan.row, float32(1.0), float32(0.25 / FARTHEST)
    for i in range(width):
        depth = one / max(rows[INVERSE, i], least)
        rows[CELL_COLUMN, i] = from_left + depth * (x + float32(i) * right_x)
        rows[CELL_ROW, i] = from_bottom + depth * (y + float32(i) * right_y)


@inner
def see_row(fan: Fan, spread: Spread, relief: Relief, view: View, row: int, width: int) -> None:
    """Find what all pixels of a row meet, and where."""
    if spread.level and spread.slopes - 1 - row > spread.highest:
        fan.row[COVER] = float32(0.0)
        return
    _read_row(fan, spread, view, row, width)
    if _looks_steeply(view, row, width):
        _see_steeply(fan, relief, view, row, width)
    _find_cells(fan, view, relief.tiles.left, relief.tiles.bottom, row, width)
