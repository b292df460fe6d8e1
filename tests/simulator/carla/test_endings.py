"""How cars end, are put back and are handed to the autopilot."""

import math

import carla
import numpy as np
import pytest

from simulator.carla.world import CarlaWorld
from simulator.expert import AutopilotExpert, Expert
from simulator.rollout import rollout
from simulator.world import Control, Group
from tests.simulator.carla.rides import drive, second_client

PAIR = Group(("generated:1", "generated:2"))


def test_ended_car_is_held_and_no_longer_seen(seeing: CarlaWorld, short: Group) -> None:
    moments = drive(seeing, short, 0, 160)
    ended = next(i for i, moment in enumerate(moments) if moment.ended[0])
    assert moments[ended].ended == ["finished", None]
    assert moments[ended].cars[0].distance == pytest.approx(70.0, abs=0.7)
    assert all(moment.observations[0] is None for moment in moments[ended:])
    assert all(moment.observations[1] is not None for moment in moments)
    assert moments[-1].cars[0] == moments[ended].cars[0]
    assert moments[-1].cars[1].distance > moments[ended].cars[1].distance + 20
    stands = seeing._world.get_snapshot().find(seeing._cars[0].id)
    assert stands.get_velocity().length() < 0.01


def test_restored_car_is_on_its_lane_aligned_at_its_speed(blind: CarlaWorld) -> None:
    blind.reset(PAIR, 3)
    for _ in range(40):
        moment = blind.step([Control(0.03), Control(0.0)])
    away = moment.lanes[0]
    assert abs(away.offset) > 1.0
    blind.restore(0)
    back = blind.step([Control(0.0), Control(0.0)])
    assert abs(back.lanes[0].offset) < 0.1
    assert abs(back.lanes[0].heading) < 0.08
    assert back.cars[0].speed == pytest.approx(moment.cars[0].speed, rel=0.05)
    assert back.cars[0].distance == pytest.approx(moment.cars[0].distance + 0.05 * moment.cars[0].speed, abs=0.3)
    assert back.cars[1].distance > moment.cars[1].distance


def test_obstacle_ends_a_car_as_collided(blind: CarlaWorld, straight: Group) -> None:
    blind.reset(straight, 0)
    world = second_client(blind).get_world()
    transform = blind._world.get_snapshot().find(blind._cars[0].id).get_transform()
    forward = transform.get_forward_vector()
    transform.location += carla.Location(40 * forward.x, 40 * forward.y, 0.0)
    obstacle = world.spawn_actor(world.get_blueprint_library().find("vehicle.tesla.model3"), transform)
    moment = blind.step([Control(0.0)])
    for _ in range(100):
        moment = blind.step([Control(0.0)])
        if moment.ended[0]:
            break
    obstacle.destroy()
    assert moment.ended == ["collided"]
    assert 30 < moment.cars[0].distance < 60


def test_car_that_can_not_move_is_stuck_after_ten_seconds(blind: CarlaWorld, straight: Group) -> None:
    blind.reset(straight, 0)
    car = second_client(blind).get_world().get_actor(blind._cars[0].id)
    car.set_simulate_physics(False)
    moments = [blind.step([Control(0.0)]) for _ in range(205)]
    ended = next(i for i, moment in enumerate(moments) if moment.ended[0])
    assert moments[ended].ended == ["stuck"]
    assert ended == pytest.approx(200, abs=3)


def test_autopilot_drives_a_ring_and_gives_the_wheel_back(blind: CarlaWorld) -> None:
    group = Group(("ring:1",))
    steps = list(rollout(AutopilotExpert(), blind, group, 0, max_steps=600))
    moments = [step.moment for step in steps]
    assert steps[0].controls == [Control(None)]
    assert moments[-1].cars[0].distance > 150
    assert np.abs([moment.lanes[0].offset for moment in moments]).mean() < 0.4
    executed = np.array([moment.cars[0].executed for moment in moments[100:]])
    wanted = np.array([moment.lanes[0].curvature for moment in moments[100:]])
    assert np.corrcoef(executed, wanted)[0, 1] > 0.8
    driven = [blind.step([Control(0.01)]).cars[0].executed for _ in range(60)]
    assert driven[-1] == pytest.approx(0.01, rel=0.05)


def test_expert_keeps_the_lane_to_the_end(blind: CarlaWorld) -> None:
    group = Group(tuple(f"generated:{seed}" for seed in range(10, 15)))
    steps = list(rollout(Expert(), blind, group, 1))
    assert steps[-1].moment.ended == ["finished"] * 5
    assert not any(any(step.interventions) for step in steps)
    for car in range(5):
        driven = [step.moment for step in steps if step.moment.ended[car] is None]
        offsets = np.abs([moment.lanes[car].offset for moment in driven])
        assert offsets.mean() <= 0.08
        assert offsets.max() <= 0.5
        speeds = np.array([(m.cars[car].speed, m.cars[car].speed_target) for m in driven])
        assert np.abs(speeds[:, 0] - speeds[:, 1]).mean() < 0.2
        route = blind.route(car)
        length = np.hypot(*np.diff(route, axis=0).T).sum()
        assert steps[-1].moment.cars[car].distance == pytest.approx(length, abs=1.0)
        assert np.hypot(*np.diff(route, axis=0).T).max() < 3
        last = steps[-1].moment.cars[car].position
        assert math.dist(route[-1], last) < 1.5
        observation = steps[-2].moment.observations[car]
        assert observation is None or observation.image.shape == (0, 0, 3)


def test_autopilot_lets_go_of_a_car_that_has_ended(blind: CarlaWorld, short: Group) -> None:
    lap = list(rollout(AutopilotExpert(), blind, Group(("town:Ring#0",)), 0, max_steps=1500))
    assert lap[-1].moment.ended == ["finished"]
    for _ in range(60):
        blind.step([Control(None)])
    assert blind._world.get_snapshot().find(blind._cars[0].id).get_velocity().length() < 0.1
    # CARLA's autopilot takes cars at dead ends out of the world
    moments = [step.moment for step in rollout(AutopilotExpert(), blind, short, 0, max_steps=250)]
    assert moments[-1].ended == ["finished", None]
    assert moments[-1].cars[1].distance > 100
    assert blind.reset(short, 1).ended == [None, None]
