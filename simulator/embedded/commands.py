"""Commands of a batch: each is a remote method under another name, and one answer is its actor's id."""

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from simulator.embedded.rpc import METHODS, write_failure, write_success
from simulator.embedded.values import (
    BadValueError,
    list_of,
    read_anything,
    read_description,
    read_integer,
    read_items,
    read_optional,
    read_transform,
)
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from simulator.embedded.simulation import Simulation


class Command(IntEnum):
    """Place of a command in the client's list of kinds."""

    SPAWN_ACTOR = 0
    DESTROY_ACTOR = 1
    APPLY_VEHICLE_CONTROL = 2
    APPLY_VEHICLE_ACKERMANN_CONTROL = 3
    APPLY_WALKER_CONTROL = 4
    APPLY_VEHICLE_PHYSICS_CONTROL = 5
    APPLY_TRANSFORM = 6
    APPLY_WALKER_STATE = 7
    APPLY_TARGET_VELOCITY = 8
    APPLY_TARGET_ANGULAR_VELOCITY = 9
    APPLY_IMPULSE = 10
    APPLY_FORCE = 11
    APPLY_ANGULAR_IMPULSE = 12
    APPLY_TORQUE = 13
    SET_SIMULATE_PHYSICS = 14
    SET_ENABLE_GRAVITY = 15
    SET_AUTOPILOT = 16
    SHOW_DEBUG_TELEMETRY = 17
    SET_VEHICLE_LIGHT_STATE = 18
    APPLY_LOCATION = 19
    CONSOLE_COMMAND = 20
    SET_TRAFFIC_LIGHT_STATE = 21


_METHOD_NAMES = {
    Command.DESTROY_ACTOR: "destroy_actor",
    Command.APPLY_VEHICLE_CONTROL: "apply_control_to_vehicle",
    Command.APPLY_VEHICLE_ACKERMANN_CONTROL: "apply_ackermann_control_to_vehicle",
    Command.APPLY_WALKER_CONTROL: "apply_control_to_walker",
    Command.APPLY_VEHICLE_PHYSICS_CONTROL: "apply_physics_control",
    Command.APPLY_TRANSFORM: "set_actor_transform",
    Command.APPLY_WALKER_STATE: "set_walker_state",
    Command.APPLY_TARGET_VELOCITY: "set_actor_target_velocity",
    Command.APPLY_TARGET_ANGULAR_VELOCITY: "set_actor_target_angular_velocity",
    Command.APPLY_IMPULSE: "add_actor_impulse",
    Command.APPLY_FORCE: "add_actor_force",
    Command.APPLY_ANGULAR_IMPULSE: "add_actor_angular_impulse",
    Command.APPLY_TORQUE: "add_actor_torque",
    Command.SET_SIMULATE_PHYSICS: "set_actor_simulate_physics",
    Command.SET_ENABLE_GRAVITY: "set_actor_enable_gravity",
    Command.SET_AUTOPILOT: "set_actor_autopilot",
    Command.SHOW_DEBUG_TELEMETRY: "show_vehicle_debug_telemetry",
    Command.APPLY_LOCATION: "set_actor_location",
    Command.CONSOLE_COMMAND: "console_command",
    Command.SET_TRAFFIC_LIGHT_STATE: "set_traffic_light_state",
}


def run_batch(simulation: "Simulation", commands: list[Any]) -> list[Any]:
    """Run all commands; gives one framed answer each: the actor's id, or what went wrong."""
    return [_answer(simulation, command) for command in commands]


def _answer(simulation: "Simulation", command: Any) -> list[Any]:
    try:
        return write_success(_run(simulation, command))
    except (LiquidlaneError, BadValueError) as error:
        return write_failure(str(error))


def _run(simulation: "Simulation", command: Any) -> int:
    """Run one command; gives its actor's id."""
    (inner,) = read_items(command, read_anything)
    index, arguments = read_items(inner, read_integer, list_of(read_anything))
    if index not in list(Command):
        raise BadValueError(f"there is no command {index}; CARLA 0.9.16 has those from 0 to {len(Command) - 1}")
    kind = Command(index)
    if kind is Command.SPAWN_ACTOR:
        return _spawn(simulation, arguments)
    actor_id = read_items(arguments, read_anything)[0]
    if kind is not Command.CONSOLE_COMMAND:
        read_integer(actor_id)
    if kind is Command.SET_VEHICLE_LIGHT_STATE:
        simulation.episode.find_vehicle(actor_id).lights = read_items(arguments, read_integer, read_integer)[1]
        return int(actor_id)
    method = METHODS[_METHOD_NAMES[kind]]
    given = [read(value) for read, value in zip(method.readers, arguments, strict=False)]
    if len(given) < len(method.readers) - method.optional:
        raise BadValueError(f"command {kind.name} takes {len(method.readers)} values, not {len(given)}")
    method.function(simulation, *given)
    return int(actor_id)


def _spawn(simulation: "Simulation", arguments: list[Any]) -> int:
    """Spawn an actor and run what is to be done after, in which actor 0 stands for the new one.

    The attachment is not looked at: the Python client sends whatever its memory held.
    """
    readers: tuple[Callable[[Any], Any], ...] = (read_description, read_transform, read_anything, read_anything)
    description, pose, parent, _, _, after = read_items(arguments, *readers, read_anything, list_of(read_anything))
    parent_id = read_optional(parent, read_integer) or 0
    actor_id = simulation.episode.spawn(description, pose, parent_id).id
    for command in after:
        (inner,) = read_items(command, read_anything)
        index, values = read_items(inner, read_integer, list_of(read_anything))
        _run(simulation, [[index, [actor_id, *values[1:]]]])
    return actor_id
