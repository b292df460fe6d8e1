"""Cars that stand: the same picture again and again, with whatever the wheel happened to do."""

from collections.abc import Sequence

import numpy as np

from pipeline.inspection.check import Check, Finding, find_runs
from pipeline.inspection.look import Look

SLOWEST = 0.5
"""A car slower than this stands [m/s]."""
TOLERABLE, MOST = 0.05, 0.5
"""Shares of the frames from which a warning, and an error, is due."""
FEWEST, SHORTEST_RUN = 20, 10  # frames


class Standstill(Check):
    """Share of frames without motion."""

    def judge(self, looks: Sequence[Look]) -> list[Finding]:
        """Name drives that stand for more than a twentieth of their frames."""
        findings = []
        for look in looks:
            stands = np.abs(look.speed) < SLOWEST
            share = float(stands.mean())
            if share <= TOLERABLE or len(look) < FEWEST:
                continue
            always = share > MOST
            findings.append(
                Finding(
                    "standstill",
                    "error" if always else "warning",
                    look.name,
                    100 * share,
                    "% of frames",
                    f"the car stands (below {SLOWEST:g} m/s) in {100 * share:.0f} % of {len(look)} frames",
                    "leave the drive out, or check the unit of its speed"
                    if always
                    else "set dataset.slowest, such as 1.0, so that no clip holds a standing car",
                    tuple(find_runs(stands, SHORTEST_RUN)),
                )
            )
        return findings
