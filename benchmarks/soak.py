"""Does the embedded server stay small and quick for days? Prints memory of server and client over time.

    python benchmarks/soak.py ticks [--count 10000000] [--limit 240]     a car round the ring, no camera
    python benchmarks/soak.py ticks --free                               the same, the clock as fast as the server can
    python benchmarks/soak.py reloads [--count 1000] [--limit 240]       worlds, cars and cameras, made and dropped
    python benchmarks/soak.py traffic [--cars 50] [--minutes 10]         the Traffic Manager drives, synchronous clock
    python benchmarks/soak.py traffic --plain                            the same by plain ticks: may stand still
    python benchmarks/soak.py traffic --free [--cars 50] [--minutes 1]   the same with a free-running clock
    python benchmarks/soak.py cars [--cars 1 8 50]                       ticks a second with so many cars

Each stops at its count or after `--limit` seconds, whichever is first, and says how far it came. The last lines fit a
straight line through the memory of the second half, with two standard errors of its slope: KiB per million ticks, or
per thousand reloads.
"""

import argparse
import json
import queue
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psutil

from simulator.carla.wakeup import WakingTick

ROWS = 20
DELTA = 0.05
FASTEST_DELTA = 1e-4
"""Period of the free-running clock [s] that the server can't keep up with, so that it ticks as fast as it can."""


