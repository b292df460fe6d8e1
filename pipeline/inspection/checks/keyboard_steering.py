"""Steering with keys: few levels, held and then jumped from. What the keys say is not where the road goes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.inspection.check import Check, Finding, group_recordings
from pipeline.inspection.look import Look

FEWEST = 100  # moving frames
HELD, JUMPED = 0.4, 0.5
"""From these shares on it is keys: of steps without any change, and of all change that comes in jumps. Of the real
recordings at hand, two with keys have 0.54 and 0.66, 0.69 and 0.64, one with a stick pushed from stop to stop 0.85 and
0.73; a steering wheel has 0.55 and 0.29, a joystick 0.61 and 0.15."""
JUMP = 0.15
"""A change by more than this share of the whole range is a jump."""
FEW_LEVELS = 9
SLOWEST = 0.5  # [m/s]


class KeyboardSteering(Check):
    """Shares of steps held and of change in jumps."""

    def judge(self, looks: Sequence[Look]) -> list[Finding]:
        """Name recordings steered with keys."""
        findings = []
        for name, its in group_recordings(looks):
            moving = [_moving_runs(look) for look in its]
            runs = [run for each in moving for run in each]
            values = np.concatenate(runs) if runs else np.zeros(0)
            if len(values) < FEWEST or not np.abs(values).max() > 0:
                continue
            levels = len(np.unique(values))
            held, jumped = measure_steps(runs)
            if not (held > HELD and jumped > JUMPED) and levels > FEW_LEVELS:
                continue
            rate = 1 / its[0].period
            findings.append(
                Finding(
                    "keyboard_steering",
                    "warning",
                    name,
                    100 * jumped,
                    "% of change in jumps",
                    f"steered in steps, as with keys: {100 * held:.0f} % of the steps change nothing, "
                    f"{100 * jumped:.0f} % of all change comes in jumps ({levels} levels, {rate:.0f} frames/s)",
                    "set dataset.smoothing, such as 0.5 s, so that the label is what the steps mean on average",
                )
            )
        return findings


def _moving_runs(look: Look) -> list[NDArray[np.float64]]:
    """Give the curvature of stretches in which the car moves without a pause."""
    moves = np.abs(look.speed) >= SLOWEST
    breaks = np.flatnonzero(np.diff(moves.astype(np.int8))) + 1
    return [look.curvature[part] for part in np.split(np.arange(len(look)), breaks) if len(part) and moves[part[0]]]


def measure_steps(runs: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """Give the share of steps without change, and the share of all change that comes in jumps.

    Args:
        runs: each (N,) curvature [1/m] without a pause.
    """
    steps = np.abs(np.concatenate([np.diff(run) for run in runs]))
    values = np.concatenate(runs)
    if not len(steps) or not steps.sum() > 0:
        return (1.0 if len(steps) else 0.0), 0.0
    low, high = np.percentile(values, [0.5, 99.5])
    reach = float(high - low) or float(np.ptp(values))
    return float((steps == 0).mean()), float(steps[steps > JUMP * reach].sum() / steps.sum())
