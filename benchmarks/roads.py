"""How long roads take: making them, reading them, asking where a car is. Prints medians, compilation left out."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.grid_town import grid_town
from simulator.embedded.world_map import WorldMap
from simulator.opendrive import RoadNetwork
from simulator.roads import RoadsConfig, build_roads, paths_of
from simulator.roads_generate import generate_road

CONFIG = RoadsConfig()
LONG = RoadsConfig(length=2000.0)
NAMES = [f"generated:{seed}" for seed in range(5)]


def median(call: Callable[[int], Any], count: int) -> float:
    """Give the median seconds of `call(i)`."""
    times = []
    for i in range(count):
        start = time.perf_counter()
        call(i)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def load(text: str, _: int) -> object:
    """Read a world as the server does when a client sends it."""
    return WorldMap("world", text).spawn_points


def load_to_draw(text: str, _: int) -> object:
    """Read a world and prepare its pictures."""
    world = WorldMap("world", text)
    return world.spawn_points, world.renderer


def main() -> None:
    """Measure and print."""
    xml = build_roads(NAMES, CONFIG, 0)
    network = RoadNetwork.parse(xml)
    path = paths_of(network, NAMES)[0]
    x, y, heading, _ = path.pose_at(500.0)
    network.locate(x, y)
    path.lane_pose(x, y, heading)
    rows = [
        ("generate a road of 1 km", median(lambda i: generate_road(50_000 + i, CONFIG), 60), "ms"),
        ("compose a document of 5 cached roads", median(lambda i: build_roads(NAMES, CONFIG, i), 30), "ms"),
        ("parse it", median(lambda i: RoadNetwork.parse(xml), 30), "ms"),
        ("parse it and make its 5 paths", median(lambda i: paths_of(xml, NAMES), 30), "ms"),
        ("Path.lane_pose with a hint", median(lambda i: path.lane_pose(x, y, heading, 500.0), 20_000), "us"),
        ("Path.locate with a hint", median(lambda i: path.locate(x, y, 500.0), 20_000), "us"),
        ("Path.locate without", median(lambda i: path.locate(x, y), 5_000), "us"),
        ("RoadNetwork.locate", median(lambda i: network.locate(x, y), 5_000), "us"),
    ]
    for title, text in (("2 km road", build_roads(["generated:1"], LONG, 0)), ("town of 10 km2", grid_town(17))):
        rows.append((f"{title}: parse, spawn points", median(partial(load, text), 5), "ms"))
        rows.append((f"{title}: with all to draw it", median(partial(load_to_draw, text), 3), "ms"))
    for title, seconds, unit in rows:
        print(f"{title:40} {seconds * (1e3 if unit == 'ms' else 1e6):8.2f} {unit}")


if __name__ == "__main__":
    main()
