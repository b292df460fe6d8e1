"""Sensing how a car moves and what is around it."""

import time
from typing import Any

import carla
from stage import AWAY, DELTA, on_plain, place, run, spawn_car, synchronous, ticks


def motion_sensors(client: Any) -> dict[str, Any]:
    """Inertial and navigation sensors on a car that stands, pulls away, and turns."""
    world = on_plain(client)
    car = spawn_car(world, place(yaw=0.0))
    library = world.get_blueprint_library()
    seen: dict[str, list[Any]] = {"imu": [], "gnss": [], "tilted": []}
    mounts = {"imu": carla.Transform(), "gnss": carla.Transform(carla.Location(x=1.0, z=2.0))}
    mounts["tilted"] = carla.Transform(carla.Location(), carla.Rotation(roll=90))
    sensors = []
    for name, mount in mounts.items():
        blueprint = library.find("sensor.other.gnss" if name == "gnss" else "sensor.other.imu")
        sensor = world.spawn_actor(blueprint, mount, attach_to=car)
        sensor.listen(seen[name].append)
        sensors.append(sensor)

    def measured() -> dict[str, Any]:
        frame = world.tick()
        until = time.monotonic() + 5
        while any(not events or events[-1].frame < frame for events in seen.values()):
            if time.monotonic() > until:
                raise TimeoutError(str({name: len(events) for name, events in seen.items()}))
            time.sleep(0.001)
        imu, gnss, tilted = (seen[name][-1] for name in ("imu", "gnss", "tilted"))
        return {
            "accelerometer": [imu.accelerometer.x, imu.accelerometer.y, imu.accelerometer.z],
            "gyroscope": [imu.gyroscope.x, imu.gyroscope.y, imu.gyroscope.z],
            "compass": imu.compass,
            "tilted": [tilted.accelerometer.x, tilted.accelerometer.y, tilted.accelerometer.z],
            "gnss": [gnss.latitude, gnss.longitude, gnss.altitude],
            "acceleration": [car.get_acceleration().x, car.get_acceleration().y],
            "turn": car.get_angular_velocity().z,
            "yaw": car.get_transform().rotation.yaw,
        }

    result: dict[str, Any] = {"rest": measured()}
    there = world.get_map().transform_to_geolocation(sensors[1].get_location())
    result["expected"] = [there.latitude, there.longitude, there.altitude]
    car.apply_control(carla.VehicleControl(throttle=1.0))
    ticks(world, 10)
    result["pull"] = measured()
    car.apply_control(carla.VehicleControl(throttle=0.3, steer=0.3))
    ticks(world, 40)
    result["bend"] = measured()
    world.set_imui_sensor_gravity(1.62)
    result["gravity"] = [world.get_imui_sensor_gravity(), measured()["accelerometer"][2]]
    for sensor in sensors:
        sensor.destroy()
    return result


def noise(client: Any) -> dict[str, Any]:
    """The same noisy sensor twice."""
    world = on_plain(client)
    car = spawn_car(world, place())
    blueprint = world.get_blueprint_library().find("sensor.other.imu")
    for name, value in (("noise_accel_stddev_x", "0.5"), ("noise_gyro_bias_z", "0.25"), ("noise_seed", "7")):
        blueprint.set_attribute(name, value)
    car.set_simulate_physics(False)
    values, bias = [], 0.0
    for _ in range(2):
        events: list[Any] = []
        sensor = world.spawn_actor(blueprint, carla.Transform(), attach_to=car)
        sensor.listen(events.append)
        ticks(world, 60)
        time.sleep(0.2)
        sensor.destroy()
        values.append([event.accelerometer.x for event in events[:50]])
        bias = events[-1].gyroscope.z
    return {"noise": values, "bias": bias}


