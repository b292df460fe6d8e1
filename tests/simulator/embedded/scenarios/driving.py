"""What the client sees of cars that drive over hills, hit trees, and fill a road with the Traffic Manager."""

import math
import time
from typing import Any

import carla
import numpy as np
from stage import DELTA, on_plain, run, spawn_car, synchronous
from traffic import free_port

from simulator.carla.wakeup import WakingTick
from simulator.embedded.obstacles import find_in
from simulator.embedded.world_map import built_in_map


def consistent(client: Any) -> dict[str, Any]:
    """Velocity, acceleration and turning as told, and as its transforms say, while it curves up a hill."""
    world = on_plain(client, delta=0.02, grade=0.06)
    start = carla.Transform(carla.Location(x=1500, y=2000, z=0.06 * 200 + 0.5), carla.Rotation(pitch=3))
    car = spawn_car(world, start)
    car.apply_control(carla.VehicleControl(throttle=0.5, steer=0.05))
    places, angles, velocities, accelerations, turns = [], [], [], [], []
    for _ in range(250):
        world.tick()
        transform = car.get_transform()
        places.append([transform.location.x, transform.location.y, transform.location.z])
        angles.append([transform.rotation.roll, transform.rotation.pitch, transform.rotation.yaw])
        for told, into in (
            (car.get_velocity(), velocities),
            (car.get_acceleration(), accelerations),
            (car.get_angular_velocity(), turns),
        ):
            into.append([told.x, told.y, told.z])
    place, speed, push, turn = (np.array(part)[100:] for part in (places, velocities, accelerations, turns))
    yaw = np.unwrap(np.radians(np.array(angles)[100:, 2]))
    step = 0.02
    return {
        "velocity": float(np.abs(np.diff(place, axis=0) / step - (speed[1:] + speed[:-1]) / 2).max()),
        "acceleration": float(np.abs(np.diff(speed, axis=0) / step - push[1:]).max()),
        "turn": float(np.abs(np.degrees(np.diff(yaw)) / step - (turn[1:, 2] + turn[:-1, 2]) / 2).max()),
        "climbs": float(speed[-1, 2]),
        "fast": float(np.linalg.norm(speed[-1])),
        "turned": float(math.degrees(yaw[-1] - yaw[0])),
        "pitch": angles[110][1],
        "above": float(np.abs(place[:, 2] - 0.06 * (place[:, 0] - 1300)).max()),
    }


def tree(client: Any) -> dict[str, Any]:
    """Straight into the first trunk beside the built-in ring."""
    world = synchronous(client)
    found = find_in(built_in_map().scenery)(60.0, -50.0, 100.0)
    trunk = next(each for each in found if each.tag == 9)
    x, y = trunk.pose.x, -trunk.pose.y
    car = spawn_car(world, carla.Transform(carla.Location(x=x - 12, y=y, z=trunk.pose.z + 1), carla.Rotation(yaw=0)))
    sensor = world.spawn_actor(
        world.get_blueprint_library().find("sensor.other.collision"), carla.Transform(), attach_to=car
    )
    events: list[Any] = []
    sensor.listen(events.append)
    for _ in range(20):
        world.tick()
    car.set_target_velocity(carla.Vector3D(x=15))
    frames = []
    for _ in range(40):
        frames.append(world.tick())
        if events:
            break
    time.sleep(0.2)
    event = events[0]
    sensor.stop()
    sensor.destroy()
    return {
        "kind": event.other_actor.type_id,
        "id": event.other_actor.id,
        "tags": list(event.other_actor.semantic_tags),
        "said": str(event.other_actor),
        "self": event.actor.id == car.id,
        "frame": event.frame in frames,
        "impulse": event.normal_impulse.x,
        "mass": car.get_physics_control().mass,
        "gap": x - car.get_location().x - car.bounding_box.extent.x,
    }


def full_ring(client: Any, count: str, ticks: str, mode: str) -> dict[str, Any]:
    """So many cars on the built-in ring, driven by the Traffic Manager, with the clock asked or free-running."""
    world = synchronous(client)
    port = free_port()
    manager = client.get_trafficmanager(port)
    manager.set_random_device_seed(1)
    manager.set_synchronous_mode(mode == "synchronous")
    library = world.get_blueprint_library().filter("vehicle.*")
    places = world.get_map().get_spawn_points()[: int(count)]
    cars = [world.spawn_actor(library[k % len(library)], place) for k, place in enumerate(places)]
    world.tick()
    if mode != "synchronous":
        settings = world.get_settings()
        settings.synchronous_mode = False
        world.apply_settings(settings)
    for car in cars:
        car.set_autopilot(True, port)
    before = [car.get_location() for car in cars]
    waking = WakingTick(world, port) if mode == "synchronous" else None
    ways, fastest, offsets = [0.0] * len(cars), 0.0, []
    for _ in range(int(ticks)):
        waking.tick() if waking is not None else world.wait_for_tick(10.0)
        for k, car in enumerate(cars):
            here = car.get_location()
            ways[k] += here.distance(before[k])
            before[k] = here
            fastest = max(fastest, car.get_velocity().length())
    road = world.get_map()
    for car in cars:
        waypoint = road.get_waypoint(car.get_location())
        offsets.append(waypoint.transform.location.distance(car.get_location()))
        car.set_autopilot(False, port)
    if waking is not None:
        waking.tick()
        waking.close()
    else:
        world.wait_for_tick(10.0)
    manager.shut_down()
    there = len(world.get_actors().filter("vehicle.*"))
    return {"ways": ways, "fastest": fastest, "offsets": offsets, "there": there, "delta": DELTA}


if __name__ == "__main__":
    run(globals())
