"""What stands in a car's way and does not move: trunks, posts, rails, walls."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.axes import Pose, Vector
from simulator.embedded.scenery.things import KINDS
from simulator.embedded.vehicle import Vehicle

if TYPE_CHECKING:
    from simulator.embedded.scenery import Scenery
    from simulator.embedded.walkers.walker import Walker

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


class _Known(NamedTuple):
    """What stood around a car when it was asked last: x, y: there, and free: nothing within that distance [m].

    asked_x, asked_y: where all that stands around was looked up. boxes: (3, N), x and y [m] of each of it, and half its
    length and width together [m].
    """

    x: float
    y: float
    free: float
    asked_x: float
    asked_y: float
    all: list[Obstacle]
    boxes: NDArray[np.float64]


class Obstacles:
    """Knows for each car what stands near it, so that not every tick has to ask.

    find: gives the obstacles whose middle is within a distance of x, y [m].
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._known: dict[int, _Known] = {}

    def near(self, vehicle: "Vehicle | Walker") -> list[Obstacle]:
        """Give what a car or a walker might touch now."""
        pose = vehicle.pose
        x, y, reach = pose.x, pose.y, vehicle.reach
        known = self._known.get(vehicle.id)
        if known is not None and abs(x - known.x) + abs(y - known.y) + reach < known.free:
            return []
        if known is None or max(abs(x - known.asked_x), abs(y - known.asked_y)) > LOOK_AGAIN:
            found = self._find(x, y, LOOK)
            boxes = [(each.pose.x, each.pose.y, sum(each.half_size[:2])) for each in found]
            known = _Known(x, y, 0.0, x, y, found, np.array(boxes, float).reshape(-1, 3).T.copy())
        boxes_x, boxes_y, halves = known.boxes
        gaps = np.maximum(np.abs(boxes_x - x), np.abs(boxes_y - y)) - halves
        nearest = float(gaps.min()) if len(gaps) else LOOK_AGAIN
        free = min(nearest, LOOK_AGAIN - max(abs(x - known.asked_x), abs(y - known.asked_y)))
        self._known[vehicle.id] = known._replace(x=x, y=y, free=free)
        return [known.all[k] for k in np.flatnonzero(gaps < reach)] if nearest < reach else []

    def forget(self, actor_id: int) -> None:
        """Drop what is known about a car that is no more."""
        self._known.pop(actor_id, None)
