"""Pedestrians: their control, and what a client's controller asks."""

from typing import Any

from simulator.embedded.axes import Pose
from simulator.embedded.rpc import method
from simulator.embedded.simulation import Simulation
from simulator.embedded.values import (
    read_flag,
    read_integer,
    read_items,
    read_number,
    read_transform,
    read_vector,
)
from simulator.embedded.walkers.walker import WalkerControl


def read_walker_control(value: Any) -> WalkerControl:
    """Read a direction, a speed [m/s] and whether to jump."""
    direction, speed, jump = read_items(value, read_vector, read_number, read_flag)
    return WalkerControl(direction, max(speed, 0.0), jump)


@method(read_integer, read_walker_control)
def apply_control_to_walker(simulation: Simulation, actor_id: int, control: WalkerControl) -> None:
    """Have a walker walk that way until told otherwise."""
    simulation.episode.find_walker(actor_id).control = control


@method(read_integer, read_transform, read_number)
def set_walker_state(simulation: Simulation, actor_id: int, pose: Pose, speed: float) -> None:
    """Take a walker on, as the client's navigation asks every tick; the place is that of its feet."""
    simulation.episode.find_walker(actor_id).guide(pose, speed)


@method(read_integer)
def set_actor_dead(simulation: Simulation, actor_id: int) -> None:
    """Have a walker fall and stay there."""
    walker = simulation.episode.find_walker(actor_id)
    walker.invincible = False
    if walker.fallen is None:
        walker.knock((0.0, 0.0), 0.0)
