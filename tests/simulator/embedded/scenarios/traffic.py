"""Traffic Manager autopilot, and what follows from it."""

import socket
from typing import Any

from stage import run, spawn_car, synchronous

from simulator.carla.wakeup import WakingTick


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def autopilot(client: Any) -> dict[str, Any]:
    """A car that the Traffic Manager drives round the built-in ring for 300 ticks."""
    world = synchronous(client)
    port = free_port()
    manager = client.get_trafficmanager(port)
    manager.set_synchronous_mode(True)
    manager.set_random_device_seed(1)
    car = spawn_car(world, 2)
    car.set_autopilot(True, port)
    waking = WakingTick(world, port)
    road = world.get_map()
    offsets, lanes, distance, before = [], set(), 0.0, car.get_location()
    for _ in range(300):
        waking.tick()
        here = car.get_location()
        waypoint = road.get_waypoint(here)
        lanes.add(waypoint.lane_id)
        offsets.append(here.distance(waypoint.transform.location))
        distance += here.distance(before)
        before = here
    speed = car.get_velocity().length()
    car.set_autopilot(False, port)
    waking.tick()
    waking.close()
    manager.shut_down()
    car.destroy()
    return {"lanes": sorted(lanes), "offset": max(offsets), "distance": distance, "speed": speed}


if __name__ == "__main__":
    run(globals())
