"""Means and 95 % intervals over roads, training seeds and evaluation seeds, all crossed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.randomness import make_generator

FloatArray = NDArray[np.float64]
LEVELS = (2.5, 97.5)


@dataclass(frozen=True)
class Cells:
    """Scores of one model under one condition by one metric.

    values: (roads, training seeds, evaluation seeds), NaN where nothing was measured.
    """

    values: FloatArray

    @property
    def amount(self) -> int:
        """How many scores there are."""
        return int(np.isfinite(self.values).sum())

    @property
    def mean(self) -> float:
        """Mean of all scores; NaN if there is none."""
        return float(np.nanmean(self.values)) if self.amount else float("nan")

    def common(self, other: "Cells") -> tuple["Cells", "Cells"]:
        """Keep only what both measured: cells are paired by road and evaluation seed, not by training seed."""
        mine, others = (np.isfinite(cells.values).any(axis=1, keepdims=True) for cells in (self, other))
        both = mine & others
        return Cells(np.where(both, self.values, np.nan)), Cells(np.where(both, other.values, np.nan))


class Resampler:
    """Draws roads, training seeds and evaluation seeds with replacement, each independently of the others.

    The draw of roads and evaluation seeds is the same for everything that is compared, which pairs the models; a
    model's training seeds are its own. Source: Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics 1.
    """

    def __init__(self, roads: int, seeds: int, samples: int, seed: int) -> None:
        """Draw once.

        Args:
            roads: how many.
            seeds: evaluation seeds, how many.
            samples: resamplings.
            seed: of the draws.
        """
        self._seed = seed
        self._samples = samples
        self._roads = self._draw(roads, "bootstrap/roads")
        self._seeds = self._draw(seeds, "bootstrap/seeds")

    def means(self, cells: Cells, model: str) -> FloatArray:
        """Give the mean of each resampling, (samples,); NaN where one holds no score."""
        known = np.isfinite(cells.values)
        trainings = self._draw(known.shape[1], f"bootstrap/training/{model}")
        total = self._weigh(np.where(known, cells.values, 0.0), trainings)
        weight = self._weigh(known.astype(float), trainings)
        return divide(total, weight)

    def interval(self, cells: Cells, model: str) -> tuple[float, float]:
        """Give the 95 % interval of a mean."""
        return percentiles(self.means(cells, model))

    def difference(self, cells: Cells, model: str, other: Cells, other_model: str) -> tuple[float, float, float]:
        """Give the mean difference and its 95 % interval over what both measured."""
        mine, others = cells.common(other)
        low, high = percentiles(self.means(mine, model) - self.means(others, other_model))
        return mine.mean - others.mean, low, high

    def _weigh(self, values: FloatArray, trainings: FloatArray) -> FloatArray:
        roads, kinds, seeds = values.shape
        by_road = (self._roads @ values.reshape(roads, kinds * seeds)).reshape(-1, kinds, seeds)
        weighed: FloatArray = np.einsum("bte,bt,be->b", by_road, trainings, self._seeds)
        return weighed

    def _draw(self, amount: int, name: str) -> FloatArray:
        return draw_counts(self._seed, name, amount, self._samples)


def percentiles(means: FloatArray) -> tuple[float, float]:
    """Give the 95 % interval of resampled means; NaN if there is none."""
    known = means[np.isfinite(means)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, LEVELS)
    return float(low), float(high)


def resample_ratio(numerators: FloatArray, denominators: FloatArray, samples: int, seed: int, model: str) -> FloatArray:
    """Resample blocks, and training seeds, and give sums over sums, (samples, ...); NaN where a denominator is 0.

    Args:
        numerators: (training seeds, blocks, ...).
        denominators: the same shape.
        samples: resamplings.
        seed: of the draws. The blocks that are drawn are the same for every model of as many blocks.
        model: whose training seeds are drawn.
    """
    trainings, blocks = numerators.shape[:2]
    counts = draw_counts(seed, "bootstrap/blocks", blocks, samples)
    kinds = draw_counts(seed, f"bootstrap/training/{model}", trainings, samples)

    def add(values: FloatArray) -> FloatArray:
        by_training = np.tensordot(counts, values, axes=(1, 1))
        added: FloatArray = np.einsum("st,st...->s...", kinds, by_training)
        return added

    return divide(add(numerators), add(denominators))


def draw_counts(seed: int, name: str, amount: int, samples: int) -> FloatArray:
    """Draw with replacement and give how often each of `amount` things was drawn, (samples, amount)."""
    generator = make_generator(seed, name)
    return generator.multinomial(amount, np.full(amount, 1 / amount), samples).astype(float)


def divide(total: FloatArray, weight: FloatArray) -> FloatArray:
    """Divide, with NaN where there is no weight."""
    quotient: FloatArray = np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0)
    return quotient


def index_of(values: Sequence[str]) -> dict[str, int]:
    """Number distinct values in alphabetical order."""
    return {value: number for number, value in enumerate(sorted(set(values)))}
