"""Pedestrians on a wide plain: they walk, are seen, hit and refused."""

import math
import time
from typing import Any

import carla
import numpy as np
from ranging import end, spawn, wait
from sensing import AWAY, place, ticks
from stage import on_plain, pixels, run, spawn_camera, spawn_car, synchronous

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


def astray(world: Any) -> list[str]:
    """What is said to controllers of walkers far beside or above where they may go."""
    library, said = world.get_blueprint_library(), []
    good = world.get_random_location_from_navigation()
    for offset in (carla.Location(x=300, y=300), carla.Location(z=50)):
        walker = world.spawn_actor(library.find(CHILD), carla.Transform(good + offset))
        world.tick()
        try:
            world.spawn_actor(library.find("controller.ai.walker"), carla.Transform(), attach_to=walker)
        except RuntimeError as error:
            said.append(str(error))
        walker.destroy()
    return said


def on_ring(client: Any, folder: str, cross: float) -> Any:
    """Begin an episode on the built-in ring; the mesh for walkers is kept in a folder."""
    client.set_files_base_folder(folder)
    world = synchronous(client)
    world.set_pedestrians_seed(7)
    world.set_pedestrians_cross_factor(cross)
    return world


def guided(client: Any, cross: str, folder: str) -> dict[str, Any]:
    """Walkers on the built-in ring that controllers lead from place to place."""
    world = on_ring(client, folder, float(cross))
    library, roads = world.get_blueprint_library(), world.get_map()
    found = [world.get_random_location_from_navigation() for _ in range(30)]
    starts = [each + carla.Location(z=1.0) for each in found if each is not None]

    def beside(location: Any) -> float:
        """How far from the middle of the road, in half widths of the carriageway."""
        waypoint = roads.get_waypoint(location)
        return location.distance(waypoint.transform.location) / (0.5 * waypoint.lane_width)

    offsets = [beside(each) for each in starts]
    walkers = [world.try_spawn_actor(library.find(ADULT), carla.Transform(each)) for each in starts[:8]]
    walkers = [each for each in walkers if each is not None]
    world.tick()
    controllers = [
        world.spawn_actor(library.find("controller.ai.walker"), carla.Transform(), attach_to=each) for each in walkers
    ]
    world.tick()
    for k, controller in enumerate(controllers):
        controller.start()
        controller.go_to_location(starts[-1 - k])
        controller.set_max_speed(1.4 + 0.1 * k)
    ticks(world, 20)
    before = [each.get_location() for each in walkers]
    gone, heights, least, speeds = [0.0] * len(walkers), [], 9.0, []
    for _ in range(200):
        world.tick()
        now = [each.get_location() for each in walkers]
        gone = [way + one.distance(other) for way, one, other in zip(gone, before, now, strict=True)]
        before = now
        heights.append(max(abs(each.z - 0.93) for each in now))
        least = min(least, *(beside(each) for each in now))
        speeds.append(max(each.get_velocity().length() for each in walkers))
    for controller in controllers:
        controller.stop()
    world.tick()
    stopped = [each.get_location() for each in walkers]
    ticks(world, 20)
    still = max(one.distance(each.get_location()) for one, each in zip(stopped, walkers, strict=True))
    result = {
        "found": len(starts),
        "offsets": [min(offsets), max(offsets)],
        "walkers": len(walkers),
        "gone": gone,
        "height": max(heights),
        "least": least,
        "fastest": max(speeds),
        "still": still,
        "files": list(client.get_required_files("Nav", False)),
        "astray": astray(world),
    }
    for actor in (*controllers, *walkers):
        actor.destroy()
    world.tick()
    result["left"] = len(world.get_actors().filter("*walker*"))
    return result


def unguided(client: Any, folder: str) -> dict[str, Any]:
    """A world without a mesh for walkers."""
    client.set_files_base_folder(folder)
    document = client.get_world().get_map().to_opendrive()
    parameters = carla.OpendriveGenerationParameters(enable_pedestrian_navigation=False)
    world = client.generate_opendrive_world(document, parameters)
    walker = spawn_walker(world, world.get_map().get_spawn_points()[0])
    controller = world.spawn_actor(
        world.get_blueprint_library().find("controller.ai.walker"), carla.Transform(), attach_to=walker
    )
    world.wait_for_tick()
    controller.start()
    controller.go_to_location(carla.Location())
    controller.stop()
    nowhere = world.get_random_location_from_navigation() is None
    try:
        client.request_file("Carla/Maps/Nav/Town01.bin")
        said = ""
    except RuntimeError as error:
        said = str(error)
    controller.destroy()
    walker.destroy()
    return {"nowhere": nowhere, "said": said, "files": list(client.get_required_files("Nav", False))}


if __name__ == "__main__":
    run(globals())
