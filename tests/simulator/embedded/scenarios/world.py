"""Handshake, maps, settings, clock, weather."""

import time
from typing import Any

import carla
import psutil
from stage import connect, run, spawn_camera, spawn_car, synchronous

from simulator.embedded.ring import ring_document


def handshake(client: Any) -> dict[str, Any]:
    world = client.get_world()
    snapshot = world.wait_for_tick()
    library = world.get_blueprint_library()
    return {
        "client": client.get_client_version(),
        "server": client.get_server_version(),
        "map": world.get_map().name,
        "spawn_points": len(world.get_map().get_spawn_points()),
        "blueprints": sorted(blueprint.id for blueprint in library),
        "frame": snapshot.frame,
        "spectator": world.get_spectator().type_id,
        "actors": [actor.type_id for actor in world.get_actors()],
        "wheels": int(library.find("vehicle.tesla.model3").get_attribute("number_of_wheels")),
        "cars": len(library.filter("vehicle.*")),
    }


def look_up(client: Any) -> dict[str, Any]:
    """What CARLA's example scripts ask a library for before they spawn anything."""
    world = client.load_world("Ring", True)
    library = world.get_blueprint_library()
    chosen = []
    for blueprint in library.filter("vehicle.*"):
        colours = blueprint.get_attribute("color").recommended_values
        blueprint.set_attribute("color", colours[-1])
        chosen.append(len(colours))
        assert int(blueprint.get_attribute("generation")) == 2 and blueprint.get_attribute("base_type") == "car"
    blueprint.set_attribute("color", "1,2,3")  # none of the recommended
    car = world.spawn_actor(blueprint, world.get_map().get_spawn_points()[0])
    settable = {"image_size_x": "320", "range": "50", "channels": "64", "speed": "2.0"}
    refused = {}
    for name in [each.id for each in library if not each.id.startswith(("vehicle.", "walker."))]:
        sought = library.find(name)
        for attribute, value in settable.items():
            if sought.has_attribute(attribute):
                sought.set_attribute(attribute, value)
        try:
            world.spawn_actor(sought, carla.Transform(carla.Location(z=2.0)), attach_to=car).destroy()
        except RuntimeError as error:
            refused[name] = str(error)
    return {"colours": chosen, "colour": car.attributes["color"], "refused": refused}


def settings(client: Any) -> dict[str, Any]:
    world = client.load_world("Ring", True)
    before = world.get_settings()
    sent = carla.WorldSettings(
        synchronous_mode=True,
        no_rendering_mode=True,
        fixed_delta_seconds=0.04,
        substepping=True,
        max_substep_delta_time=0.005,
        max_substeps=8,
        max_culling_distance=123.0,
        deterministic_ragdolls=False,
        tile_stream_distance=1000.0,
        actor_active_distance=900.0,
    )
    world.apply_settings(sent)
    got = world.get_settings()
    first = world.get_snapshot()
    frames = [world.tick() for _ in range(25)]
    last = world.get_snapshot()
    time.sleep(0.2)
    still = world.get_snapshot().frame == last.frame
    kept = client.reload_world(False).get_settings()
    reset = client.reload_world(True).get_settings()
    return {
        "kept": [kept.synchronous_mode, kept.fixed_delta_seconds],
        "reset": [reset.synchronous_mode, reset.fixed_delta_seconds],
        "before": [before.synchronous_mode, before.fixed_delta_seconds],
        "equal": got == sent,
        "fixed_delta": got.fixed_delta_seconds,
        "substep": got.max_substep_delta_time,
        "culling": got.max_culling_distance,
        "frames": frames,
        "elapsed": last.timestamp.elapsed_seconds - first.timestamp.elapsed_seconds,
        "ticks": last.frame - first.frame,
        "stands_still": still,
    }


def free_running(client: Any) -> dict[str, Any]:
    world = client.load_world("Ring", True)
    seen: list[int] = []
    callback = world.on_tick(lambda snapshot: seen.append(snapshot.frame))
    start = world.wait_for_tick().timestamp
    time.sleep(1.0)
    end = world.wait_for_tick().timestamp
    world.remove_on_tick(callback)
    return {
        "callbacks": len(seen),
        "contiguous": seen == list(range(seen[0], seen[0] + len(seen))),
        "simulated": end.elapsed_seconds - start.elapsed_seconds,
        "real": end.platform_timestamp - start.platform_timestamp,
    }


