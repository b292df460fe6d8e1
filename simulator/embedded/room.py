"""Whether there is room for a car or a walker where it is to be spawned."""

from collections.abc import Iterable

from simulator.embedded.axes import Pose
from simulator.embedded.boxes import find_overlap_at
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.walkers.walker import Walker
from simulator.errors import LiquidlaneError

Standing = Vehicle | Walker


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
