"""All roads of a file: parsing, the nearest road of a point, places to start from."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from simulator.errors import LiquidlaneError
from simulator.opendrive.geometry import FloatArray
from simulator.opendrive.project import Samples, project
from simulator.opendrive.road import Road, sample_roads_at_once
from simulator.opendrive.route import follow, following_lane
from simulator.opendrive.spawn import SpawnPoint, find_spawn_points


class RoadPosition(NamedTuple):
    """Where a point lies: road, s along it [m], t to the left [m], the lane there (None beside all lanes)."""

    road: Road
    s: float
    t: float
    lane_id: int | None


class JunctionConnection(NamedTuple):
    """A way through a junction. contact: the connecting road's end that is met. lanes: incoming to connecting ids."""

    incoming: str
    connecting: str
    contact: str
    lanes: dict[int, int]


class RoadNetwork:
    """The roads of an OpenDRIVE document, checked.

    roads: in the document's order. junctions: id to its connections. user_data: `<userData>` of the header, by code.
    """

    def __init__(
        self,
        roads: tuple[Road, ...],
        junctions: dict[str, tuple[JunctionConnection, ...]] | None = None,
        user_data: dict[str, str] | None = None,
    ) -> None:
        self.roads = roads
        self.junctions = junctions or {}
        self.user_data = user_data or {}
        self._by_id = {road.id: road for road in roads}

    @classmethod
    def parse(cls, xml: str, name: str = "road file", *, for_carla: bool = True) -> "RoadNetwork":
        """Read and check an OpenDRIVE document.

        name: what messages call it. for_carla: refuse what can be driven but kills CARLA's client as well.

        Raises:
            LiquidlaneError: if it is not XML, not OpenDRIVE, or holds nothing that can be driven.
        """
        from simulator.opendrive.check import check_for_carla
        from simulator.opendrive.parse import parse_network

        network = parse_network(xml, name)
        if for_carla:
            check_for_carla(network, name)
        return network

    def has_road(self, road_id: str) -> bool:
        """Tell whether there is such a road."""
        return road_id in self._by_id

    def road(self, road_id: str) -> Road:
        """Find a road by its id.

        Raises:
            LiquidlaneError: if there is none.
        """
        if road_id not in self._by_id:
            known = ", ".join(list(self._by_id)[:10])
            raise LiquidlaneError(f"there is no road {road_id!r} in the network; it has {known}")
        return self._by_id[road_id]

    def follow(self, road: Road, lane_id: int, turns: str = "") -> list[tuple[Road, int]]:
        """Give the road and those that a lane leads on to, each with the lane that is entered, until it ends.

        lane_id: where the drive begins in the driving direction. turns: a letter of `route.TURNS` for each junction
        that leads to several roads: the leftmost of them (if that bends left), the straightest, the rightmost, or
        back. Through later junctions the straightest way is taken. Stops before a lane that was driven already since
        the last turn (a ring).

        Raises:
            LiquidlaneError: if the lane does not lead where a turn wants, or ends before it.
        """
        return follow(self, road, lane_id, turns)

    def leads_back(self, lanes: list[tuple[Road, int]]) -> bool:
        """Tell whether lanes found by `follow` are a ring, the last leading to the first."""
        following = following_lane(self, *lanes[-1])
        return following is not None and (following[0].id, following[1]) == (lanes[0][0].id, lanes[0][1])

    @cached_property
    def _samples(self) -> tuple[Samples, FloatArray]:
        """All roads' samples in one table, and where each road starts in it."""
        samples, counts = sample_roads_at_once(self.roads)
        return samples, np.concatenate([[0], np.cumsum(counts)])

    @cached_property
    def _tree(self) -> tuple[cKDTree, FloatArray, FloatArray]:
        """A tree over the centres of all lanes, and the road and the sample that each of its points stands for."""
        samples, starts = self._samples
        lanes, roads = [], []
        for k, road in enumerate(self.roads):
            own = samples.s[starts[k] : starts[k + 1]]
            for lane_id in sorted({i for section in road.sections for i in section.lanes if i != 0}):
                lanes.append(road.lateral(lane_id, own)[0])
                roads.append(k)
        counts = np.array([len(t) for t in lanes])
        owners = np.repeat(roads, counts)
        indices = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts) + starts[owners]
        t = np.concatenate(lanes)
        there = ~np.isnan(t)
        t, owners, indices = t[there], owners[there], indices[there]
        x = samples.x[indices] - t * np.sin(samples.heading[indices])
        y = samples.y[indices] + t * np.cos(samples.heading[indices])
        # made sooner than a balanced tree, and asked as fast
        tree = cKDTree(np.stack([x, y], axis=1), balanced_tree=False, compact_nodes=False)
        return tree, owners, indices

    def locate(self, x: float, y: float) -> RoadPosition:
        """Find the road whose lanes are nearest to a point, and where on it the point lies."""
        tree, owners, indices = self._tree
        _, found = tree.query((x, y))
        k = int(owners[found])
        samples, starts = self._samples
        road = self.roads[k]
        s, t = project(*samples, int(starts[k]), int(starts[k + 1]) - 1, int(indices[found]), x, y)
        s = min(max(s, 0.0), road.length)
        return RoadPosition(road, s, t, road.lane_at(s, t))

    def spawn_points(self) -> list[SpawnPoint]:
        """Give the start of every driving lane outside junctions, and a place each 50 m along it."""
        return find_spawn_points(self.roads)
