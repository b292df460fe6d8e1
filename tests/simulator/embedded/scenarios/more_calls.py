"""Calls of vehicles, sensors, the Traffic Manager, commands and the rest; see `every_call`."""

from collections.abc import Callable
from typing import Any

import carla
from carla import command

WHEEL = carla.VehicleWheelLocation.FL_Wheel
HERE, THERE = carla.Location(1.0, 2.0, 3.0), carla.Location(4.0, 5.0, 6.0)
PUSH = carla.Vector3D(1.0, 2.0, 3.0)


def vehicle_calls(car: Any, port: int) -> dict[str, Callable[[], Any]]:
    plain = (
        *("get_control", "get_light_state", "get_physics_control", "get_ackermann_controller_settings"),
        *(
            "get_telemetry_data",
            "get_speed_limit",
            "get_traffic_light_state",
            "is_at_traffic_light",
            "get_traffic_light",
        ),
        *("get_failure_state", "enable_chrono_physics", "restore_physx_physics", "get_vehicle_bone_world_transforms"),
    )
    return {
        **{name: getattr(car, name) for name in plain},
        "apply_control": lambda: car.apply_control(carla.VehicleControl(throttle=0.1)),
        "apply_ackermann_control": lambda: car.apply_ackermann_control(carla.VehicleAckermannControl(speed=1.0)),
        "apply_ackermann_controller_settings": lambda: car.apply_ackermann_controller_settings(
            carla.AckermannControllerSettings()
        ),
        "apply_physics_control": lambda: car.apply_physics_control(car.get_physics_control()),
        "set_light_state": lambda: car.set_light_state(carla.VehicleLightState.HighBeam),
        "set_autopilot": lambda: car.set_autopilot(False, port),
        "open_door": lambda: car.open_door(carla.VehicleDoor.All),
        "close_door": lambda: car.close_door(carla.VehicleDoor.All),
        "set_wheel_steer_direction": lambda: car.set_wheel_steer_direction(WHEEL, 10.0),
        "get_wheel_steer_angle": lambda: car.get_wheel_steer_angle(WHEEL),
        "set_wheel_pitch_angle": lambda: car.set_wheel_pitch_angle(WHEEL, 10.0),
        "get_wheel_pitch_angle": lambda: car.get_wheel_pitch_angle(WHEEL),
        "show_debug_telemetry": lambda: car.show_debug_telemetry(True),
        "enable_carsim": lambda: car.enable_carsim("x"),
        "use_carsim_road": lambda: car.use_carsim_road(True),
    }


def sensor_calls(camera: Any) -> dict[str, Callable[[], Any]]:
    buffer = carla.GBufferTextureID.SceneColor
    return {
        "is_listening": camera.is_listening,
        "stop": camera.stop,
        "listen": lambda: camera.listen(lambda image: None),
        "enable_gbuffers": lambda: camera.enable_gbuffers(True),
        "listen_to_gbuffer": lambda: camera.listen_to_gbuffer(buffer, lambda image: None),
        "stop_gbuffer": lambda: camera.stop_gbuffer(buffer),
        "set_ignored_vehicles": lambda: camera.set_ignored_vehicles([1]),
        "enable_for_ros": camera.enable_for_ros,
        "disable_for_ros": camera.disable_for_ros,
        "is_enabled_for_ros": camera.is_enabled_for_ros,
    }


def walker_calls(walker: Any) -> dict[str, Callable[[], Any]]:
    bones = carla.WalkerBoneControlIn()
    return {
        "apply_control": lambda: walker.apply_control(carla.WalkerControl(speed=1.0)),
        **{
            name: getattr(walker, name)
            for name in ("get_control", "get_bones", "show_pose", "hide_pose", "get_pose_from_animation")
        },
        "set_bones": lambda: walker.set_bones(bones),
        "blend_pose": lambda: walker.blend_pose(0.5),
    }


def controller_calls(controller: Any) -> dict[str, Callable[[], Any]]:
    return {
        "start": controller.start,
        "go_to_location": lambda: controller.go_to_location(HERE),
        "set_max_speed": lambda: controller.set_max_speed(1.4),
        "stop": controller.stop,
    }


