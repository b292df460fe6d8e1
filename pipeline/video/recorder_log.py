"""A CARLA recorder's log as a recording: how a car moved comes from the log, what it saw from a replay on a server."""

import atexit
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.ingestion.reader import Recording, Shot, Track
from pipeline.signals.curvature import from_yaw_rate
from pipeline.video.in_order import InOrder, Picture
from simulator.config import Config
from simulator.embedded.recorder.layout import Packet
from simulator.embedded.recorder.reading import Log
from simulator.errors import LiquidlaneError
from simulator.world_config import CameraConfig, WorldConfig

CENTIMETRES = 100.0
HERO = "hero"
FEWEST = 3


class ReplayOptions(Config):
    """How a recorder's log is replayed and filmed."""

    server: str = Field("embedded", description="Replays recorder logs: 'embedded', host:port, or path of CarlaUE4.sh.")
    roads: str = Field("", description="OpenDRIVE file of a log's map, for a server that has not that map.")
    actor: int = Field(0, ge=0, description="Whose eyes: the id of a car in the log; 0 is the hero, or the only car.")
    weather: str = Field("ClearNoon", description="Weather of a replay: a preset of carla.WeatherParameters.")
    camera_rate: float = Field(20.0, ge=1, le=200, description="Pictures a second of a replay [Hz].")
    width: int = Field(200, ge=16, le=4096, description="Width of a replay's pictures [px].")
    height: int = Field(78, ge=16, le=4096, description="Height of a replay's pictures [px].")
    fov: float = Field(90.0, gt=1, lt=170, description="Field of view of a replay's camera, horizontal [degrees].")

    def world(self) -> WorldConfig:
        """Give the world that replays."""
        camera = CameraConfig(width=self.width, height=self.height, fov=self.fov)
        return WorldConfig(server=self.server, weather=self.weather, camera=camera, camera_rate=self.camera_rate)


@dataclass(frozen=True, slots=True)
class _Way:
    """How a car moved, at each of the log's frames that has it: time [s], x, y [m], heading [rad], CARLA's axes."""

    name: str
    kind: str
    times: NDArray[np.float64]
    places: NDArray[np.float64]
    headings: NDArray[np.float64]


def read_recording(path: Path, options: ReplayOptions) -> Recording:
    """Make a recording of a log; its pictures are filmed when their turn comes.

    Raises:
        LiquidlaneError: if the log is damaged, or it is not clear whose eyes are meant.
    """
    with Log(path) as log:
        duration = log.check()
        pictures = _Pictures(path, options, log.document() or "", log.header.map.rsplit("/", 1)[-1])
        way = _read_way(log, options)
    ticks = np.arange(math.ceil(duration * options.camera_rate - 1e-6)) / options.camera_rate
    there = (ticks >= way.times[0]) & (ticks <= way.times[-1])
    places = np.stack([_at(way, way.places[:, k], ticks) for k in (0, 1)], axis=1)
    places[~there] = np.nan
    pictures.places = places
    speeds, bends = _motion(way, ticks)
    film = InOrder(pictures.open_at)
    shots = [
        Shot(f"{path.name}@{ticks[k]:.3f}", float(ticks[k]), *values, f"tick {k}", partial(film.load, int(k)))
        for k, values in zip(
            np.flatnonzero(there)[2:].tolist(),
            zip(speeds[there][2:].tolist(), bends[there][2:].tolist(), bends[there][2:].tolist(), strict=True),
            strict=True,
        )
    ]
    camera = options.world().camera.camera()
    facts = {"camera": "replay", "replayed_on": "embedded" if options.server == "embedded" else "carla"}
    findings = [
        f"car {way.name} ({way.kind}), {len(way.times)} of its frames in {duration:g} s",
        f"pictures are drawn by a replay on {options.server} and are as true as its world; no driver saw them",
        "speed and curvature come from the car's way; no curvature where it is slower than 1 m/s",
    ]
    track = Track("replay", camera, facts, shots, in_order=True, size=(options.height, options.width))
    return Recording(path.stem, path.parent, [track], (), findings)


class _Pictures:
    """Opens replays; loads neither log nor client before a picture is asked for."""

    def __init__(self, path: Path, options: ReplayOptions, document: str, map_name: str) -> None:
        self.places: NDArray[np.float64] = np.zeros((0, 2))
        self._path, self._options, self._document, self._map = path, options, document, map_name

    def open_at(self, index: int) -> Iterator[tuple[int, Picture]]:
        """Film from a tick on."""
        from simulator.carla.replay import Scene, film_log

        roads, document = self._options.roads, self._document
        try:
            document = Path(roads).expanduser().read_text(encoding="utf-8") if roads else document
        except (OSError, ValueError) as error:
            raise LiquidlaneError(f"ingest.options.roads: {roads} can't be read ({error})") from error
        film = film_log(self._options.world(), Scene(self._path, self.places, document, self._map), index)
        atexit.register(film.close)  # a client that is open when the interpreter ends takes the process down
        try:
            yield from film
        finally:
            film.close()
            atexit.unregister(film.close)


def _read_way(log: Log, options: ReplayOptions) -> _Way:
    cars: dict[int, tuple[str, bool]] = {}
    rows: dict[int, list[tuple[float, float, float, float]]] = {}
    for frame in log.frames():
        for actor in frame.additions():
            if actor.blueprint.startswith("vehicle."):
                hero = any((name, value) == ("role_name", HERO) for _, name, value in actor.attributes)
                cars[actor.actor_id] = actor.blueprint, hero
        for place in frame.records(Packet.POSITION):
            if place.actor_id in cars:
                row = frame.start.elapsed, place.x / CENTIMETRES, place.y / CENTIMETRES, math.radians(place.yaw)
                own = rows.setdefault(place.actor_id, [])
                if not own or row[0] > own[-1][0]:
                    own.append(row)
    chosen = _choose(log.path, cars, options.actor)
    table = np.array(rows.get(chosen, []), float).reshape(-1, 4)
    if len(table) < FEWEST:
        raise LiquidlaneError(f"{log.path} holds {len(table)} places of car {chosen}, too few for a drive")
    return _Way(str(chosen), cars[chosen][0], table[:, 0], table[:, 1:3], np.unwrap(table[:, 3]))


def _choose(path: Path, cars: dict[int, tuple[str, bool]], wanted: int) -> int:
    heroes = [actor_id for actor_id, (_, hero) in cars.items() if hero]
    for found in ([wanted] if wanted in cars else [], heroes if not wanted else [], list(cars) if not wanted else []):
        if len(found) == 1:
            return found[0]
    there = ", ".join(f"{actor_id} {kind}{' (hero)' if hero else ''}" for actor_id, (kind, hero) in cars.items())
    raise LiquidlaneError(
        f"{path}: it is not clear whose eyes are meant; name a car's id with actor=ID. There are: {there or 'no cars'}"
    )


def _at(way: _Way, values: NDArray[np.float64], ticks: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.interp(ticks, way.times, values)


def _motion(way: _Way, ticks: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give forward speed [m/s] and curvature [1/m], left positive, at ticks."""
    x, y = (np.gradient(way.places[:, k], way.times) for k in (0, 1))
    forward = x * np.cos(way.headings) + y * np.sin(way.headings)
    turn = -np.gradient(way.headings, way.times)  # CARLA's yaw turns to the right
    speed = _at(way, forward, ticks)
    return speed, from_yaw_rate(_at(way, turn, ticks), speed)
