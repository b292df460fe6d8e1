"""How much of the way was driven, with or without help."""

import numpy as np
from numpy.typing import NDArray

from evaluation.episode import Episode
from evaluation.metric import Metric


class RouteCompletion(Metric):
    """Share of the way that was driven; 0 for a car that never moved."""

    title = "Route completion"
    unit = "%"
    better = "higher"
    decimals = 1
    order = 20

    def per_step(self, episode: Episode) -> NDArray[np.float64]:
        """Give the share driven so far, which never falls."""
        if not len(episode):
            return np.zeros(0)
        start = episode.distance[0]
        share = (np.maximum.accumulate(episode.distance) - start) / max(episode.length - start, 1e-9)
        percent: NDArray[np.float64] = 100 * np.clip(share, 0, 1)
        return percent

    def score(self, episode: Episode) -> float:
        """Give the last step's share; a finished way is whole."""
        if not len(episode):
            return 0.0
        return 100.0 if episode.ended == "finished" else float(self.per_step(episode)[-1])
