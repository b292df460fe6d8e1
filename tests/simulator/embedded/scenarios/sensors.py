"""Cameras, collisions, lane invasions."""

import hashlib
import math
import time
from itertools import pairwise
from typing import Any

import carla
import numpy as np
from stage import pixels, run, spawn_camera, spawn_car, synchronous

SKY, CAR = 11, 14


def frame_matched(client: Any) -> dict[str, Any]:
    world = synchronous(client)
    car = spawn_car(world)
    mount = carla.Transform(carla.Location(x=1.5, z=1.6), carla.Rotation(pitch=-8))
    rgb, images = spawn_camera(world, car, mount=mount)
    semantic, tags = spawn_camera(world, car, "semantic", mount=mount)
    mismatches, poses, seen, distinct = 0, 0.0, set(), set()
    for i in range(300):
        car.apply_control(carla.VehicleControl(throttle=0.4, steer=0.02 * math.sin(i / 10)))
        frame = world.tick()
        image, tag_image = images.get(timeout=10), tags.get(timeout=10)
        mismatches += (image.frame != frame) + (tag_image.frame != frame)
        truth = np.array(car.get_transform().get_matrix()) @ np.array(mount.get_matrix())
        poses = max(poses, float(np.abs(np.array(image.transform.get_matrix()) - truth).max()))
        tag_pixels = pixels(tag_image)
        seen.update(np.unique(tag_pixels[:, :, 2]).tolist())
        distinct.add(hashlib.sha256(pixels(image).tobytes()).hexdigest())
    rgb.stop()
    semantic.stop()
    return {
        "mismatches": mismatches,
        "left": images.qsize() + tags.qsize(),
        "pose_error": poses,
        "tags": sorted(seen),
        "other_channels": int(tag_pixels[:, :, :2].max()),
        "distinct": len(distinct),
        "size": [image.width, image.height, image.fov],
        "spread": float(pixels(image).std()),
        "timestamp": image.timestamp - world.get_snapshot().timestamp.elapsed_seconds,
    }


def first_images(client: Any) -> dict[str, Any]:
    """Whether the image of the very tick after `listen` arrives, 40 times."""
    world = synchronous(client)
    car = spawn_car(world)
    lost = 0
    for _ in range(40):
        camera, images = spawn_camera(world, car, image_size_x=32, image_size_y=16)
        frame = world.tick()
        try:
            lost += images.get(timeout=2).frame != frame
        except Exception:
            lost += 1
        camera.destroy()
    return {"lost": lost}


def sensor_tick(client: Any) -> dict[str, Any]:
    world = synchronous(client)
    car = spawn_car(world)
    camera, images = spawn_camera(world, car, sensor_tick=0.2, image_size_x=32, image_size_y=16)
    first = world.tick()
    for _ in range(40):
        last = world.tick()
    while images.empty() or images.qsize() < 11:
        time.sleep(0.01)
    frames = [images.get(timeout=5).frame - first for _ in range(images.qsize())]
    camera.stop()
    return {"frames": frames, "ticks": last - first}


def directions(client: Any) -> dict[str, Any]:
    """Share of the car that stands on the right, and of the sky, in views that differ in one angle."""
    world = synchronous(client)
    own = spawn_car(world, carla.Transform(carla.Location(x=1000, y=1000), carla.Rotation(yaw=30)))
    forward, right = own.get_transform().get_forward_vector(), own.get_transform().get_right_vector()
    place = own.get_location() + forward * 1.0 + right * 8.0
    other = spawn_car(world, carla.Transform(place, carla.Rotation(yaw=70)))
    views = {
        "right": carla.Rotation(yaw=90),
        "left": carla.Rotation(yaw=-90),
        "up": carla.Rotation(pitch=89),
        "down": carla.Rotation(pitch=-89),
        "ahead": carla.Rotation(),
        "rolled": carla.Rotation(roll=45),
    }
    shares = {}
    for name, rotation in views.items():
        mount = carla.Transform(carla.Location(x=1.0, z=2.0), rotation)
        camera, images = spawn_camera(world, own, "semantic", mount, image_size_x=80, image_size_y=80)
        world.tick()
        tag = pixels(images.get(timeout=10))[:, :, 2]
        shares[name] = {"car": float((tag == CAR).mean()), "sky": float((tag == SKY).mean())}
        shares[name]["sky_left"] = float((tag[:, :40] == SKY).mean())
        shares[name]["sky_right"] = float((tag[:, 40:] == SKY).mean())
        camera.destroy()
    return {"shares": shares, "other": other.is_alive}


