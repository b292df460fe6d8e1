"""What stands around in an episode, for sensors and calls that ask where a line ends."""

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.axes import Pose, Vector, rotation_matrix
from simulator.embedded.embodiment import bodies_of
from simulator.embedded.georeference import Origin, read_origin
from simulator.embedded.motion_sensors import STANDARD_GRAVITY
from simulator.embedded.obstacles import Find, find_in
from simulator.embedded.rays import FloatArray, Solid, solid_of
from simulator.embedded.scenery.things import Things, names_of, tags_of
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.walkers.walker import Walker
from simulator.embedded.world_map import WorldMap
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from simulator.embedded.actors import Actor
    from simulator.embedded.ranging.field import Surrounds
    from simulator.embedded.ranging.lane_tags import LaneTags
    from simulator.embedded.ranging.trace import Field, Found

ROADS, SIDEWALKS, TERRAIN = 1, 2, 10
ANY_TAG = 255
LARGEST_THING = 25.0
"""How far from its middle a thing may reach [m]."""
MOST_THINGS = 100_000


class Surroundings:
    """The ground, the cars and the scenery of an episode.

    actors: the episode's own, by id. gravity: what the inertial sensors feel when at rest [m/s2].
    """

    def __init__(self, world_map: WorldMap, actors: "dict[int, Actor]") -> None:
        self.gravity = STANDARD_GRAVITY
        self._map = world_map
        self._actors = actors
        self._origin: Origin | None = None
        self._find: Find | None = None

    @property
    def origin(self) -> Origin:
        """Where the map lies on earth."""
        if self._origin is None:
            self._origin = read_origin(self._map.document)
        return self._origin

    def cars(self) -> list[Solid]:
        """Give the boxes of all cars and walkers."""
        return [
            solid_of(actor, actor.semantic_tags[0])
            for actor in self._actors.values()
            if isinstance(actor, Vehicle | Walker)
        ]

    def solids_along(self, start: Vector, direction: Vector, length: float) -> list[Solid]:
        """Give the boxes of cars, and of scenery near a line: whole trees and houses."""
        return self.cars() + _boxes(self._map.scenery.things_near(*_circle(start, direction, length)))

    def obstacles_along(self, start: Vector, direction: Vector, length: float) -> list[Solid]:
        """Give the boxes of cars, and of what stops a car near a line: of a tree its trunk."""
        if self._find is None:
            self._find = find_in(self._map.scenery)
        found = []
        for pose, half, tag in self._find(*_circle(start, direction, length)):
            found.append(Solid(pose._replace(z=pose.z + half[2]), half, tag))
        return self.cars() + found

    def things(self, tag: int) -> list[Solid]:
        """Give the boxes of all cars and all scenery with a tag.

        Raises:
            LiquidlaneError: if there is more scenery than a client can be sent.
        """
        scenery = self._map.scenery.all_things()
        if tag != ANY_TAG:
            scenery = scenery[tags_of(scenery) == tag]
        if len(scenery) > MOST_THINGS:
            raise LiquidlaneError(
                f"the map has {len(scenery)} objects, more than the {MOST_THINGS} that are sent; ask for one tag"
            )
        return [each for each in self.cars() if tag in (ANY_TAG, each.tag)] + _boxes(scenery)

    def height(self, x: FloatArray, y: FloatArray, near: FloatArray) -> FloatArray:
        """Give the ground's height at some places [m]; near: about the height of who asks, see `Terrain.height`."""
        return self._map.terrain.height(x, y, near)

    @cached_property
    def _surrounds(self) -> "Surrounds":
        from simulator.embedded.ranging.field import Surrounds

        return Surrounds(self._map)

    @cached_property
    def _lanes(self) -> "LaneTags":
        from simulator.embedded.ranging.lane_tags import LaneTags

        return LaneTags(self._map.network)

    def compile_rays(self) -> None:
        """Cast a ray, so that code is compiled, or read from disk, where a client waits patiently."""
        self.cast_many(Pose(z=1.0), np.array([[1.0, 0.0, 0.0]]), 10.0, facing=True)

    def cast_many(
        self, pose: Pose, ways: NDArray[np.float64], reach: float, facing: bool = False
    ) -> "tuple[Found, Field, list[Any]]":
        """Cast rays of a length [m] from a sensor; gives what they met, and the actors that bodies' numbers stand for.

        ways: (R, 3) unit vectors in CARLA's axes of the sensor. facing: whether the angle of incidence is asked for.
        """
        actors = [actor for actor in self._actors.values() if isinstance(actor, Vehicle | Walker)]
        bodies = [body for number, actor in enumerate(actors) for body in bodies_of(actor, number)]
        found, field = self._surrounds.cast(pose, ways * (1.0, -1.0, 1.0), reach, bodies, facing)
        return found, field, actors

    def ground_tags(self, pose: Pose, places: NDArray[np.float64], field: "Field") -> NDArray[np.int64]:
        """Give CARLA's tags of the ground at places (N, 3) in CARLA's axes of a sensor [m] that met `field`."""
        there = (places * (1.0, -1.0, 1.0)) @ rotation_matrix(pose).T + pose[:3]
        return self._lanes.at(field.relief, there)

    def ground_tag(self, x: float, y: float) -> int:
        """Give CARLA's tag of the ground at a place: road, sidewalk or terrain."""
        position = self._map.network.locate(x, y)
        if position.lane_id is None:
            return TERRAIN
        lane = position.road.section_at(position.s).lanes.get(position.lane_id)
        if lane is None:
            return ROADS
        return {"sidewalk": SIDEWALKS, "walking": SIDEWALKS}.get(lane.type, ROADS)


def _circle(start: Vector, direction: Vector, length: float) -> tuple[float, float, float]:
    """Give the middle and the radius [m] of where scenery may be met by a line."""
    x, y = (place + 0.5 * length * way for place, way in zip(start[:2], direction[:2], strict=True))
    return x, y, 0.5 * length * math.hypot(direction[0], direction[1]) + LARGEST_THING


def _boxes(things: Things) -> list[Solid]:
    """Give the boxes of scenery."""
    columns = (things[name].tolist() for name in ("x", "y", "z", "heading", "length", "width", "height", "id"))
    return [
        Solid(Pose(x, y, z + height / 2, yaw=heading), (length / 2, width / 2, height / 2), tag, None, number, name)
        for x, y, z, heading, length, width, height, number, tag, name in zip(
            *columns, tags_of(things).tolist(), names_of(things), strict=True
        )
    ]
