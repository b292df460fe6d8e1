"""What every metric promises: a series with one value a step first, and the score from it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from evaluation import metrics
from evaluation.episode import Episode
from evaluation.registry import find_class, list_names


class Metric(ABC):
    """One number about an episode.

    title: what a table's column is called. unit: of the score ("" if it has none). better: which way is better.
    decimals: how many to show. order: place among the columns.
    """

    title: ClassVar[str]
    unit: ClassVar[str]
    better: ClassVar[Literal["higher", "lower"]]
    decimals: ClassVar[int] = 2
    order: ClassVar[int] = 50

    @abstractmethod
    def per_step(self, episode: Episode) -> NDArray[np.float64]:
        """Give the series behind the score, one finite value a step."""

    @abstractmethod
    def score(self, episode: Episode) -> float | None:
        """Give the episode's score; None if there was no step to measure it on."""

    def exact_interval(self, episodes: Sequence[Episode]) -> tuple[float, float] | None:
        """Give a 95 % interval where all episodes score the same, since resampling then sees no spread at all."""
        return None


def list_metrics() -> tuple[str, ...]:
    """Give the names of all metrics in the order of a table's columns."""
    return tuple(sorted(list_names(metrics), key=lambda name: (make_metric(name).order, name)))


def make_metric(name: str) -> Metric:
    """Make a metric by its name.

    Raises:
        LiquidlaneError: if there is no such metric.
    """
    found: type[Metric] = find_class(metrics, name, "metric")
    return found()
