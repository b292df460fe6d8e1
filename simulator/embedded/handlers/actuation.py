"""Moving vehicles by other means than pedals: Ackermann control, held velocities, impulses, forces, no collisions."""

from dataclasses import astuple
from typing import Any

from simulator.embedded.ackermann import AckermannSettings, AckermannTarget
from simulator.embedded.actuation import give_impulse, give_spin
from simulator.embedded.axes import Vector, turn_from_carla
from simulator.embedded.rpc import method
from simulator.embedded.simulation import Simulation
from simulator.embedded.values import (
    BadValueError,
    read_flag,
    read_integer,
    read_items,
    read_number,
    read_plain_vector,
    read_vector,
)
from simulator.embedded.walkers.walker import Walker


def _read_target(value: Any) -> AckermannTarget:
    steer, steer_speed, speed, acceleration, jerk = read_items(value, *[read_number] * 5)
    return AckermannTarget(steer, abs(steer_speed), speed, abs(acceleration), abs(jerk))


def _read_settings(value: Any) -> AckermannSettings:
    gains = read_items(value, *[read_number] * 6)
    if any(abs(gain) > 1e6 for gain in gains):
        raise BadValueError(f"the controller's gains are {gains}; give numbers below 1e6")
    return AckermannSettings(*gains)


@method(read_integer, _read_target)
def apply_ackermann_control_to_vehicle(simulation: Simulation, actor_id: int, target: AckermannTarget) -> None:
    """Let the Ackermann controller drive a vehicle until its pedals are set again."""
    simulation.episode.actuation.drive(simulation.episode.find_vehicle(actor_id), target)


@method(read_integer)
def get_ackermann_controller_settings(simulation: Simulation, actor_id: int) -> list[Any]:
    """Give the gains of a vehicle's Ackermann controller."""
    return list(astuple(simulation.episode.actuation.ackermann(simulation.episode.find_vehicle(actor_id)).settings))


@method(read_integer, _read_settings)
def apply_ackermann_controller_settings(simulation: Simulation, actor_id: int, settings: AckermannSettings) -> None:
    """Set the gains of a vehicle's Ackermann controller."""
    simulation.episode.actuation.ackermann(simulation.episode.find_vehicle(actor_id)).set_settings(settings)


@method(read_integer, read_vector)
def enable_actor_constant_velocity(simulation: Simulation, actor_id: int, velocity: Vector) -> None:
    """Hold a velocity [m/s] in the vehicle's own axes."""
    simulation.episode.actuation.hold(simulation.episode.find_vehicle(actor_id), velocity)


@method(read_integer)
def disable_actor_constant_velocity(simulation: Simulation, actor_id: int) -> None:
    """Hold it no longer."""
    simulation.episode.actuation.hold(simulation.episode.find_vehicle(actor_id), None)


@method(read_integer, read_vector)
def add_actor_impulse(simulation: Simulation, actor_id: int, impulse: Vector) -> None:
    """Push a vehicle once [Ns], world axes; what is held by tyres or not simulated does not slide sideways."""
    vehicle = simulation.episode.find_vehicle(actor_id)
    if vehicle.simulated:
        give_impulse(vehicle, *impulse)


@method(read_integer, read_vector)
def add_actor_force(simulation: Simulation, actor_id: int, force: Vector) -> None:
    """Push a vehicle during the next tick [N], world axes."""
    simulation.episode.actuation.push(simulation.episode.find_vehicle(actor_id), force)


@method(read_integer, read_plain_vector)
def add_actor_angular_impulse(simulation: Simulation, actor_id: int, impulse: Vector) -> None:
    """Turn a vehicle once [kg m2 degrees/s]; it takes the part about the vertical."""
    vehicle = simulation.episode.find_vehicle(actor_id)
    if vehicle.simulated:
        give_spin(vehicle, turn_from_carla(*impulse)[2])


@method(read_integer, read_plain_vector)
def add_actor_torque(simulation: Simulation, actor_id: int, torque: Vector) -> None:
    """Turn a vehicle during the next tick [kg m2 degrees/s2]; it takes the part about the vertical."""
    simulation.episode.actuation.twist(simulation.episode.find_vehicle(actor_id), turn_from_carla(*torque)[2])


@method(read_integer, read_flag)
def set_actor_collisions(simulation: Simulation, actor_id: int, collides: bool) -> None:
    """Let a vehicle or a walker hit things, or pass through them."""
    actor = simulation.episode.find(actor_id)
    if isinstance(actor, Walker):
        actor.collides = collides
    else:
        simulation.episode.find_vehicle(actor_id).collides = collides
