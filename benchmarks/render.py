"""How fast the embedded world's camera draws: pictures per CPU-second of one core, and what the start costs.

Each case stands beside its goal, and beside a bare ground texture warped by the same camera, the least that any picture
of a road costs; both are drawn in turns in one process, so that a busy machine slows them alike. The first picture of a
process is timed in processes of their own, without any kept machine code and with it. Run: python benchmarks/render.py
"""

import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulator.camera import Camera
from simulator.embedded.jit import entry
from simulator.embedded.render import Body, Renderer
from simulator.embedded.render.headlights import Beam
from simulator.embedded.render.shot import RGB, Shot
from simulator.embedded.seasons import Season
from simulator.embedded.weather import Weather
from simulator.embedded.world_map import WorldMap
from simulator.opendrive import Road
from simulator.roads import RoadsConfig, build_roads

ROADS, PLACES, ROUNDS = 5, 40, 11
EVERYTHING = Weather(
    cloudiness=100.0,
    precipitation=100.0,
    precipitation_deposits=100.0,
    wind_intensity=100.0,
    sun_altitude_angle=-40.0,
    fog_density=100.0,
    wetness=100.0,
    dust_storm=100.0,
)


@dataclass(frozen=True, slots=True)
class Case:
    """goal: pictures per CPU-second; None if there is none. size: width and height of the picture [px]."""

    name: str
    weather: Weather
    goal: float | None
    season: Season = "summer"
    size: tuple[int, int] = (200, 78)
    cars: int = 0
    roll: float = 0.0


SNOWFALL = Weather(cloudiness=90.0, precipitation=80.0, sun_altitude_angle=20.0, fog_density=10.0)
FOG = Weather(cloudiness=70.0, fog_density=60.0, fog_distance=5.0)
LARGE = (320, 160)
CASES = (
    Case("clear noon", Weather(), 1200),
    Case("night rain, all fields at 100", EVERYTHING, 600),
    Case("winter snowfall", SNOWFALL, 600, "winter"),
    Case("fog", FOG, 600),
    Case("clear noon", Weather(), 400, size=LARGE),
    Case("night rain, all fields at 100", EVERYTHING, None, size=LARGE),
    Case("winter snowfall", SNOWFALL, None, "winter", LARGE),
    Case("fog", FOG, None, size=LARGE),
    Case("clear noon, three cars", Weather(), None, cars=3),
    Case("clear noon, rolled by 17°", Weather(), None, roll=0.3),
    Case("clear noon", Weather(), None, size=(640, 320)),
)


@entry
def warp_texture(
    texture: np.ndarray, corner: np.ndarray, right: np.ndarray, down: np.ndarray, x: float, y: float, image: np.ndarray
) -> None:
    """Lay a texture of 16 texels a metre (side: a power of two) on the plane 1.4 m below the lens; plain sky above."""
    last = texture.shape[0] - 1
    for row in range(image.shape[0]):
        for column in range(image.shape[1]):
            z = corner[2] + row * down[2] + column * right[2]
            if z > -1e-3:
                for channel in range(4):
                    image[row, column, channel] = 200
                continue
            depth = -1.4 / z
            i = int(16.0 * (y + depth * (corner[1] + row * down[1] + column * right[1]))) & last
            j = int(16.0 * (x + depth * (corner[0] + row * down[0] + column * right[0]))) & last
            for channel in range(4):
                image[row, column, channel] = texture[i, j, channel]


def thread_seconds(work: Callable[[], Any]) -> float:
    """Give the CPU time of a call."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def pose_on(
    world: WorldMap, road: Road, s: float, camera: Camera
) -> tuple[tuple[float, float, float], np.ndarray, np.ndarray]:
    """Stand in the right lane of a road: position of the lens, rotation of the camera, and of the car."""
    at = road.reference(np.array([s]))
    cosine, sine = math.cos(at.heading[0]), math.sin(at.heading[0])
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    x, y = at.x[0] + 1.75 * sine, at.y[0] - 1.75 * cosine
    x, y, z = np.array([x, y, float(world.terrain.height(x, y))]) + turn @ (camera.x, camera.y, camera.z)
    return (float(x), float(y), float(z)), turn @ camera.rotation(), turn


def make_shots(world: WorldMap, case: Case, places: Sequence[tuple[Road, float]], night: bool) -> list[Shot]:
    """Make a picture to take at each place; by night the camera's own headlights are on."""
    camera = Camera.from_fov(*case.size, math.radians(90), x=0.5, z=1.4, pitch=0.07, roll=case.roll)
    plain = Camera.from_fov(2, 2, 1.0, z=0.75)
    shots = []
    for k, (road, s) in enumerate(places):
        position, rotation, turn = pose_on(world, road, s, camera)
        ahead = [pose_on(world, road, s + gap, plain) for gap in (12.0, 25.0, 50.0)[: case.cars]]
        bodies = tuple(Body(place, axes, (2.3, 0.95, 0.75)) for place, _, axes in ahead)
        beam = Beam((position[0], position[1], position[2] - 1.4), (float(turn[0, 0]), float(turn[1, 0])))
        shots.append(
            Shot(camera, position, rotation, bodies, (beam,) if night else (), (8.0, 0.0, 0.0), number=1, picture=k)
        )
    return shots


