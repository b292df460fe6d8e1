"""Lidars and a radar on a wide plain, with a car ahead."""

import math
import time
from typing import Any

import carla
import numpy as np
from sensing import AWAY, place, ticks
from stage import on_plain, run, spawn_car

EYE = 2.4
KEPT: list[Any] = []


def spawn(world: Any, kind: str, car: Any, mount: Any = None, **attributes: object) -> tuple[Any, list[Any]]:
    """Fix a sensor to a car; gives it and the list of what it sends."""
    blueprint = world.get_blueprint_library().find(kind)
    for name, value in attributes.items():
        blueprint.set_attribute(name, str(value))
    sensor = world.spawn_actor(blueprint, mount or carla.Transform(carla.Location(z=EYE)), attach_to=car)
    seen: list[Any] = []
    sensor.listen(seen.append)
    KEPT.append(sensor)  # one that nobody holds stops listening
    return sensor, seen


def end(world: Any) -> None:
    """Destroy all sensors; a client that ends while one listens may crash."""
    for sensor in KEPT:
        sensor.stop()
        sensor.destroy()
    KEPT.clear()
    world.tick()


def wait(seen: list[Any], frame: int) -> Any:
    """Give what a sensor sent in a frame."""
    until = time.monotonic() + 20
    while not seen or seen[-1].frame < frame:
        if time.monotonic() > until:
            raise TimeoutError(f"nothing in frame {frame}")
        time.sleep(0.001)
    return next(each for each in seen if each.frame == frame)


def lidar(client: Any) -> dict[str, Any]:
    """A full turn a tick without losses, and with CARLA's; a car 10 m ahead, a little to the right."""
    world = on_plain(client)
    car = spawn_car(world, place())
    ahead = spawn_car(world, place(x=AWAY + 12, y=AWAY + 2))
    car.set_simulate_physics(False)
    ahead.set_simulate_physics(False)
    whole = {"range": 40, "rotation_frequency": 20, "points_per_second": 640_000}
    _, points = spawn(world, "sensor.lidar.ray_cast", car, **whole, dropoff_general_rate=0.0)
    _, lossy = spawn(world, "sensor.lidar.ray_cast", car, **whole, atmosphere_attenuation_rate=0.05)
    _, noisy = spawn(world, "sensor.lidar.ray_cast", car, **whole, noise_stddev=0.1, noise_seed=3)
    _, again = spawn(world, "sensor.lidar.ray_cast", car, **whole, noise_stddev=0.1, noise_seed=3)
    _, labelled = spawn(world, "sensor.lidar.ray_cast_semantic", car, **whole)
    _, slow = spawn(world, "sensor.lidar.ray_cast_semantic", car, sensor_tick=0.2, points_per_second=20_000)
    frame = world.tick()
    data = wait(points, frame)
    cloud = np.frombuffer(data.raw_data, np.float32).reshape(-1, 4)
    counts = [data.get_point_count(channel) for channel in range(data.channels)]
    ground = cloud[np.abs(cloud[:, 2] + EYE) < 0.02]
    elevations = np.radians(np.linspace(10.0, -30.0, 32))
    rings = np.abs(np.hypot(ground[:, 0], ground[:, 1])[:, None] - EYE / np.tan(np.maximum(-elevations, 1e-9)))
    marks = wait(labelled, frame)
    kind = np.dtype([("place", "f4", 3), ("facing", "f4"), ("object", "u4"), ("tag", "u4")])
    table = np.frombuffer(marks.raw_data, kind)
    other = table[table["object"] == ahead.id]
    road = table[table["tag"] == 1]
    squarely = -road["place"][:, 2] / np.linalg.norm(road["place"], axis=1)
    turned = [wait(slow, frame)]
    ticks(world, 8)
    turned += [wait(slow, frame + 4), wait(slow, frame + 8)]
    weak = np.frombuffer(wait(lossy, frame).raw_data, np.float32).reshape(-1, 4)
    tracks = [np.frombuffer(wait(each, frame).raw_data, np.float32).reshape(-1, 4) for each in (noisy, again)]
    distance = np.linalg.norm(weak[:, :3], axis=1)
    first = data[0]
    result = {
        "channels": data.channels,
        "counts": counts,
        "points": len(data),
        "first": [[first.point.x, first.point.y, first.point.z, first.intensity], cloud[0].tolist()],
        "ring_error": float(rings.min(axis=1).max()),
        "ring_share": len(ground) / len(cloud),
        "intensity": float(np.abs(cloud[:, 3] - np.exp(-0.004 * np.linalg.norm(cloud[:, :3], axis=1))).max()),
        "weak": float(np.abs(weak[:, 3] - np.exp(-0.05 * distance)).max()),
        "kept": len(weak) / len(cloud),
        "far_kept": float((distance > 20).mean() / (np.linalg.norm(cloud[:, :3], axis=1) > 20).mean()),
        "same_noise": bool(len(tracks[0]) == len(tracks[1]) and (tracks[0] == tracks[1]).all()),
        "noise": float(np.std(tracks[0][np.abs(tracks[0][:, 2] + EYE) < 0.4][:, 2])),
        "objects": sorted({int(each) for each in table["object"]}) == [0, car.id, ahead.id],
        "tags": sorted({int(each) for each in table["tag"]}),
        "car_tag": sorted({int(each) for each in other["tag"]}),
        "car_x": [float(other["place"][:, 0].min()), 12.0 - ahead.bounding_box.extent.x],
        "car_y": [float(other["place"][:, 1].min()), float(other["place"][:, 1].max()), ahead.bounding_box.extent.y],
        "facing": float(np.abs(road["facing"] - squarely).max()),
        "bearing": [data.horizontal_angle, *(each.horizontal_angle for each in turned)],
        "slow": len(slow),
        "transform": data.transform.location.z - car.get_location().z,
    }
    end(world)
    result["left"] = len(world.get_actors().filter("sensor.*"))
    return result


