"""Signals of their own rate, brought to the times of the frames."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipeline.signals.clock import longest_rising

FloatArray = NDArray[np.float64]

LONGEST_HOLE = 0.5
"""A signal is not interpolated across a hole longer than this [s]."""
AT_ONCE = 1e-3
"""A sample so near to a frame [s] is the frame's own, whatever lies beside it."""


def at_frames(
    times: ArrayLike,
    values: ArrayLike,
    frame_times: ArrayLike,
    *,
    hole: float = LONGEST_HOLE,
    offset: float = 0.0,
    angle: bool = False,
) -> FloatArray:
    """Interpolate a signal linearly at the times of frames.

    Samples whose times do not rise are left out (the longest rising series is kept), as are values that are not finite.
    A frame up to one median step before the first or after the last sample gets that sample; beyond, and within a
    hole, it gets NaN.

    Args:
        times: (N,) of the samples [s].
        values: (N,) or (N, 1); see `angle`.
        frame_times: (M,) [s].
        hole: [s].
        offset: the signal's clock minus the frames' [s]; it is subtracted from `times`.
        angle: values are angles [rad] that may wrap around.

    Returns:
        (M,), NaN where the signal is unknown.
    """
    frames = np.asarray(frame_times, float)
    known, samples = _rising_samples(times, values)
    known = known - offset
    if len(known) == 0:
        return np.full(frames.shape, np.nan)
    if angle:
        samples = np.unwrap(samples)
    result: FloatArray = np.interp(frames, known, samples)
    step = float(np.median(np.diff(known))) if len(known) > 1 else 0.0
    if len(known) > 1:
        after = np.clip(np.searchsorted(known, frames), 1, len(known) - 1)
        inside = (frames > known[after - 1] + AT_ONCE) & (frames < known[after] - AT_ONCE)
        result[inside & (known[after] - known[after - 1] > hole)] = np.nan
    result[(frames < known[0] - step) | (frames > known[-1] + step)] = np.nan
    return result


def _rising_samples(times: ArrayLike, values: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Give the samples that are finite, at times that rise."""
    known, samples = np.asarray(times, float).ravel(), np.asarray(values, float)
    samples = samples.reshape(len(samples), -1)[:, 0] if samples.ndim > 1 else samples
    finite = np.isfinite(known) & np.isfinite(samples)
    rising = longest_rising(known[finite])
    return known[finite][rising], samples[finite][rising]


def hold(times: ArrayLike, values: ArrayLike, frame_times: ArrayLike, *, longest: float = LONGEST_HOLE) -> FloatArray:
    """Give each frame the last value at or before it: for commands, which act until the next one.

    Returns:
        (M,), NaN before the first sample and where the last one is older than `longest` [s].
    """
    frames = np.asarray(frame_times, float)
    known, samples = _rising_samples(times, values)
    if len(known) == 0:
        return np.full(frames.shape, np.nan)
    last = np.searchsorted(known, frames, side="right") - 1
    fresh: NDArray[np.bool_] = (last >= 0) & (frames - known[np.maximum(last, 0)] <= longest)
    return np.where(fresh, samples[np.maximum(last, 0)], np.nan)
