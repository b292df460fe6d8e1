"""What the ground is where rays met it: road, sidewalk or terrain."""

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import entry
from simulator.embedded.render.cross_section import CONCRETE, material_of
from simulator.embedded.render.tags import ROADS, SIDEWALKS, TERRAIN
from simulator.embedded.terrain import Relief, on_road
from simulator.embedded.tiles import find_cell, find_tile_in, first_sample
from simulator.opendrive import RoadNetwork

# the lanes of so many roads are remembered
_REMEMBERED = 1024
_BELOW = 1.5
FloatArray = NDArray[np.float64]


@entry
def _find_places(relief: Relief, places: FloatArray, sample: NDArray[np.int64], t: FloatArray) -> None:
    """Find on which road's lanes places are: the sample, or -1 beside all roads, and t there [m]."""
    tiles, samples = relief.tiles, relief.samples
    for i in range(places.shape[0]):
        x, y, z = places[i, 0], places[i, 1], places[i, 2]
        sample[i] = -1
        for storey in range(2):
            directory = tiles.upper if storey == 0 else tiles.directory
            tile = find_tile_in(directory, tiles, x, y)
            if tile < 0:
                break
            cell = find_cell(tiles, tile, x, y)
            first, count = 0, 1
            if cell > tiles.nowhere:
                first = tiles.first_member[cell - tiles.nowhere - 1]
                count = tiles.first_member[cell - tiles.nowhere] - first
            for k in range(count):
                near = int(tiles.members[first + k]) if cell > tiles.nowhere else first_sample(tiles, cell)
                if near >= tiles.nowhere:
                    continue
                height, outside = on_road(samples, near, x, y)
                if outside <= 0.0 and abs(height - z) < _BELOW:
                    sample[i] = near
                    cosine, sine = np.cos(samples.heading[near]), np.sin(samples.heading[near])
                    dx, dy = x - samples.x[near], y - samples.y[near]
                    along, across = cosine * dx + sine * dy, cosine * dy - sine * dx
                    ahead = along / max(1.0 - samples.curvature[near] * across, 0.2)
                    t[i] = across - 0.5 * samples.curvature[near] * ahead * along
                    break
            if sample[i] >= 0 or not relief.storeys:
                break


class LaneTags:
    """Knows what the roads of a document are made of, of those that were asked for."""

    def __init__(self, network: RoadNetwork) -> None:
        self._roads = network.roads
        self._lanes: OrderedDict[int, tuple[FloatArray, NDArray[np.int64]]] = OrderedDict()

    def at(self, relief: Relief, places: FloatArray) -> NDArray[np.int64]:
        """Give CARLA's tag of the ground at places on it (N, 3) [m]."""
        sample, t = np.empty(len(places), np.int64), np.zeros(len(places))
        _find_places(relief, places, sample, t)
        tags = np.full(len(places), TERRAIN, np.int64)
        road = np.where(sample >= 0, relief.samples.road[sample], -1.0).astype(np.int64)
        for number in np.unique(road[road >= 0]).tolist():
            here = np.flatnonzero(road == number)
            borders, kinds = self._lanes_of(relief, number)
            own = sample[here] - int(np.searchsorted(relief.samples.road, number))
            lane = (t[here, None] >= borders[own]).sum(axis=1) - 1
            inside = (lane >= 0) & (lane < kinds.shape[1])
            found = kinds[own, np.clip(lane, 0, kinds.shape[1] - 1)]
            tags[here] = np.where(inside, found, TERRAIN)
        return tags

    def _lanes_of(self, relief: Relief, number: int) -> tuple[FloatArray, NDArray[np.int64]]:
        """Give t of the lanes' borders at each sample of a road, from right to left, and the tags between them."""
        if number not in self._lanes:
            self._lanes[number] = self._measure(relief, number)
            if len(self._lanes) > _REMEMBERED:
                self._lanes.popitem(last=False)
        self._lanes.move_to_end(number)
        return self._lanes[number]

    def _measure(self, relief: Relief, number: int) -> tuple[FloatArray, NDArray[np.int64]]:
        road = self._roads[number]
        s = relief.samples.of_road(number).s
        most = max(len(section.lanes) for section in road.sections)
        borders = np.full((len(s), most + 1), np.inf)
        kinds = np.full((len(s), most), TERRAIN, np.int64)
        index = road.section_indices(s)
        for k in np.unique(index):
            chosen, section = np.flatnonzero(index == k), road.sections[k]
            held = np.clip(s[chosen], section.start, section.end - 1e-6)
            offset = road.lane_offset.evaluate(held)[0]
            lanes = [section.lanes[i] for i in sorted(section.lanes) if i != 0]
            for j, lane in enumerate(lanes):
                low = section.border(lane.id, held, 1.0 if lane.id < 0 else 0.0)[0] + offset
                high = section.border(lane.id, held, 0.0 if lane.id < 0 else 1.0)[0] + offset
                borders[chosen, j], borders[chosen, j + 1] = low, high
                material = material_of(lane)
                kinds[chosen, j] = TERRAIN if material is None else SIDEWALKS if material == CONCRETE else ROADS
        return borders, kinds
