"""What the pixels of a row meet: read from the fan between its lines and slopes, or followed straight down."""

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.jit import inner, step, whole
from simulator.embedded.land import land_height
from simulator.embedded.render.fan import (
    CELL_COLUMN,
    CELL_ROW,
    COVER,
    EYE,
    INVERSE,
    NODE,
    STEEP,
    SUNLIT,
    Fan,
    Spread,
    look_along,
)
from simulator.embedded.render.view import FARTHEST, View
from simulator.embedded.terrain import Relief, corner_height
from simulator.embedded.tiles import TILE, Tiles, find_tile

# farther away than this a road may hide between every fourth pixel [m]
_WHOLE_ROADS = 120.0
_TILE_BITS, _CELLS = np.int32(TILE.bit_length() - 1), np.uint64(TILE * TILE)


@inner
def find_cell_of(tiles: Tiles, column: float32, row: float32) -> int:
    """Give what the cell at (column, row) of the whole directory holds; -1 far from any road."""
    height, width = tiles.directory.shape
    if not (float32(0.0) <= column < float32(width * TILE) and float32(0.0) <= row < float32(height * TILE)):
        return -1
    i, j = whole(column), whole(row)
    tile = tiles.directory[j // TILE, i // TILE]
    if tile < 0:
        return -1
    return int(tiles.cells[whole(tile), j % TILE, i % TILE])


@inner
def _read_level_row(fan: Fan, spread: Spread, view: View, row: int, width: int, ahead: float32, left: float32) -> None:
    """Find what the pixels of a row of one slope meet: every fourth one from the fan's lines, the others from those.

    There are about seven pixels from line to line, so that a kink at a line moves by less than two pixels.
    """
    per_metre = float32(1.0 / (ahead * spread.apart))
    first = left * per_metre - float32(spread.first / spread.apart)
    step = float32(view.right[1] * view.heading[0] - view.right[0] * view.heading[1]) * per_metre * float32(NODE)
    nothing, last = float32(0.0), float32(spread.lines - 1.001)
    seen, nodes = fan.seen[spread.slopes - 1 - row], fan.nodes
    count = (width - 1) // NODE + 1
    for k in range(count + 1):
        u = min(max(first + float32(k) * step, nothing), last)
        j = whole(u)
        f = u - float32(j)
        nodes[INVERSE, k] = (seen[j, INVERSE] + (seen[j + 1, INVERSE] - seen[j, INVERSE]) * f) * ahead
        nodes[EYE, k] = seen[j, EYE] + (seen[j + 1, EYE] - seen[j, EYE]) * f
        nodes[SUNLIT, k] = seen[j, SUNLIT] + (seen[j + 1, SUNLIT] - seen[j, SUNLIT]) * f
        nodes[COVER, k] = seen[j, COVER] + (seen[j + 1, COVER] - seen[j, COVER]) * f
    quarter = float32(1 / NODE)
    for kind in range(4):
        values, target = nodes[kind], fan.row[kind]
        for k in range(count):
            value, more = values[k], (values[k + 1] - values[k]) * quarter
            target[NODE * k] = value
            target[NODE * k + 1] = value + more
            target[NODE * k + 2] = value + more + more
            target[NODE * k + 3] = value + more + more + more


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
        _read_level_row(fan, spread, view, row, width, ahead_0, left_0)
        return
    for i in range(width):
        forward = ahead_0 + float32(i) * ahead_step
        inverse_ahead = one / max(forward, float32(1e-3))
        u = ((left_0 + float32(i) * left_step) * inverse_ahead - first) * finer_lines
        v = ((up_0 + float32(i) * up_step) * inverse_ahead - lowest) * finer
        u, v = min(max(u, nothing), last), min(max(v, nothing), top)
        j, k = whole(u), whole(v)
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
def _find_spots(fan: Fan, tiles: Tiles, count: int) -> None:
    """Find for so many of every fourth pixels of a row where their cells are."""
    height, width = tiles.directory.shape
    columns, rows, spots = fan.row[CELL_COLUMN], fan.row[CELL_ROW], fan.spots
    zero, across, high = float32(0.0), float32(width * TILE), float32(height * TILE)
    stride, last, outside = np.int32(width), np.int32(TILE - 1), np.int32(-1)
    for k in range(count):
        column, row = columns[NODE * k], rows[NODE * k]
        inside = column >= zero and column < across and row >= zero and row < high
        i, j = np.int32(column if inside else zero), np.int32(row if inside else zero)
        spots[0, k] = (j >> _TILE_BITS) * stride + (i >> _TILE_BITS) if inside else outside
        spots[1, k] = (j & last) << _TILE_BITS | (i & last)


@inner
def _cell_at(spots: NDArray[np.int32], directory: NDArray[np.int32], cells: NDArray[np.int32], k: int) -> int:
    """Give what the cell of one of every fourth pixels holds, see `find_cell_of`."""
    spot = spots[0, k]
    tile = directory[np.uint32(spot)] if spot >= 0 else np.int32(-1)
    return int(cells[np.uint64(np.uint32(tile)) * _CELLS + np.uint64(np.uint32(spots[1, k]))]) if tile >= 0 else -1


@inner
def _look_up_cells(fan: Fan, tiles: Tiles, view: View, row: int, width: int) -> None:
    """Note what the cells of `tiles` hold that the pixels of a row meet, and for distant rows where they lie.

    Where every fourth pixel meets the same stretch of one road, or land, so do those between: a road's sample serves
    what lies a metre or two before or behind it as well.
    """
    x = float32(view.corner[0] + row * view.down[0])
    y = float32(view.corner[1] + row * view.down[1])
    right_x, right_y = float32(view.right[0]), float32(view.right[1])
    from_left, from_bottom = float32(view.x - tiles.left), float32(view.y - tiles.bottom)
    rows, cells, one, least = fan.row, fan.cells, float32(1.0), float32(0.25 / FARTHEST)
    near = float32(1.0 / _WHOLE_ROADS)
    columns = rows[CELL_COLUMN]
    for i in range(width):
        depth = one / max(rows[INVERSE, i], least)
        columns[i] = from_left + depth * (x + float32(i) * right_x)
        rows[CELL_ROW, i] = from_bottom + depth * (y + float32(i) * right_y)
    spots, directory, all_cells = fan.spots, tiles.directory.reshape(-1), tiles.cells.reshape(-1)
    _find_spots(fan, tiles, (width - 1) // NODE + 1)
    here = find_cell_of(tiles, columns[0], rows[CELL_ROW, 0])
    for start in range(0, width - 1, NODE):
        end = start + NODE
        if end < width:
            there = _cell_at(spots, directory, all_cells, end // NODE)
        else:
            end = width - 1
            there = find_cell_of(tiles, columns[end], rows[CELL_ROW, end])
        land = max(here, there) < 0
        road = min(here, there) >= 0 and max(here, there) < tiles.nowhere and abs(here - there) <= 2
        cells[start] = here
        if (land or road) and rows[INVERSE, start] > near:
            middle = start + NODE // 2
            for i in range(start + 1, end):
                cells[i] = here if i < middle else there
        else:
            for i in range(start + 1, end):
                cells[i] = find_cell_of(tiles, columns[i], rows[CELL_ROW, i])
        here = there
    cells[width - 1] = here


@inner
def see_row(fan: Fan, spread: Spread, relief: Relief, view: View, row: int, width: int) -> None:
    """Find what all pixels of a row meet, and where."""
    if spread.level and spread.slopes - 1 - row > spread.highest:
        fan.row[COVER] = float32(0.0)
        return
    _read_row(fan, spread, view, row, width)
    if _looks_steeply(view, row, width):
        _see_steeply(fan, relief, view, row, width)
    _look_up_cells(fan, relief.tiles, view, row, width)
