"""Steering against motion: has it the right sign, and how late is one after the other?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

FEWEST = 40  # samples from which anything is said
CLEAR = 0.5  # correlation from which the sign or a delay is believed
LONGEST_DELAY = 1.0  # [s]
LEAST_SWAY = 1e-4  # [1/m] of standard deviation; a straight road tells nothing


@dataclass(frozen=True, slots=True)
class Agreement:
    """How curvature from the steering fits curvature from the motion.

    correlation: -1 to 1, at the delay. delay: of the motion (and the camera, if the motion is the camera's) after the
    steering [s]; cars take 0.1 to 0.4 s. scale: motion / steering, 1 if ratio and wheelbase are right; None if the
    motion's unit is not known.
    """

    correlation: float
    delay: float
    scale: float | None

    @property
    def sign_is_right(self) -> bool | None:
        """Whether left is left; None if it can't be told."""
        return None if abs(self.correlation) < CLEAR else self.correlation > 0

    def __str__(self) -> str:
        told = {True: "agrees with", False: "is OPPOSITE to", None: "can't be compared with"}[self.sign_is_right]
        text = f"steering {told} the motion (correlation {self.correlation:+.2f})"
        if self.sign_is_right:
            text += f"; the motion comes {round(self.delay * 1000)} ms after it"
            text += f", {self.scale:.2f} times as strong" if self.scale is not None else ""
        elif self.sign_is_right is False:
            text += "; the format or the recording is mirrored"
        return text


def compare_with_motion(times: ArrayLike, steering: ArrayLike, motion: ArrayLike) -> Agreement | None:
    """Compare curvature from the steering with curvature from the motion (yaw rate / speed, or a pose).

    Both are brought to an even grid and the delay with the largest |correlation| within ±1 s is taken, to a fraction of
    a step by a parabola through the best three.

    Args:
        times: (N,) [s], rising.
        steering: (N,) [1/m], left positive, NaN where unknown.
        motion: (N,) [1/m], left positive, NaN where unknown.

    Returns:
        None if there are too few samples or the road is too straight.
    """
    moments, steered, moved = (np.asarray(series, float) for series in (times, steering, motion))
    known = np.isfinite(steered) & np.isfinite(moved) & np.isfinite(moments)
    if known.sum() < FEWEST:
        return None
    moments = moments[known]
    step = float(np.median(np.diff(moments)))
    if step <= 0 or (moments[-1] - moments[0]) / step > 50 * len(moments):
        return None
    grid = np.arange(moments[0], moments[-1], step)
    first, second = np.interp(grid, moments, steered[known]), np.interp(grid, moments, moved[known])
    if first.std() < LEAST_SWAY or second.std() < LEAST_SWAY:
        return None
    most = min(int(LONGEST_DELAY / step), len(grid) // 4)
    delays = np.arange(-most, most + 1)
    scores = np.array([_correlate(first, second, int(delay)) for delay in delays])
    best = int(np.abs(scores).argmax())
    fraction = _peak(np.abs(scores), best)
    one, other = (part - part.mean() for part in _shift(first, second, int(delays[best])))
    scale = float(one @ other / (one @ one))
    return Agreement(float(scores[best]), float((delays[best] + fraction) * step), scale)


def _shift(first: FloatArray, second: FloatArray, delay: int) -> tuple[FloatArray, FloatArray]:
    """Lay the second `delay` samples earlier over the first."""
    if delay >= 0:
        return first[: len(first) - delay], second[delay:]
    return first[-delay:], second[:delay]


def _correlate(first: FloatArray, second: FloatArray, delay: int) -> float:
    one, other = _shift(first, second, delay)
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / size if size > 0 else 0.0


def _peak(scores: FloatArray, best: int) -> float:
    """Give where between the samples the top of a parabola lies, -0.5 to 0.5."""
    if best in (0, len(scores) - 1):
        return 0.0
    left, top, right = scores[best - 1 : best + 2]
    bend = left - 2 * top + right
    return float(np.clip((left - right) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0


def yaw_rate_of_headings(times: ArrayLike, headings: ArrayLike) -> FloatArray:
    """Give the yaw rate [rad/s] from headings [rad], counter-clockwise, (N,) each, by central differences."""
    return np.asarray(np.gradient(np.unwrap(np.asarray(headings, float)), np.asarray(times, float)))
