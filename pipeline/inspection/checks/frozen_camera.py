"""Cameras that show the same picture again while the car moves: frozen, or slower than the log."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.inspection.check import Check, Finding, find_runs
from pipeline.inspection.look import Look, Stretch

SLOWEST = 1.0  # [m/s]
LARGEST, MEAN = 3, 0.25
"""Two pictures are the same if no pixel differs by more grey levels than this, and on average by less than that: what a
second compression does."""
LONGEST = 0.3  # seconds that a picture may stay
REPEATED = 0.02  # share of pictures that only repeat the one before


class FrozenCamera(Check):
    """Runs of identical pictures while moving."""

    def measure(self, stretch: Stretch) -> NDArray[np.int8]:
        """Give 1 where a picture is the same as the one before, 0 where not, -1 where unknown: (K,)."""
        pictures = stretch.neighbours()
        same = np.zeros(len(stretch), np.int8)
        for index in range(len(stretch)):
            difference = cv2.absdiff(pictures[index], pictures[index + 1])
            same[index] = difference.max() <= LARGEST and difference.mean() < MEAN
        if stretch.before is None:
            same[0] = -1
        return same

    def judge(self, looks: Sequence[Look]) -> list[Finding]:
        """Name drives with a picture that stays while the car moves."""
        findings = []
        for look in looks:
            same = look.measured["frozen_camera"]
            frozen = (same == 1) & (np.abs(look.speed[look.frames]) >= SLOWEST)
            known = int((same >= 0).sum())
            if not frozen.any() or look.single_shots:
                continue
            # a run of repeats goes on only from one frame to the next, not from stretch to stretch
            everywhere = np.zeros(len(look), bool)
            everywhere[look.frames[frozen]] = True
            runs = find_runs(everywhere)
            seconds = [float(look.timestamp[behind - 1] - look.timestamp[first - 1]) for first, behind in runs]
            longest, share = max(seconds), int(frozen.sum()) / known
            if longest > LONGEST:
                stuck = [run for run, lasted in zip(runs, seconds, strict=True) if lasted > LONGEST]
                findings.append(
                    Finding(
                        "frozen_camera",
                        "error",
                        look.name,
                        longest,
                        "s",
                        f"the picture stays the same while the car moves, {len(stuck)} times, up to {longest:.1f} s "
                        f"from {look.timestamp[stuck[int(np.argmax([b - a for a, b in stuck]))][0] - 1]:.1f} s on",
                        "cut these stretches out of the recording: there the label belongs to another picture",
                        tuple((first - 1, behind) for first, behind in stuck),
                    )
                )
            elif share > REPEATED:
                findings.append(
                    Finding(
                        "frozen_camera",
                        "warning",
                        look.name,
                        100 * share,
                        "% of pictures",
                        f"{100 * share:.0f} % of the pictures only repeat the one before: the camera is slower than "
                        "the log",
                        "ingest one frame for each picture, at the camera's own rate",
                        tuple((first - 1, behind) for first, behind in runs[:100]),
                    )
                )
        return findings
