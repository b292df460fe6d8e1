"""How often somebody had to help."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.episode import Episode
from evaluation.metric import Metric

SHORTEST = 10.0
POISSON_UPPER = 3.6889
"""Two-sided 95 % limit of a Poisson rate of which no event was seen: -ln 0.025."""


class InterventionsPerKm(Metric):
    """Times the car was put back into its lane per kilometre driven; ending stuck or collided counts as one more.

    A car that ended within 10 m counts as if it had driven 10 m.
    """

    title = "Interventions"
    unit = "1/km"
    better = "lower"
    decimals = 2
    order = 30

    def per_step(self, episode: Episode) -> NDArray[np.float64]:
        """Give 1 where the car was put back."""
        return episode.intervention.astype(float)

    def score(self, episode: Episode) -> float:
        """Give the number per kilometre."""
        number = float(self.per_step(episode).sum()) + (episode.ended != "finished")
        return 1000 * number / max(episode.driven, SHORTEST)

    def exact_interval(self, episodes: Sequence[Episode]) -> tuple[float, float] | None:
        """Give the Poisson limit of the rate if no drive needed help."""
        if any(self.score(episode) > 0 for episode in episodes):
            return None
        return 0.0, 1000 * POISSON_UPPER / max(sum(episode.driven for episode in episodes), SHORTEST)
