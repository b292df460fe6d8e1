"""The height of the ground anywhere: roads as their file says, verges that lead from them into gentle hills.

On a road's lanes, and straight on beyond an end that leads nowhere, the surface is OpenDRIVE's elevation and
superelevation. Beside them it goes over, within 10 m, into the land (see `land`). Where one road passes above another,
the ground is the upper road's for whoever is above it, and the lower one's for who is below (see `decks`).
"""

import threading
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulator.embedded.jit import entry, inner, whole
from simulator.embedded.land import Land, land_height, make_land
from simulator.embedded.parcel import Parcel, door
from simulator.embedded.road_index import RoadIndex
from simulator.embedded.road_samples import FloatArray, RoadSamples, sample_roads
from simulator.embedded.tile_store import MOST_BYTES, TileStore
from simulator.embedded.tiles import NOT_YET, TILE, Tiles, find_cell, find_tile_in, first_sample
from simulator.opendrive import RoadNetwork

# how far from the lanes the land begins [m]
_BLEND = 10.0
# who is farther below a road than this is on the road beneath it [m]
_BELOW = 1.5
_STEP = 0.25


class Relief(NamedTuple):
    """What the compiled code knows of the terrain.

    samples: of all roads. tiles: which is the nearest. corners: (tiles, 33, 33) float32, heights at the tiles' cells'
    corners [m]. land: away from roads. storeys: whether roads lie one above the other.
    """

    samples: RoadSamples
    tiles: Tiles
    corners: NDArray[np.float32]
    land: Land
    storeys: bool


@inner
def on_road(samples: RoadSamples, i: int, x: float, y: float) -> tuple[float, float]:
    """Give the height of a road's surface near a sample [m], level across beside its lanes, and how far outside [m]."""
    dx, dy = x - samples.x[i], y - samples.y[i]
    cosine, sine, curvature = np.cos(samples.heading[i]), np.sin(samples.heading[i]), samples.curvature[i]
    along = cosine * dx + sine * dy
    across = cosine * dy - sine * dx
    ahead = along / max(1.0 - curvature * across, 0.2)
    t = across - 0.5 * curvature * ahead * along
    outside = max(samples.low[i] - t, t - samples.high[i], 0.0)
    t = min(max(t, samples.low[i]), samples.high[i])
    height = samples.height[i] + ahead * (samples.climb[i] + 0.5 * ahead * samples.bend[i])
    return height + t * (samples.bank[i] + ahead * samples.twist[i]), outside


