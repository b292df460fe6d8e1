"""The generated town: linked as the official client reads it, and read within the time a world may take to load."""

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


def test_a_town_of_ten_square_kilometres_is_read_in_time() -> None:
    xml = grid_town(17)
    start = time.process_time()
    world = WorldMap("town", xml)
    assert len(world.spawn_points) > 4000
    assert time.process_time() - start < 3.0
    assert len(world.network.junctions) == 289
