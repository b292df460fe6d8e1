"""Pictures that are too dark, blown out, or nearly one colour: there is no lane to see."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.inspection.check import Check, Finding, find_runs
from pipeline.inspection.look import Look, Stretch

DARK = 20.0  # mean grey level, of 255
WHITE, BLOWN_SHARE = 250, 0.4
"""A picture is blown out if so large a share of it is at least so bright."""
LEAST_DEVIATION = 5.0
"""A picture whose grey levels deviate less than this from their mean is constant."""
TOLERABLE, MOST = 0.01, 0.3
REMEDIES = {
    "dark": "leave these stretches out; if night is meant, train with stronger augment.gamma and augment.brightness",
    "blown out": "leave these stretches out (glare, a wrong exposure); no brightness brings back what is white",
    "one colour": "leave these frames out: a covered lens, a test picture, or a camera that had not started yet",
}


class Exposure(Check):
    """Shares of dark, blown-out and constant pictures."""

    def measure(self, stretch: Stretch) -> NDArray[np.float32]:
        """Give mean grey level, its deviation, and the share of white pixels: (K, 3)."""
        share = np.stack([cv2.calcHist([picture], [0], None, [256], [0, 256]).ravel() for picture in stretch.grey])
        share /= share.sum(axis=1, keepdims=True)
        levels = np.arange(256, dtype=np.float32)
        mean = share @ levels
        deviation = np.sqrt(np.maximum(share @ levels**2 - mean**2, 0))
        return np.stack([mean, deviation, share[:, WHITE:].sum(axis=1)], axis=1)

    def judge(self, looks: Sequence[Look]) -> list[Finding]:
        """Name drives with more than a hundredth of such pictures."""
        findings = []
        for look in looks:
            mean, deviation, white = look.measured["exposure"].T
            constant = deviation < LEAST_DEVIATION
            kinds = {
                "one colour": constant,
                "dark": (mean < DARK) & ~constant,
                "blown out": (white > BLOWN_SHARE) & ~constant,
            }
            for kind, flagged in kinds.items():
                share = float(flagged.mean())
                if share <= TOLERABLE:
                    continue
                where = np.zeros(len(look), bool)
                where[look.frames[flagged]] = True
                findings.append(
                    Finding(
                        "exposure",
                        "error" if share > MOST or kind == "one colour" else "warning",
                        look.name,
                        100 * share,
                        "% of pictures",
                        f"{100 * share:.0f} % of the pictures are {kind}",
                        REMEDIES[kind],
                        tuple(find_runs(where)[:100]),
                    )
                )
        return findings
