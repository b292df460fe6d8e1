"""Clocks of recordings: what rises, what starts again, what is the time of a conversion and not of the drive."""

import bisect

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

RESTART_FRAMES = 5
"""A clock that goes back by at least so many frames, and then goes on, has started again."""
LONGEST_STEP = 2.0  # [s] between frames, whatever the unit
SHORTEST_STEP = 0.008
"""No camera of a car films faster than 125 frames a second [s]; steps below come from a conversion."""


def split_at_restarts(times: FloatArray) -> list[slice]:
    """Find the runs in a log whose clock starts again: two drives in one file, or a simulator that was reset.

    At a step back, the five frames before it must all be later than the frame after it, and the five frames after it
    rise and all be earlier than the frame before it. Otherwise it is disorder within a run, such as two swapped rows or
    one frame with a wrong clock.

    Args:
        times: (N,) [s], finite, in the order of the log.

    Returns:
        Slices that cover all frames.
    """
    starts = [0]
    for at in np.flatnonzero(np.diff(times) < 0) + 1:
        before = times[max(starts[-1], at - RESTART_FRAMES) : at]
        after = times[at : at + RESTART_FRAMES]
        enough = len(before) == RESTART_FRAMES and len(after) == RESTART_FRAMES
        if enough and (before > times[at]).all() and (after < times[at - 1]).all() and (np.diff(after) > 0).all():
            starts.append(int(at))
    return [slice(first, last) for first, last in zip(starts, [*starts[1:], len(times)], strict=True) if first < last]


def longest_rising(times: FloatArray) -> NDArray[np.intp]:
    """Give the indices of the longest series whose times rise (patience sorting, O(N log N))."""
    if len(times) < 2 or (np.diff(times) > 0).all():
        return np.arange(len(times))
    tails: list[float] = []  # the smallest time at which a series of each length ends
    ends: list[int] = []
    before: list[int] = []
    for number, time in enumerate(times.tolist()):
        length = bisect.bisect_left(tails, time)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [time]
        ends[length : length + 1] = [number]
    kept = []
    at = ends[-1]
    while at >= 0:
        kept.append(at)
        at = before[at]
    return np.array(kept[::-1], np.intp)


def is_conversion(times: FloatArray) -> bool:
    """Say whether times are those of a conversion: half of the steps are shorter than any camera's."""
    return len(times) > 2 and float(np.median(np.abs(np.diff(times)))) < SHORTEST_STEP


def count_times(frames: int, rate: float) -> FloatArray:
    """Give times from a rate [1/s] for frames that have none, (frames,) [s]."""
    return np.arange(frames) / rate


def seconds_per_unit(times: FloatArray) -> float:
    """Say what the unit of some times is [s]: seconds, or the largest of ms, µs and ns that brings frames within 2 s.

    Args:
        times: (N,) in the order of the log, of unknown unit.
    """
    steps = np.abs(np.diff(times))
    steps = steps[steps > 0]
    if len(steps) == 0:
        return 1.0
    middle = float(np.median(steps))
    return next((unit for unit in (1.0, 1e-3, 1e-6, 1e-9) if middle * unit <= LONGEST_STEP), 1e-9)
