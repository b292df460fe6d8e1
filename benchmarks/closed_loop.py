"""How fast cars drive: images drawn, sent over CARLA's wire and looked at, with the expert at the wheel.

Prints for 1, 5 and 10 cars in one world the ticks and car frames a second, and what client and server compute for one
car frame; the last number tells what one core could do with nothing beside it. Run: python benchmarks/closed_loop.py
"""

import time

import psutil

from simulator.carla.world import CarlaWorld
from simulator.expert import Expert
from simulator.rollout import rollout
from simulator.world import Group
from simulator.world_config import WorldConfig

STEPS = 500


def measure(world: CarlaWorld, server: psutil.Process, cars: int) -> str:
    """Drive `cars` cars for STEPS ticks after the reset and describe what it took."""
    group = Group(tuple(f"generated:{seed}" for seed in range(cars)))
    steps = rollout(Expert(), world, group, 1, max_steps=STEPS + 1)
    begin = time.perf_counter()
    next(steps)
    loading = time.perf_counter() - begin
    begin, client, served = time.perf_counter(), time.process_time(), sum(server.cpu_times()[:2])
    ticks = sum(1 for _ in steps)
    wall, client = time.perf_counter() - begin, time.process_time() - client
    served = sum(server.cpu_times()[:2]) - served
    frames = ticks * cars
    return (
        f"{cars:4d} {loading:10.2f} {ticks / wall:8.0f} {frames / wall:13.0f} {1e6 * client / frames:12.0f} "
        f"{1e6 * served / frames:12.0f} {frames / (client + served):20.0f}"
    )


def main() -> None:
    """Print the table."""
    world = CarlaWorld(WorldConfig())
    try:
        port = world._server.port
        server = next(
            child
            for child in psutil.Process().children(recursive=True)
            if any(connection.laddr.port == port for connection in child.net_connections())
        )
        print("cars  reset [s]  ticks/s  car frames/s  client [µs]  server [µs]  car frames/CPU-s")
        for cars in (1, 5, 10):
            print(measure(world, server, cars))
    finally:
        world.close()


if __name__ == "__main__":
    main()
