"""What stands around in an episode, for sensors and calls that ask where a line ends."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from simulator.embedded.georeference import Origin, read_origin
from simulator.embedded.motion_sensors import STANDARD_GRAVITY
from simulator.embedded.rays import FloatArray, Solid, solid_of
from simulator.embedded.vehicle import CAR_TAG, Vehicle
from simulator.embedded.world_map import WorldMap

if TYPE_CHECKING:
    from simulator.embedded.actors import Actor

ROADS, SIDEWALKS, TERRAIN = 1, 2, 10
ANY_TAG = 255


class Surroundings:
    """The ground, the cars and the scenery of an episode.

    actors: the episode's own, by id. gravity: what the inertial sensors feel when at rest [m/s2].
    """

    def __init__(self, world_map: WorldMap, actors: "dict[int, Actor]") -> None:
        self.gravity = STANDARD_GRAVITY
        self._map = world_map
        self._actors = actors
        self._origin: Origin | None = None

    @property
    def origin(self) -> Origin:
        """Where the map lies on earth."""
        if self._origin is None:
            self._origin = read_origin(self._map.document)
        return self._origin

    def solids(self) -> Iterable[Solid]:
        """Give all boxes that stop a line."""
        return [solid_of(actor, CAR_TAG) for actor in self._actors.values() if isinstance(actor, Vehicle)]

    def things(self, tag: int) -> list[Solid]:
        """Give the boxes of all cars and all scenery with a tag."""
        return [solid for solid in self.solids() if tag in (ANY_TAG, solid.tag)]

    def height(self, x: FloatArray, y: FloatArray, near: FloatArray) -> FloatArray:
        """Give the ground's height at some places [m]; near: about the height of who asks, see `Terrain.height`."""
        return self._map.terrain.height(x, y, near)

    def ground_tag(self, x: float, y: float) -> int:
        """Give CARLA's tag of the ground at a place: road, sidewalk or terrain."""
        position = self._map.network.locate(x, y)
        if position.lane_id is None:
            return TERRAIN
        lane = position.road.section_at(position.s).lanes.get(position.lane_id)
        if lane is None:
            return ROADS
        return {"sidewalk": SIDEWALKS, "walking": SIDEWALKS}.get(lane.type, ROADS)
