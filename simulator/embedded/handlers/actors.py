"""Actors of any kind: spawn, find, move, destroy."""

from typing import Any

from simulator.embedded.axes import Pose, Vector, turn_from_carla
from simulator.embedded.rpc import method
from simulator.embedded.simulation import Simulation
from simulator.embedded.values import (
    list_of,
    read_anything,
    read_description,
    read_flag,
    read_integer,
    read_plain_vector,
    read_transform,
    read_vector,
    write_actor,
    write_bounding_box,
)
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.walkers.walker import Walker

Description = tuple[list[Any], str, dict[str, str]]


@method(list_of(read_integer))
def get_actors_by_id(simulation: Simulation, ids: list[int]) -> list[Any]:
    """Give those of the actors that are there."""
    actors = simulation.episode.actors
    return [write_actor(actors[actor_id]) for actor_id in dict.fromkeys(ids) if actor_id in actors]


@method(read_description, read_transform)
def spawn_actor(simulation: Simulation, description: Description, pose: Pose) -> list[Any]:
    """Put a new actor into the world."""
    return write_actor(simulation.episode.spawn(description, pose))


@method(read_description, read_transform, read_integer, read_anything, read_anything, optional=2)
def spawn_actor_with_parent(
    simulation: Simulation,
    description: Description,
    pose: Pose,
    parent_id: int,
    attachment: Any = None,
    socket: Any = None,
) -> list[Any]:
    """Fix a new actor to another one; any attachment is rigid here."""
    return write_actor(simulation.episode.spawn(description, pose, parent_id))


@method(read_integer)
def destroy_actor(simulation: Simulation, actor_id: int) -> bool:
    """Take an actor out of the world."""
    simulation.episode.destroy(actor_id)
    return True


@method(read_integer)
def get_actor_bounding_box(simulation: Simulation, actor_id: int) -> list[Any]:
    """Give an actor's box."""
    return write_bounding_box(simulation.episode.find(actor_id))


@method(read_integer, read_transform)
def set_actor_transform(simulation: Simulation, actor_id: int, pose: Pose) -> None:
    """Put an actor somewhere."""
    simulation.episode.place(actor_id, pose)


@method(read_integer, read_vector)
def set_actor_location(simulation: Simulation, actor_id: int, location: Vector) -> None:
    """Put an actor somewhere, turned as it is."""
    actor = simulation.episode.find(actor_id)
    own = actor.pose if actor.parent is None else actor.relative
    x, y, z = location
    simulation.episode.place(actor_id, own._replace(x=x, y=y, z=z))


@method(read_integer, read_vector)
def set_actor_target_velocity(simulation: Simulation, actor_id: int, velocity: Vector) -> None:
    """Give a vehicle or a walker a velocity [m/s]; other actors don't move by themselves."""
    actor = simulation.episode.find(actor_id)
    if isinstance(actor, Vehicle | Walker):
        actor.set_velocity(velocity)


@method(read_integer, read_plain_vector)
def set_actor_target_angular_velocity(simulation: Simulation, actor_id: int, turn: Vector) -> None:
    """Give a vehicle an angular velocity [degrees/s], of which it takes the yaw rate."""
    actor = simulation.episode.find(actor_id)
    if isinstance(actor, Vehicle):
        actor.set_yaw_rate(turn_from_carla(*turn)[2])


@method(read_integer, read_flag)
def set_actor_simulate_physics(simulation: Simulation, actor_id: int, simulated: bool) -> None:
    """Let a vehicle or a walker move by itself, or hold it."""
    actor = simulation.episode.find(actor_id)
    if isinstance(actor, Vehicle):
        actor.set_simulated(simulated)
    elif isinstance(actor, Walker):
        actor.simulated = simulated


@method(read_integer, read_flag)
def set_actor_enable_gravity(simulation: Simulation, actor_id: int, gravity: bool) -> None:
    """Let a vehicle or a walker fall, or let it hang."""
    actor = simulation.episode.find(actor_id)
    if isinstance(actor, Vehicle | Walker):
        actor.gravity = gravity
