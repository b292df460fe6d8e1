"""Steps of time that vary: a model with memory is told how long they are, but what happened in between is lost."""

from collections.abc import Sequence

import numpy as np

from pipeline.inspection.check import Check, Finding
from pipeline.inspection.look import Look

FEWEST = 20  # steps
LONG, SHORT = 1.5, 0.5
"""A step is irregular beyond these multiples of the median."""
TOLERABLE, MOST = 0.02, 0.2
SLOWEST_RATE = 8.0  # [frames/s]


class TimeSteps(Check):
    """Share of irregular steps, and the rate."""

    def judge(self, looks: Sequence[Look]) -> list[Finding]:
        """Name drives with uneven steps, or with very few frames a second."""
        findings = []
        for look in looks:
            steps = np.diff(look.timestamp)
            if len(steps) < FEWEST or look.single_shots:
                continue
            irregular = (steps > LONG * look.period) | (steps < SHORT * look.period)
            share = float(irregular.mean())
            if share > TOLERABLE:
                odd = np.flatnonzero(irregular)
                findings.append(
                    Finding(
                        "time_steps",
                        "error" if share > MOST else "warning",
                        look.name,
                        100 * share,
                        "% of steps",
                        f"{100 * share:.0f} % of the steps are far from the usual {1000 * look.period:.0f} ms (from "
                        f"{1000 * steps.min():.0f} to {1000 * steps.max():.0f} ms)",
                        "look for dropped frames or stamps of the writing instead of the camera; models with memory "
                        "use the true steps, so keep the drive only if its stamps are right",
                        tuple((int(place), int(place) + 2) for place in odd[:100]),
                    )
                )
            if 1 / look.period < SLOWEST_RATE:
                findings.append(
                    Finding(
                        "time_steps",
                        "note",
                        look.name,
                        1 / look.period,
                        "frames/s",
                        f"only {1 / look.period:.1f} frames a second: at 10 m/s the car goes {10 * look.period:.1f} m "
                        "between two",
                        "record at 10 frames a second or more if it is to be driven in closed loop",
                    )
                )
        return findings
