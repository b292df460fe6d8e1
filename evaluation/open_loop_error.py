"""How wrong predictions on recordings are, with intervals over drives or over blocks of one drive."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from evaluation.bootstrap import divide, percentiles, resample_ratio
from evaluation.compare import Comparison, Difference, Row
from evaluation.open_loop import Prediction
from simulator.config import Config
from simulator.errors import LiquidlaneError

CONDITION = "recorded"
SCALE = 20.0
"""Curvature is squared as curvature x 20 m, the scale that models learn on: 1 is a bend of 20 m radius."""
FEWEST_DRIVES = 6
UNITS = {
    "weighted_squared_error": "(κ·20 m)²",
    "balanced_absolute_error": "1/km",
    "share_beyond_threshold": "%",
}
TITLES = {
    "weighted_squared_error": "Squared error, weighted by curvature",
    "balanced_absolute_error": "Absolute error, mean over curvature bins",
    "share_beyond_threshold": "Frames beyond the threshold",
}


class OpenLoopConfig(Config):
    """How predictions on recordings are scored."""

    alpha: float = Field(
        default=1.0, ge=0, le=10, description="A frame weighs exp(alpha x |curvature x 20 m|), as in training."
    )
    bins: tuple[float, ...] = Field(
        default=(0.001, 0.003, 0.01, 0.03),
        min_length=1,
        description="Edges of the bins of |curvature| [1/m]; left and right bends have bins of their own.",
    )
    threshold: float = Field(default=0.005, gt=0, description="A frame is wrong beyond this error [1/m] ...")
    relative: float = Field(
        default=0.1, ge=0, description="... or beyond this share of its curvature, whichever is larger."
    )
    block_seconds: float = Field(
        default=10.0, gt=0, description="Length of the blocks that are resampled if drives are few."
    )
    bootstrap: int = Field(default=4000, ge=100, le=1_000_000, description="Resamplings behind each interval.")


@dataclass(frozen=True)
class _Sums:
    """What blocks add up to: (blocks,) or, for the bins, (blocks, bins)."""

    squared: tuple[NDArray[np.float64], NDArray[np.float64]]
    binned: tuple[NDArray[np.float64], NDArray[np.float64]]
    beyond: tuple[NDArray[np.float64], NDArray[np.float64]]


def compare_predictions(
    predictions: Sequence[Prediction], config: OpenLoopConfig | None = None, *, seed: int = 0
) -> Comparison:
    """Score all predictors, and all pairs of them, on the frames that they share.

    Intervals come from resampling recordings, or blocks of `block_seconds` where there are fewer than six
    recordings. Weighted squared error: Σw·e²/Σw with e on curvature x 20 m (the training loss; NCP 2020). Balanced
    absolute error: the mean over curvature bins, so that straights don't drown the bends. Share beyond the threshold:
    after Codevilla et al. 2018 (arXiv 1809.04843), who find that it follows driving better than the squared error.

    Args:
        predictions: of all predictors on the same drives.
        config: of the scores.
        seed: of the resampling.

    Raises:
        LiquidlaneError: if there are none, or two predictors did not see the same drives.
    """
    config = config or OpenLoopConfig()
    by_predictor: dict[str, dict[str, Prediction]] = {}
    for each in predictions:
        by_predictor.setdefault(each.predictor, {})[each.drive] = each
    first = next(iter(by_predictor.values()), {})
    if not any(len(each.label) for each in first.values()):
        raise LiquidlaneError("there is no frame to score predictions on; give recordings with usable frames")
    if any(set(drives) != set(first) for drives in by_predictor.values()):
        raise LiquidlaneError("the predictors saw different drives; predict all of them on the same recordings")
    drives = sorted(first)
    blocks = _number_blocks([first[drive] for drive in drives], config)
    means, draws = {}, {}
    for name, found in by_predictor.items():
        sums = _sum_blocks([found[drive] for drive in drives], blocks, config)
        means[name] = _scores(sums, None, config, seed)
        draws[name] = _scores(sums, config.bootstrap, config, seed)
    amount = int(blocks.max()) + 1
    rows = [
        Row(name, CONDITION, metric, UNITS[metric], float(means[name][metric][0]), *_interval(draw, amount), amount)
        for name in by_predictor
        for metric, draw in draws[name].items()
    ]
    differences = [
        Difference(
            *(one, CONDITION, other, CONDITION, metric, UNITS[metric]),
            float(means[one][metric][0] - means[other][metric][0]),
            *_interval(draws[one][metric] - draws[other][metric], amount),
            amount,
        )
        for one, other in combinations(by_predictor, 2)
        for metric in UNITS
    ]
    return Comparison(tuple(rows), tuple(differences))


def _number_blocks(predictions: Sequence[Prediction], config: OpenLoopConfig) -> NDArray[np.int64]:
    """Give the block of every frame of all drives in a row: its recording, or some seconds of its drive."""
    recordings = {name: number for number, name in enumerate(dict.fromkeys(each.recording for each in predictions))}
    if len(recordings) >= FEWEST_DRIVES:
        return np.concatenate([np.full(len(each.label), recordings[each.recording]) for each in predictions])
    numbered, following = [], 0
    for each in predictions:
        if len(each.timestamp):
            block = ((each.timestamp - each.timestamp[0]) // config.block_seconds).astype(np.int64)
            dense = np.unique(block, return_inverse=True)[1]
            numbered.append(following + dense)
            following += int(dense[-1]) + 1
    return np.concatenate(numbered)


def _sum_blocks(predictions: Sequence[Prediction], blocks: NDArray[np.int64], config: OpenLoopConfig) -> _Sums:
    """Add up errors and weights within each block."""
    label = np.concatenate([each.label for each in predictions])
    error = np.concatenate([each.predicted for each in predictions]) - label
    amount = int(blocks.max()) + 1
    edges = np.array([*(-edge for edge in reversed(config.bins)), *config.bins])
    place = blocks * (len(edges) + 1) + np.digitize(label, edges)

    def add(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(blocks, values, amount).astype(float)

    def add_binned(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(place, values, amount * (len(edges) + 1)).astype(float).reshape(amount, -1)

    weight = np.exp(config.alpha * np.abs(label * SCALE))
    ones = np.ones(len(label))
    wrong = np.abs(error) > np.maximum(config.threshold, config.relative * np.abs(label))
    return _Sums(
        (add(weight * (error * SCALE) ** 2), add(weight)),
        (add_binned(1000 * np.abs(error)), add_binned(ones)),
        (add(100.0 * wrong), add(ones)),
    )


def _scores(sums: _Sums, samples: int | None, config: OpenLoopConfig, seed: int) -> dict[str, NDArray[np.float64]]:
    """Give each score over all blocks (1,), or over `samples` resamplings of them, the same for every predictor."""

    def ratio(pair: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float64]:
        if samples is None:
            return divide(pair[0].sum(axis=0, keepdims=True), pair[1].sum(axis=0, keepdims=True))
        return resample_ratio(*pair, samples, seed, "bootstrap/blocks")

    return {
        "weighted_squared_error": ratio(sums.squared),
        "balanced_absolute_error": np.asarray(np.nanmean(ratio(sums.binned), axis=1)),
        "share_beyond_threshold": ratio(sums.beyond),
    }


def _interval(draws: NDArray[np.float64], blocks: int) -> tuple[float | None, float | None]:
    return percentiles(draws) if blocks > 1 else (None, None)