def measure(renderer: Renderer, shots: list[Shot]) -> tuple[float, float]:
    """Give the median CPU time of a picture, and of a bare texture in the same view, both drawn in turns."""
    texture = np.random.default_rng(0).integers(0, 255, (1024, 1024, 4), dtype=np.uint8)
    camera = shots[0].camera
    image = np.empty((camera.height, camera.width, 4), np.uint8)

    def draw() -> None:
        for shot in shots:
            renderer.take(shot, (RGB,))

    def warp() -> None:
        for shot in shots:
            axes = shot.rotation
            right, down = axes[:, 0] / camera.fx, axes[:, 1] / camera.fy
            corner = axes[:, 2] - camera.cx * right - camera.cy * down
            warp_texture(texture, corner, right, down, shot.position[0], shot.position[1], image)

    draw()
    warp()
    rounds = [(thread_seconds(draw), thread_seconds(warp)) for _ in range(ROUNDS)]
    drawn, warped = (statistics.median(values) / len(shots) for values in zip(*rounds, strict=True))
    return drawn, warped


def print_cases(worlds: dict[Season, WorldMap]) -> None:
    """Print the table of all cases, and what driving on over new ground costs."""
    print(f"{'picture':32}{'size':>9}{'ms':>7}{'a CPU-s':>9}{'goal':>7}{'of it':>7}{'bare texture':>14}{'times':>7}")
    for case in CASES:
        world = worlds[case.season]
        world.renderer.set_weather(case.weather)
        # a few steps of a drive on each road
        places = [(world.network.roads[k // 8], 60.0 + 150.0 * (k // 8) + 0.5 * (k % 8)) for k in range(PLACES)]
        night = case.weather.sun_altitude_angle < 0.0
        drawn, warped = measure(world.renderer, make_shots(world, case, places, night))
        goal, share = (f"{case.goal:.0f}", f"{1 / drawn / case.goal:.2f}") if case.goal else ("", "")
        size = "{} x {}".format(*case.size)
        print(
            f"{case.name:32}{size:>9}{1000 * drawn:7.2f}{1 / drawn:9.0f}{goal:>7}{share:>7}{1 / warped:14.0f}"
            f"{drawn / warped:7.1f}",
            flush=True,
        )
    world = worlds["spring"]
    world.renderer.set_weather(Weather())
    drive = make_shots(world, CASES[0], [(world.network.roads[0], 20.0 + 0.5 * k) for k in range(1000)], False)
    world.renderer.take(drive[0], (RGB,))
    cost = thread_seconds(lambda: [world.renderer.take(shot, (RGB,)) for shot in drive]) / len(drive)
    print(f"{'driving 500 m, all seen first':32}{'200 x 78':>9}{1000 * cost:7.2f}{1 / cost:9.0f}")


def take_first() -> None:
    """Take a picture in a new process; prints when it was there, and the CPU time of this process until then."""
    world = WorldMap("benchmark", build_roads(["generated:1"], RoadsConfig(), 1))
    shot = make_shots(world, CASES[0], [(world.network.roads[0], 30.0)], False)[0]
    world.renderer.take(shot, (RGB,))
    print(time.time(), time.process_time())


def print_start() -> None:
    """Print what the first picture costs, with and without kept machine code."""
    print("first clear picture of a process that makes a road of 2 km, from the process's start:")
    with tempfile.TemporaryDirectory() as folder:
        for name, goal in (("no machine code kept", 10.0), ("machine code kept", 1.5)):
            start = time.time()
            command = [sys.executable, __file__, "first"]
            answer = subprocess.run(
                command, env=os.environ | {"NUMBA_CACHE_DIR": folder}, check=True, capture_output=True, text=True
            )
            end, work = (float(word) for word in answer.stdout.split())
            print(f"  {name:22}{end - start:6.2f} s by the clock, {work:6.2f} s of CPU; goal {goal} s", flush=True)


def main() -> None:
    """Print the tables."""
    print_start()
    names = [f"generated:{seed}" for seed in range(ROADS)]
    seasons: tuple[Season, ...] = ("summer", "winter", "spring")
    worlds = {season: WorldMap("benchmark", build_roads(names, RoadsConfig(), 1, season)) for season in seasons}
    world = worlds["summer"]
    length = sum(road.length for road in world.network.roads) / 1000
    made = thread_seconds(lambda: world.renderer)
    print(f"\nworld of {ROADS} roads, {length:.1f} km: {made:.2f} s")
    print(f"a new weather: {thread_seconds(lambda: world.renderer.set_weather(Weather())):.3f} s\n")
    print_cases(worlds)


if __name__ == "__main__":
    take_first() if sys.argv[1:] == ["first"] else main()
