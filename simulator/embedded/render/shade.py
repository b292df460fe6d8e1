"""Works out the shadows of trees and houses around a camera, tile by tile, for one direction of the sun or moon."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import entry, step
from simulator.embedded.parcel import Parcel
from simulator.embedded.render.atlas import FULL, Atlas
from simulator.embedded.render.cards import FIXED, HEIGHT, MIRROR, PICTURE, WIDTH, X, Y
from simulator.embedded.render.daylight import Light
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.outlines import to_own
from simulator.embedded.render.shadow import CELLS, LOWEST, PER_METRE, Shadow, no_shadow, pack_levels
from simulator.embedded.render.shapes import Shapes, way_within
from simulator.embedded.render.solids import HALF, MIDDLE, SHAPE

SIZE = CELLS / PER_METRE
# shadows are worked out on so many tiles to each side of the camera's, 81 in all; tiles of so many places are kept, for
# fifty cameras of a thread: memory is taken as tiles are made (5 KB each)
_AROUND, _KEPT = 4, 4096
# shadows are no longer than this many times the height; crowns and walls let this much through
_LONGEST, _DENSE = 9.0, 0.9
# middle of a crown as a share of the height, and its thickness as a share of its width
_CROWN, _THICK = 0.6, 0.75
# thinner things throw no shadow that half a metre could show [m]
_LEAST_WIDTH = 0.5
_NOWHERE = -1
Vector = tuple[float, float, float]
Rows = NDArray[np.float64]
_NONE = Parcel(no_shadow())


@step
def shade_card(
    card: NDArray[np.float64], sun: Vector, left: float, bottom: float, atlas: Atlas, sunny: FloatImage
) -> None:
    """Take from a tile's sunlight what a plant keeps back; its picture is laid on the ground, away from the sun."""
    level = np.sqrt(sun[0] * sun[0] + sun[1] * sun[1]) + 1e-6
    away_x, away_y = -sun[0] / level, -sun[1] / level
    stretch = min(level / sun[2], _LONGEST)
    height, width = card[HEIGHT], card[WIDTH]
    long = np.sqrt((height * stretch) ** 2 + (_THICK * width) ** 2)
    first = _CROWN * (height * stretch - long)
    x, y = card[X] - left, card[Y] - bottom
    # the parallelogram's corners
    side_x, side_y = 0.5 * width * abs(away_y), 0.5 * width * abs(away_x)
    near_x, far_x = x + first * away_x, x + (first + long) * away_x
    near_y, far_y = y + first * away_y, y + (first + long) * away_y
    low_i = max(int((min(near_y, far_y) - side_y) * PER_METRE), 0)
    high_i = min(int((max(near_y, far_y) + side_y) * PER_METRE), CELLS - 1)
    low_j = max(int((min(near_x, far_x) - side_x) * PER_METRE), 0)
    high_j = min(int((max(near_x, far_x) + side_x) * PER_METRE), CELLS - 1)
    if low_i > high_i or low_j > high_j or max(near_y, far_y) + side_y < 0.0 or max(near_x, far_x) + side_x < 0.0:
        return
    picture = int(card[PICTURE])
    version = 0
    while version < atlas.smallest[picture] and atlas.levels[picture, version, 2] > height * PER_METRE * 1.4:
        version += 1
    start, across, down = (
        int(atlas.levels[picture, version, 0]),
        int(atlas.levels[picture, version, 1]),
        int(atlas.levels[picture, version, 2]),
    )
    for i in range(low_i, high_i + 1):
        for j in range(low_j, high_j + 1):
            from_x, from_y = (j + 0.5) / PER_METRE - x, (i + 0.5) / PER_METRE - y
            v = (from_x * away_x + from_y * away_y - first) / long
            u = 0.5 + card[MIRROR] * (from_x * away_y - from_y * away_x) / width
            column, row = int(u * across + 1.0), int((1.0 - v) * down + 1.0)
            if u < 0.0 or v < 0.0 or column > across or row > down:
                continue
            alpha = atlas.texels[4 * (start + row * (across + 2) + column) + 3] / FULL
            sunny[i, j] *= 1.0 - _DENSE * alpha


@step
def shade_solid(
    solid: NDArray[np.float64], sun: Vector, left: float, bottom: float, shapes: Shapes, sunny: FloatImage
) -> None:
    """Take from a tile's sunlight what lies in the shadow of a solid; the ground is level around its foot."""
    shape = int(solid[SHAPE])
    foot = solid[MIDDLE + 2] - solid[HALF + 2]
    reach = solid[HALF] + solid[HALF + 1]
    stretch = min(2.0 * solid[HALF + 2] / sun[2], 2.0 * solid[HALF + 2] * _LONGEST)
    x, y = solid[MIDDLE] - left, solid[MIDDLE + 1] - bottom
    low_j = max(int((min(x, x - sun[0] * stretch) - reach) * PER_METRE), 0)
    high_j = min(int((max(x, x - sun[0] * stretch) + reach) * PER_METRE), CELLS - 1)
    low_i = max(int((min(y, y - sun[1] * stretch) - reach) * PER_METRE), 0)
    high_i = min(int((max(y, y - sun[1] * stretch) + reach) * PER_METRE), CELLS - 1)
    way = to_own(solid, sun[0], sun[1], sun[2])
    for i in range(low_i, high_i + 1):
        for j in range(low_j, high_j + 1):
            hidden = 0
            for part in range(4):
                px = (j + 0.25 + 0.5 * (part & 1)) / PER_METRE - x
                py = (i + 0.25 + 0.25 * (part & 2)) / PER_METRE - y
                lens = to_own(solid, px, py, foot + 1e-3 - solid[MIDDLE + 2])
                hidden += 1 if way_within(shapes, shape, lens, way) > 0.0 else 0
            sunny[i, j] *= 1.0 - 0.25 * hidden


