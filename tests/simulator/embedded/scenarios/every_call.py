"""Every call of the client that reaches the server, each with sensible arguments."""

import sys
import time
from collections.abc import Callable
from typing import Any

import carla
from carla import command
from stage import run, spawn_camera, spawn_car, synchronous

HERE = carla.Location(1.0, 2.0, 3.0)
PUSH = carla.Vector3D(1.0, 2.0, 3.0)
# a map with a landmark to ask for; the server's own has none
SIGNPOSTED = (
    '<OpenDRIVE><header revMajor="1" revMinor="4"/><road id="1" length="100" junction="-1"><planView>'
    '<geometry s="0" x="0" y="0" hdg="0" length="100"><line/></geometry></planView><lanes><laneSection s="0">'
    '<center><lane id="0" type="none"/></center><right><lane id="-1" type="driving"><width sOffset="0" a="3.5" '
    'b="0" c="0" d="0"/></lane></right></laneSection></lanes><signals><signal s="50" t="-4" id="7" name="a" '
    'dynamic="yes" orientation="+" zOffset="0" country="OpenDRIVE" type="1000001" subtype="-1" value="-1"/>'
    "</signals></road></OpenDRIVE>"
)


def client_calls(client: Any) -> dict[str, Callable[[], Any]]:
    document = client.get_world().get_map().to_opendrive()
    return {
        "get_server_version": client.get_server_version,
        "get_world": client.get_world,
        "get_available_maps": client.get_available_maps,
        "generate_opendrive_world": lambda: client.generate_opendrive_world(
            document, carla.OpendriveGenerationParameters()
        ),
        "reload_world": client.reload_world,
        "load_world_if_different": lambda: client.load_world_if_different("Ring"),
        "load_world": lambda: client.load_world("Ring"),
        "apply_batch": lambda: client.apply_batch([command.DestroyActor(99)]),
        "apply_batch_sync": lambda: client.apply_batch_sync([command.DestroyActor(99)]),
        "get_trafficmanager": lambda: client.get_trafficmanager(free_port()),
        "get_required_files": lambda: client.get_required_files("", False),
        "request_file": lambda: client.request_file(client.get_required_files("Nav", False)[0]),
        "start_recorder": lambda: client.start_recorder("x.log"),
        "stop_recorder": client.stop_recorder,
        "show_recorder_file_info": lambda: client.show_recorder_file_info("x.log", True),
        "show_recorder_collisions": lambda: client.show_recorder_collisions("x.log", "a", "a"),
        "show_recorder_actors_blocked": lambda: client.show_recorder_actors_blocked("x.log", 1, 2),
        "replay_file": lambda: client.replay_file("x.log", 0.0, 0.0, 0, False),
        "stop_replayer": lambda: client.stop_replayer(True),
        "set_replayer_time_factor": lambda: client.set_replayer_time_factor(2.0),
        "set_replayer_ignore_hero": lambda: client.set_replayer_ignore_hero(True),
        "set_replayer_ignore_spectator": lambda: client.set_replayer_ignore_spectator(True),
    }


def world_calls(world: Any) -> dict[str, Callable[[], Any]]:
    signposted = carla.Map("x", SIGNPOSTED)
    start, waypoint = world.get_map().get_spawn_points()[5], world.get_map().get_waypoint(HERE)
    library = world.get_blueprint_library()
    diffuse, texture, bright = carla.MaterialParameter.Diffuse, carla.TextureColor(2, 2), carla.TextureFloatColor(2, 2)

    def get(name: str) -> Callable[[], Any]:
        return lambda: getattr(world, name)() if callable(getattr(world, name)) else getattr(world, name)

    plain = (
        *("id", "debug", "get_blueprint_library", "get_map", "get_spectator", "get_settings", "get_weather"),
        *(
            "get_snapshot",
            "get_actors",
            "tick",
            "get_vehicles_light_states",
            "get_level_bbs",
            "get_environment_objects",
        ),
        *("get_names_of_all_objects", "get_imui_sensor_gravity", "get_random_location_from_navigation"),
        *("reset_all_traffic_lights", "get_lightmanager"),
    )
    return {
        **{name: get(name) for name in plain},
        "apply_settings": lambda: world.apply_settings(world.get_settings()),
        "set_weather": lambda: world.set_weather(carla.WeatherParameters.WetNoon),
        "get_actor": lambda: world.get_actor(world.get_spectator().id),
        "spawn_actor": lambda: world.spawn_actor(library.find("sensor.camera.rgb"), start),
        "try_spawn_actor": lambda: world.try_spawn_actor(library.find("vehicle.tesla.model3"), start),
        "on_tick": lambda: world.on_tick(lambda snapshot: None),
        "remove_on_tick": lambda: world.remove_on_tick(world.on_tick(lambda snapshot: None)),
        "wait_for_tick": lambda: wait_for_tick(world),
        "cast_ray": lambda: world.cast_ray(HERE, carla.Location()),
        "project_point": lambda: world.project_point(HERE, carla.Vector3D(z=-1.0), 10.0),
        "ground_projection": lambda: world.ground_projection(HERE, 10.0),
        "set_imui_sensor_gravity": lambda: world.set_imui_sensor_gravity(9.81),
        "get_traffic_sign": lambda: world.get_traffic_sign(signposted.get_all_landmarks()[0]),
        "get_traffic_light": lambda: world.get_traffic_light(signposted.get_all_landmarks()[0]),
        "get_traffic_light_from_opendrive_id": lambda: world.get_traffic_light_from_opendrive_id("1"),
        "get_traffic_lights_from_waypoint": lambda: world.get_traffic_lights_from_waypoint(waypoint, 50.0),
        "freeze_all_traffic_lights": lambda: world.freeze_all_traffic_lights(True),
        "set_annotations_traverse_translucency": lambda: world.set_annotations_traverse_translucency(True),
        "enable_environment_objects": lambda: world.enable_environment_objects({1}, False),
        "load_map_layer": lambda: world.load_map_layer(carla.MapLayer.Buildings),
        "unload_map_layer": lambda: world.unload_map_layer(carla.MapLayer.Buildings),
        "apply_color_texture_to_object": lambda: world.apply_color_texture_to_object("x", diffuse, texture),
        "apply_float_color_texture_to_object": lambda: world.apply_float_color_texture_to_object("x", diffuse, bright),
        "apply_textures_to_object": lambda: world.apply_textures_to_object("x", texture, bright, bright, bright),
        "apply_color_texture_to_objects": lambda: world.apply_color_texture_to_objects(["x"], diffuse, texture),
        "apply_float_color_texture_to_objects": lambda: world.apply_float_color_texture_to_objects(
            ["x"], diffuse, bright
        ),
        "apply_textures_to_objects": lambda: world.apply_textures_to_objects(["x"], texture, bright, bright, bright),
    }


