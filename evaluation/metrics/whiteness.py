"""How nervously the driver steers."""

import numpy as np
from numpy.typing import NDArray

from evaluation.episode import Episode
from evaluation.metric import Metric


class Whiteness(Metric):
    """√mean((dκ/dt)²) of the commanded curvature (UT-ADL's whiteness of the steering command, for curvature).

    The jumps into and out of an intervention are left out: somebody else has the wheel there.
    """

    title = "Whiteness"
    unit = "1/(km s)"
    better = "lower"
    decimals = 1
    order = 80

    def per_step(self, episode: Episode) -> NDArray[np.float64]:
        """Give dκ/dt since the step before [1/(km s)], 0 at the first step and beside an intervention."""
        rate = np.zeros(len(episode))
        if len(episode) > 1:
            rate[1:] = 1000 * np.diff(episode.curvature) / np.diff(episode.timestamp) * self._counted(episode)
        return rate

    def score(self, episode: Episode) -> float | None:
        """Give the root of the mean square over the steps that have a step before; None without one."""
        amount = int(self._counted(episode).sum())
        return float(np.sqrt(np.sum(self.per_step(episode) ** 2) / amount)) if amount > 0 else None

    @staticmethod
    def _counted(episode: Episode) -> NDArray[np.bool_]:
        """Tell for each step but the first whether it and the one before are the driver's own."""
        return ~(episode.intervention[1:] | episode.intervention[:-1])
