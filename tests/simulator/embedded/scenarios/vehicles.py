"""Spawning, batches, driving, physics."""

import math
from typing import Any

import carla
import numpy as np
from carla import command
from stage import AWAY, DELTA, MODEL3, place, run, spawn_car, ticks
from stage import on_plain as synchronous


def spawning(client: Any) -> dict[str, Any]:
    world = synchronous(client)
    blueprint = world.get_blueprint_library().find(MODEL3)
    blueprint.set_attribute("role_name", "hero")
    blueprint.set_attribute("color", "200,10,10")
    off_road = world.spawn_actor(blueprint, place())
    taken = world.try_spawn_actor(blueprint, place(x=AWAY + 3.0))
    beside = world.try_spawn_actor(blueprint, place(y=AWAY + 3.0))
    above = world.try_spawn_actor(blueprint, place(z=5.0))
    try:
        world.spawn_actor(blueprint, place(x=AWAY + 4.7))
        said = ""
    except RuntimeError as error:
        said = str(error)
    world.tick()
    result = {
        "taken": taken is None,
        "said": said,
        "beside": beside is not None,
        "above": above is not None,
        "role": off_road.attributes["role_name"],
        "color": off_road.attributes["color"],
        "tags": list(off_road.semantic_tags),
        "ids": sorted(actor.id for actor in world.get_actors().filter("vehicle.*"))
        == sorted([off_road.id, beside.id, above.id]),
        "destroyed": off_road.destroy(),
    }
    world.tick()
    result["alive"] = off_road.is_alive
    try:
        off_road.set_simulate_physics(False)
        result["after"] = ""
    except RuntimeError as error:
        result["after"] = str(error)
    result["free_again"] = world.try_spawn_actor(blueprint, place()) is not None
    return result


def batch(client: Any) -> dict[str, Any]:
    world = synchronous(client)
    library = world.get_blueprint_library()
    car, camera = library.find(MODEL3), library.find("sensor.camera.rgb")
    control = carla.VehicleControl(throttle=0.6, steer=0.1)
    answers = client.apply_batch_sync(
        [
            command.SpawnActor(car, place()).then(command.ApplyVehicleControl(command.FutureActor, control)),
            command.SpawnActor(car, place(x=AWAY + 2)),
            command.DestroyActor(99999),
            command.SpawnActor(car, place(x=AWAY + 50)).then(
                command.ApplyTargetVelocity(command.FutureActor, carla.Vector3D(x=5))
            ),
        ],
        False,
    )
    driver, coaster = answers[0].actor_id, answers[3].actor_id
    mounted = client.apply_batch_sync([command.SpawnActor(camera, carla.Transform(), driver)], True)[0]
    world.tick()
    actors = world.get_actors([driver, coaster, mounted.actor_id])
    by_id = {actor.id: actor for actor in actors}
    speed = by_id[coaster].get_velocity().x
    moved = client.apply_batch_sync(
        [
            command.ApplyTransform(coaster, place(y=AWAY + 100, yaw=90)),
            command.SetSimulatePhysics(coaster, False),
            command.SetVehicleLightState(driver, carla.VehicleLightState.Brake),
            command.SetAutopilot(driver, False),
            command.ApplyWalkerControl(driver, carla.WalkerControl()),
        ],
        True,
    )
    world.tick()
    return {
        "errors": [bool(answer.error) for answer in answers],
        "said": [answer.error for answer in answers],
        "throttle": by_id[driver].get_control().throttle,
        "speed": speed,
        "parent": by_id[mounted.actor_id].parent.id == driver,
        "moved": [bool(answer.error) for answer in moved],
        "unsupported": moved[4].error,
        "place": [by_id[coaster].get_location().y, by_id[coaster].get_transform().rotation.yaw],
        "still": by_id[coaster].get_velocity().length(),
        "lights": int(by_id[driver].get_light_state()),
    }


def moving(client: Any) -> dict[str, Any]:
    """Transforms, velocities, held physics and falling, each seen after one tick."""
    world = synchronous(client)
    car = spawn_car(world, place(z=2.0))
    heights = []
    for _ in range(20):
        heights.append(car.get_location().z)
        world.tick()
    car.set_transform(place(x=AWAY + 10, yaw=90))
    car.set_target_velocity(carla.Vector3D(y=10))
    world.tick()
    there, velocity = car.get_transform(), car.get_velocity()
    car.set_location(carla.Location(x=AWAY, y=AWAY, z=0))
    world.tick()
    kept = [car.get_location().x - AWAY, car.get_velocity().y]
    car.set_simulate_physics(False)
    world.tick()
    held = car.get_location()
    car.apply_control(carla.VehicleControl(throttle=1.0))
    ticks(world, 10)
    moved = car.get_location().distance(held)
    car.set_simulate_physics(True)
    ticks(world, 10)
    return {
        "heights": heights,
        "place": [there.location.x - AWAY, there.location.y - AWAY, there.rotation.yaw],
        "velocity": [velocity.x, velocity.y],
        "kept": kept,
        "moved_while_held": moved,
        "moved_after": car.get_location().distance(held),
    }


