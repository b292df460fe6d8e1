"""A car that is put back on its lane is really back: whatever its driver did before, the next one drives on from it."""

import numpy as np
import pytest

from simulator.carla.world import CarlaWorld
from simulator.expert import Expert
from simulator.rollout import find_outside
from simulator.world import Control, Group


@pytest.mark.parametrize("curvature", [0.1, -0.1])
def test_a_restored_car_has_not_kept_its_wheel_angle(blind: CarlaWorld, curvature: float) -> None:
    moment = blind.reset(Group(("generated:5",)), 0)
    while not find_outside(moment)[0]:
        moment = blind.step([Control(curvature)])
    blind.restore(0)
    speed = moment.cars[0].speed
    moment = blind.step([Control(curvature)])  # of a driver that has not seen yet where it is now
    assert moment.cars[0].speed == pytest.approx(speed, rel=0.05)
    expert = Expert()
    expert.reset(1, blind.camera, blind.period)
    offsets = [moment.lanes[0].offset]
    for _ in range(100):
        moment = blind.step(expert.act(moment.observations, moment.lanes))
        offsets.append(moment.lanes[0].offset)
    assert np.abs(offsets).max() < 0.3


def test_a_car_restored_in_a_bend_drives_its_curvature_at_once(blind: CarlaWorld) -> None:
    moment = blind.reset(Group(("ring:5",)), 0)
    expert = Expert()
    expert.reset(1, blind.camera, blind.period)
    while abs(moment.lanes[0].curvature) < 0.01:
        moment = blind.step(expert.act(moment.observations, moment.lanes))
    bend = moment.lanes[0].curvature
    while not find_outside(moment)[0]:
        moment = blind.step([Control(-3 * bend)])
    blind.restore(0)
    moment = blind.step([Control(0.0)])
    assert moment.cars[0].executed == pytest.approx(moment.lanes[0].curvature, abs=0.003)
