"""Pedestrians on a wide plain: they walk, are seen, hit and refused."""

import math
import time
from typing import Any

import carla
import numpy as np
from ranging import end, spawn, wait
from sensing import AWAY, place, ticks
from stage import on_plain, pixels, run, spawn_camera, spawn_car

command = carla.command
ADULT, CHILD = "walker.pedestrian.0015", "walker.pedestrian.0009"


def spawn_walker(world: Any, where: Any, kind: str = ADULT, **attributes: object) -> Any:
    blueprint = world.get_blueprint_library().find(kind)
    for name, value in attributes.items():
        blueprint.set_attribute(name, str(value))
    return world.spawn_actor(blueprint, where)


def blueprints(client: Any) -> dict[str, Any]:
    library = client.get_world().get_blueprint_library()
    found = library.filter("walker.pedestrian.*")
    speeds = [each.get_attribute("speed").recommended_values for each in found]
    return {
        "count": len(found),
        "least_speeds": min(map(len, speeds)),
        "children": sorted(each.id[-4:] for each in found if each.get_attribute("age") == "child"),
        "old": len([each for each in found if int(each.get_attribute("generation")) == 1]),
        "invincible": found[0].get_attribute("is_invincible").as_bool(),
        "modifiable": [found[0].get_attribute(name).is_modifiable for name in ("is_invincible", "speed", "gender")],
    }


def walking(client: Any) -> dict[str, Any]:
    """Fall to the ground, walk, turn, jump, be put elsewhere, be asked for bones."""
    world = on_plain(client)
    walker = spawn_walker(world, place(z=3.0))
    world.tick()
    box, heights = walker.bounding_box, []
    for _ in range(25):
        heights.append(walker.get_location().z)
        world.tick()
    start = walker.get_location()
    walker.apply_control(carla.WalkerControl(direction=carla.Vector3D(y=1.0), speed=1.5))
    ticks(world, 40)
    there, velocity, control = walker.get_transform(), walker.get_velocity(), walker.get_control()
    walker.apply_control(carla.WalkerControl(jump=True))
    jumped = []
    for _ in range(30):
        world.tick()
        jumped.append(walker.get_location().z)
        walker.apply_control(carla.WalkerControl(speed=0.001))
    walker.apply_control(carla.WalkerControl())
    walker.set_transform(place(x=AWAY + 20, y=AWAY + 5, z=1.0, yaw=-90))
    ticks(world, 2)
    moved = walker.get_transform()
    said = []
    for call in (walker.get_bones, lambda: spawn_walker(world, moved)):
        try:
            call()
        except RuntimeError as error:
            said.append(str(error))
    batch = client.apply_batch_sync([command.ApplyWalkerControl(walker.id, carla.WalkerControl(speed=2.0))], True)
    boxes = world.get_level_bbs(carla.CityObjectLabel.Pedestrians)
    through = world.cast_ray(moved.location + carla.Location(z=4), moved.location - carla.Location(z=4))
    result = {
        "type": type(walker).__name__,
        "extent": [box.extent.x, box.extent.y, box.extent.z],
        "box": box.location.z,
        "fell": [heights[0], heights[-1], min(heights)],
        "walked": [there.location.x - start.x, there.location.y - start.y],
        "yaw": there.rotation.yaw,
        "velocity": [velocity.x, velocity.y],
        "control": [control.speed, control.direction.y],
        "jump": [max(jumped) - start.z, jumped[-1] - start.z],
        "moved": [moved.location.x, moved.location.y, moved.location.z, moved.rotation.yaw],
        "said": said,
        "batch": batch[0].error,
        "boxes": [[each.location.z, each.extent.z] for each in boxes],
        "through": [[str(hit.label), hit.location.z] for hit in through],
        "tags": list(walker.semantic_tags),
    }
    result["destroyed"] = walker.destroy()
    return result


