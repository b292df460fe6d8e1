"""Steering at its end stop: values piled up at the limit say "at least this much", and a model learns them as exact."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.inspection.check import Check, Finding, find_runs, group_recordings
from pipeline.inspection.look import Look

FEWEST, FEWEST_AT_LIMIT = 50, 5  # moving frames
SAME = 1e-3  # relative: the limit and what was rounded on the way to it
TOLERABLE, MOST = 0.01, 0.2
PILE = 3.0
"""How many times as many frames must lie at the limit as in the tenth of the range below it."""
SLOWEST = 0.5  # [m/s]


class SteeringLimit(Check):
    """Share of frames whose curvature is the largest there is, on either side."""

    def judge(self, looks: Sequence[Look]) -> list[Finding]:
        """Name recordings whose steering rests at its limit."""
        findings = []
        for name, its in group_recordings(looks):
            curvature = np.concatenate([look.curvature[np.abs(look.speed) >= SLOWEST] for look in its])
            if len(curvature) < FEWEST or not np.abs(curvature).max() > 0:
                continue
            limit = float(np.abs(curvature).max())
            share, below = measure_pile(curvature, limit)
            few = share * len(curvature) < FEWEST_AT_LIMIT
            if few or share <= TOLERABLE or share < PILE * below:
                continue
            alone = its[0] if len(its) == 1 else None
            frames = () if alone is None else tuple(find_runs(_at_limit(alone.curvature, limit), 3))
            findings.append(
                Finding(
                    "steering_limit",
                    "error" if share > MOST else "warning",
                    name,
                    100 * share,
                    "% of moving frames",
                    f"{100 * share:.1f} % of the moving frames steer exactly {limit:.4f} 1/m, the largest value",
                    "check the calibration and the maximum angle that the reader assumed; leave out stretches driven "
                    "at the end stop, since their true steering is unknown",
                    frames,
                )
            )
        return findings


def _at_limit(curvature: NDArray[np.float64], limit: float) -> NDArray[np.bool_]:
    return np.abs(curvature) >= limit * (1 - SAME)


def measure_pile(curvature: NDArray[np.float64], limit: float) -> tuple[float, float]:
    """Give the share of values at the limit and that of those in the tenth of the range just below it."""
    at_limit = _at_limit(curvature, limit)
    near = (np.abs(curvature) >= 0.9 * limit) & ~at_limit
    return float(at_limit.mean()), float(near.mean())
