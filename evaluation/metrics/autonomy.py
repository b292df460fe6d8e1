"""Share of the time that the car drove by itself, as Bojarski et al. 2016 count it."""

import numpy as np
from numpy.typing import NDArray

from evaluation.episode import Episode
from evaluation.metric import Metric

SECONDS_PER_INTERVENTION = 6.0


class Autonomy(Metric):
    """(1 - 6 s x interventions / elapsed seconds) x 100, never below 0; ending stuck or collided counts as one more.

    Source: Bojarski et al. 2016, "End to End Learning for Self-Driving Cars" (arXiv 1604.07316), section 7.1.
    """

    title = "Autonomy"
    unit = "%"
    better = "higher"
    decimals = 1
    order = 40

    def per_step(self, episode: Episode) -> NDArray[np.float64]:
        """Give the autonomy from the start to each step."""
        if not len(episode):
            return np.zeros(0)
        elapsed = episode.timestamp - episode.timestamp[0] + max(episode.period, 1e-9)
        helped = SECONDS_PER_INTERVENTION * np.cumsum(episode.intervention)
        percent: NDArray[np.float64] = np.maximum(0, 100 * (1 - helped / elapsed))
        return percent

    def score(self, episode: Episode) -> float:
        """Give the autonomy of the whole drive; 0 without a step."""
        if not len(episode):
            return 0.0
        number = int(episode.intervention.sum()) + (episode.ended != "finished")
        return max(0.0, 100 * (1 - SECONDS_PER_INTERVENTION * number / max(episode.elapsed, 1e-9)))
