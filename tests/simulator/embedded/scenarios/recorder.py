"""A drive is recorded, told about, and replayed."""

import sys
from typing import Any

import carla
from stage import connect, on_plain, run, spawn_car, synchronous

TICKS = 60


def state(actor: Any) -> list[float]:
    """Give place [m] and rotation [degrees]."""
    pose = actor.get_transform()
    place, turn = pose.location, pose.rotation
    return [place.x, place.y, place.z, turn.roll, turn.pitch, turn.yaw]


def drive(client: Any, world: Any, name: str, additional: bool = True) -> dict[str, Any]:
    """Record a hero who drives into a bend, one who drives off and ends, and one who comes later."""
    library = world.get_blueprint_library()
    points = world.get_map().get_spawn_points()
    blueprint = library.find("vehicle.tesla.model3")
    blueprint.set_attribute("role_name", "hero")
    blueprint.set_attribute("color", "9,8,7")
    hero = world.spawn_actor(blueprint, points[0])
    other = spawn_car(world, 4, "vehicle.mercedes.sprinter")
    path = client.start_recorder(name, additional)
    hero.apply_control(carla.VehicleControl(throttle=0.7, steer=-0.15))
    other.apply_control(carla.VehicleControl(throttle=0.4))
    other.set_light_state(carla.VehicleLightState(carla.VehicleLightState.LowBeam | carla.VehicleLightState.Brake))
    ids = {"hero": hero.id, "other": other.id}
    seen: dict[str, list[list[float]]] = {"hero": [], "other": []}
    for k in range(TICKS):
        if k == 20:
            late = world.spawn_actor(library.find("vehicle.nissan.micra"), points[8])
            ids["late"] = late.id
        if k == 40:
            other.destroy()
        world.tick()
        seen["hero"].append(state(hero))
        if k < 40:
            seen["other"].append(state(other))
    client.stop_recorder()
    return {"path": path, "ids": ids, "seen": seen}


def clear(world: Any) -> None:
    for actor in world.get_actors().filter("vehicle.*"):
        actor.destroy()
    world.tick()


def tells(client: Any, name: str) -> dict[str, Any]:
    """Record and give CARLA's text about it."""
    world = synchronous(client)
    done = drive(client, world, name)
    return {
        **done,
        "some": client.show_recorder_file_info(name, False),
        "all": client.show_recorder_file_info(name, True),
        "by_path": client.show_recorder_file_info(done["path"], False),
        "blocked": client.show_recorder_actors_blocked(name, 1.0, 100.0),
        "missing": client.show_recorder_file_info("nothing.log", False),
    }


def replays(client: Any, name: str) -> dict[str, Any]:
    """Record, empty the world, replay; gives where the cars were and where they are put."""
    world = synchronous(client)
    done = drive(client, world, name)
    clear(world)
    said = client.replay_file(name, 0.0, 0.0, 0, False)
    world.tick()  # the second frame: the first one was there when the replay began
    by_kind = {actor.type_id: actor for actor in world.get_actors().filter("vehicle.*")}
    hero, other = by_kind["vehicle.tesla.model3"], by_kind["vehicle.mercedes.sprinter"]
    result: dict[str, Any] = {
        **done,
        "said": said,
        "color": hero.attributes["color"],
        "role": hero.attributes["role_name"],
        "lights": int(other.get_light_state()),
        "again": {"hero": [state(hero)], "other": [state(other)]},
        "speeds": [],
        "steer": hero.get_control().steer,
        "kept_id": hero.id,
    }
    for _ in range(TICKS - 3):
        world.tick()
        result["again"]["hero"].append(state(hero))
        result["speeds"].append(hero.get_velocity().length())
        if world.get_snapshot().find(other.id) is not None:
            result["again"]["other"].append(state(other))
    result["late"] = len(world.get_actors().filter("vehicle.nissan.micra"))
    result["gone"] = len(world.get_actors().filter("vehicle.mercedes.sprinter")) == 0
    world.tick()
    result["stands"] = hero.get_velocity().length()
    hero.apply_control(carla.VehicleControl(throttle=1.0))
    for _ in range(20):
        world.tick()
    result["drives"] = hero.get_velocity().length()
    return result


