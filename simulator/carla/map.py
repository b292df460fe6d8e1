"""Brings a group's roads into a CARLA server and gives the path of each car."""

import difflib
import logging
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.carla.car import FINISH_MARGIN, START, Way
from simulator.errors import LiquidlaneError
from simulator.opendrive import RoadNetwork
from simulator.path import Path
from simulator.roads import build_roads, parse_name, paths_of
from simulator.world import Group
from simulator.world_config import WorldConfig

_SPACING = 1.0
_log = logging.getLogger(__name__)


def load_roads(client: Any, group: Group, seed: int, config: WorldConfig, embedded: bool) -> list[Way]:
    """Have the server load the roads of a group; its world is then `client.get_world()`.

    Returns:
        The way of each car, in the order of the group.

    Raises:
        LiquidlaneError: if a road or town does not exist, a road is too short or the group mixes towns with others.
        RuntimeError: from the client.
    """
    towns = [parse_name(name).kind == "town" for name in group.roads]
    if any(towns):
        if not all(towns):
            raise LiquidlaneError(
                f"the group {', '.join(group.roads)} mixes towns with other roads; a world holds one or the other"
            )
        return _load_town(client, group, config)
    if not embedded:
        _log.warning(
            "a CARLA server draws no lane markings on roads made from OpenDRIVE (CARLA issues 2707, 2829): %s will be "
            "bare; use town:... roads on a real server",
            ", ".join(group.roads),
        )
    import carla

    document = build_roads(group.roads, config.roads, seed, config.season if embedded else "summer")
    # no walls, for they would stop a car that leaves its lane; a wide verge to leave it onto
    parameters = carla.OpendriveGenerationParameters(
        vertex_distance=2.0,
        max_road_length=500.0,
        wall_height=0.0,
        additional_width=10.0,
        smooth_junctions=True,
        enable_mesh_visibility=True,
        enable_pedestrian_navigation=False,
    )
    client.generate_opendrive_world(document, parameters, False)
    paths = paths_of(document, group.roads)
    return [Way(path, name, config.speed) for path, name in zip(paths, group.roads, strict=True)]


def _load_town(client: Any, group: Group, config: WorldConfig) -> list[Way]:
    places = [parse_name(name) for name in group.roads]
    town = places[0].place
    if any(place.place != town for place in places):
        raise LiquidlaneError(f"the group {', '.join(group.roads)} names several towns; a world holds one")
    known = {name.rsplit("/", 1)[-1]: name for name in client.get_available_maps()}
    if town not in known:
        close = difflib.get_close_matches(town, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(sorted(known))}"
        raise LiquidlaneError(f"the server has no town {town!r}; {hint}")
    carla_map = client.get_world().get_map()
    if carla_map.name.rsplit("/", 1)[-1] != town:
        carla_map = client.load_world(town, False).get_map()
    spawn_points = carla_map.get_spawn_points()
    ways: list[Way] = []
    network: RoadNetwork | None = None
    for place, name in zip(places, group.roads, strict=True):
        number = int(place.part or 0)
        if number >= len(spawn_points):
            raise LiquidlaneError(
                f"town:{town}#{number} does not exist; {town} has spawn points 0 to {len(spawn_points) - 1}"
            )
        start = spawn_points[number].location
        if place.turns:
            if network is None:
                network = RoadNetwork.parse(carla_map.to_opendrive(), town, for_carla=False)
            path = _turning_path(network, start, place.turns, name).until(config.town_length)
            ways.append(Way(path, name, config.speed))
            continue
        path, heights = follow_lane(carla_map, start, config.town_length, START + FINISH_MARGIN)
        ways.append(Way(path, name, config.speed, heights))
    return ways


def _turning_path(network: RoadNetwork, location: Any, turns: str, name: str) -> Path:
    """Give the path along the lane at a `carla.Location`, and through junctions as the turns say."""
    here = network.locate(location.x, -location.y)
    section = here.road.section_index(here.s)
    entries = {lane_id for end in (here.road.sections[0], here.road.sections[-1]) for lane_id in end.lanes if lane_id}
    for lane_id in sorted(entries):
        if (section, here.lane_id) in here.road.follow_lane(lane_id):
            try:
                path = Path.from_lanes(network.follow(here.road, lane_id, turns))
            except LiquidlaneError as error:
                raise LiquidlaneError(f"{name}: {error}") from None
            return path.since(path.locate(location.x, -location.y)[0])
    raise LiquidlaneError(f"{name} begins beside all lanes, where no route does; choose another spawn point")


def follow_lane(carla_map: Any, location: Any, length: float, lap_margin: float) -> tuple[Path, NDArray[np.float64]]:
    """Walk along the lane at a `carla.Location`; gives a path and the road's height at each of its samples, (N,) [m].

    At a fork the way that turns least is taken. The walk ends after `length` [m], at a dead end, or `lap_margin` [m]
    after it came back to where it began.
    """
    waypoint = carla_map.get_waypoint(location)
    points, widths, heights = [_point(waypoint)], [waypoint.lane_width], [waypoint.transform.location.z]
    last = round(length / _SPACING)
    while len(points) <= last:
        ways = waypoint.next(_SPACING)
        if not ways:
            break
        yaw = waypoint.transform.rotation.yaw
        waypoint = min(ways, key=lambda way: abs(math.remainder(way.transform.rotation.yaw - yaw, 360.0)))
        points.append(_point(waypoint))
        widths.append(waypoint.lane_width)
        heights.append(waypoint.transform.location.z)
        if _comes_home(points):
            last = min(last, len(points) + round(lap_margin / _SPACING))
    path = Path.from_points(np.array(points), np.array(widths))
    walked = np.append(0.0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    return path, np.interp(path.s / path.length, walked / walked[-1], heights)


def _point(waypoint: Any) -> tuple[float, float]:
    location = waypoint.transform.location
    return location.x, -location.y


def _comes_home(points: list[tuple[float, float]]) -> bool:
    """Tell whether the last step of the walk passed the first point in the first step's direction."""
    if len(points) < 20 or math.dist(points[-1], points[0]) >= _SPACING:
        return False
    (x0, y0), (x1, y1) = points[0], points[1]
    x, y = points[-1]
    return (x - x0) * (x1 - x0) + (y - y0) * (y1 - y0) >= 0