@inner
def _blend(samples: RoadSamples, i: int, land: Land, x: float, y: float) -> float:
    """Give the height near a road: its own on its lanes, and the more of the land's the farther outside."""
    height, outside = on_road(samples, i, x, y)
    share = min(outside / _BLEND, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    return float(height + (land_height(land, x, y) - height) * share)


@inner
def corner_height(relief: Relief, tile: int, x: float, y: float) -> float:
    """Give the height between the corners of a tile's cell [m]: right to centimetres on roads."""
    u, v = x - relief.tiles.left, y - relief.tiles.bottom
    column, row = whole(u), whole(v)
    right, above = u - column, v - row
    corners = relief.corners[whole(tile)]
    i, j = row % TILE, column % TILE
    lower = corners[i, j] * (1.0 - right) + corners[i, j + 1] * right
    upper = corners[i + 1, j] * (1.0 - right) + corners[i + 1, j + 1] * right
    return float(lower * (1.0 - above) + upper * above)


@inner
def _height_by(relief: Relief, directory: NDArray[np.int32], x: float, y: float) -> float:
    tile = find_tile_in(directory, relief.tiles, x, y)
    if tile < 0:
        return land_height(relief.land, x, y)
    sample = first_sample(relief.tiles, find_cell(relief.tiles, tile, x, y))
    if sample >= relief.tiles.nowhere:
        return corner_height(relief, tile, x, y)
    height, outside = on_road(relief.samples, sample, x, y)
    if outside > 0.0:
        share = min(outside, 1.0)
        height += (corner_height(relief, tile, x, y) - height) * share * share * (3.0 - 2.0 * share)
    return height


@inner
def ground_height(relief: Relief, x: float, y: float, near: float) -> float:
    """Give the height of the ground at a point [m], for compiled code; near: z of who asks, see `Terrain.height`."""
    height = _height_by(relief, relief.tiles.upper, x, y)
    if relief.storeys and near < height - _BELOW:
        height = _height_by(relief, relief.tiles.directory, x, y)
    return height


@door
def _height_below(relief: Relief, x: float, y: float, z: float) -> tuple[bool, float]:
    """Tell whether the ground below a point was made already, and give its height [m]."""
    if find_tile_in(relief.tiles.directory, relief.tiles, x, y) == NOT_YET:
        return False, 0.0
    return True, ground_height(relief, x, y, z)


@entry
def _heights(relief: Relief, x: FloatArray, y: FloatArray, near: FloatArray, result: FloatArray) -> None:
    for i in range(x.shape[0]):
        result[i] = ground_height(relief, x[i], y[i], near[i])


@entry
def _raise_corners(relief: Relief, rows: NDArray[np.int32]) -> None:
    """Work out the heights of tiles' corners; neighbouring tiles agree on those that they share. rows: see `Raise`."""
    tiles, samples = relief.tiles, relief.samples
    for k in range(rows.shape[0]):
        tile, tile_row, tile_column, above = rows[k]
        directory = tiles.upper if above == 1 else tiles.directory
        for i in range(TILE + 1):
            for j in range(TILE + 1):
                x = tiles.left + tile_column * TILE + j
                y = tiles.bottom + tile_row * TILE + i
                there = find_tile_in(directory, tiles, x + 0.5, y + 0.5)
                sample = tiles.nowhere
                if there >= 0:
                    sample = first_sample(tiles, find_cell(tiles, there, x + 0.5, y + 0.5))
                if sample < tiles.nowhere:
                    relief.corners[tile, i, j] = _blend(samples, sample, relief.land, x, y)
                else:
                    relief.corners[tile, i, j] = land_height(relief.land, x, y)


def _raise(
    samples: RoadSamples, land: Land, tiles: Tiles, corners: NDArray[np.float32], rows: NDArray[np.int32]
) -> None:
    """See `tile_store.Raise`; no method of the terrain, which would then be kept alive by what it holds."""
    _raise_corners(Relief(samples, tiles, corners, land, True), rows)


class Terrain:
    """The ground of an OpenDRIVE document. Right-handed world axes, metres.

    network: the roads. seed: decides the hills; the appearance seed. hills: how high they are, 0 is level land.
    most_bytes: what is near the roads may take. That is made where it is first asked for, and is the same in whatever
    order that happens. Several threads may ask at once.

    samples: of all roads.
    """

    def __init__(self, network: RoadNetwork, seed: int, hills: float = 1.0, most_bytes: int = MOST_BYTES) -> None:
        self.samples = sample_roads(network.roads)
        self._land = make_land(self.samples, seed, hills)
        self._store = TileStore(self.samples, partial(_raise, self.samples, self._land), most_bytes)
        self._lock = threading.RLock()
        self._parcel: Parcel[Relief] | None = None

    @property
    def index(self) -> RoadIndex:
        """Where the roads are."""
        return self._store.index

    @property
    def bytes(self) -> int:
        """What is kept of the ground near roads takes so much."""
        return self._store.bytes

    @property
    def relief(self) -> Relief:
        """What there is so far, for compiled code; see `prepare`."""
        with self._lock:
            store = self._store
            return Relief(self.samples, store.tiles, store.corners, self._land, store.storeys)

    def prepare(self, x: FloatArray, y: FloatArray) -> Relief:
        """Make the ground below points (N,) [m]; gives what there is then."""
        with self._lock:
            self._store.make_at(x, y)
            return self.relief

    def around(self, x: float, y: float, reach: float) -> tuple[Relief, NDArray[np.int64]]:
        """Give the ground within reach of a place [m], beyond which there is only land, and the roads that it has."""
        with self._lock:
            window = self._store.window(x, y, reach)
        return Relief(self.samples, window.tiles, window.corners, self._land, window.storeys), window.roads

    def window_key(self, x: float, y: float, reach: float) -> tuple[int, int, int]:
        """Tell places apart for which `around` may give something else."""
        return self._store.key(x, y, reach)

    def prepare_ahead(self, x: float, y: float, reach: float) -> bool:
        """Make a piece of what `around` may be asked for soon; tells whether there was any to make."""
        with self._lock:
            return self._store.make_ahead(x, y, reach)

    def height(self, x: ArrayLike, y: ArrayLike, near: ArrayLike | None = None) -> FloatArray:
        """Give the height of the ground [m] at points, in the shape of x and y (numbers give shape ()).

        near: about the height of who asks: where roads lie one above the other, more than 1.5 m below the upper one
        gets the lower one. None: always the upper one.
        """
        px, py = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        pz = np.broadcast_to(np.asarray(np.inf if near is None else near, float), px.shape)
        result = np.empty(px.shape)
        px, py, pz = (np.ascontiguousarray(each).reshape(-1) for each in (px, py, pz))
        _heights(self.prepare(px, py), px, py, pz, result.reshape(-1))
        return result

    def height_below(self, x: float, y: float, z: float) -> float:
        """Give the height of the ground below a point [m], faster than `height`."""
        there, height = _height_below(self._laid_out(), float(x), float(y), float(z))
        if not there:
            self.prepare(np.array([x]), np.array([y]))
            _, height = _height_below(self._laid_out(), float(x), float(y), float(z))
        return float(height)

    def _laid_out(self) -> Parcel[Relief]:
        """Give what there is so far; what was laid out stays until there are other tiles."""
        parcel, store = self._parcel, self._store
        if parcel is None or parcel.value.tiles is not store.tiles or parcel.value.storeys is not store.storeys:
            parcel = self._parcel = Parcel(self.relief)
        return parcel

    def normal(self, x: ArrayLike, y: ArrayLike, near: ArrayLike | None = None) -> FloatArray:
        """Give the unit vector that stands on the ground at points, (..., 3); near: as for `height`."""
        px, py = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        by_x = (self.height(px + _STEP, py, near) - self.height(px - _STEP, py, near)) / (2 * _STEP)
        by_y = (self.height(px, py + _STEP, near) - self.height(px, py - _STEP, near)) / (2 * _STEP)
        upward = np.stack([-by_x, -by_y, np.ones(px.shape)], axis=-1)
        unit: FloatArray = upward / np.linalg.norm(upward, axis=-1, keepdims=True)
        return unit