def listening(client: Any) -> dict[str, Any]:
    """Stop, listen again, destroy while listening, and use what was destroyed."""
    world = synchronous(client)
    car = spawn_car(world)
    camera, images = spawn_camera(world, car)
    world.tick()
    first = images.get(timeout=10).frame
    camera.stop()
    for _ in range(3):
        world.tick()
    camera.listen(images.put)
    frame = world.tick()
    again = images.get(timeout=10).frame
    destroyed = camera.destroy()
    for _ in range(5):
        world.tick()
    try:
        camera.get_transform()
        used = ""
    except RuntimeError as error:
        used = str(error)
    return {
        "first": first,
        "frame": frame,
        "again": again,
        "destroyed": destroyed,
        "used": used,
        "late": images.qsize(),
        "cameras": len(world.get_actors().filter("sensor.*")),
        "destroyed_again": camera.destroy() if camera.is_alive else False,
    }


def collision(client: Any) -> dict[str, Any]:
    world = synchronous(client)
    hitting = spawn_car(world, carla.Transform(carla.Location(x=500), carla.Rotation(yaw=90)))
    standing = spawn_car(world, carla.Transform(carla.Location(x=500, y=20), carla.Rotation(yaw=90)))
    blueprint = world.get_blueprint_library().find("sensor.other.collision")
    sensor = world.spawn_actor(blueprint, carla.Transform(), attach_to=hitting)
    events: list[Any] = []
    sensor.listen(events.append)
    speeds, frame = [], 0
    for _ in range(100):
        hitting.apply_control(carla.VehicleControl(throttle=0.7))
        standing.apply_control(carla.VehicleControl(hand_brake=True))
        frame = world.tick()
        speeds.append(hitting.get_velocity().y)
    time.sleep(0.2)
    gap = standing.get_location().y - hitting.get_location().y
    sensor.destroy()
    event = events[0]
    return {
        "events": len(events),
        "frame": event.frame,
        "last": frame,
        "actor": event.actor.id == hitting.id,
        "other": event.other_actor.id == standing.id,
        "impulse": [event.normal_impulse.x, event.normal_impulse.y, event.normal_impulse.z],
        "before": max(speeds),
        "loss": max(a - b for a, b in pairwise(speeds)),
        "gap": gap,
        "length": 2 * hitting.bounding_box.extent.x,
    }


def lane_invasion(client: Any) -> dict[str, Any]:
    world = synchronous(client)
    car = spawn_car(world)
    blueprint = world.get_blueprint_library().find("sensor.other.lane_invasion")
    sensor = world.spawn_actor(blueprint, carla.Transform(), attach_to=car)
    events: list[Any] = []
    sensor.listen(events.append)
    for _ in range(20):
        world.tick()
    quiet = len(events)
    for i in range(80):
        car.apply_control(carla.VehicleControl(throttle=0.5, steer=-0.05 if i > 20 else 0.0))
        world.tick()
    time.sleep(0.2)
    sensor.destroy()
    kinds = [str(mark.type) for event in events for mark in event.crossed_lane_markings]
    return {"quiet": quiet, "kinds": kinds}


def fingerprint(client: Any) -> dict[str, Any]:
    """Drive two cars with all sensors in a fixed way; gives a hash of every image and every pose."""
    world = synchronous(client)
    cars = [spawn_car(world, 0), spawn_car(world, 3, "vehicle.bmw.grandtourer")]
    weather = carla.WeatherParameters(cloudiness=30.0, sun_altitude_angle=35.0, sun_azimuth_angle=20.0)
    world.set_weather(weather)
    queues = [spawn_camera(world, car, kind) for car in cars for kind in ("rgb", "semantic")]
    digest = hashlib.sha256()
    for i in range(60):
        for k, car in enumerate(cars):
            car.apply_control(carla.VehicleControl(throttle=0.5, steer=0.03 * math.sin(0.1 * i + k)))
        world.tick()
        for _, images in queues:
            digest.update(bytes(images.get(timeout=10).raw_data))
        for car in cars:
            digest.update(np.array(car.get_transform().get_matrix()).tobytes())
    return {"hash": digest.hexdigest()}


if __name__ == "__main__":
    run(globals())