@contextmanager
def server() -> Iterator[tuple[int, psutil.Process]]:
    """Run a server in its own process; gives its port and the process."""
    command = [sys.executable, "-m", "simulator.embedded"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["port"], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


class Watch:
    """Prints memory every so often and fits its growth. unit: what is counted; per: how many the growth is told for."""

    def __init__(self, process: psutil.Process, count: int, limit: float, unit: str, per: int) -> None:
        self._server, self._client = process, psutil.Process()
        self._count, self._limit, self._unit, self._per = count, limit, unit, per
        self._start = time.monotonic()
        self._next = self._start + min(5.0, limit / ROWS)
        self._rows: list[tuple[int, float, float]] = []
        print(f"{'seconds':>9}{unit:>12}{unit + '/s':>12}{'server MiB':>12}{'client MiB':>12}{'server CPU us':>15}")

    def goes_on(self, done: int) -> bool:
        """Tell whether to go on, `done` having been done."""
        now = time.monotonic()
        ends = done >= self._count or now > self._start + self._limit
        if done > 0 and (now >= self._next or ends):
            self._next = now + max(self._limit / ROWS, 2.0)
            sizes = [process.memory_info().rss / 2**20 for process in (self._server, self._client)]
            spent = sum(self._server.cpu_times()[:2]) / done * 1e6
            passed = now - self._start
            print(
                f"{passed:9.0f}{done:12d}{done / passed:12.0f}{sizes[0]:12.1f}{sizes[1]:12.1f}{spent:15.0f}", flush=True
            )
            self._rows.append((done, *sizes))
        return not ends

    def conclude(self) -> None:
        """Print how memory grew in the second half."""
        rows = np.array(self._rows[len(self._rows) // 2 :])
        done = self._rows[-1][0]
        if len(rows) < 3:
            print(f"{done} {self._unit}; too few rows for a trend")
            return
        passed = time.monotonic() - self._start
        print(f"{done} of {self._count} {self._unit} in {passed:.0f} s; growth in the 2nd half:")
        for k, name in ((1, "server"), (2, "client")):
            slope, error = fit_slope(rows[:, 0], rows[:, k] * 1024)
            print(
                f"  {name} {slope * self._per:+.0f} ± {error * self._per:.0f} KiB per {self._per} {self._unit} "
                f"(largest less smallest: {np.ptp(rows[:, k]) * 1024:.0f} KiB)"
            )


def fit_slope(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Fit a line to points (N,), N > 2; gives its slope and two standard errors of that, were errors independent."""
    slope, offset = np.polyfit(x, y, 1)
    left = y - (slope * x + offset)
    error = float(np.sqrt(left @ left / (len(x) - 2) / np.sum((x - x.mean()) ** 2)))
    return float(slope), 2.0 * error


def connect(port: int, free: bool = False, delta: float = DELTA) -> tuple[Any, Any]:
    """Give client and world, and let the clock run."""
    import carla

    client = carla.Client("127.0.0.1", port)
    client.set_timeout(60.0)
    world = client.get_world()
    set_clock(world, free, delta)
    return client, world


def set_clock(world: Any, free: bool = False, delta: float = DELTA) -> None:
    """Let the world's clock run by itself, or by ticks."""
    settings = world.get_settings()
    settings.synchronous_mode, settings.fixed_delta_seconds = not free, delta
    world.apply_settings(settings)


def circle() -> str:
    """Give an OpenDRIVE ring of 2.2 km, room for fifty cars."""
    from simulator.embedded.ring import ring_document

    return ring_document(straight=300.0, radius=250.0)


def soak_ticks(port: int, watch: Watch, free: bool) -> None:
    """Let a car drive round the ring by its waypoints, tick by tick, or with a clock as fast as the server can."""
    import carla

    _, world = connect(port, free, FASTEST_DELTA if free else DELTA)
    road = world.get_map()
    car = world.spawn_actor(world.get_blueprint_library().find("vehicle.tesla.model3"), road.get_spawn_points()[2])
    world.wait_for_tick() if free else world.tick()
    first, done = world.get_snapshot().frame, 0
    while watch.goes_on(done):
        for _ in range(500):
            pose = car.get_transform()
            ahead = road.get_waypoint(pose.location).next(6.0)[0].transform.location - pose.location
            right = pose.get_right_vector()
            steer = 0.06 * (ahead.x * right.x + ahead.y * right.y)
            throttle = 0.3 if car.get_velocity().length() < 9.0 else 0.0
            car.apply_control(carla.VehicleControl(throttle=throttle, steer=steer))
            if free:
                time.sleep(0.01)
                break
            world.tick()
        done = world.get_snapshot().frame - first


def soak_reloads(port: int, watch: Watch) -> None:
    """Load the world anew, put a car with a camera into it, drive ten ticks, leave all behind."""
    import carla

    client, _ = connect(port)
    document, done = circle(), 0
    parameters = carla.OpendriveGenerationParameters()
    while watch.goes_on(done):
        world = client.generate_opendrive_world(document, parameters) if done % 2 else client.load_world("Ring")
        set_clock(world)
        library = world.get_blueprint_library()
        car = world.spawn_actor(library.find("vehicle.tesla.model3"), world.get_map().get_spawn_points()[0])
        blueprint = library.find("sensor.camera.rgb")
        blueprint.set_attribute("image_size_x", "64")
        blueprint.set_attribute("image_size_y", "32")
        camera = world.spawn_actor(blueprint, carla.Transform(carla.Location(x=1.0, z=1.6)), attach_to=car)
        images: Any = queue.SimpleQueue()
        camera.listen(images.put)
        for _ in range(10):
            frame = world.tick()
            assert images.get(timeout=30).frame == frame, "an image came to the wrong tick"
        camera.stop()
        camera.destroy()
        car.destroy()
        done += 1


def soak_traffic(port: int, watch: Watch, cars: int, free: bool, plain: bool) -> None:
    """Let the Traffic Manager drive many cars round a ring."""
    import carla

    client, _ = connect(port)
    world = client.generate_opendrive_world(circle(), carla.OpendriveGenerationParameters())
    set_clock(world, free)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        own_port = listener.getsockname()[1]
    manager = client.get_trafficmanager(own_port)
    manager.set_random_device_seed(1)
    manager.set_synchronous_mode(not free)
    driven = spawn(world, cars)
    for car in driven:
        car.set_autopilot(True, own_port)
    sensors, hits = watch_collisions(world, driven)
    waking = None if free or plain else WakingTick(world, own_port)
    tick = world.tick if waking is None else waking.tick
    begin = [car.get_location() for car in driven]
    done, way = 0, np.zeros(cars)
    while watch.goes_on(done):
        for _ in range(50):
            world.wait_for_tick(30.0) if free else tick()
            done += 1
        here = [car.get_location() for car in driven]
        way += [a.distance(b) for a, b in zip(here, begin, strict=True)]
        begin = here
    there = len(world.get_actors().filter("vehicle.*"))
    print(f"{there} of {cars} cars are there; metres driven: least {way.min():.0f}, median {np.median(way):.0f}")
    print(f"pairs that touched: {len(set(hits))}, messages of it: {len(hits)}")
    if waking is not None:
        print(f"the Traffic Manager was woken {waking.woken} times")
        waking.close()
    for sensor in sensors:
        sensor.stop()
        sensor.destroy()
    for car in driven:
        car.set_autopilot(False, own_port)
    manager.shut_down()


def watch_collisions(world: Any, cars: list[Any]) -> tuple[list[Any], list[tuple[int, int]]]:
    """Have each car report what it touches; gives the sensors, and the pairs of actors' ids to come."""
    import carla

    hits: list[tuple[int, int]] = []
    blueprint = world.get_blueprint_library().find("sensor.other.collision")
    sensors = [world.spawn_actor(blueprint, carla.Transform(), attach_to=car) for car in cars]
    for sensor in sensors:
        sensor.listen(lambda event: hits.append((event.actor.id, event.other_actor.id)))
    return sensors, hits


def spawn(world: Any, count: int) -> list[Any]:
    """Put cars of all kinds on the spawn points of a map."""
    kinds = sorted(world.get_blueprint_library().filter("vehicle.*"), key=lambda kind: str(kind.id))
    places = world.get_map().get_spawn_points()
    if count > len(places):
        sys.exit(f"the ring has places for {len(places)} cars, not for {count}; ask for fewer")
    chosen = places[:: len(places) // count][:count]
    cars = [world.spawn_actor(kinds[k % len(kinds)], place) for k, place in enumerate(chosen)]
    world.tick()
    return cars


def count_ticks(port: int, process: psutil.Process, cars: int) -> None:
    """Print ticks a second with so many cars that roll along, without Traffic Manager or camera."""
    import carla

    client, _ = connect(port)
    world = client.generate_opendrive_world(circle(), carla.OpendriveGenerationParameters())
    set_clock(world)
    for car in spawn(world, cars):
        car.apply_control(carla.VehicleControl(throttle=0.1))
    for _ in range(100):
        world.tick()
    ticks = 1000
    start, spent = time.perf_counter(), sum(process.cpu_times()[:2])
    for _ in range(ticks):
        world.tick()
    passed, spent = time.perf_counter() - start, sum(process.cpu_times()[:2]) - spent
    print(
        f"{cars:4d} cars{ticks / passed:10.0f} ticks/s{spent / ticks * 1e6:10.0f} us of the server a tick", flush=True
    )


def main() -> None:
    """Read the command line and soak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("ticks", "reloads", "traffic", "cars"))
    parser.add_argument("--count", type=int, help="ticks or reloads (default: 10 million and 1000)")
    parser.add_argument("--limit", type=float, default=240.0, help="seconds at most (default: %(default)s)")
    parser.add_argument("--cars", type=int, nargs="*", default=[], help="cars (default: 50; for `cars` 1 8 50)")
    parser.add_argument("--minutes", type=float, default=10.0, help="simulated minutes of traffic (default: 10)")
    parser.add_argument("--free", action="store_true", help="ticks or traffic with a free-running clock")
    parser.add_argument("--plain", action="store_true", help="traffic by plain world.tick(), which can stand still")
    options = parser.parse_args()
    traffic = round(options.minutes * 60 / DELTA)
    count, unit, per = {
        "ticks": (options.count or 10_000_000, "ticks", 1_000_000),
        "reloads": (options.count or 1000, "reloads", 1000),
        "traffic": (traffic, "ticks", 1_000_000),
        "cars": (0, "", 1),
    }[options.what]
    for cars in options.cars or [1, 8, 50] if options.what == "cars" else ():
        with server() as (port, process):
            count_ticks(port, process, cars)
    if options.what == "cars":
        return
    with server() as (port, process):
        watch = Watch(process, count, options.limit, unit, per)
        soaks: dict[str, Callable[[], None]] = {
            "ticks": lambda: soak_ticks(port, watch, options.free),
            "reloads": lambda: soak_reloads(port, watch),
            "traffic": lambda: soak_traffic(port, watch, (options.cars or [50])[0], options.free, options.plain),
        }
        soaks[options.what]()
        watch.conclude()


if __name__ == "__main__":
    main()
