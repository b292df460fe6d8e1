"""Which bends a recording holds: hardly any, or to one side only, and a model learns to do nothing else."""

from collections.abc import Sequence

import numpy as np

from pipeline.inspection.check import Check, Finding, group_recordings
from pipeline.inspection.look import Look

FEWEST = 200  # moving frames
BEND = 0.002  # [1/m], a radius of 500 m
FEW_BENDS = 0.1
ONE_SIDE = 0.85
SLOWEST = 0.5  # [m/s]


class SteeringSpread(Check):
    """Shares of straights, left and right bends."""

    def judge(self, looks: Sequence[Look]) -> list[Finding]:
        """Name recordings that are nearly straight, or bend to one side."""
        findings = []
        for name, its in group_recordings(looks):
            curvature = np.concatenate([look.curvature[np.abs(look.speed) >= SLOWEST] for look in its])
            if len(curvature) < FEWEST:
                continue
            left, right = float((curvature > BEND).mean()), float((curvature < -BEND).mean())
            shares = f"{100 * left:.0f} % left, {100 * (1 - left - right):.0f} % straight, {100 * right:.0f} % right"
            if left + right < FEW_BENDS:
                findings.append(
                    Finding(
                        "steering_spread",
                        "warning",
                        name,
                        100 * (left + right),
                        "% in bends",
                        f"hardly a bend: {shares}",
                        "set dataset.balance_batches, so that every minibatch holds bends, or add recordings with more",
                    )
                )
            elif max(left, right) > ONE_SIDE * (left + right):
                side = "left" if left > right else "right"
                findings.append(
                    Finding(
                        "steering_spread",
                        "warning",
                        name,
                        100 * max(left, right) / (left + right),
                        f"% of bends to the {side}",
                        f"bends to one side: {shares}",
                        "set augment.mirror=0.5, or drive the track the other way round too",
                    )
                )
        return findings
