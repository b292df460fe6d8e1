"""The tiles of a document, made plot by plot when they are needed, and forgotten when others need their room.

What is read while more is made never changes: tiles are added behind those that there are, and to make room all is
copied. So whoever took `tiles` or a window can go on with it.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.road_index import PLOT, index_roads, samples_within
from simulator.embedded.road_samples import FloatArray, RoadSamples
from simulator.embedded.tile_fill import SIDE, Filled, fill_plot, make_work
from simulator.embedded.tiles import MARGIN, NOT_YET, TILE, Tiles

# what tiles may take when none of the last windows needs them [bytes]; windows asked for so lately keep theirs
MOST_BYTES = 96 << 20
_LATELY, _WINDOWS = 64, 64
_FIRST_ROOM = 64
_BYTES = 4 * (TILE * TILE + (TILE + 1) ** 2)

Place = tuple[int, int]
"""Row and column of a plot."""


class Window(NamedTuple):
    """The tiles around a camera, and nothing beyond; the same from everywhere in a plot.

    tiles, corners: as in `Relief`. storeys: whether roads lie one above the other there. roads: numbers of all roads
    that any cell belongs to, rising.
    """

    tiles: Tiles
    corners: NDArray[np.float32]
    storeys: bool
    roads: NDArray[np.int64]


class _Plot(NamedTuple):
    """Where the parts of a plot are: tiles, groups and members, each as (first, count).

    lower, upper: (PLOT, PLOT) int32, the tiles' numbers counted from the first, -1 where no road is near. roads: the
    numbers of all roads that its cells may belong to.
    """

    tiles: Place
    groups: Place
    members: Place
    lower: NDArray[np.int32]
    upper: NDArray[np.int32]
    roads: NDArray[np.int64]


class _Seen(NamedTuple):
    """A window that was asked for, the plots in it, and when that was, counted in windows.

    window: None after all tiles were copied, so that it does not hold on to those before.
    """

    window: Window | None
    places: list[Place]
    asked: int


Raise = Callable[[Tiles, NDArray[np.float32], NDArray[np.int32]], None]
"""Works out the heights of tiles' corners: rows of tile, its row and column, and 1 for the upper of two."""


