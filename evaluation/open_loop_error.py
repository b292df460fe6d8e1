"""How wrong predictions on recordings are, with intervals over drives or over blocks of one drive."""

from collections.abc import Sequence
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
"""On all recordings; "recorded, udacity" on those of one source, if there are several."""
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


_Sums = dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
"""What blocks add up to, by score: numerators and denominators, (blocks,) or, for the bins, (blocks, bins)."""


def compare_predictions(
    predictions: Sequence[Prediction], config: OpenLoopConfig | None = None, *, seed: int = 0
) -> Comparison:
    """Score all predictors, and all pairs of them, on the frames that they share.

    Means run over training seeds. Intervals come from resampling training seeds and recordings, or blocks of
    `block_seconds` where there are fewer than six recordings. Weighted squared error: Σw·e²/Σw with e on curvature
    x 20 m (the training loss; NCP 2020). Balanced absolute error: the mean over curvature bins, so that straights
    don't drown the bends. Share beyond the threshold: after Codevilla et al. 2018 (arXiv 1809.04843), who find that
    it follows driving better than the squared error. Where recordings have several sources, each source has rows of its
    own besides.

    Args:
        predictions: of all predictors and training seeds on the same drives.
        config: of the scores.
        seed: of the resampling.

    Raises:
        LiquidlaneError: if there are none, or two predictors did not see the same drives.
    """
    config = config or OpenLoopConfig()
    models: dict[str, dict[str, dict[str, Prediction]]] = {}
    for each in predictions:
        models.setdefault(each.model, {}).setdefault(each.training_seed, {})[each.drive] = each
    runs = [run for trainings in models.values() for run in trainings.values()]
    if not any(len(each.label) for run in runs[:1] for each in run.values()):
        raise LiquidlaneError("there is no frame to score predictions on; give recordings with usable frames")
    if any(run.keys() != runs[0].keys() for run in runs):
        raise LiquidlaneError("the predictors saw different drives; predict all of them on the same recordings")
    sources = sorted({each.source for each in runs[0].values()})
    parts = [(CONDITION, set(runs[0]))]
    if len(sources) > 1:
        parts += [
            (f"{CONDITION}, {source}", {name for name, each in runs[0].items() if each.source == source})
            for source in sources
        ]
    rows: list[Row] = []
    differences: list[Difference] = []
    for condition, chosen in parts:
        if any(len(runs[0][drive].label) for drive in chosen):
            compared = _compare_on(sorted(chosen), models, condition, config, seed)
            rows += compared.rows
            differences += compared.differences
    return Comparison(tuple(rows), tuple(differences))


def _compare_on(
    drives: Sequence[str],
    models: dict[str, dict[str, dict[str, Prediction]]],
    condition: str,
    config: OpenLoopConfig,
    seed: int,
) -> Comparison:
    """Score all predictors, and all pairs of them, on some drives."""
    runs = [run for trainings in models.values() for run in trainings.values()]
    blocks = _number_blocks([runs[0][drive] for drive in drives], config)
    means, draws = {}, {}
    for name, trainings in models.items():
        sums = [_sum_blocks([run[drive] for drive in drives], blocks, config) for run in trainings.values()]
        means[name] = _scores(sums, name, None, seed)
        draws[name] = _scores(sums, name, config.bootstrap, seed)
    amount = int(blocks.max()) + 1
    rows = [
        Row(name, condition, metric, UNITS[metric], float(means[name][metric][0]), *_interval(draw, amount), amount)
        for name in models
        for metric, draw in draws[name].items()
    ]
    differences = [
        Difference(
            *(one, condition, other, condition, metric, UNITS[metric]),
            float(means[one][metric][0] - means[other][metric][0]),
            *_interval(draws[one][metric] - draws[other][metric], amount),
            amount,
        )
        for one, other in combinations(models, 2)
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
    return {
        "weighted_squared_error": (add(weight * (error * SCALE) ** 2), add(weight)),
        "balanced_absolute_error": (add_binned(1000 * np.abs(error)), add_binned(ones)),
        "share_beyond_threshold": (add(100.0 * wrong), add(ones)),
    }


def _scores(sums: Sequence[_Sums], model: str, samples: int | None, seed: int) -> dict[str, NDArray[np.float64]]:
    """Give each score over all blocks and training seeds (1,), or over `samples` resamplings of them."""
    scores = {}
    for metric in UNITS:
        total, weight = (np.stack([each[metric][part] for each in sums]) for part in (0, 1))
        if samples is None:
            ratio = divide(total.sum(axis=(0, 1))[None], weight.sum(axis=(0, 1))[None])
        else:
            ratio = resample_ratio(total, weight, samples, seed, model)
        scores[metric] = np.asarray(np.nanmean(ratio, axis=1)) if ratio.ndim > 1 else ratio
    return scores


def _interval(draws: NDArray[np.float64], blocks: int) -> tuple[float | None, float | None]:
    return percentiles(draws) if blocks > 1 else (None, None)