@entry
def shade_tile(
    cards: NDArray[np.float64],
    solids: NDArray[np.float64],
    sun: Vector,
    corner: tuple[float, float],
    atlas: Atlas,
    shapes: Shapes,
    sunny: FloatImage,
) -> None:
    """Work out how much of the sun each cell of a tile sees; sunny: (64, 64), row 0 at the lowest y."""
    sunny[:] = 1.0
    for k in range(cards.shape[0]):
        if cards[k, FIXED] == 0.0 and cards[k, WIDTH] >= _LEAST_WIDTH:
            shade_card(cards[k], sun, corner[0], corner[1], atlas, sunny)
    for k in range(solids.shape[0]):
        shade_solid(solids[k], sun, corner[0], corner[1], shapes, sunny)


class Shade:
    """The shadows of one direction of the sun around whatever camera asks.

    bounds: left, bottom, right, top of all that stands [m].
    """

    def __init__(self, bounds: tuple[float, float, float, float], atlas: Atlas, shapes: Shapes) -> None:
        self._atlas, self._shapes = atlas, shapes
        margin = _AROUND * SIZE
        self._first = int((bounds[0] - margin) // SIZE), int((bounds[1] - margin) // SIZE)
        rows = int((bounds[3] + margin) // SIZE) - self._first[1] + 1
        columns = int((bounds[2] + margin) // SIZE) - self._first[0] + 1
        self._shadow = Shadow(
            self._first[0] * SIZE,
            self._first[1] * SIZE,
            np.full((rows, columns), -1, np.int32),
            np.zeros((_KEPT, len(pack_levels(np.ones((CELLS, CELLS), np.float32)))), np.uint8),
        )
        self._parcel = Parcel(self._shadow, _NONE)
        # in which slot each tile is kept, which tile each slot holds, and when it was last asked for
        self._where = np.full((rows, columns), _NOWHERE, np.int32)
        self._held = np.full((_KEPT, 2), _NOWHERE, np.int64)
        self._asked = np.zeros(_KEPT, np.int64)
        self._clock = 0
        self._sun: Vector = (0.0, 0.0, 0.0)
        # of the light that was asked for last
        self._lit: object = None
        self._dark = True
        self._shown: tuple[int, int] | None = None
        self._window = np.s_[0:0, 0:0]
        self._sunny = np.ones((CELLS, CELLS), np.float32)

    def around(
        self, x: float, y: float, light: Light, see: Callable[[float, float], tuple[Rows, Rows]]
    ) -> Parcel[Shadow]:
        """Give the shadows around a place [m]; the same place always has the same ones.

        see: gives the solids and the cards that stand within reach of the shadows' tiles around a place.
        """
        if light.sun is not self._lit:
            self._lit = light.sun
            self._dark = bool(light.sun[2] < LOWEST or max(light.sunlight) < 1e-4)
            sun = (float(light.sun[0]), float(light.sun[1]), float(light.sun[2]))
            if sun != self._sun and not self._dark:
                self._where[:], self._held[:], self._asked[:] = _NOWHERE, _NOWHERE, 0
                self._shown, self._sun = None, sun
        if self._dark:
            return _NONE
        column, row = int(x // SIZE) - self._first[0], int(y // SIZE) - self._first[1]
        if self._shown != (column, row):
            solids, cards = see(x, y)
            self._show(column, row, cards, solids)
        return self._parcel

    def _show(self, column: int, row: int, cards: NDArray[np.float64], solids: NDArray[np.float64]) -> None:
        """Put the tiles around one into the directory, and none else."""
        self._shadow.directory[self._window] = _NOWHERE
        self._window = np.s_[
            max(row - _AROUND, 0) : max(row + _AROUND + 1, 0), max(column - _AROUND, 0) : max(column + _AROUND + 1, 0)
        ]
        self._clock += 1
        window = self._where[self._window]
        self._asked[window[window >= 0]] = self._clock
        for i, j in np.argwhere(window < 0).tolist():
            window[i, j] = self._make(self._window[0].start + i, self._window[1].start + j, cards, solids)
        self._shadow.directory[self._window] = window
        self._shown = column, row

    def _make(self, i: int, j: int, cards: NDArray[np.float64], solids: NDArray[np.float64]) -> int:
        """Work out a tile; gives its slot, that of the tile which nobody asked for the longest."""
        slot = int(self._asked.argmin())
        if self._held[slot, 0] >= 0:
            self._where[self._held[slot, 0], self._held[slot, 1]] = _NOWHERE
        corner = self._shadow.left + j * SIZE, self._shadow.bottom + i * SIZE
        shade_tile(cards, solids, self._sun, corner, self._atlas, self._shapes, self._sunny)
        self._shadow.tiles[slot] = pack_levels(self._sunny)
        self._held[slot], self._asked[slot] = (i, j), self._clock
        return slot
