"""What every metric keeps, and what single ones say of drives that can be checked by hand."""

import numpy as np
import pytest
from scipy import stats

from evaluation.metric import list_metrics, make_metric
from simulator.errors import LiquidlaneError
from tests.evaluation.episodes import make_episode, make_sloppy, mirror

METRICS = list_metrics()
TIMING = {"frames_per_second"}


def test_the_metrics_of_the_benchmark_are_there_in_order() -> None:
    assert (
        *("completed", "route_completion", "interventions_per_km", "autonomy", "mean_offset", "p95_offset"),
        *("beyond_one_metre", "whiteness", "frames_per_second"),
    ) == METRICS


@pytest.mark.parametrize("name", METRICS)
def test_a_perfect_driver_is_best(name: str) -> None:
    metric = make_metric(name)
    best = metric.score(make_episode())
    assert best is not None
    worse = []
    for seed in range(20):
        score = metric.score(make_sloppy(seed, size=3.0))
        assert score is not None
        worse.append(score)
        assert best >= score if metric.better == "higher" else best <= score
    if name != "route_completion":
        assert any(score != best for score in worse)


@pytest.mark.parametrize("name", METRICS)
def test_a_mirrored_drive_scores_the_same(name: str) -> None:
    metric = make_metric(name)
    for seed in range(10):
        episode = make_sloppy(seed, size=2.0)
        assert metric.score(mirror(episode)) == metric.score(episode)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("steps", [0, 1, 2, 50])
@pytest.mark.parametrize("ended", ["finished", "stuck", "collided"])
def test_series_and_score_are_finite_for_any_length(name: str, steps: int, ended: str) -> None:
    metric, episode = make_metric(name), make_sloppy(1, 4.0, steps, ended=ended)
    series, score = metric.per_step(episode), metric.score(episode)
    assert series.shape == (steps,)
    assert np.isfinite(series).all()
    assert score is None or np.isfinite(score)


@pytest.mark.parametrize("name", METRICS)
def test_a_drive_without_a_step_is_never_a_good_one(name: str) -> None:
    metric = make_metric(name)
    score = metric.score(make_episode(0, ended="stuck"))
    best = metric.score(make_episode())
    assert score is None or score != best


@pytest.mark.parametrize("name", METRICS)
def test_it_says_what_it_is(name: str) -> None:
    metric = make_metric(name)
    assert metric.title and metric.better in ("higher", "lower") and type(metric).__doc__


def test_a_wrong_name_is_corrected() -> None:
    with pytest.raises(LiquidlaneError, match="did you mean 'mean_offset'"):
        make_metric("mean_ofset")


def put_back(*places: int, steps: int = 400, **changes: object) -> object:
    intervention = np.zeros(steps, bool)
    intervention[list(places)] = True
    return make_episode(steps, intervention=intervention, **changes)


def test_interventions_are_counted_per_kilometre_driven() -> None:
    metric = make_metric("interventions_per_km")
    assert metric.score(put_back(10, 200)) == pytest.approx(2 / 0.2)
    assert metric.score(put_back(10, ended="stuck", length=1000.0)) == pytest.approx(2 / 0.1995)


def test_autonomy_is_bojarskis() -> None:
    metric = make_metric("autonomy")
    assert metric.score(put_back(10, 200)) == pytest.approx(100 * (1 - 2 * 6 / 20))
    assert metric.score(put_back(10, 100, 200, 300)) == 0
    series = metric.per_step(put_back(10, 200))
    assert series[-1] == pytest.approx(metric.score(put_back(10, 200)))


def test_completed_needs_the_end_and_no_help() -> None:
    metric = make_metric("completed")
    assert metric.score(make_episode()) == 100
    assert metric.score(put_back(399)) == 0
    assert metric.score(make_episode(ended="stuck")) == 0


def test_route_completion_counts_from_the_start_to_where_the_car_got() -> None:
    metric = make_metric("route_completion")
    half = make_episode(101, length=105.0, ended="stuck", distance=5 + np.arange(101) * 0.5)
    assert metric.score(half) == pytest.approx(50)
    back = half.distance.copy()
    back[60:] -= 30
    assert metric.score(make_episode(101, length=105.0, ended="stuck", distance=back)) == pytest.approx(29.5)


def test_offsets() -> None:
    offset = np.linspace(-2, 2, 401)
    episode = make_episode(401, offset=offset)
    assert make_metric("mean_offset").score(episode) == pytest.approx(np.abs(offset).mean())
    assert make_metric("p95_offset").score(episode) == pytest.approx(1.9)
    assert make_metric("beyond_one_metre").score(episode) == pytest.approx(100 * 200 / 401)


def test_whiteness_is_the_root_mean_square_rate_of_the_command() -> None:
    time = np.arange(2000) * 0.01
    sine = make_episode(2000, timestamp=time, curvature=0.02 * np.sin(2 * np.pi * time))
    assert make_metric("whiteness").score(sine) == pytest.approx(1000 * 0.02 * 2 * np.pi / np.sqrt(2), rel=1e-3)


def test_whiteness_leaves_out_the_jumps_beside_an_intervention() -> None:
    curvature = np.where(np.arange(400) == 200, 0.1, 0.0)
    assert make_metric("whiteness").score(put_back(200, curvature=curvature)) == 0
    assert make_metric("whiteness").score(make_episode(400, curvature=curvature)) > 50


def test_frames_per_second_is_steps_over_their_time() -> None:
    episode = make_episode(2, wall_seconds=np.array([0.001, 0.003]))
    assert make_metric("frames_per_second").score(episode) == pytest.approx(500)


@pytest.mark.parametrize("roads", [1, 3, 10])
def test_exact_interval_of_completed_is_clopper_and_pearsons(roads: int) -> None:
    metric = make_metric("completed")
    drives = [make_episode(road=f"generated:{road}", seed=seed) for road in range(roads) for seed in range(2)]
    expected = stats.binomtest(roads, roads).proportion_ci(0.95, "exact")
    assert metric.exact_interval(drives) == pytest.approx((100 * expected.low, 100 * expected.high))
    failed = [put_back(3, road=f"generated:{road}") for road in range(roads)]
    expected = stats.binomtest(0, roads).proportion_ci(0.95, "exact")
    assert metric.exact_interval(failed) == pytest.approx((100 * expected.low, 100 * expected.high))


def test_exact_interval_of_no_intervention_is_poissons() -> None:
    metric = make_metric("interventions_per_km")
    drives = [make_episode(400, road=f"generated:{road}") for road in range(5)]
    assert metric.exact_interval(drives) == pytest.approx((0, stats.chi2.ppf(0.975, 2) / 2 / 1.0), rel=1e-4)
    assert metric.exact_interval([put_back(3)]) is None