def seen(client: Any) -> dict[str, Any]:
    """An adult and a child ahead: in the pictures, in the lidar's points and on the radar."""
    client.set_timeout(120.0)
    world = on_plain(client)
    car = spawn_car(world, place())
    car.set_simulate_physics(False)
    adult = spawn_walker(world, place(x=AWAY + 10, y=AWAY - 1, z=1.0, yaw=90))
    child = spawn_walker(world, place(x=AWAY + 10, y=AWAY + 1, z=1.0, yaw=90), CHILD)
    adult.apply_control(carla.WalkerControl(direction=carla.Vector3D(x=-1.0), speed=2.0))
    one, labels = spawn_camera(world, car, "semantic", image_size_x=400, image_size_y=300)
    other, instances = spawn_camera(world, car, "instance", image_size_x=400, image_size_y=300)
    mount = carla.Transform(carla.Location(x=2.5, z=1.2))
    whole = {"range": 30, "points_per_second": 640_000, "rotation_frequency": 20}
    _, points = spawn(world, "sensor.lidar.ray_cast_semantic", car, mount, **whole)
    narrow = {"horizontal_fov": 30, "vertical_fov": 10, "points_per_second": 40_000, "range": 30}
    _, echoes = spawn(world, "sensor.other.radar", car, mount, **narrow)
    ticks(world, 10)
    frame = world.tick()
    kind = np.dtype([("place", "f4", 3), ("facing", "f4"), ("object", "u4"), ("tag", "u4")])
    table = np.frombuffer(wait(points, frame).raw_data, kind)
    rows = np.frombuffer(wait(echoes, frame).raw_data, np.float32).reshape(-1, 4)
    pictures = {}
    for name, images in (("labels", labels), ("instances", instances)):
        image = images.get(timeout=10)
        while image.frame < frame:
            image = images.get(timeout=10)
        pictures[name] = pixels(image).astype(int)
    people = pictures["labels"][..., 2] == 12
    numbers = pictures["instances"][people]
    result = {
        "pixels": int(people.sum()),
        "instances": sorted({int(green + 256 * blue) for blue, green, _ in numbers}) == sorted([adult.id, child.id]),
        "points": [int((table["object"] == each.id).sum()) for each in (adult, child)],
        "tags": sorted({int(each) for each in table["tag"][np.isin(table["object"], (adult.id, child.id))]}),
        "heights": [
            float(table["place"][table["object"] == each.id][:, 2].max()) + mount.location.z for each in (adult, child)
        ],
        "approach": float(np.min(rows[:, 0])),
    }
    for camera in (one, other):
        camera.stop()
        camera.destroy()
    end(world)
    return result


def hit(client: Any, invincible: str, speed: str) -> dict[str, Any]:
    """A car drives into a walker that stands."""
    world = on_plain(client)
    car = spawn_car(world, place())
    away = 15 if float(speed) > 1 else 3
    walker = spawn_walker(world, place(x=AWAY + away, z=1.0), is_invincible=invincible)
    ticks(world, 10)
    blueprint = world.get_blueprint_library().find("sensor.other.collision")
    events: list[Any] = []
    sensors = [world.spawn_actor(blueprint, carla.Transform(), attach_to=each) for each in (car, walker)]
    others: list[Any] = []
    sensors[0].listen(events.append)
    sensors[1].listen(others.append)
    car.set_target_velocity(carla.Vector3D(x=float(speed)))
    if float(speed) < 1:
        car.enable_constant_velocity(carla.Vector3D(x=float(speed)))
    before, fastest, lowest = 0.0, 0.0, 9.0
    upright = walker.get_location().z
    for _ in range(50):
        if not events:
            before = car.get_velocity().x
        world.tick()
        time.sleep(0.002)
        fastest, lowest = max(fastest, walker.get_velocity().x), min(lowest, walker.get_location().z)
    lying = walker.get_transform()
    car.apply_control(carla.VehicleControl(hand_brake=True))
    ticks(world, 80)
    after = walker.get_transform()
    until = time.monotonic() + 10
    while not (events and others) and time.monotonic() < until:
        time.sleep(0.01)
    event = events[0]
    result = {
        "events": len(events),
        "other": event.other_actor.id == walker.id,
        "impulse": [event.normal_impulse.x, event.normal_impulse.y],
        "own": [others[0].actor.id == walker.id, others[0].other_actor.id == car.id, others[0].normal_impulse.x],
        "before": before,
        "after": car.get_velocity().x,
        "fastest": fastest,
        "lowest": [lowest, upright],
        "lying": lying.rotation.pitch,
        "up": [after.rotation.pitch, after.location.z],
        "gap": math.dist([lying.location.x], [AWAY + away]),
    }
    for sensor in sensors:
        sensor.stop()
        sensor.destroy()
    world.tick()
    return result


if __name__ == "__main__":
    run(globals())
