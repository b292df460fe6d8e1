"""How long worlds take to load, as the official client sees it, and what memory they take; prints goals beside it.

    python -m benchmarks.world_load [--drive 3000]

From sending the road file to the first picture of a camera (200 x 78), by the clock and as CPU time of server and
client: on a busy machine only the second says something. Then a car is moved along the streets of the town at 15 m/s,
20 ticks a second, with the camera on it: how long ticks take, and how large the server is afterwards.
"""

import argparse
import json
import queue
import statistics
import subprocess
import sys
import time
from typing import Any

import psutil

from benchmarks.grid_town import BLOCK, grid_town
from simulator.roads import RoadsConfig, build_roads

DELTA, SPEED = 0.05, 15.0
STEPS = ("send and load", "map", "car and camera", "first picture")


class Clock:
    """Measures stretches: seconds by the clock, of CPU time of the server, and of this process."""

    def __init__(self, server: psutil.Process) -> None:
        self._server = server
        self._before = self._now()

    def _now(self) -> tuple[float, float, float]:
        return time.perf_counter(), sum(self._server.cpu_times()[:2]), time.process_time()

    def lap(self) -> tuple[float, ...]:
        """Give what passed since the last lap."""
        now = self._now()
        passed = tuple(b - a for a, b in zip(self._before, now, strict=True))
        self._before = now
        return passed


def look(world: Any, actor: Any) -> tuple[Any, Any]:
    """Put a camera on an actor; gives it and where its pictures arrive."""
    import carla

    blueprint = world.get_blueprint_library().find("sensor.camera.rgb")
    for key, value in (("image_size_x", "200"), ("image_size_y", "78")):
        blueprint.set_attribute(key, value)
    camera = world.spawn_actor(blueprint, carla.Transform(carla.Location(x=1.0, z=1.6)), attach_to=actor)
    pictures: Any = queue.SimpleQueue()
    camera.listen(pictures.put)
    return camera, pictures


def load(client: Any, xml: str, clock: Clock) -> tuple[list[tuple[float, ...]], Any, Any, Any]:
    """Load a world and take the first picture; gives how long each step took, world, car and pictures."""
    import carla

    clock.lap()
    world = client.generate_opendrive_world(xml, carla.OpendriveGenerationParameters())
    settings = world.get_settings()
    settings.synchronous_mode, settings.fixed_delta_seconds = True, DELTA
    world.apply_settings(settings)
    laps = [clock.lap()]
    place = world.get_map().get_spawn_points()[3]
    laps.append(clock.lap())
    car = world.spawn_actor(world.get_blueprint_library().find("vehicle.tesla.model3"), place)
    camera, pictures = look(world, car)
    laps.append(clock.lap())
    world.tick()
    pictures.get(timeout=60)
    laps.append(clock.lap())
    return laps, world, car, (camera, pictures)


def drive(world: Any, car: Any, pictures: Any, ticks: int, clock: Clock) -> None:
    """Move a car along the town's streets, up one and down the next, and print how long ticks take."""
    import carla

    seconds = []
    car.set_simulate_physics(False)
    clock.lap()
    for tick in range(ticks):
        street, along = divmod(SPEED * DELTA * tick, 16 * BLOCK)
        up = street % 2 == 0
        x = along if up else 16 * BLOCK - along
        yaw = 0.0 if up else 180.0
        place = carla.Location(x=x, y=-BLOCK * street + (1.75 if up else -1.75), z=0.3)
        car.set_transform(carla.Transform(place, carla.Rotation(yaw=yaw)))
        start = time.perf_counter()
        world.tick()
        pictures.get(timeout=60)
        seconds.append(time.perf_counter() - start)
    wall, server, own = clock.lap()
    # the first picture at the other end of the world has nothing made ahead for it
    ordered = sorted(1e3 * each for each in seconds[1:])
    print(
        f"  {SPEED * DELTA * ticks / 1000:.1f} km through it: {ticks / wall:.0f} ticks/s, {server / ticks * 1e6:.0f} + "
        f"{own / ticks * 1e6:.0f} us of server and client a tick; it takes {statistics.median(ordered):.1f} ms, one "
        f"of 1000 {ordered[-len(ordered) // 1000 - 1]:.1f} ms or more, the longest {ordered[-1]:.1f} ms"
    )


def main() -> None:
    """Read the command line, measure and print."""
    import carla

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--drive", type=int, default=3000, help="ticks to drive through the town (default: %(default)s)"
    )
    options = parser.parse_args()
    command = [sys.executable, "-m", "simulator.embedded"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    client = carla.Client("127.0.0.1", json.loads(process.stdout.readline())["port"])
    client.set_timeout(120.0)
    server = psutil.Process(process.pid)
    clock = Clock(server)
    print(f"the server with its own ring: {server.memory_info().rss / 2**20:.0f} MiB")
    roads = {
        "2 km": (build_roads(["generated:1"], RoadsConfig(length=2000.0), 0), 0.5, 5),
        "town of 10 km2": (grid_town(17), 3.0, 3),
    }
    for name, (xml, goal, count) in roads.items():
        runs = []
        for _ in range(count):
            laps, world, car, (camera, pictures) = load(client, xml, clock)
            runs.append(laps)
            if len(runs) < count:
                camera.stop(), camera.destroy(), car.destroy()
        totals = [[sum(lap[k] for lap in laps) for k in range(3)] for laps in runs]
        wall, spent, own = (statistics.median(column) for column in zip(*totals, strict=True))
        least = min(total[0] for total in totals)
        print(
            f"{name}: {wall:.2f} s by the clock (least {least:.2f}), {wall / goal:.2f} x the goal of {goal:g} s; "
            f"{spent:.2f} + {own:.2f} CPU s of server and client, {(spent + own) / goal:.2f} x"
        )
        for k, step in enumerate(STEPS):
            wall, spent, own = (statistics.median(laps[k][part] for laps in runs) for part in range(3))
            print(f"  {step:16} {wall:6.3f} s, {spent:.2f} + {own:.2f} CPU s")
        print(f"  the server then: {server.memory_info().rss / 2**20:.0f} MiB")
    drive(world, car, pictures, options.drive, clock)
    print(f"  the server then: {server.memory_info().rss / 2**20:.0f} MiB")
    process.terminate()
    process.wait()


if __name__ == "__main__":
    main()
