"""A unit of the benchmark on the embedded server, through the official client."""

import numpy as np
import pytest

from evaluation.benchmark import BenchmarkConfig, PolicySpec, plan_units, run_unit
from evaluation.episode import Episode
from evaluation.metric import make_metric
from evaluation.record import measure
from simulator.roads_config import RoadsConfig
from simulator.world_config import WorldConfig

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def episodes() -> list[Episode]:
    from simulator.carla.world import open_world

    config = WorldConfig(roads=RoadsConfig(length=300))
    roads = config.roads.names("test", 2)
    units = plan_units(BenchmarkConfig(roads=2, cars=2), config, [], roads)
    driven = []
    for unit in units:
        world = open_world(unit.setup(), cameras=unit.looks)
        driven += run_unit(unit, world)
        world.close()
    return driven


def test_straight_and_expert_bound_the_scale(episodes: list[Episode]) -> None:
    scores = {
        (episode.model, name): make_metric(name).score(episode)
        for episode in episodes
        for name in ("completed", "mean_offset", "interventions_per_km")
    }
    assert scores["expert", "completed"] == 100
    assert scores["expert", "mean_offset"] < 0.15
    assert scores["straight", "completed"] == 0
    assert scores["straight", "interventions_per_km"] > 5


def test_what_is_recorded_fits_together(episodes: list[Episode]) -> None:
    for episode in episodes:
        assert episode.length == pytest.approx(measure(episode.center))
        nearest = np.sqrt(((episode.position[:, None] - episode.center[None]) ** 2).sum(axis=2)).min(axis=1)
        assert (nearest > np.abs(episode.offset) - 0.01).all()
        assert (nearest < np.hypot(episode.offset, 0.3) + 0.01).all()
        assert np.median(np.abs(episode.executed[20:] - episode.curvature[19:-1])) < 2e-3
        assert np.array_equal(episode.intervention, np.abs(episode.offset) > episode.width / 2)


def test_a_checkpoint_that_is_not_there_is_an_error_in_words() -> None:
    from simulator.errors import LiquidlaneError

    with pytest.raises(LiquidlaneError, match="no finished checkpoint"):
        PolicySpec("ncp@0", "checkpoints/nowhere").load()
