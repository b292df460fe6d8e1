"""What actors look like to cameras, lidars and radars."""

from typing import TYPE_CHECKING

from simulator.embedded.actors import Actor
from simulator.embedded.axes import rotation_matrix
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.walkers.walker import Walker

if TYPE_CHECKING:
    from simulator.embedded.render import Body


def bodies_of(actor: Actor, number: int) -> "list[Body]":
    """Give the bodies of an actor; those that have none give nothing. number: what the bodies are told apart by."""
    from simulator.embedded.render import Body

    if isinstance(actor, Vehicle):
        x, y, z = actor.pose[:3]
        half = actor.half_size
        return [Body((x, y, z + half[2]), rotation_matrix(actor.pose), half, actor.color, number=number)]
    if isinstance(actor, Walker):
        from simulator.embedded.walkers.figure import bodies_of_walker

        return bodies_of_walker(actor, number)
    return []