def helper_calls(world: Any) -> dict[str, Callable[[], Any]]:
    debug, lamps, library = world.debug, world.get_lightmanager(), world.get_blueprint_library()
    box = carla.BoundingBox(HERE, PUSH)
    return {
        "draw_point": lambda: debug.draw_point(HERE),
        "draw_hud_point": lambda: debug.draw_hud_point(HERE),
        "draw_line": lambda: debug.draw_line(HERE, THERE),
        "draw_hud_line": lambda: debug.draw_hud_line(HERE, THERE),
        "draw_arrow": lambda: debug.draw_arrow(HERE, THERE),
        "draw_hud_arrow": lambda: debug.draw_hud_arrow(HERE, THERE),
        "draw_box": lambda: debug.draw_box(box, carla.Rotation()),
        "draw_hud_box": lambda: debug.draw_hud_box(box, carla.Rotation()),
        "draw_string": lambda: debug.draw_string(HERE, "x"),
        "clear_debug_shape": debug.clear_debug_shape,
        "clear_debug_string": debug.clear_debug_string,
        "get_all_lights": lamps.get_all_lights,
        "get_turned_on_lights": lambda: lamps.get_turned_on_lights(carla.LightGroup.NONE),
        "get_turned_off_lights": lambda: lamps.get_turned_off_lights(carla.LightGroup.NONE),
        "set_day_night_cycle": lambda: lamps.set_day_night_cycle(True),
        "find": lambda: library.find("vehicle.tesla.model3"),
        "filter": lambda: library.filter("vehicle.*"),
        "filter_by_attribute": lambda: library.filter_by_attribute("number_of_wheels", "4"),
    }


def command_calls(client: Any, world: Any, car: Any, walker: Any, port: int) -> dict[str, str]:
    """Give each command's error."""
    blueprint = world.get_blueprint_library().find("sensor.other.imu")
    sensor = world.spawn_actor(blueprint, carla.Transform())
    arguments = {
        "SpawnActor": (blueprint, carla.Transform()),
        "DestroyActor": (sensor.id,),
        "ApplyVehicleControl": (car.id, carla.VehicleControl()),
        "ApplyVehicleAckermannControl": (car.id, carla.VehicleAckermannControl()),
        "ApplyVehiclePhysicsControl": (car.id, car.get_physics_control()),
        "ApplyTransform": (car.id, car.get_transform()),
        "SetSimulatePhysics": (car.id, True),
        "SetEnableGravity": (car.id, True),
        "SetAutopilot": (car.id, False, port),
        "SetVehicleLightState": (car.id, 0),
        "ApplyWalkerControl": (walker.id, carla.WalkerControl()),
        "ApplyWalkerState": (walker.id, walker.get_transform(), 1.0),
        **{
            f"Apply{name}": (car.id, PUSH)
            for name in ("TargetVelocity", "TargetAngularVelocity", "Impulse", "Force", "AngularImpulse", "Torque")
        },
    }
    answers = {}
    for name, given in arguments.items():
        answers[f"command.{name}"] = client.apply_batch_sync([getattr(command, name)(*given)])[0].error
    future = command.SpawnActor(blueprint, carla.Transform()).then(
        command.ApplyTransform(command.FutureActor, carla.Transform(HERE))
    )
    answers["command.FutureActor"] = answers["command.Response"] = client.apply_batch_sync([future])[0].error
    return answers


def traffic_calls(client: Any, world: Any, car: Any, port: int) -> dict[str, Callable[[], Any]]:
    manager = client.get_trafficmanager(port)
    manager.set_synchronous_mode(True)
    car.set_autopilot(True, port)
    other = world.spawn_actor(
        world.get_blueprint_library().find("vehicle.tesla.model3"), world.get_map().get_spawn_points()[2]
    )
    world.tick()
    for_car = (
        *(
            "vehicle_percentage_speed_difference",
            "vehicle_lane_offset",
            "set_desired_speed",
            "ignore_walkers_percentage",
        ),
        *("distance_to_leading_vehicle", "ignore_vehicles_percentage", "ignore_lights_percentage"),
        *("ignore_signs_percentage", "keep_slow_lane_rule_percentage", "random_left_lanechange_percentage"),
        "random_right_lanechange_percentage",
    )
    for_all = (
        *("global_percentage_speed_difference", "global_lane_offset", "set_global_distance_to_leading_vehicle"),
        "set_hybrid_physics_radius",
    )
    flags = ("set_hybrid_physics_mode", "set_osm_mode", "set_respawn_dormant_vehicles", "set_synchronous_mode")
    return {
        "get_port": manager.get_port,
        **{name: lambda name=name: getattr(manager, name)(car, 1.0) for name in for_car},
        **{name: lambda name=name: getattr(manager, name)(1.0) for name in for_all},
        **{name: lambda name=name: getattr(manager, name)(True) for name in flags},
        **{
            name: lambda name=name: getattr(manager, name)(car, True)
            for name in ("update_vehicle_lights", "auto_lane_change", "force_lane_change")
        },
        "collision_detection": lambda: manager.collision_detection(car, other, False),
        "set_random_device_seed": lambda: manager.set_random_device_seed(3),
        "set_path": lambda: manager.set_path(car, [other.get_location()]),
        "set_route": lambda: manager.set_route(car, ["Straight"]),
        "set_boundaries_respawn_dormant_vehicles": lambda: manager.set_boundaries_respawn_dormant_vehicles(20.0, 500.0),
        "tick": world.tick,
        "get_next_action": lambda: manager.get_next_action(car),
        "get_all_actions": lambda: manager.get_all_actions(car),
        "shut_down": manager.shut_down,
    }
