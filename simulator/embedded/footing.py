"""What is under the wheels of all cars: the ground's height there, and how far it is beside the carriageway."""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.grip import surface
from simulator.embedded.jit import entry, inner
from simulator.embedded.terrain import Relief, Terrain, ground_height, on_road
from simulator.embedded.tiles import NOT_YET, find_cell, find_tile_in, first_sample
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.weather import Weather

FAR_OUTSIDE = 1000.0
FloatArray = NDArray[np.float64]


@inner
def _beside(relief: Relief, x: float, y: float, near: float) -> float:
    """Give how far a point is beside the carriageway of the nearest road that passes there [m]; 0 on it."""
    tiles, samples = relief.tiles, relief.samples
    directory = tiles.upper
    if relief.storeys and near < ground_height(relief, x, y, np.inf) - 1.5:
        directory = tiles.directory
    tile = find_tile_in(directory, tiles, x, y)
    if tile < 0:
        return FAR_OUTSIDE
    cell = find_cell(tiles, tile, x, y)
    if cell == tiles.nowhere:
        return FAR_OUTSIDE
    if cell < tiles.nowhere:
        return float(on_road(samples, cell, x, y)[1])
    group = cell - tiles.nowhere - 1
    least = on_road(samples, first_sample(tiles, cell), x, y)[1]
    for k in range(tiles.first_member[group] + 1, tiles.first_member[group + 1]):
        least = min(least, on_road(samples, tiles.members[k], x, y)[1])
    return float(least)


@entry
def _feel(relief: Relief, places: FloatArray, near: FloatArray, heights: FloatArray, outside: FloatArray) -> bool:
    """Find what is under all wheels; tells whether all of the ground there was made already."""
    for car in range(places.shape[0]):
        for wheel in range(4):
            x, y = places[car, 2 * wheel], places[car, 2 * wheel + 1]
            if find_tile_in(relief.tiles.directory, relief.tiles, x, y) == NOT_YET:
                return False
            heights[car, wheel] = ground_height(relief, x, y, near[car])
            outside[car, wheel] = _beside(relief, x, y, near[car])
    return True


class Footing:
    """The ground that cars of one map drive on, in this season."""

    def __init__(self, terrain: Terrain, season: str) -> None:
        self._terrain = terrain
        self._season = season
        self._weather: Weather | None = None
        self._surface = surface(Weather(), season)
        self._make_room(0)

    def _make_room(self, count: int) -> None:
        """Make the memory for so many cars. rows: what of it is each car's."""
        self._places = np.zeros((count, 8))
        self._near, self._heights, self._outside = np.zeros(count), np.zeros((count, 4)), np.zeros((count, 4))
        self._rows = list(zip(self._places, self._heights, self._outside, strict=True))

    def settle(self, vehicles: list[Vehicle], weather: Weather, delta: float) -> None:
        """Let cars sit on the ground under their wheels after they have moved for `delta` seconds."""
        if weather is not self._weather:
            self._weather, self._surface = weather, surface(weather, self._season)
        count = len(vehicles)
        if count == 0:
            return
        if len(self._places) != count:
            self._make_room(count)
        for k, vehicle in enumerate(vehicles):
            self._near[k] = vehicle.write_wheels(self._rows[k][0])
        if not _feel(self._terrain.relief, self._places, self._near, self._heights, self._outside):
            relief = self._terrain.prepare(self._places[:, ::2].ravel(), self._places[:, 1::2].ravel())
            _feel(relief, self._places, self._near, self._heights, self._outside)
        for vehicle, (places, heights, outside) in zip(vehicles, self._rows, strict=True):
            vehicle.settle(heights, outside, places, self._surface, delta)
