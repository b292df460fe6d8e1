"""Means, intervals and paired differences: against scipy, against the truth of simulated drivers, byte for byte."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from evaluation.bootstrap import Cells, Resampler
from evaluation.compare import compare
from evaluation.episode import Episode
from evaluation.metric import list_metrics
from simulator.randomness import make_generator
from tests.evaluation.episodes import make_episode

SAMPLES = 2000


def drive(model: str, road: int, offset: float, **changes: object) -> Episode:
    """Make a drive with a known mean offset."""
    return make_episode(40, policy=model, road=f"generated:{road}", offset=np.full(40, offset), **changes)


def test_interval_of_a_mean_is_scipys_percentile_bootstrap() -> None:
    scores = make_generator(0, "scores").exponential(size=12)
    low, high = Resampler(12, 1, 20000, 0).interval(Cells(scores[:, None, None]), "ncp")
    reference = stats.bootstrap((scores,), np.mean, n_resamples=20000, method="percentile", rng=1).confidence_interval
    assert (low, high) == pytest.approx((reference.low, reference.high), abs=0.02)


def test_interval_of_a_difference_is_scipys_paired_bootstrap() -> None:
    rng = make_generator(0, "pairs")
    one, other = (rng.normal(size=15) + 5 * np.arange(15) for _ in range(2))
    mean, low, high = Resampler(15, 1, 20000, 0).difference(
        Cells(one[:, None, None]), "a", Cells(other[:, None, None]), "b"
    )
    reference = stats.bootstrap((one - other,), np.mean, n_resamples=20000, method="percentile", rng=1)
    assert mean == pytest.approx((one - other).mean())
    expected = (reference.confidence_interval.low, reference.confidence_interval.high)
    assert (low, high) == pytest.approx(expected, abs=0.03)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng = make_generator(1, "coverage")
    resampler = Resampler(20, 3, 500, 0)
    hits = 0
    for _ in range(200):
        roads, trainings = rng.normal(size=(20, 1, 1)), 0.3 * rng.normal(size=(1, 4, 1))
        low, high = resampler.interval(Cells(roads + trainings + 0.1 * rng.normal(size=(20, 4, 3))), "ncp")
        hits += low <= 0 <= high
    assert 0.88 <= hits / 200 <= 1


def test_roads_are_clusters_so_more_seeds_on_the_same_roads_do_not_feign_certainty() -> None:
    rng = make_generator(2, "clusters")
    roads = rng.normal(size=(10, 1, 1))
    widths = []
    for seeds in (1, 30):
        low, high = Resampler(10, seeds, SAMPLES, 0).interval(Cells(np.tile(roads, (1, 1, seeds))), "ncp")
        widths.append(high - low)
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


def test_a_constant_difference_is_found_exactly_however_much_roads_differ() -> None:
    rng = make_generator(3, "roads")
    roads = rng.uniform(0.1, 1.0, 8)
    episodes = [drive("ncp", road, offset) for road, offset in enumerate(roads)]
    episodes += [drive("lstm", road, offset + 0.05) for road, offset in enumerate(roads)]
    comparison = compare(episodes, samples=SAMPLES)
    (found,) = [each for each in comparison.differences if each.metric == "mean_offset"]
    assert (found.model, found.other_model, found.episodes) == ("ncp", "lstm", 8)
    assert (found.mean, found.low, found.high) == pytest.approx((-0.05, -0.05, -0.05))
    assert found.clear
    row = comparison.find("ncp", "clear", "mean_offset")
    assert row is not None and row.mean == pytest.approx(roads.mean())
    assert row.low is not None and row.high is not None and row.high - row.low > 0.1


def test_only_what_both_drove_is_compared() -> None:
    episodes = [drive("ncp", road, 0.1) for road in range(4)] + [drive("lstm", road, 0.1) for road in range(2)]
    episodes += [drive("lstm", 9, 5.0)]
    (found,) = [each for each in compare(episodes, samples=SAMPLES).differences if each.metric == "mean_offset"]
    assert (found.mean, found.episodes) == (0, 2)


def test_training_seeds_are_one_model_and_widen_its_interval() -> None:
    def run(spread: float) -> float:
        episodes = [
            drive(f"ncp@{seed}", road, 0.5 + spread * seed + 0.01 * road) for seed in range(3) for road in range(5)
        ]
        row = compare(episodes, samples=SAMPLES).find("ncp", "clear", "mean_offset")
        assert row is not None and row.episodes == 15 and row.low is not None and row.high is not None
        return row.high - row.low

    assert run(0.2) > 3 * run(0.0)


def test_conditions_are_compared_with_the_first() -> None:
    episodes = [drive("ncp", road, 0.1) for road in range(5)]
    episodes += [drive("ncp", road, 0.3, condition="noise") for road in range(5)]
    episodes += [drive("expert", road, 0.0) for road in range(5)]
    found = {
        (each.model, each.condition, each.other_model, each.other_condition): each.mean
        for each in compare(episodes, samples=SAMPLES).differences
        if each.metric == "mean_offset"
    }
    assert found == {
        ("ncp", "clear", "expert", "clear"): pytest.approx(0.1),
        ("ncp", "noise", "ncp", "clear"): pytest.approx(0.2),
    }


def test_where_all_score_the_same_the_interval_is_exact_not_empty() -> None:
    comparison = compare([drive("ncp", road, 0.1) for road in range(10)], samples=SAMPLES)
    row = comparison.find("ncp", "clear", "completed")
    assert row is not None and row.low == pytest.approx(69.15, abs=0.01)
    assert row.high == 100


def test_one_drive_has_no_interval_and_no_drive_no_mean() -> None:
    comparison = compare([drive("ncp", 0, 0.1), make_episode(0, policy="cnn", ended="stuck")], samples=SAMPLES)
    row = comparison.find("ncp", "clear", "mean_offset")
    assert row is not None and row.low is None and row.high is None
    assert comparison.find("cnn", "clear", "mean_offset") is None
    stuck = comparison.find("cnn", "clear", "route_completion")
    assert stuck is not None and stuck.mean == 0


def test_results_are_rows_of_plain_numbers_and_the_same_each_time(tmp_path: Path) -> None:
    rng = make_generator(4, "rows")
    episodes = [
        drive(f"{model}@{seed}", road, float(rng.uniform()), condition=condition)
        for model in ("ncp", "lstm")
        for seed in range(2)
        for condition in ("clear", "noise")
        for road in range(4)
    ]
    for name in ("one.json", "two.json"):
        compare(episodes, samples=SAMPLES).write(tmp_path / name)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    results = json.loads((tmp_path / "one.json").read_text())
    assert {tuple(row) for row in results["rows"]} == {
        ("model", "condition", "metric", "unit", "mean", "low", "high", "episodes")
    }
    assert len(results["rows"]) == 2 * 2 * len(list_metrics())
    assert all(row["episodes"] == 8 for row in results["rows"])
    for row in results["rows"] + results["differences"]:
        if row["low"] is not None:
            assert row["low"] <= row["mean"] + 1e-9 and row["mean"] <= row["high"] + 1e-9


def test_the_order_of_the_drives_does_not_matter() -> None:
    rng = make_generator(5, "order")
    episodes = [drive(model, road, float(rng.uniform())) for model in ("ncp", "lstm") for road in range(6)]
    shuffled = [*episodes[5::-1], *episodes[:5:-1]]
    assert compare(episodes, samples=SAMPLES) == compare(shuffled, samples=SAMPLES)


def test_nothing_compares_to_nothing() -> None:
    assert compare([]).rows == ()
