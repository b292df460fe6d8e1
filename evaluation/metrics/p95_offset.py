"""How far from the lane centre the car gets, but for the worst twentieth of the steps."""

import numpy as np
from numpy.typing import NDArray

from evaluation.episode import Episode
from evaluation.metric import Metric


class P95Offset(Metric):
    """95th percentile of |offset| over the steps."""

    title = "95th percentile |offset|"
    unit = "m"
    better = "lower"
    decimals = 3
    order = 60

    def per_step(self, episode: Episode) -> NDArray[np.float64]:
        """Give |offset| [m]."""
        return np.abs(episode.offset)

    def score(self, episode: Episode) -> float | None:
        """Give the percentile; None without a step."""
        return float(np.percentile(self.per_step(episode), 95)) if len(episode) else None
