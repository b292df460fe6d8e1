"""The plan covers what it says; a unit's episodes tell what happened, the same each time."""

import pickle
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from evaluation.benchmark import BenchmarkConfig, PolicySpec, Unit, plan_units, run_unit, seed_world
from evaluation.record import Patience, measure, record
from pipeline.work.artifact import canonical_json
from simulator.errors import LiquidlaneError
from simulator.expert import Expert
from simulator.world import Control, Group
from simulator.world_config import WorldConfig
from tests.evaluation.kinematic_world import KinematicWorld

ROADS = [f"generated:{seed}" for seed in range(100, 112)]
MODELS = [PolicySpec("ncp@0", "checkpoints/ncp-0"), PolicySpec("lstm@0", "checkpoints/lstm-0")]


def plan(**changes: object) -> list[Unit]:
    return plan_units(BenchmarkConfig(**changes), WorldConfig(), MODELS, ROADS)


def test_every_policy_drives_every_road_once_per_condition_and_seed() -> None:
    units = plan(roads=10, seeds=(0, 1), conditions=("clear", "noise"), cars=4)
    driven = Counter((u.policy.name, u.condition, u.seed, road) for u in units for road in u.roads)
    assert set(driven.values()) == {1}
    assert len(driven) == 10 * 2 * (2 + 2 * 2)
    assert {u.condition for u in units if u.policy.checkpoint is None} == {"clear"}
    assert {len(u.roads) for u in units} == {4, 2}
    assert len({u.label for u in units}) == len(units)


def test_more_roads_or_models_change_no_unit_that_was_there() -> None:
    few, many = plan(roads=8, cars=4), plan(roads=12, cars=4)
    assert {canonical_json(unit.facts()) for unit in few} < {canonical_json(unit.facts()) for unit in many}


def test_a_unit_is_plain_and_its_facts_hold_no_place() -> None:
    unit = plan()[-1]
    assert pickle.loads(pickle.dumps(unit)) == unit
    assert "checkpoints" not in canonical_json(unit.facts())
    assert unit.facts() != replace(unit, seed=9).facts()


def test_who_looks() -> None:
    assert {unit.policy.name: unit.looks for unit in plan()} == {
        "straight": False,
        "expert": False,
        "ncp@0": True,
        "lstm@0": True,
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conditions": ("nois",)}, "did you mean 'noise'"),
        ({"conditions": ("noise", "noise:0.1")}, "twice"),
        ({"drivers": ("strait",)}, "no driver 'strait'"),
        ({"seeds": ()}, "at least 1"),
        ({"road": 3}, "Extra inputs"),
    ],
)
def test_a_wrong_config_dies_with_its_place(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        BenchmarkConfig(**changes)


def test_too_few_roads_are_an_error_in_words() -> None:
    with pytest.raises(LiquidlaneError, match="13 roads are asked for, there are 12"):
        plan(roads=13)


def make_unit(**changes: object) -> Unit:
    unit = Unit(PolicySpec("expert"), tuple(ROADS[:3]), "clear", 0, WorldConfig())
    return replace(unit, **changes)


def test_a_unit_gives_an_episode_per_road_with_the_truth_in_it() -> None:
    world, told = KinematicWorld(length=200), []
    unit = make_unit()
    episodes = run_unit(unit, world, progress=told.append)
    assert [episode.road for episode in episodes] == list(unit.roads)
    assert sum(told) == unit.amount == 300
    for car, episode in enumerate(episodes):
        assert episode.ended == "finished"
        assert episode.length == pytest.approx(measure(world.route(car))) == pytest.approx(200)
        assert np.array_equal(episode.center, world.route(car))
        moved = np.hypot(*np.diff(episode.position, axis=0).T)
        assert moved == pytest.approx(episode.speed[1:] * np.diff(episode.timestamp), rel=1e-3)
        assert episode.executed[1:] == pytest.approx(episode.curvature[:-1])
        assert episode.wall_seconds.min() > 0
    assert run_unit(unit, world)[1].offset.tobytes() == episodes[1].offset.tobytes()


def test_a_road_is_driven_the_same_in_any_group() -> None:
    world = KinematicWorld(length=150)
    alone = run_unit(make_unit(roads=(ROADS[1],), condition="noise"), world)[0]
    together = run_unit(make_unit(condition="noise"), world)[1]
    assert alone.offset == pytest.approx(together.offset, abs=1e-9)


def test_a_mirrored_world_gives_mirrored_episodes() -> None:
    one, other = (run_unit(make_unit(), KinematicWorld(length=150, mirrored=side))[0] for side in (False, True))
    assert np.abs(one.offset).max() > 0.01
    assert other.offset == pytest.approx(-one.offset)
    assert other.curvature == pytest.approx(-one.curvature)
    assert other.heading == pytest.approx(-one.heading)


def test_a_car_that_does_not_move_is_stuck_in_time_and_the_others_go_on() -> None:
    world = KinematicWorld(length=100)
    world.blocked.add(1)
    episodes = run_unit(make_unit(patience=Patience(2.0, 5.0)), world)
    assert [episode.ended for episode in episodes] == ["finished", "stuck", "finished"]
    assert [episodes[car].timestamp[-1] for car in (0, 2)] == pytest.approx([10, 10], abs=0.2)
    assert episodes[1].timestamp[-1] == pytest.approx(2 * 100 / 5, abs=0.06)
    assert episodes[1].driven == pytest.approx(0, abs=0.6)


class Thinking(Expert):
    """An expert with two neurons, and with an autopilot on its second car."""

    def act(self, observations, lanes):  # type: ignore[no-untyped-def]
        self.neurons = np.array([[len(lanes), car] for car in range(len(lanes))], np.float32)
        controls = super().act(observations, lanes)
        return [controls[0], Control(None), *controls[2:]]


def test_neurons_are_each_cars_own_and_an_autopilots_command_is_what_it_drove() -> None:
    episodes = run_unit(make_unit(), KinematicWorld(length=50), policy=Thinking())
    for car, episode in enumerate(episodes):
        assert episode.neurons.shape == (len(episode), 2)
        assert (episode.neurons == [3, car]).all()
    assert np.array_equal(
        episodes[1].curvature[~episodes[1].intervention], episodes[1].executed[~episodes[1].intervention]
    )


def test_interventions_are_where_the_car_was_outside() -> None:
    episodes = run_unit(make_unit(policy=PolicySpec("straight")), KinematicWorld())
    for episode in episodes:
        assert np.array_equal(episode.intervention, np.abs(episode.offset) > episode.width / 2)
        after = np.flatnonzero(episode.intervention)[:-1] + 1
        assert (np.abs(episode.offset[after]) < 0.3).all()


def test_lost_frames_leave_no_hole() -> None:
    world = KinematicWorld(length=100)
    world.lost_frames.update({(5, 0), (6, 0)})
    episode = record(
        Expert(), world, Group((ROADS[0],)), name="expert", condition="clear", seed=0, world_seed=seed_world(0)
    )[0]
    assert np.diff(episode.timestamp) == pytest.approx(0.05)
    assert episode.curvature[5] == episode.curvature[4] == episode.curvature[6]


def test_the_worlds_of_the_benchmark_are_its_own() -> None:
    seeds = {seed_world(seed) for seed in range(100)}
    assert len(seeds) == 100
    assert all(100 < seed < 2**31 for seed in seeds)
