"""The generated town: linked as the official client reads it, and as large as it says."""

import time

import numpy as np

from benchmarks.grid_town import grid_town
from simulator.embedded.world_map import WorldMap
from tests.simulator.opendrive_oracle import ask_carla, sample_carla


def test_a_small_town_lies_and_leads_where_carla_says() -> None:
    xml = grid_town(3)
    network = WorldMap("town", xml).network
    for road_id, lane_id, s, x, y, _, width in sample_carla([xml])[0]:
        pose = network.road(road_id).lane_center(lane_id, np.array([s]))
        assert np.hypot(pose.x[0] - x, pose.y[0] - y) < 0.01 and width == 3.5
    (walked,) = ask_carla(xml, walks=[(1, -1, 5.0, 300.0)])["walks"]
    assert len({step["road"] for step in walked}) >= 3
    ours = network.follow(network.road("1"), -1)
    assert len(ours) >= 3 and ours[1][0].junction is not None


def test_a_town_of_ten_square_kilometres_is_what_its_streets_say() -> None:
    start = time.monotonic()
    world = WorldMap("town", grid_town(17))
    places = world.spawn_points
    # its speed is measured by `python -m benchmarks.grid_town`; here is only made sure that it does not hang
    assert time.monotonic() - start < 60.0
    # 17 x 16 streets each way; a way through a crossing for each ordered pair of the streets that meet there
    streets, crossings = 2 * 17 * 16, 17 * 17
    ways = sum(k * (k - 1) * count for k, count in ((2, 4), (3, 4 * 15), (4, 15 * 15)))
    assert len(world.network.roads) == streets + ways and len(world.network.junctions) == crossings
    assert sum(road.length for road in world.network.roads if road.junction is None) == streets * 176.0
    assert len(places) > 4000
    for place in places[:: len(places) // 97]:
        position = world.network.locate(place.x, place.y)
        assert position.lane_id is not None
        lane = position.road.lane_center(position.lane_id, np.array([position.s]))
        assert np.hypot(lane.x[0] - place.x, lane.y[0] - place.y) < 0.01
        assert abs(np.cos(lane.heading[0] - place.yaw) - (1.0 if position.lane_id < 0 else -1.0)) < 1e-6
