"""Moving a car without pedals, and what its engine and tyres do."""

import math
from typing import Any

import carla
from carla import command
from stage import AWAY, on_plain, place, run, spawn_car, ticks


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


if __name__ == "__main__":
    run(globals())
