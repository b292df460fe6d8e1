"""How much of the time the car is more than a metre off."""

import numpy as np
from numpy.typing import NDArray

from evaluation.episode import Episode
from evaluation.metric import Metric

LIMIT = 1.0


class BeyondOneMetre(Metric):
    """Share of the steps with |offset| > 1 m (the limit of failure in the UT-ADL end-to-end studies)."""

    title = "Beyond 1 m"
    unit = "%"
    better = "lower"
    decimals = 1
    order = 70

    def per_step(self, episode: Episode) -> NDArray[np.float64]:
        """Give 100 where the car is more than a metre off, else 0."""
        return np.where(np.abs(episode.offset) > LIMIT, 100.0, 0.0)

    def score(self, episode: Episode) -> float | None:
        """Give the share; None without a step."""
        return float(self.per_step(episode).mean()) if len(episode) else None
