"""How several cars' cameras share the cores: pictures a second of 1 and 8 cameras, drawn by one thread and by all.

Also what the weather's passes cost. Run: python benchmarks/cameras.py
"""

import math
import os
import statistics
import time

import numpy as np

from simulator.embedded.axes import Pose
from simulator.embedded.cameras import CameraSensor, Studio
from simulator.embedded.library import find_blueprint
from simulator.embedded.weather import Weather
from simulator.embedded.world_map import WorldMap
from simulator.roads import RoadsConfig, build_roads

ROADS, ROUNDS, PICTURES = 8, 9, 24
NIGHT_RAIN = Weather(
    cloudiness=100.0,
    precipitation=100.0,
    precipitation_deposits=90.0,
    sun_altitude_angle=-40.0,
    fog_density=60.0,
    wetness=100.0,
)
WEATHERS = {
    "clear noon": (Weather(), "summer"),
    "night rain": (NIGHT_RAIN, "summer"),
    "night snow": (NIGHT_RAIN, "winter"),
}


def make_cameras(world: WorldMap) -> list[CameraSensor]:
    """Put a camera on each road, as high as on a car."""
    attributes = find_blueprint("sensor.camera.rgb").read_attributes({"image_size_x": "200", "image_size_y": "78"})
    cameras = []
    for k, road in enumerate(world.network.roads[:ROADS]):
        at = road.reference(np.array([60.0]))
        x, y, heading = float(at.x[0]), float(at.y[0]), float(at.heading[0])
        x, y = x + 1.75 * math.sin(heading), y - 1.75 * math.cos(heading)
        height = float(world.terrain.height(x, y)) + 1.4
        cameras.append(CameraSensor(k, [0, "sensor.camera.rgb", []], Pose(x, y, height, yaw=heading), attributes))
    return cameras


def measure(studio: Studio, world: WorldMap, cameras: list[CameraSensor]) -> tuple[float, float]:
    """Give pictures a second of the clock, and a second of the processors."""
    studio.take(world.renderer, cameras, [])
    clock, work = [], []
    for _ in range(ROUNDS):
        start, spent = time.perf_counter(), time.process_time()
        for _ in range(PICTURES):
            studio.take(world.renderer, cameras, [])
        clock.append(time.perf_counter() - start)
        work.append(time.process_time() - spent)
    pictures = PICTURES * len(cameras)
    return pictures / statistics.median(clock), pictures / statistics.median(work)


def main() -> None:
    """Print the table."""
    cores = len(os.sched_getaffinity(0))
    names = [f"generated:{seed}" for seed in range(ROADS)]
    print(f"{cores} cores, pictures of 200 x 78\n")
    print(f"{'':14}{'cameras':>9}{'threads':>9}{'a second':>10}{'per CPU-s':>11}{'of one':>8}")
    for name, (weather, season) in WEATHERS.items():
        world = WorldMap(
            "benchmark", build_roads(names, RoadsConfig(), 1, "winter" if season == "winter" else "summer")
        )
        world.renderer.set_weather(weather)
        cameras = make_cameras(world)
        alone = 0.0
        for count, workers in ((1, 0), (ROADS, 0), (ROADS, cores - 1)):
            clock, work = measure(Studio(workers), world, cameras[:count])
            alone = alone or clock
            print(f"{name:14}{count:9}{workers + 1:9}{clock:10.0f}{work:11.0f}{clock / alone:8.2f}", flush=True)


if __name__ == "__main__":
    main()
