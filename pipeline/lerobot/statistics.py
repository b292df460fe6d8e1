"""The statistics that LeRobot normalises by: of numbers and of pictures, of an episode and of a data set.

Keys, shapes, samples and how episodes are put together follow LeRobot's `compute_stats.py`; its quantiles are
estimates from histograms, those here are exact for an episode, and bounds for a data set, as there.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Statistics = dict[str, NDArray[Any]]

QUANTILES = {"q01": 0.01, "q10": 0.10, "q50": 0.50, "q90": 0.90, "q99": 0.99}
FEWEST, MOST, POWER = 100, 10_000, 0.75
LARGE, SMALLER = 300, 150  # [px] from which pictures are thinned, and to about which size


def describe_numbers(values: NDArray[Any]) -> Statistics:
    """Describe (N, numbers): min, max, mean, std, quantiles (numbers,) each, and count (1,)."""
    exact = np.asarray(values, np.float64)
    found = {"min": exact.min(0), "max": exact.max(0), "mean": exact.mean(0), "std": exact.std(0)}
    quantiles = {name: np.quantile(exact, share, axis=0) for name, share in QUANTILES.items()}
    return {**found, "count": np.array([len(exact)]), **quantiles}


def sampled(frames: int) -> list[int]:
    """Give the numbers of the pictures of an episode that are described."""
    count = max(min(FEWEST, frames), min(int(frames**POWER), MOST))
    return [int(number) for number in np.round(np.linspace(0, frames - 1, count))]


def describe_pictures(pictures: Iterable[NDArray[np.uint8]]) -> Statistics:
    """Describe pictures (H, W, 3) by colour, 0 to 1: (3, 1, 1) each; only counts of levels are kept in memory."""
    levels, count = np.zeros((3, 256)), 0
    for picture in pictures:
        height, width = picture.shape[:2]
        step = max(1, max(height, width) // SMALLER) if max(height, width) >= LARGE else 1
        thin = picture[::step, ::step]
        levels += [np.bincount(thin[..., colour].ravel(), minlength=256) for colour in range(3)]
        count += 1
    scale = np.arange(256) / 255
    total = levels.sum(1)
    mean = levels @ scale / total
    std = np.sqrt(np.maximum(levels @ scale**2 / total - mean**2, 0))
    share = np.cumsum(levels, 1) / total[:, None]
    found = {"min": (levels > 0).argmax(1) / 255, "max": 1 - (levels[:, ::-1] > 0).argmax(1) / 255}
    found |= {"mean": mean, "std": std}
    found |= {name: (share >= quantile).argmax(1) / 255 for name, quantile in QUANTILES.items()}
    shaped: Statistics = {name: value.reshape(3, 1, 1) for name, value in found.items()}
    return {**shaped, "count": np.array([count])}


def put_together(parts: Sequence[Statistics]) -> Statistics:
    """Describe a data set by its episodes."""
    counts = np.array([float(part["count"][0]) for part in parts]).reshape(-1, *[1] * parts[0]["mean"].ndim)
    means, deviations = (np.stack([part[name] for part in parts]) for name in ("mean", "std"))
    mean = (means * counts).sum(0) / counts.sum()
    variance = ((deviations**2 + (means - mean) ** 2) * counts).sum(0) / counts.sum()
    found = {
        "min": np.min([part["min"] for part in parts], axis=0),
        "max": np.max([part["max"] for part in parts], axis=0),
        "mean": mean,
        "std": np.sqrt(variance),
        "count": np.array([sum(int(part["count"][0]) for part in parts)]),
    }
    for name, share in QUANTILES.items():
        outermost = np.min if share <= 0.5 else np.max
        found[name] = outermost([part[name] for part in parts], axis=0)
    return found


def plain(statistics: dict[str, Statistics]) -> dict[str, dict[str, Any]]:
    """Give them as lists, for JSON and Parquet."""
    return {feature: {name: value.tolist() for name, value in own.items()} for feature, own in statistics.items()}