def wishes(client: Any, name: str) -> dict[str, Any]:
    """From the middle, fast, slow, without the hero, followed by the spectator, stopped, on another map."""
    world = synchronous(client)
    done = drive(client, world, name)
    seen: dict[str, Any] = {"recorded": done["seen"]["hero"]}

    def begin(start: float, duration: float, follow: int = 0) -> Any:
        clear(world)
        seen["said"] = client.replay_file(name, start, duration, follow, False)
        world.tick()
        found = world.get_actors().filter("vehicle.tesla.model3")
        return found[0] if len(found) else None

    seen["middle"] = state(begin(1.0, 0.0))
    seen["from_end"] = state(begin(-1.0, 0.0))
    client.set_replayer_time_factor(2.0)
    seen["fast"] = state(begin(0.0, 0.0))
    client.set_replayer_time_factor(0.5)
    seen["slow"] = state(begin(0.0, 0.0))
    client.set_replayer_time_factor(1.0)
    client.set_replayer_ignore_hero(True)
    seen["ignored"] = begin(0.0, 0.0) is None
    client.set_replayer_ignore_hero(False)
    hero = begin(1.0, 0.0, done["ids"]["hero"])
    seen["camera"] = hero.get_location().distance(world.get_spectator().get_location())
    client.stop_replayer(True)
    world.tick()
    seen["kept"] = hero.is_alive
    hero = begin(1.0, 0.0)
    client.stop_replayer(False)
    world.tick()
    seen["removed"] = len(world.get_actors().filter("vehicle.*")) == 0
    begin(0.0, 0.5)
    for _ in range(15):
        world.tick()
    seen["short"] = state(world.get_actors().filter("vehicle.tesla.model3")[0])
    recorded_on = world.get_map().to_opendrive()
    on_plain(client)
    seen["other_map"] = client.get_world().get_map().to_opendrive() != recorded_on
    seen["map_said"] = client.replay_file(name, 0.0, 0.0, 0, False)
    seen["map_back"] = connect(int(sys.argv[1])).get_world().get_map().to_opendrive() == recorded_on
    return seen


def collisions(client: Any, name: str) -> dict[str, Any]:
    """A hero runs into one who stands."""
    world = synchronous(client)
    points = world.get_map().get_spawn_points()
    blueprint = world.get_blueprint_library().find("vehicle.tesla.model3")
    blueprint.set_attribute("role_name", "hero")
    pose = points[0]
    ahead = carla.Transform(pose.location + 12.0 * pose.get_forward_vector(), pose.rotation)
    first = world.spawn_actor(world.get_blueprint_library().find("vehicle.nissan.micra"), ahead)
    hero = world.spawn_actor(blueprint, pose)
    client.start_recorder(name)
    hero.set_target_velocity(15.0 * pose.get_forward_vector())
    for _ in range(40):
        world.tick()
    client.stop_recorder()
    return {
        "hero": hero.id,
        "first": first.id,
        "any": client.show_recorder_collisions(name, "a", "a"),
        "heroes": client.show_recorder_collisions(name, "h", "v"),
        "walkers": client.show_recorder_collisions(name, "w", "a"),
        "info": client.show_recorder_file_info(name, False),
    }


def refused(client: Any, *names: str) -> dict[str, str]:
    """Give what is said to names and files that can't be served."""
    world = synchronous(client)
    said = {}
    calls = {"start": client.start_recorder, "info": lambda name: client.show_recorder_file_info(name, True)}
    calls["replay"] = lambda name: client.replay_file(name, 0.0, 0.0, 0, False)
    for name in names:
        for what, call in calls.items():
            if what == "start" and name.endswith("_kept.log"):
                continue
            try:
                answer = call(name)
            except RuntimeError as error:
                answer = f"error: {error}"
            said[f"{what} {name}"] = answer
    client.stop_recorder()
    world.tick()
    return said


run({f.__name__: f for f in (tells, replays, wishes, collisions, refused)})
