"""What stands in a car's way and does not move: trunks, posts, rails, walls."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simulator.embedded.axes import Pose, Vector
from simulator.embedded.scenery.things import KINDS
from simulator.embedded.vehicle import Vehicle

if TYPE_CHECKING:
    from simulator.embedded.scenery import Scenery

LOOK = 60.0
"""Obstacles are looked up this far around a car [m]; the largest of them, a house, is known by its middle."""
LOOK_AGAIN = 25.0
_KINDS = {
    3: "building",
    4: "wall",
    5: "fence",
    6: "pole",
    7: "trafficlight",
    8: "trafficsign",
    9: "vegetation",
    20: "static",
    21: "dynamic",
    28: "guardrail",
}


class Obstacle(NamedTuple):
    """A box that stands. pose: of the middle of its foot. half_size: half its length, width, height [m].

    tag: CARLA's semantic one. Neither bends nor breaks, whatever hits it.
    """

    pose: Pose
    half_size: Vector
    tag: int

    @property
    def kind(self) -> str:
        """CARLA's name for something hit that is no actor: static. and its tag, in the singular."""
        return f"static.{_KINDS.get(self.tag, 'unknown')}"


Find = Callable[[float, float, float], list[Obstacle]]


_CORES = np.array([kind.core for kind in KINDS])


def find_in(scenery: "Scenery") -> Find:
    """Make the `find` of `Obstacles`: of a tree its trunk, of a house its walls; bushes and delineators give way."""

    def find(x: float, y: float, radius: float) -> list[Obstacle]:
        things = scenery.things_near(x, y, radius)
        found = []
        for thing in things[_CORES[things["kind"]] != 0.0]:
            kind = KINDS[thing["kind"]]
            pose = Pose(float(thing["x"]), float(thing["y"]), float(thing["z"]), yaw=float(thing["heading"]))
            length, width = (thing["length"] / 2, thing["width"] / 2) if kind.core < 0 else (kind.core, kind.core)
            found.append(Obstacle(pose, (float(length), float(width), float(thing["height"]) / 2), kind.tag))
        return found

    return find


class Obstacles:
    """Knows for each car what stands near it, so that not every tick has to ask.

    find: gives the obstacles whose middle is within a distance of x, y [m].
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._known: dict[int, tuple[float, float, list[Obstacle]]] = {}

    def near(self, vehicle: Vehicle) -> list[Obstacle]:
        """Give what a car might touch now, and some more."""
        x, y = vehicle.pose.x, vehicle.pose.y
        known = self._known.get(vehicle.id)
        if known is None or max(abs(x - known[0]), abs(y - known[1])) > LOOK_AGAIN:
            known = x, y, self._find(x, y, LOOK)
            self._known[vehicle.id] = known
        reach = vehicle.reach
        return [
            each
            for each in known[2]
            if abs(each.pose.x - x) < reach + each.half_size[0] + each.half_size[1]
            and abs(each.pose.y - y) < reach + each.half_size[0] + each.half_size[1]
        ]

    def forget(self, actor_id: int) -> None:
        """Drop what is known about a car that is no more."""
        self._known.pop(actor_id, None)
