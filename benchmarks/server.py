"""How fast the embedded server is under the official client, in synchronous mode, and what the drawing costs.

    python benchmarks/server.py [--ticks 1000] [--cars 1 4]

Each row: apply_control and tick, then wait for the image of every camera. "undrawn" sends images of the same size
that nobody drew: the price of the wire alone. "per CPU-sec" counts the server's own time, which other load changes
little.
"""

import argparse
import json
import queue
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psutil

SIZES = ((200, 78), (320, 160))
WARM_UP = 100


@contextmanager
def server(drawn: bool) -> Iterator[tuple[int, psutil.Process]]:
    """Run a server in its own process; gives its port and the process."""
    arguments = ["-m", "simulator.embedded"] if drawn else [__file__, "--undrawn-server"]
    process = subprocess.Popen([sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["port"], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def serve_undrawn() -> None:
    """Serve images of one grey."""
    from simulator.embedded import world_map
    from simulator.embedded.serve import serve

    class Grey:
        """Stands where the renderer would."""

        lit = False

        def __init__(self) -> None:
            self._pictures: dict[tuple[int, int], np.ndarray] = {}

        def set_weather(self, weather: Any) -> None:
            """Take no notice."""

        def set_time(self, elapsed: float) -> None:
            """Have no clouds."""

        def compile(self) -> None:
            """Have nothing to compile."""

        def prepare_ahead(self, *_: Any) -> bool:
            """Have nothing to prepare."""
            return False

        def take(self, shot: Any, kinds: list[str]) -> list[np.ndarray]:
            """Give grey pictures."""
            size = shot.camera.height, shot.camera.width
            if size not in self._pictures:
                self._pictures[size] = np.full((*size, 4), 128, np.uint8)
            return [self._pictures[size] for _ in kinds]

    world_map.WorldMap.renderer = Grey()
    serve()


def drive(port: int, width: int, height: int, cars: int, ticks: int) -> None:
    """Be the client: drive so many cars, with a camera each if it has a width; prints seconds a tick."""
    import carla

    client = carla.Client("127.0.0.1", port)
    client.set_timeout(60.0)
    world = client.get_world()
    settings = world.get_settings()
    settings.synchronous_mode, settings.fixed_delta_seconds = True, 0.05
    world.apply_settings(settings)
    library = world.get_blueprint_library()
    camera_kind = library.find("sensor.camera.rgb")
    camera_kind.set_attribute("image_size_x", str(width))
    camera_kind.set_attribute("image_size_y", str(height))
    mount = carla.Transform(carla.Location(x=0.8, z=1.5), carla.Rotation(pitch=-5))
    driven, cameras, images = [], [], []
    for transform in world.get_map().get_spawn_points()[:cars]:
        driven.append(world.spawn_actor(library.find("vehicle.tesla.model3"), transform))
        if width:
            cameras.append(world.spawn_actor(camera_kind, mount, attach_to=driven[-1]))
            images.append(queue.SimpleQueue())
            cameras[-1].listen(images[-1].put)
    seconds = np.empty(WARM_UP + ticks)
    server_process = psutil.Process(int(sys.argv[-1]))
    for i in range(WARM_UP + ticks):
        if i == WARM_UP:
            spent = sum(server_process.cpu_times()[:2])
        start = time.perf_counter()
        for car in driven:
            # slow, so that the road stays in view
            car.apply_control(carla.VehicleControl(throttle=0.02, steer=0.001 * (i % 2)))
        frame = world.tick()
        for waiting in images:
            image = waiting.get(timeout=60)
            assert image.frame == frame, "an image came to the wrong tick"
            np.frombuffer(image.raw_data, np.uint8).copy()
        seconds[i] = time.perf_counter() - start
    spent = sum(server_process.cpu_times()[:2]) - spent
    for camera in cameras:
        camera.destroy()
    print(json.dumps({"seconds": seconds[WARM_UP:].tolist(), "server": spent / ticks}))


def measure(name: str, drawn: bool, width: int, height: int, cars: int, ticks: int) -> float:
    """Run one row; gives its median ticks a second."""
    with server(drawn) as (port, process):
        numbers = [str(number) for number in (port, width, height, cars, ticks, process.pid)]
        done = subprocess.run([sys.executable, __file__, "--client", *numbers], stdout=subprocess.PIPE, check=True)
    result = json.loads(done.stdout)
    seconds = np.array(result["seconds"])
    median, late = np.percentile(seconds, (50, 95))
    print(
        f"{name:<34}{1 / median:9.0f}{1 / seconds.mean():9.0f}{1e6 * median:10.0f}{1e6 * late:9.0f}"
        f"{1 / result['server']:13.0f}{cars * 0.05 / median:12.0f}",
        flush=True,
    )
    return 1 / float(median)


def main() -> None:
    """Measure all rows and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, default=1000, help="ticks per row (default: %(default)s)")
    parser.add_argument("--cars", type=int, nargs="*", default=[1, 4], help="cars with a camera each (default: 1 4)")
    options = parser.parse_args()
    columns = ("ticks/s", "mean", "median us", "p95 us", "per CPU-sec", "x realtime")
    print(f"{'':<34}{columns[0]:>9}{columns[1]:>9}{columns[2]:>10}{columns[3]:>9}{columns[4]:>13}{columns[5]:>12}")
    measure("no camera", True, 0, 0, 1, options.ticks)
    for cars in options.cars:
        for width, height in SIZES:
            title = f"{cars} x {width} x {height}"
            wire = measure(f"{title}, undrawn", False, width, height, cars, options.ticks)
            drawn = measure(f"{title}, drawn", True, width, height, cars, options.ticks)
            print(f"{'  drawing costs':<34}{wire / drawn:8.2f}x")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--undrawn-server"]:
        serve_undrawn()
    elif sys.argv[1:2] == ["--client"]:
        drive(*(int(number) for number in sys.argv[2:7]))
    else:
        main()