def odd_lidars(client: Any) -> dict[str, Any]:
    """What is refused, and lidars with hardly anything to do."""
    world = on_plain(client)
    car = spawn_car(world, place())
    said = {}
    for name, value in (("channels", "0"), ("range", "-1"), ("points_per_second", "x"), ("horizontal_fov", "400")):
        blueprint = world.get_blueprint_library().find("sensor.lidar.ray_cast")
        blueprint.set_attribute(name, value)
        try:
            world.spawn_actor(blueprint, carla.Transform(), attach_to=car)
        except RuntimeError as error:
            said[name] = str(error)
    radar = world.get_blueprint_library().find("sensor.other.radar")
    radar.set_attribute("horizontal_fov", "200")
    try:
        world.spawn_actor(radar, carla.Transform(), attach_to=car)
    except RuntimeError as error:
        said["radar"] = str(error)
    _, seen = spawn(world, "sensor.lidar.ray_cast", car, points_per_second=0)
    _, still = spawn(world, "sensor.lidar.ray_cast", car, rotation_frequency=0, channels=1)
    _, below = spawn(world, "sensor.lidar.ray_cast", car, carla.Transform(carla.Location(z=-3.0)))
    frame = world.tick()
    counts = [len(wait(each, frame)) for each in (seen, below)]
    alone = wait(still, frame)
    end(world)
    return {"said": said, "counts": counts, "still": [alone.channels, alone.horizontal_angle]}


def radar(client: Any) -> dict[str, Any]:
    """A radar that drives towards a car that drives away, both at known speeds."""
    world = on_plain(client)
    car, ahead = spawn_car(world, place()), spawn_car(world, place(x=AWAY + 30, y=AWAY - 1))
    cone = {"horizontal_fov": 20, "vertical_fov": 10, "range": 60, "points_per_second": 20_000}
    mount = carla.Transform(carla.Location(x=3.0, z=1.0))
    _, seen = spawn(world, "sensor.other.radar", car, mount, **cone)
    _, again = spawn(world, "sensor.other.radar", car, mount, **cone)
    car.enable_constant_velocity(carla.Vector3D(x=10.0))
    ahead.enable_constant_velocity(carla.Vector3D(x=4.0))
    ticks(world, 5)
    frame = world.tick()
    data = wait(seen, frame)
    rows = np.frombuffer(data.raw_data, np.float32).reshape(-1, 4)
    depth, azimuth, altitude = rows[:, 3], rows[:, 1], rows[:, 2]
    up = mount.location.z + depth * np.sin(altitude)
    car_rows = rows[(up > 0.3) & (depth < 40)]
    ground = rows[up < 0.02]
    back = ahead.get_location().x - ahead.bounding_box.extent.x - car.get_location().x - mount.location.x
    bearing = math.atan2(-1.0, back)
    outward = np.cos(ground[:, 2]) * np.cos(ground[:, 1])
    first = data[0]
    same = bool((rows == np.frombuffer(wait(again, frame).raw_data, np.float32).reshape(-1, 4)).all())
    end(world)
    return {
        "count": data.get_detection_count(),
        "first": [[first.velocity, first.azimuth, first.altitude, first.depth], rows[0].tolist()],
        "same": same,
        "car": [len(car_rows), float(car_rows[:, 0].mean()), float(car_rows[:, 1].mean()), bearing],
        "depth": [float(np.min(car_rows[:, 3])), back],
        "ground": [len(ground), float(np.abs(ground[:, 0] + 10.0 * outward).max())],
        "widest": [float(np.degrees(np.abs(azimuth).max())), float(np.degrees(np.abs(altitude).max()))],
    }


if __name__ == "__main__":
    run(globals())
