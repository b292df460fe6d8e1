"""Moving a car without pedals, and sensing how it moves."""

import math
import time
from typing import Any

import carla
from carla import command
from stage import DELTA, on_plain, run, spawn_car, synchronous

AWAY = 2000.0


def place(x: float = AWAY, y: float = AWAY, z: float = 0.0, yaw: float = 0.0) -> Any:
    return carla.Transform(carla.Location(x=x, y=y, z=z), carla.Rotation(yaw=yaw))


def ticks(world: Any, count: int) -> None:
    for _ in range(count):
        world.tick()


def ackermann(client: Any) -> dict[str, Any]:
    world = on_plain(client)
    car = spawn_car(world, place())
    own = car.get_ackermann_controller_settings()
    sent = carla.AckermannControllerSettings(0.2, 0.01, 0.1, 0.02, 0.003, 0.004)
    names = ("speed_kp", "speed_ki", "speed_kd", "accel_kp", "accel_ki", "accel_kd")
    car.apply_ackermann_controller_settings(sent)
    got = car.get_ackermann_controller_settings()
    car.apply_ackermann_controller_settings(own)
    car.apply_ackermann_control(carla.VehicleAckermannControl(steer=0.0, speed=8.0, acceleration=2.0))
    speeds, pulls = [], []
    for _ in range(600):
        world.tick()
        speeds.append(car.get_velocity().length())
        pulls.append(car.get_acceleration().x)
    car.apply_ackermann_control(carla.VehicleAckermannControl(steer=0.1, steer_speed=0.2, speed=8.0))
    angles = []
    for _ in range(40):
        world.tick()
        angles.append(math.radians(car.get_wheel_steer_angle(carla.VehicleWheelLocation.FL_Wheel)))
    yaw = car.get_angular_velocity().z
    car.apply_ackermann_control(carla.VehicleAckermannControl(speed=0.0))
    ticks(world, 800)
    stopped, control = car.get_velocity().length(), car.get_control()
    client.apply_batch_sync(
        [command.ApplyVehicleAckermannControl(car.id, carla.VehicleAckermannControl(speed=-3.0))], True
    )
    ticks(world, 400)
    backing = car.get_velocity().dot(car.get_transform().get_forward_vector())
    car.apply_control(carla.VehicleControl(brake=1.0))
    ticks(world, 60)
    return {
        "defaults": [getattr(own, name) for name in names],
        "sent": [getattr(sent, name) for name in names],
        "got": [getattr(got, name) for name in names],
        "speeds": speeds,
        "pull": max(pulls),
        "angles": angles,
        "yaw": yaw,
        "stopped": stopped,
        "brake": control.brake,
        "backing": backing,
        "pedals": car.get_velocity().length(),
    }


def forces(client: Any) -> dict[str, Any]:
    world = on_plain(client)
    car = spawn_car(world, place())
    mass = car.get_physics_control().mass
    x, spun = carla.Vector3D(x=1), carla.Vector3D(z=20 * 3799.0)

    def rest() -> None:
        car.set_transform(place())
        car.set_target_velocity(carla.Vector3D())
        world.tick()

    def speed() -> float:
        world.tick()
        return float(car.get_velocity().x)

    rest()
    car.add_impulse(x * mass * 3.0)
    impulse = speed()
    rest()
    for _ in range(20):
        car.add_force(x * mass * 2.0)
        world.tick()
    force = car.get_velocity().x
    after = [speed() for _ in range(2)]
    rest()
    errors = client.apply_batch_sync(
        [command.ApplyImpulse(car.id, x * mass), command.ApplyForce(car.id, x * mass * 20)], False
    )
    batch = speed()
    car.set_target_velocity(x * 20.0)
    world.tick()
    car.add_angular_impulse(spun)
    turned = [car.get_angular_velocity().z]
    world.tick()
    turned.append(car.get_angular_velocity().z)
    rest()
    car.enable_constant_velocity(carla.Vector3D(x=4.0))
    car.apply_control(carla.VehicleControl(brake=0.0, steer=0.2))
    held = []
    for _ in range(100):
        world.tick()
        held.append(car.get_velocity().length())
    way = car.get_transform().rotation.yaw
    car.disable_constant_velocity()
    car.apply_control(carla.VehicleControl(brake=1.0))
    ticks(world, 60)
    return {
        "impulse": impulse,
        "force": force,
        "after": after,
        "batch": batch,
        "errors": [answer.error for answer in errors],
        "turned": turned,
        "held": [min(held), max(held)],
        "way": way,
        "released": car.get_velocity().length(),
    }


def ghost(client: Any) -> dict[str, Any]:
    """Drive through another car without collisions, then into it with them."""
    world = on_plain(client)
    standing = spawn_car(world, place(x=AWAY + 15))
    car = spawn_car(world, place())
    reached = []
    for collides in (False, True):
        car.set_collisions(collides)
        car.set_transform(place())
        car.set_target_velocity(carla.Vector3D(x=10))
        ticks(world, 60)
        reached.append(car.get_location().x - standing.get_location().x)
    return {"reached": reached}


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


def telemetry(client: Any) -> dict[str, Any]:
    """Accelerating straight on, braking, and turning."""
    world = on_plain(client)
    car = spawn_car(world, place())
    mass = car.get_physics_control().mass
    seen: dict[str, Any] = {}
    keys = ("speed", "steer", "throttle", "brake", "engine_rpm", "gear", "drag")
    for name, control in (
        ("pull", carla.VehicleControl(throttle=0.8)),
        ("brake", carla.VehicleControl(brake=0.4)),
        ("turn", carla.VehicleControl(throttle=0.5, steer=0.2)),
    ):
        car.apply_control(control)
        ticks(world, 60 if name != "brake" else 10)
        data = car.get_telemetry_data()
        wheels = data.wheels
        forward = car.get_transform().get_forward_vector()
        seen[name] = {
            **{key: getattr(data, key) for key in keys},
            "load": sum(wheel.tire_load for wheel in wheels),
            "along": sum(wheel.long_force for wheel in wheels),
            "side": sum(wheel.lat_force for wheel in wheels),
            "omega": wheels[0].omega,
            "friction": wheels[0].tire_friction,
            "own_speed": car.get_velocity().dot(forward),
            "acceleration": car.get_acceleration().dot(forward),
            "sideways": car.get_acceleration().dot(car.get_transform().get_right_vector()),
            "angle": car.get_wheel_steer_angle(carla.VehicleWheelLocation.FL_Wheel),
        }
    return {"mass": mass, **seen}


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
        "named": len(set(world.get_names_of_all_objects())),
    }


if __name__ == "__main__":
    run(globals())
