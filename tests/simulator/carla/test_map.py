"""Ways through a town that has bridges, on the client's own map."""

from types import SimpleNamespace

import carla
import numpy as np
import pytest

from simulator.carla.car import Car, Way
from simulator.carla.map import follow_lane
from simulator.speed import SpeedConfig
from simulator.world import Control
from tests.simulator.opendrive_samples import document, geometry, road

# over the middle of road 1 at 0 m, road 2 passes on a bridge that climbs from 4 m to 8 m
BRIDGE = document(
    road(geometry("<line/>", 200), length=200),
    road(
        geometry("<line/>", 200, x=100, y=-100, heading=np.pi / 2),
        id="2",
        length=200,
        elevation='<elevation s="0" a="4" b="0.02" c="0" d="0"/>',
    ),
)


@pytest.fixture(scope="module")
def town() -> carla.Map:
    return carla.Map("bridge", BRIDGE)


@pytest.mark.parametrize(("level", "lowest", "highest"), [(1, 0.0, 0.0), (2, 4.0, 8.0)])
def test_a_car_is_put_on_the_level_of_its_own_road(town: carla.Map, level: int, lowest: float, highest: float) -> None:
    start = town.get_waypoint_xodr(level, -1, 2.0).transform.location
    path, heights = follow_lane(town, start, 150.0, 40.0)
    assert len(heights) == len(path.s)
    way = Way(path, "town:Bridge#0", SpeedConfig(), heights)
    car = Car(SimpleNamespace(id=7), way, None, SpeedConfig(), 0.05)  # type: ignore[arg-type]
    for s in (10.0, 98.0, 140.0):
        car.put(s, 5.0)
        moved = next(c for c in car.commands(Control(None), 0.5) if isinstance(c, carla.command.ApplyTransform))
        expected = lowest + (highest - lowest) * (s + 2.0) / 200
        assert moved.transform.location.z - 0.5 == pytest.approx(expected, abs=0.01)


def test_a_way_without_heights_is_level(town: carla.Map) -> None:
    path, _ = follow_lane(town, town.get_waypoint_xodr(2, -1, 2.0).transform.location, 150.0, 40.0)
    assert Way(path, "generated:1", SpeedConfig()).height(77.0) == 0.0