WEATHER = (
    "cloudiness",
    "precipitation",
    "precipitation_deposits",
    "wind_intensity",
    "sun_azimuth_angle",
    "sun_altitude_angle",
    "fog_density",
    "fog_distance",
    "fog_falloff",
    "wetness",
    "scattering_intensity",
    "mie_scattering_scale",
    "rayleigh_scattering_scale",
    "dust_storm",
)


def weather(client: Any) -> dict[str, Any]:
    world = client.load_world("Ring", True)
    default = world.get_weather()
    sent = carla.WeatherParameters(**{name: 1.5 + 3 * i for i, name in enumerate(WEATHER)})
    world.set_weather(sent)
    got = world.get_weather()
    world.set_weather(carla.WeatherParameters.Default)
    return {
        "sent": [getattr(sent, name) for name in WEATHER],
        "got": [getattr(got, name) for name in WEATHER],
        "default": [getattr(default, name) for name in WEATHER],
        "preset": [getattr(world.get_weather(), name) for name in WEATHER],
    }


def open_drive(client: Any) -> dict[str, Any]:
    document = ring_document().replace('name="Ring"', 'name="Sent"')
    old = client.get_world()
    before = old.id
    world = client.generate_opendrive_world(document)
    again = client.reload_world(False)
    return {
        "new_episode": world.id != before,
        "reloaded": again.id not in (world.id, before),
        "map": again.get_map().name,
        "document": again.get_map().to_opendrive() == document,
        "maps": client.get_available_maps(),
        "lane": again.get_map().get_waypoint_xodr(1, -1, 10.0).lane_id,
    }


def bad_maps(client: Any) -> dict[str, Any]:
    said = {}
    documents = {"words": "no map at all", "empty": "<OpenDRIVE/>", "nothing": ""}
    for name, document in documents.items():
        try:
            client.generate_opendrive_world(document)
            said[name] = ""
        except RuntimeError as error:
            said[name] = str(error)
    try:
        client.load_world("Town04")
        said["town"] = ""
    except RuntimeError as error:
        said["town"] = str(error)
    return {"said": said, "alive": client.get_world().wait_for_tick().frame > 0}


def reload(client: Any, pid: str) -> dict[str, Any]:
    """Ten episodes with a camera each; the server's memory [MiB] after each."""
    process = psutil.Process(int(pid))
    memory, ids, cameras = [], [], []
    for _ in range(10):
        world = synchronous(client)
        ids.append(world.id)
        car = spawn_car(world)
        camera, images = spawn_camera(world, car)
        for _ in range(30):
            world.tick()
            images.get(timeout=10)
        cameras.append(camera)  # not destroyed: the next episode ends it, and the car
        memory.append(process.memory_info().rss / 2**20)
    actors = [actor.type_id for actor in synchronous(client).get_actors()]
    return {"memory": memory, "episodes": len(set(ids)), "left": actors}


def two_clients(client: Any, port: str) -> dict[str, Any]:
    world = synchronous(client)
    car = spawn_car(world)
    other = connect(int(port)).get_world()
    seen: list[int] = []
    other.on_tick(lambda snapshot: seen.append(snapshot.frame))
    frames = [world.tick() for _ in range(300)]
    deadline = time.monotonic() + 5
    while (not seen or seen[-1] < frames[-1]) and time.monotonic() < deadline:
        time.sleep(0.01)
    found = other.get_actor(car.id)
    same = other.get_snapshot().find(car.id).get_transform() == world.get_snapshot().find(car.id).get_transform()
    return {"frames": frames, "seen": seen, "type": found.type_id, "same": same}


def prepare(client: Any) -> dict[str, Any]:
    synchronous(client)
    return {}


def first_world(client: Any) -> dict[str, Any]:
    """What a server shows before anybody loads a map, and after going round all its maps."""
    world = client.get_world()
    weather = world.get_weather()
    numbers = [getattr(weather, name) for name in WEATHER]
    document = world.get_map().to_opendrive()
    name = world.get_map().name
    maps = [client.load_world(each).get_map().name for each in ("Ring", "OpenDriveMap")]
    again = client.get_world().get_weather()
    return {
        "map": name,
        "document": document,
        "weather": numbers,
        "maps": maps,
        "again": [getattr(again, name) for name in WEATHER],
    }


if __name__ == "__main__":
    run(globals())
