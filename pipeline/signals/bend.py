"""Curvature of a car of which both the steering wheel's angle and the motion may be known."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.signals.motion import Agreement, compare_with_motion

FloatArray = NDArray[np.float64]

Source = Literal["motion", "steering"]


@dataclass(frozen=True, slots=True)
class Bend:
    """Curvature (N,) [1/m], left positive: the label, and what the car did; findings: sentences for the user."""

    label: FloatArray
    driven: FloatArray
    findings: list[str]


def choose_bend(times: FloatArray, steered: FloatArray, driven: FloatArray, wanted: Source, by: str) -> Bend:
    """Take the curvature wanted, and the other where it is unknown; say how they agree.

    By motion (yaw rate / speed) it is what the car did: no ratio, wheelbase or slip comes in, and it is unknown when
    the car crawls. By the steering wheel it is what the driver did; slip, which grows with speed, is not in it.

    Args:
        times: (N,) [s].
        steered: (N,) [1/m] by the steering wheel, NaN where unknown.
        driven: (N,) [1/m] by the motion, NaN where unknown.
        wanted: which to take.
        by: where the motion is from: "the pose".
    """
    names = {"steering": "the steering wheel", "motion": by}
    first, second = (driven, steered) if wanted == "motion" else (steered, driven)
    other: Source = "steering" if wanted == "motion" else "motion"
    lacking = ~np.isfinite(first) & np.isfinite(second)
    findings = []
    if lacking.all():
        findings.append(f"curvature by {names[other]}: there is none by {names[wanted]}")
    elif lacking.any():
        slow = ", as where the car is slower than 1 m/s" if wanted == "motion" else ""
        findings.append(
            f"curvature by {names[wanted]}; by {names[other]} at {int(lacking.sum())} frames where it is unknown{slow}"
        )
    else:
        findings.append(f"curvature by {names[wanted]}")
    agreement: Agreement | None = compare_with_motion(times, steered, driven)
    if agreement is not None:
        findings.append(f"by {by}: {agreement}")
    label = np.where(lacking, second, first)
    return Bend(label, np.where(np.isfinite(driven), driven, label), findings)
