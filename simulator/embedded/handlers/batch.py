"""Many commands in one request."""

from typing import Any

from simulator.embedded.commands import run_batch
from simulator.embedded.rpc import method
from simulator.embedded.simulation import Simulation
from simulator.embedded.values import list_of, read_anything, read_flag


@method(list_of(read_anything), read_flag, bare=True)
def apply_batch(simulation: Simulation, commands: list[Any], tick: bool) -> list[Any]:
    """Run commands in their order, then tick if asked to."""
    answers = run_batch(simulation, commands)
    if tick:
        simulation.ask_tick()
    return answers