def steering(client: Any) -> dict[str, Any]:
    """Curvature driven against curvature commanded, at several speeds; the car's own numbers turn it into steer."""
    world = synchronous(client)
    results = []
    for kind in (MODEL3, "vehicle.bmw.grandtourer", "vehicle.volkswagen.t2"):
        car = spawn_car(world, place(), kind)
        physics = car.get_physics_control()
        wheels = [wheel.position for wheel in physics.wheels]
        wheelbase = ((wheels[0] + wheels[1]) - (wheels[2] + wheels[3])).length() / 200
        rear = (wheels[2] + wheels[3]) / 200
        behind = math.hypot(rear.x - car.get_location().x, rear.y - car.get_location().y)
        for curvature, speed in ((0.01, 4.0), (0.04, 6.0), (-0.02, 10.0), (0.004, 15.0)):
            car.set_transform(place())
            car.set_target_velocity(carla.Vector3D(x=speed))
            for _ in range(60):
                velocity = car.get_velocity().length()
                share = interpolate(physics.steering_curve, 3.6 * velocity)
                steer = math.degrees(math.atan(wheelbase * curvature)) / physics.wheels[0].max_steer_angle / share
                car.apply_control(carla.VehicleControl(throttle=0.3 if velocity < speed else 0.0, steer=steer))
                world.tick()
            velocity, turn = car.get_velocity().length(), math.radians(car.get_angular_velocity().z)
            # the rear axle runs straight on, the origin swings out in front of it
            rear_speed = math.sqrt(max(velocity**2 - (turn * behind) ** 2, 0.0))
            results.append(
                [
                    kind,
                    curvature,
                    turn / rear_speed,
                    wheelbase,
                    car.get_wheel_steer_angle(carla.VehicleWheelLocation.FL_Wheel),
                    steer,
                ]
            )
        car.destroy()
        world.tick()
    return {"results": results}


def interpolate(curve: Any, at: float) -> float:
    return float(np.interp(at, [point.x for point in curve], [point.y for point in curve]))


def pedals(client: Any) -> dict[str, Any]:
    world = synchronous(client)
    car = spawn_car(world, place())

    def drive(ticks: int, **control: Any) -> list[float]:
        speeds = []
        car.apply_control(carla.VehicleControl(**control))
        for _ in range(ticks):
            world.tick()
            speeds.append(car.get_velocity().x)
        return speeds

    rest = drive(20)
    start = drive(60, throttle=1.0)
    rolling = drive(40)
    braking = drive(100, brake=1.0)
    backing = drive(40, throttle=0.5, reverse=True)
    gear = car.get_control().gear
    stopped = drive(60, hand_brake=True)
    neutral = drive(20, throttle=1.0, manual_gear_shift=True, gear=0)
    acceleration = (start[10] - start[0]) / (10 * DELTA)
    return {
        "rest": rest[-1],
        "acceleration": acceleration,
        "top": start[-1],
        "rolling": rolling,
        "braking": (braking[0] - braking[10]) / (10 * DELTA),
        "stands": braking[-1],
        "backing": backing[-1],
        "gear": gear,
        "stopped": stopped[-1],
        "neutral": neutral[-1],
        "yaw": car.get_transform().rotation.yaw,
        "side": car.get_location().y - AWAY,
    }


def physics(client: Any) -> dict[str, Any]:
    world = synchronous(client)
    car = spawn_car(world, place())
    own = car.get_physics_control()

    def pull() -> float:
        car.apply_control(carla.VehicleControl(brake=1.0))
        ticks(world, 40)
        car.set_transform(place())
        car.set_target_velocity(carla.Vector3D())
        car.apply_control(carla.VehicleControl(throttle=0.5))
        ticks(world, 10)
        return float(car.get_velocity().x)

    light = pull()
    sent = car.get_physics_control()
    sent.mass = 2 * own.mass
    sent.drag_coefficient = 0.5
    sent.steering_curve = [carla.Vector2D(0.0, 1.0), carla.Vector2D(50.0, 0.5)]
    wheels = sent.wheels
    for wheel in wheels:
        wheel.tire_friction = 2.0
    sent.wheels = wheels
    car.apply_physics_control(sent)
    got = car.get_physics_control()
    heavy = pull()
    sent.mass = -1.0
    car.apply_physics_control(sent)
    box = car.bounding_box
    return {
        "mass": own.mass,
        "max_steer": [wheel.max_steer_angle for wheel in own.wheels],
        "got": [got.mass, got.drag_coefficient, [[p.x, p.y] for p in got.steering_curve]],
        "friction": [wheel.tire_friction for wheel in got.wheels],
        "equal": got.torque_curve == sent.torque_curve and got.center_of_mass == sent.center_of_mass,
        "light": light,
        "heavy": heavy,
        "refused": car.get_physics_control().mass,
        "box": [box.extent.x, box.extent.y, box.extent.z, box.location.z],
    }


def lights(client: Any) -> dict[str, Any]:
    world = synchronous(client)
    cars = [spawn_car(world, k) for k in range(2)]
    both = carla.VehicleLightState(carla.VehicleLightState.LowBeam | carla.VehicleLightState.Position)
    cars[1].set_light_state(both)
    world.tick()
    states = world.get_vehicles_light_states()
    return {
        "sent": int(both),
        "got": [int(car.get_light_state()) for car in cars],
        "all": [int(states[car.id]) for car in cars],
    }


def hold_control(client: Any) -> dict[str, Any]:
    world = synchronous(client)
    car = spawn_car(world, place())
    car.apply_control(carla.VehicleControl(throttle=0.5, steer=0.25))
    world.tick()
    first = car.get_control()
    ticks(world, 30)
    now = car.get_control()
    return {
        "first": [first.throttle, first.steer],
        "now": [now.throttle, now.steer],
        "speed": car.get_velocity().length(),
        "yaw": car.get_transform().rotation.yaw,
        "y": car.get_location().y - AWAY,
        "turn": car.get_angular_velocity().z,
        "acceleration": car.get_acceleration().length(),
    }


if __name__ == "__main__":
    run(globals())