def wait_for_tick(world: Any) -> Any:
    settings = world.get_settings()
    settings.synchronous_mode = False
    world.apply_settings(settings)
    snapshot = world.wait_for_tick()
    settings.synchronous_mode = True
    world.apply_settings(settings)
    return snapshot


def actor_calls(car: Any) -> dict[str, Callable[[], Any]]:
    def get(name: str) -> Callable[[], Any]:
        return lambda: getattr(car, name)() if callable(getattr(car, name)) else getattr(car, name)

    plain = (
        *(
            "id",
            "type_id",
            "parent",
            "semantic_tags",
            "actor_state",
            "is_alive",
            "is_dormant",
            "is_active",
            "attributes",
        ),
        *("bounding_box", "get_world", "get_location", "get_transform", "get_velocity", "get_angular_velocity"),
        *("get_acceleration", "disable_constant_velocity", "get_bone_world_transforms"),
        *(
            "get_bone_relative_transforms",
            "get_component_names",
            "get_bone_names",
            "get_socket_world_transforms",
            "get_socket_relative_transforms",
        ),
        "get_socket_names",
    )
    return {
        **{name: get(name) for name in plain},
        "set_location": lambda: car.set_location(car.get_location()),
        "set_transform": lambda: car.set_transform(car.get_transform()),
        "set_target_velocity": lambda: car.set_target_velocity(PUSH),
        "set_target_angular_velocity": lambda: car.set_target_angular_velocity(PUSH),
        "enable_constant_velocity": lambda: car.enable_constant_velocity(PUSH),
        "add_impulse": lambda: car.add_impulse(PUSH),
        "add_force": lambda: car.add_force(PUSH),
        "add_angular_impulse": lambda: car.add_angular_impulse(PUSH),
        "add_torque": lambda: car.add_torque(PUSH),
        "set_simulate_physics": lambda: car.set_simulate_physics(True),
        "set_enable_gravity": lambda: car.set_enable_gravity(True),
        "set_collisions": lambda: car.set_collisions(True),
        "get_component_world_transform": lambda: car.get_component_world_transform("x"),
        "get_component_relative_transform": lambda: car.get_component_relative_transform("x"),
        "destroy": lambda: car.destroy() or fail("not destroyed"),
    }


def fail(words: str) -> None:
    raise RuntimeError(words)


def free_port() -> int:
    import socket

    with socket.socket() as sock:
        sock.bind(("", 0))
        return int(sock.getsockname()[1])


def make(calls: dict[str, Callable[[], Any]], answers: dict[str, Any], prefix: str) -> None:
    """Make all calls; keeps what was said by those that failed."""
    for name, call in calls.items():
        sys.stderr.write(f"{prefix}.{name}\n")  # the wheel may end the process
        try:
            call()
            answers[f"{prefix}.{name}"] = ""
        except Exception as error:
            answers[f"{prefix}.{name}"] = f"{type(error).__name__}: {error}"


def everything(client: Any) -> dict[str, Any]:
    """Make every call of the client, world and actors."""
    from more_calls import (
        command_calls,
        controller_calls,
        helper_calls,
        sensor_calls,
        traffic_calls,
        vehicle_calls,
        walker_calls,
    )

    answers: dict[str, Any] = {}
    world = synchronous(client)
    make(world_calls(world), answers, "World")
    car, port = spawn_car(world, 0), free_port()
    camera, _ = spawn_camera(world, car)
    make(vehicle_calls(car, port), answers, "Vehicle")
    make(sensor_calls(camera), answers, "sensor")
    make(helper_calls(world), answers, "helper")
    library = world.get_blueprint_library()
    where = world.get_random_location_from_navigation() + carla.Location(z=1.0)
    walker = world.spawn_actor(library.find("walker.pedestrian.0001"), carla.Transform(where))
    controller = world.spawn_actor(library.find("controller.ai.walker"), carla.Transform(), attach_to=walker)
    world.tick()
    make(walker_calls(walker), answers, "Walker")
    make(controller_calls(controller), answers, "WalkerAIController")
    answers.update(command_calls(client, world, car, walker, port))
    make(traffic_calls(client, world, car, port), answers, "TrafficManager")
    make(actor_calls(car), answers, "Actor")
    camera.destroy()
    make(client_calls(client), answers, "Client")
    time.sleep(0.2)
    return answers


if __name__ == "__main__":
    run(globals())
