"""How fast the embedded world's camera draws: pictures per CPU-second of one core, and what the start costs.

Prints medians over places on five generated roads, for several picture sizes, by day, by night and with other cars, as
a ratio to a plain 200 x 78 picture too, which holds better between machines than the numbers. Run:
python benchmarks/render.py
"""

import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from simulator.camera import Camera
from simulator.embedded.render import Body, Renderer
from simulator.embedded.seasons import SEASONS
from simulator.embedded.weather import Weather
from simulator.opendrive import Road, RoadNetwork
from simulator.roads import RoadsConfig, build_roads

PLACES, ROUNDS = 40, 7


def seconds(work: Callable[[], Any]) -> float:
    """Give the CPU time of a call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def pose_on(road: Road, s: float, camera: Camera) -> tuple[tuple[float, float, float], np.ndarray]:
    """Stand in the right lane of a road."""
    at = road.reference(np.array([s]))
    cosine, sine = math.cos(at.heading[0]), math.sin(at.heading[0])
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    x, y, z = np.array([at.x[0] + 1.75 * sine, at.y[0] - 1.75 * cosine, 0]) + turn @ (camera.x, camera.y, camera.z)
    return (float(x), float(y), float(z)), turn @ camera.rotation()


def cars_before(road: Road, s: float) -> list[Body]:
    """Put three cars on the road ahead."""
    poses = [pose_on(road, min(s + ahead, road.length), Camera.from_fov(2, 2, 1.0, z=0.75)) for ahead in (12, 25, 50)]
    axes = Camera.from_fov(2, 2, 1.0).rotation().T
    return [Body(position, rotation @ axes, (2.3, 0.95, 0.75)) for position, rotation in poses]


def median_picture(renderer: Renderer, network: RoadNetwork, camera: Camera, cars: bool) -> float:
    """Give the median CPU time of a picture."""
    places = [(network.roads[k % 5], 30.0 + 23.0 * k) for k in range(PLACES)]
    views = [(*pose_on(road, s, camera), cars_before(road, s) if cars else []) for road, s in places]

    def draw_all() -> None:
        for view in views:
            renderer.draw(camera, *view)

    draw_all()
    return statistics.median(seconds(draw_all) / PLACES for _ in range(ROUNDS))


def main() -> None:
    """Print the tables."""
    network = RoadNetwork.parse(build_roads([f"generated:{seed}" for seed in range(5)], RoadsConfig(), 1))
    length = sum(road.length for road in network.roads) / 1000
    first = seconds(lambda: Renderer(network, 1))
    made = statistics.median(seconds(lambda: Renderer(network, 1)) for _ in range(5))
    renderer = Renderer(network, 1)
    small = Camera.from_fov(200, 78, math.radians(90), pitch=0.07)
    compiled = seconds(lambda: renderer.draw(small, *pose_on(network.roads[0], 10.0, small)))
    print(f"world of 5 roads, {length:.1f} km: {made:.2f} s (the first one of a process {first:.2f} s)")
    print(f"first picture of a process, machine code read or made: {compiled:.2f} s")
    print(f"a new weather: {seconds(lambda: renderer.set_weather(Weather())):.3f} s\n")
    print(f"{'picture':28}{'ms':>8}{'pictures/s':>12}{'of plain':>10}")
    plain = median_picture(renderer, network, small, False)
    rows: list[tuple[str, Camera, Weather, bool]] = [
        ("200 x 78", small, Weather(), False),
        ("200 x 78, looking up a bit", Camera.from_fov(200, 78, math.radians(90), pitch=-0.1), Weather(), False),
        ("200 x 78, rolled by 17°", Camera.from_fov(200, 78, math.radians(90), pitch=0.07, roll=0.3), Weather(), False),
        ("200 x 78, three cars", small, Weather(), True),
        ("200 x 78, night", small, Weather(sun_altitude_angle=-30.0), False),
        ("320 x 160", Camera.from_fov(320, 160, math.radians(90), pitch=0.07), Weather(), False),
        ("640 x 320", Camera.from_fov(640, 320, math.radians(90), pitch=0.07), Weather(), False),
    ]
    for name, camera, weather, cars in rows:
        renderer.set_weather(weather)
        cost = median_picture(renderer, network, camera, cars)
        print(f"{name:28}{1000 * cost:8.2f}{1 / cost:12.0f}{cost / plain:10.2f}")
    for season in SEASONS:
        renderer = Renderer(network, 1, season=season)
        renderer.set_weather(Weather(wetness=100.0, precipitation_deposits=80.0) if season == "summer" else Weather())
        cost = median_picture(renderer, network, small, False)
        name = "200 x 78, wet ground" if season == "summer" else f"200 x 78, {season}"
        print(f"{name:28}{1000 * cost:8.2f}{1 / cost:12.0f}{cost / plain:10.2f}")


if __name__ == "__main__":
    main()
