"""Vehicles: pedals, physics, lights."""

import math
from typing import Any

from simulator.embedded.axes import mirror_steering
from simulator.embedded.dynamics import GRAVITY
from simulator.embedded.pedals import VehicleControl
from simulator.embedded.rpc import method
from simulator.embedded.simulation import Simulation
from simulator.embedded.values import (
    list_of,
    read_anything,
    read_control,
    read_integer,
    read_physics,
    write_physics,
)


@method(read_integer, read_control)
def apply_control_to_vehicle(simulation: Simulation, actor_id: int, control: VehicleControl) -> None:
    """Set pedals and wheel; they stay so until set again."""
    vehicle = simulation.episode.find_vehicle(actor_id)
    simulation.episode.actuation.release(vehicle)
    vehicle.control = control


@method(read_integer)
def get_physics_control(simulation: Simulation, actor_id: int) -> list[Any]:
    """Give a vehicle's numbers; the places of its wheels are the world's, in centimetres."""
    vehicle = simulation.episode.find_vehicle(actor_id)
    return write_physics(vehicle.physics, vehicle.pose)


@method(read_integer, read_anything)
def apply_physics_control(simulation: Simulation, actor_id: int, physics: Any) -> None:
    """Give a vehicle other numbers."""
    vehicle = simulation.episode.find_vehicle(actor_id)
    vehicle.set_physics(read_physics(physics, vehicle.physics.wheels))


@method(read_integer)
def get_vehicle_light_state(simulation: Simulation, actor_id: int) -> list[int]:
    """Give which lights of a vehicle are on."""
    return [simulation.episode.find_vehicle(actor_id).lights]


@method(read_integer, list_of(read_integer))
def set_vehicle_light_state(simulation: Simulation, actor_id: int, flags: list[int]) -> None:
    """Switch a vehicle's lights."""
    simulation.episode.find_vehicle(actor_id).lights = flags[0] if flags else 0


@method()
def get_vehicle_light_states(simulation: Simulation) -> list[list[int]]:
    """Give which lights are on, for all vehicles."""
    return [[vehicle.id, vehicle.lights] for vehicle in simulation.episode.vehicles]


@method(read_integer, read_integer)
def get_wheel_steer_angle(simulation: Simulation, actor_id: int, wheel: int) -> float:
    """Give a wheel's angle [degrees], right positive; the rear wheels don't steer."""
    vehicle = simulation.episode.find_vehicle(actor_id)
    return mirror_steering(math.degrees(vehicle.wheel_angle)) if wheel < 2 else 0.0


@method(read_integer)
def restore_physx_physics(simulation: Simulation, actor_id: int) -> None:
    """Go back to the usual dynamics, which are the only ones."""
    simulation.episode.find_vehicle(actor_id)


@method(read_integer)
def get_telemetry_data(simulation: Simulation, actor_id: int) -> list[Any]:
    """Give what a vehicle's engine, brakes and tyres do; both wheels of an axle do the same."""
    vehicle = simulation.episode.find_vehicle(actor_id)
    told = vehicle.telemetry
    turning = told.speed / told.wheel_radius
    wheels = []
    for axle, wheel in enumerate(vehicle.physics.wheels):
        front = axle < 2
        side, slip, load = (pair[0 if front else 1] for pair in (told.side_forces, told.slips, told.loads))
        along = (told.drive_force - math.copysign(told.slowing_force, told.speed)) / 4
        normal = vehicle.physics.mass * GRAVITY / 4
        load /= 2
        wheels.append(
            [
                *(
                    wheel.tire_friction,
                    mirror_steering(slip),
                    0.0,
                    turning,
                    load,
                    load / normal,
                    along * told.wheel_radius,
                ),
                *(along, mirror_steering(side) / 2, along / normal, mirror_steering(side) / 2 / normal),
            ]
        )
    steer = mirror_steering(told.steer) / vehicle.steers_up_to if vehicle.steers_up_to else 0.0
    return [told.speed, steer, told.throttle, told.brake, told.rpm, told.gear, told.drag, wheels]