class TileStore:
    """Makes and keeps tiles.

    index: where the roads are. tiles: what there is so far. corners: (tiles, 33, 33) float32, see `Relief`. storeys:
    whether roads lie one above the other anywhere in what was made so far.
    """

    def __init__(self, samples: RoadSamples, raise_corners: Raise, most_bytes: int = MOST_BYTES) -> None:
        self.index = index_roads(samples, MARGIN)
        self.storeys = False
        self._samples, self._raise_corners, self._most = samples, raise_corners, most_bytes
        self._work = make_work()
        self._plots: OrderedDict[Place, _Plot] = OrderedDict()
        self._raised: set[Place] = set()
        self._windows: OrderedDict[tuple[int, int, int], _Seen] = OrderedDict()
        self._asked = 0
        self._hold(_FIRST_ROOM, _FIRST_ROOM, _FIRST_ROOM)

    def _hold(self, tiles: int, groups: int, members: int) -> None:
        """Make room for so many, and nothing in it."""
        size = self.index.rows, self.index.columns
        # tiles whose corners have no height yet are in the second pair of directories only
        shown, shown_above, laid, laid_above = (np.full(size, NOT_YET, np.int32) for _ in range(4))
        cells = np.empty((tiles, TILE, TILE), np.int32)
        lists = np.zeros(groups + 1, np.int32), np.empty(members, np.int32)
        corner = self.index.left, self.index.bottom
        self.tiles = Tiles(*corner, shown, cells, len(self._samples.x), shown_above, *lists)
        self.corners = np.empty((tiles, TILE + 1, TILE + 1), np.float32)
        self._laid = laid, laid_above
        self._used = self._groups = self._members = 0

    @property
    def bytes(self) -> int:
        """What the tiles take that are kept."""
        return self._used * _BYTES

    def _is_there(self, place: Place) -> bool:
        return 0 <= place[0] < self.index.rows // PLOT and 0 <= place[1] < self.index.columns // PLOT

    def make_at(self, x: FloatArray, y: FloatArray) -> None:
        """Make the plots of points (N,) [m] that are not there."""
        row, column = (y - self.tiles.bottom) // TILE, (x - self.tiles.left) // TILE
        inside = (row >= 0) & (column >= 0) & (row < self.index.rows) & (column < self.index.columns)
        row, column = row[inside].astype(np.int64), column[inside].astype(np.int64)
        missing = self.tiles.directory[row, column] == NOT_YET
        if missing.any():
            places = set(zip((row[missing] // PLOT).tolist(), (column[missing] // PLOT).tolist(), strict=True))
            self._forget(set(zip((row // PLOT).tolist(), (column // PLOT).tolist(), strict=True)))
            self.make(places)

    def make(self, places: Iterable[Place]) -> None:
        """Make plots that are not there."""
        fresh = [place for place in places if place not in self._raised]
        # the corners between plots are as high as the cell to their right and above says
        cells = {(row + i, column + j) for row, column in fresh for i in (0, 1) for j in (0, 1)}
        for place in sorted(cells):
            if place not in self._plots and self._is_there(place):
                self._lay(place)
        rows = [row for place in fresh for row in self._tiles_of(place)]
        if rows:
            laid = self.tiles._replace(directory=self._laid[0], upper=self._laid[1])
            self._raise_corners(laid, self.corners, np.array(rows, np.int32))
        for place in fresh:
            self._raised.add(place)
            self._plots.move_to_end(place)
            self._show(place)

    def _tiles_of(self, place: Place) -> Iterator[tuple[int, int, int, int]]:
        """Give number, row and column of a plot's tiles, and 1 for the upper of two."""
        plot = self._plots[place]
        for above, numbers in enumerate((plot.lower, np.where(plot.upper != plot.lower, plot.upper, -1))):
            for i, j in np.argwhere(numbers >= 0).tolist():
                yield plot.tiles[0] + int(numbers[i, j]), place[0] * PLOT + i, place[1] * PLOT + j, above

    def _lay(self, place: Place) -> None:
        """Fill the cells of a plot."""
        left, bottom = self.index.left + place[1] * SIDE, self.index.bottom + place[0] * SIDE
        reach = self.index.widest + MARGIN
        near = samples_within(self.index, left - reach, bottom - reach, left + SIDE + reach, bottom + SIDE + reach)
        filled = fill_plot(self._samples, near, (left, bottom), self.tiles.nowhere, self._work)
        roads = np.unique(self._samples.road[near]).astype(np.int64)
        self._append(place, filled, roads)

    def _append(self, place: Place, filled: Filled, roads: NDArray[np.int64]) -> None:
        """Put what was filled behind all that there is."""
        tiles, groups, members = len(filled.cells), len(filled.first_member) - 1, len(filled.members)
        there = self.tiles
        room = len(there.cells), len(there.first_member) - 1, len(there.members)
        needed = self._used + tiles, self._groups + groups, self._members + members
        if any(need > have for need, have in zip(needed, room, strict=True)):
            more = (have if need <= have else max(need, 2 * have) for need, have in zip(needed, room, strict=True))
            self._copy(list(self._plots), *more)
        there = self.tiles
        cells = there.cells[self._used : self._used + tiles]
        cells[:] = filled.cells
        cells[cells > there.nowhere] += self._groups
        there.first_member[self._groups : self._groups + groups + 1] = filled.first_member + self._members
        there.members[self._members : self._members + members] = filled.members
        spans = (self._used, tiles), (self._groups, groups), (self._members, members)
        self._plots[place] = _Plot(*spans, filled.number, filled.upper, roads)
        self._used, self._groups, self._members = self._used + tiles, self._groups + groups, self._members + members
        self.storeys = self.storeys or not np.array_equal(filled.number, filled.upper)
        self._write(self._laid, place)

    def _write(self, directories: tuple[NDArray[np.int32], NDArray[np.int32]], place: Place) -> None:
        """Write the numbers of a plot's tiles into directories."""
        plot = self._plots[place]
        rows, columns = (slice(each * PLOT, (each + 1) * PLOT) for each in place)
        for directory, numbers in zip(directories, (plot.lower, plot.upper), strict=True):
            directory[rows, columns] = np.where(numbers >= 0, numbers + plot.tiles[0], -1)

    def _show(self, place: Place) -> None:
        self._write((self.tiles.directory, self.tiles.upper), place)

    def _copy(self, kept: list[Place], tiles: int, groups: int, members: int) -> None:
        """Copy some plots to where there is so much room; all others are forgotten."""
        before, corners, plots = self.tiles, self.corners, self._plots
        self._plots = OrderedDict()
        self._hold(tiles, groups, members)
        for place in kept:
            plot = plots[place]
            (first, count), (group, more), (member, length) = plot.tiles, plot.groups, plot.members
            cells = before.cells[first : first + count].copy()
            cells[cells > before.nowhere] -= group
            lists = before.first_member[group : group + more + 1] - member, before.members[member : member + length]
            start = self._used
            self._append(place, Filled(cells, plot.lower, plot.upper, *lists), plot.roads)
            self.corners[start : start + count] = corners[first : first + count]
        self._raised &= self._plots.keys()
        for place in self._raised:
            self._show(place)
        for key, seen in self._windows.items():
            self._windows[key] = seen._replace(window=None)

    def window(self, x: float, y: float, reach: float) -> Window:
        """Give the tiles within reach of a place [m], and of all places in its plot."""
        key = self.key(x, y, reach)
        self._asked += 1
        seen = self._windows.get(key)
        if seen is None or seen.window is None:
            places = list(self._places_around(*key))
            self._forget(set(places))
            self.make(places)
            seen = _Seen(self._cut(places), places, self._asked)
        self._windows[key] = seen._replace(asked=self._asked)
        self._windows.move_to_end(key)
        if len(self._windows) > _WINDOWS:
            self._windows.popitem(last=False)
        assert seen.window is not None
        return seen.window

    def key(self, x: float, y: float, reach: float) -> tuple[int, int, int]:
        """Give row and column of the plot that a place lies in, and a reach, counted in plots."""
        row, column = math.floor((y - self.index.bottom) / SIDE), math.floor((x - self.index.left) / SIDE)
        return row, column, math.ceil(reach / SIDE)

    def make_ahead(self, x: float, y: float, reach: float) -> bool:
        """Make one plot of a window that may be asked for soon; tells whether there was one to make."""
        key = self.key(x, y, reach)
        if key in self._windows:
            return False
        for place in self._places_around(*key):
            if place not in self._raised:
                self.make([place])
                return True
        return False

    def _places_around(self, row: int, column: int, reach: int) -> Iterator[Place]:
        """Give the plots of which a part lies within reach, counted in plots, of any place in one."""
        for i in range(max(row - reach, 0), min(row + reach + 1, self.index.rows // PLOT)):
            for j in range(max(column - reach, 0), min(column + reach + 1, self.index.columns // PLOT)):
                if math.hypot(max(abs(i - row) - 1, 0), max(abs(j - column) - 1, 0)) < reach:
                    yield i, j

    def _cut(self, places: list[Place]) -> Window:
        """Make a window of plots that are there."""
        tiles = self.tiles
        if not places:
            nothing = np.full((1, 1), -1, np.int32)
            return Window(tiles._replace(directory=nothing, upper=nothing), self.corners, False, np.zeros(0, np.int64))
        low, high = np.min(places, axis=0), np.max(places, axis=0) + 1
        lower, upper = (np.full(tuple((high - low) * PLOT), -1, np.int32) for _ in range(2))
        for place in places:
            i, j = ((each - first) * PLOT for each, first in zip(place, low.tolist(), strict=True))
            rows, columns = (slice(each * PLOT, (each + 1) * PLOT) for each in place)
            lower[i : i + PLOT, j : j + PLOT] = tiles.directory[rows, columns]
            upper[i : i + PLOT, j : j + PLOT] = tiles.upper[rows, columns]
            self._plots.move_to_end(place)
        corner = self.index.left + float(low[1]) * SIDE, self.index.bottom + float(low[0]) * SIDE
        cut = Tiles(*corner, lower, tiles.cells, tiles.nowhere, upper, tiles.first_member, tiles.members)
        roads = np.unique(np.concatenate([self._plots[place].roads for place in places]))
        return Window(cut, self.corners, not np.array_equal(lower, upper), roads)

    def _forget(self, needed: set[Place]) -> None:
        """Forget the plots that were needed longest ago, if all take too much; a quarter is made free at once."""
        if self.bytes <= self._most:
            return
        lately = [seen for seen in self._windows.values() if seen.asked > self._asked - _LATELY]
        needed = needed.union(*(seen.places for seen in lately))
        kept, size = [], 0
        for place in reversed(self._plots):
            size += self._plots[place].tiles[1] * _BYTES
            if place in needed or size <= 0.75 * self._most:
                kept.append(place)
        room = len(self.tiles.cells), len(self.tiles.first_member) - 1, len(self.tiles.members)
        self._windows = OrderedDict(item for item in self._windows.items() if item[1].asked > self._asked - _LATELY)
        self._copy(kept[::-1], *room)
