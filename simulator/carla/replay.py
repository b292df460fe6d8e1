"""Replays a recorder's log on a CARLA server, with a camera on one of its cars. The official client, as in `carla`."""

import contextlib
import math
import queue
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.carla.axes import to_camera_transform
from simulator.carla.connection import connect, make_weather, set_clock
from simulator.errors import LiquidlaneError
from simulator.launch import Server, launch
from simulator.world_config import WorldConfig

LEAD = 2
"""Ticks before the first picture: the cars come on, then the camera gets its place and connects."""
FARTHEST = 3.0
"""A replayed car is this near to where the log has it [m]; a CARLA server may be a frame late."""
_NOT_PLAYED = ("not found on server", "not a CARLA recorder")

Film = Generator[tuple[int, NDArray[np.uint8]], None, None]


@dataclass(frozen=True, slots=True)
class Scene:
    """What to film. places: (N, 2) x, y [m] of the car at tick k, in CARLA's axes; NaN where it is not there.

    roads: an OpenDRIVE document that is sent first: one that the log brings along, or for a server that has not the
    log's map; else empty. map: the log's, without a folder.
    """

    log: Path
    places: NDArray[np.float64]
    roads: str = ""
    map: str = ""


def film_log(config: WorldConfig, scene: Scene, first: int) -> Film:
    """Give (tick, picture (H, W, 3) uint8 RGB) from a tick on; tick k is k camera periods after the log's start.

    The last one is that of the last tick at which the car is there.

    A picture that does not come in time is left out.

    Raises:
        LiquidlaneError: if the server can't be had, has not the map, or does not play the log.
    """
    last, final = int(np.flatnonzero(np.isfinite(scene.places).all(axis=1))[-1]), None
    server = launch(config, logs=scene.log.absolute().parent)
    try:
        for tick, picture in _film(server, config, scene, first):
            if tick == last:
                final = picture
                break
            yield tick, picture
    except RuntimeError as error:
        raise LiquidlaneError(
            f"the server at {server.address}{server.fate()} can't replay {scene.log}: {error}"
        ) from error
    finally:
        server.close()
    if final is not None:  # nothing is left running while it is looked at
        yield last, final


def _film(server: Server, config: WorldConfig, scene: Scene, first: int) -> Film:
    client = connect(server, config)
    _load_roads(client, scene)
    world = client.get_world()
    set_clock(world, config)
    world.set_weather(make_weather(config.weather))
    client.set_replayer_time_factor(1.0)
    client.set_replayer_ignore_hero(False)
    world.tick(config.call_timeout)
    start, began = max(first - LEAD, 0), world.get_snapshot().timestamp.elapsed_seconds
    said = client.replay_file(str(scene.log.absolute()), start / config.camera_rate, 0.0, 0, False)
    if any(words in said for words in _NOT_PLAYED):
        raise LiquidlaneError(
            f"the server at {server.address} can't replay {scene.log}: {said.strip().splitlines()[-1]}; put the log "
            "where that server finds it"
        )
    images: queue.SimpleQueue[Any] = queue.SimpleQueue()
    camera = None
    try:
        tick = start
        while tick + 1 < len(scene.places):
            frame = world.tick(config.call_timeout)
            passed = world.get_snapshot().timestamp.elapsed_seconds - began
            tick = start + round(passed * config.camera_rate)
            if tick >= len(scene.places):
                break
            if camera is None:
                if np.isfinite(scene.places[tick]).all():
                    camera = _mount(world, config, scene, tick)
                    camera.listen(images.put)
                continue
            picture = _wait(images, frame, config.frame_timeout)
            if picture is not None and tick >= first:
                yield tick, picture
    finally:
        with contextlib.suppress(RuntimeError):
            if camera is not None:
                camera.stop()
                camera.destroy()
            client.stop_replayer(False)
            if not server.ours:
                set_clock(world, None)


def _load_roads(client: Any, scene: Scene) -> None:
    import carla

    if scene.roads:
        client.generate_opendrive_world(scene.roads, carla.OpendriveGenerationParameters())
    elif client.get_world().get_map().name.rsplit("/", 1)[-1] != scene.map:
        names = [name.rsplit("/", 1)[-1] for name in client.get_available_maps()]
        if scene.map not in names:
            raise LiquidlaneError(
                f"{scene.log} was recorded on the map {scene.map!r}, and the server has {', '.join(names)}; give the "
                "map's OpenDRIVE file with roads=PATH, or the address of a server that has it with server=host:port"
            )
        client.load_world(scene.map)


def _mount(world: Any, config: WorldConfig, scene: Scene, tick: int) -> Any:
    """Fix the camera to the car that is where the log has it."""
    x, y = scene.places[tick].tolist()
    snapshot = world.get_snapshot()
    cars = []
    for car in world.get_actors().filter("vehicle.*"):
        state = snapshot.find(car.id)
        if state is not None:
            place = state.get_transform().location
            cars.append((math.hypot(place.x - x, place.y - y), car.id, car))
    distance, _, car = min(cars, default=(math.inf, 0, None))
    if distance > FARTHEST:
        raise LiquidlaneError(
            f"{scene.log}: no car is played within {FARTHEST:g} m of where the log has it ({x:.1f}, {y:.1f}); this "
            "server has none of its kind"
        )
    eye = config.camera.camera()
    blueprint = world.get_blueprint_library().find("sensor.camera.rgb")
    for name, value in {"image_size_x": eye.width, "image_size_y": eye.height, "fov": math.degrees(eye.fov)}.items():
        blueprint.set_attribute(name, repr(value))
    return world.spawn_actor(blueprint, to_camera_transform(eye), car)


def _wait(images: "queue.SimpleQueue[Any]", frame: int, timeout: float) -> NDArray[np.uint8] | None:
    """Give the picture of a frame, or None if it does not come in time."""
    while True:
        try:
            image = images.get(timeout=timeout)
        except queue.Empty:
            return None
        if image.frame >= frame:
            break
    if image.frame > frame:
        return None
    pixels = np.frombuffer(image.raw_data, np.uint8).reshape(image.height, image.width, 4)
    return np.ascontiguousarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB), np.uint8)