def obstacle(client: Any) -> dict[str, Any]:
    world = on_plain(client)
    car = spawn_car(world, place())
    ahead = spawn_car(world, place(x=AWAY + 20))
    blueprint = world.get_blueprint_library().find("sensor.other.obstacle")
    blueprint.set_attribute("distance", "12")
    blueprint.set_attribute("hit_radius", "0.2")
    sensor = world.spawn_actor(blueprint, carla.Transform(carla.Location(x=2.5, z=0.7)), attach_to=car)
    events: list[Any] = []
    sensor.listen(events.append)
    far = []
    for x in (0.0, 10.0):
        car.set_transform(place(x=AWAY + x))
        ticks(world, 3)
        time.sleep(0.1)
        far.append(len(events))
    event = events[-1]
    car.set_transform(place(x=AWAY + 10, y=AWAY + 3))
    ticks(world, 2)
    time.sleep(0.1)
    count = len(events)
    ticks(world, 3)
    time.sleep(0.1)
    sensor.destroy()
    gap = 20.0 - ahead.bounding_box.extent.x - 10.0 - 2.5 - 0.2
    return {
        "far": far,
        "distance": event.distance,
        "gap": gap,
        "actors": [event.actor.id == car.id, event.other_actor.id == ahead.id],
        "beside": len(events) - count,
        "delta": DELTA,
    }


def probing(client: Any) -> dict[str, Any]:
    """Rays through a car down to the ground, the ground under the road and beside it, boxes and objects."""
    world = synchronous(client)
    car = spawn_car(world, place(yaw=30))
    box = car.bounding_box
    over, under = carla.Location(AWAY, AWAY, 100), carla.Location(AWAY, AWAY, -100)
    through = [[hit.location.z, str(hit.label)] for hit in world.cast_ray(over, under)]
    start = world.get_map().get_spawn_points()[0].location
    road = world.ground_projection(start + carla.Location(z=5), 20.0)
    field = world.ground_projection(carla.Location(AWAY, AWAY, 100), 200.0)
    below = world.ground_projection(carla.Location(AWAY + 50, AWAY, 100), 200.0)
    nothing = world.project_point(carla.Location(AWAY + 50, AWAY, 100), carla.Vector3D(z=1), 20.0)
    ahead = world.project_point(carla.Location(AWAY - 5, AWAY, car.get_location().z + 0.7), carla.Vector3D(x=2), 40.0)
    try:
        world.cast_ray(over, over)
        said = ""
    except RuntimeError as error:
        said = str(error)
    boxes = world.get_level_bbs(carla.CityObjectLabel.Car)
    objects = world.get_environment_objects()
    tree = next(each for each in objects if each.type == carla.CityObjectLabel.Vegetation)
    top = tree.bounding_box.location + carla.Location(z=tree.bounding_box.extent.z + 5)
    tree_hits = world.cast_ray(top, top - carla.Location(z=2 * tree.bounding_box.extent.z + 20))
    return {
        "through": through,
        "foot": car.get_location().z,
        "below": below.location.z,
        "roof": 2 * box.extent.z,
        "road": [road.location.z, str(road.label)],
        "field": [field.location.z, str(field.label)],
        "nothing": nothing is None,
        "ahead": [AWAY - ahead.location.x, str(ahead.label)],
        "said": said,
        "boxes": [[b.location.x, b.location.y, b.location.z, b.extent.x, b.rotation.yaw, b.actor_id] for b in boxes],
        "car": car.id,
        "objects": len(objects),
        "tree": [[hit.location.z, str(hit.label)] for hit in tree_hits],
        "tree_top": tree.bounding_box.location.z + tree.bounding_box.extent.z,
        "tree_foot": [tree.transform.location.z, tree.bounding_box.location.z - tree.bounding_box.extent.z],
        "trees": len(world.get_level_bbs(carla.CityObjectLabel.Vegetation)),
        "vegetation": sum(each.type == carla.CityObjectLabel.Vegetation for each in objects),
        "named": len(set(world.get_names_of_all_objects())),
    }


if __name__ == "__main__":
    run(globals())
