"""Whether there is room for a car or a walker where it is to be spawned, and a way for one that is led."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.embedded.actors import Actor
from simulator.embedded.axes import Pose
from simulator.embedded.boxes import find_overlap_at
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.walkers.walker import Walker
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from simulator.embedded.world_map import WorldMap

Standing = Vehicle | Walker
_FARTHEST, _HIGHEST = 8.0, 6.0
"""From farther than this beside or above its ways [m] a client that leads a walker ends with a crash."""


def check_room(newcomer: Standing, others: Iterable[Standing]) -> None:
    """Refuse a place that is taken.

    Raises:
        LiquidlaneError: naming who stands there.
    """
    for other in others:
        if find_overlap_at(_foot(newcomer), newcomer.half_size, _foot(other), other.half_size) is not None:
            kind = "vehicle" if isinstance(other, Vehicle) else "walker"
            raise LiquidlaneError(
                f"Spawn failed because of collision at spawn position: {kind} {other.id} stands there"
            )


def _foot(actor: Standing) -> Pose:
    return actor.foot if isinstance(actor, Walker) else actor.pose


def let_lead(controller: str, walker: Actor | None, world_map: "WorldMap") -> None:
    """Let a controller lead a walker.

    Raises:
        LiquidlaneError: if that is no walker, or stands where the client's navigation would fail.
    """
    if not isinstance(walker, Walker):
        raise LiquidlaneError(f"the embedded server can't spawn {controller}: attach it to a walker")
    if world_map.ways is not None:
        from simulator.embedded.walkers.ways import find_distance

        beside, above = find_distance(world_map.ways, walker.foot)
        if beside > _FARTHEST or above > _HIGHEST:
            raise LiquidlaneError(
                f"the embedded server can't spawn {controller}: walker {walker.id} is {beside:.0f} m beside and "
                f"{above:.0f} m above or below the nearest place for walkers, and the client would crash when told "
                "where to go; put it where world.get_random_location_from_navigation() says"
            )
    walker.guided = True
