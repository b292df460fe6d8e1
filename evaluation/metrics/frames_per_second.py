"""How fast the closed loop runs on this machine: drawing, the wire, the driver and the car."""

import numpy as np
from numpy.typing import NDArray

from evaluation.episode import Episode
from evaluation.metric import Metric


class FramesPerSecond(Metric):
    """Frames driven per second of wall time and worker. The only metric that differs between two equal runs."""

    title = "Speed of the loop"
    unit = "frames/s"
    better = "higher"
    decimals = 0
    order = 90

    def per_step(self, episode: Episode) -> NDArray[np.float64]:
        """Give the rate of each step [1/s]."""
        return 1 / np.maximum(episode.wall_seconds, 1e-9)

    def score(self, episode: Episode) -> float | None:
        """Give the number of steps over their total time; None without a step."""
        total = float(episode.wall_seconds.sum())
        return len(episode) / total if total > 0 else None
