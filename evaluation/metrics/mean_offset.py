"""How far from the lane centre the car drives on average."""

import numpy as np
from numpy.typing import NDArray

from evaluation.episode import Episode
from evaluation.metric import Metric


class MeanOffset(Metric):
    """Mean |offset| over the steps."""

    title = "Mean |offset|"
    unit = "m"
    better = "lower"
    decimals = 3
    order = 50

    def per_step(self, episode: Episode) -> NDArray[np.float64]:
        """Give |offset| [m]."""
        return np.abs(episode.offset)

    def score(self, episode: Episode) -> float | None:
        """Give the mean; None without a step."""
        return float(self.per_step(episode).mean()) if len(episode) else None
