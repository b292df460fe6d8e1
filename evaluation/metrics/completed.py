"""Roads driven from start to end with no intervention."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.episode import Episode
from evaluation.metric import Metric


class Completed(Metric):
    """100 if the end was reached and nobody had to help, else 0."""

    title = "Completed"
    unit = "%"
    better = "higher"
    decimals = 0
    order = 10

    def per_step(self, episode: Episode) -> NDArray[np.float64]:
        """Give 100 until the first intervention, 0 from there on."""
        return np.where(np.cumsum(episode.intervention) == 0, 100.0, 0.0)

    def score(self, episode: Episode) -> float:
        """Give the last step's value if the end was reached."""
        series = self.per_step(episode)
        return float(series[-1]) if len(series) and episode.ended == "finished" else 0.0

    def exact_interval(self, episodes: Sequence[Episode]) -> tuple[float, float] | None:
        """Give Clopper and Pearson's interval for n of n or 0 of n roads (several drives of one road count once)."""
        roads = len({episode.road for episode in episodes})
        reach = 100 * 0.025 ** (1 / roads)
        return (reach, 100.0) if self.score(episodes[0]) > 0 else (0.0, 100 - reach)
