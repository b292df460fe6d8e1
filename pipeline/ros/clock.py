"""When messages of a bag happened: their stamps, their record times, and what to believe where these differ.

The rule, told in the books wherever it is not simply "the stamps":

1. Stamps that are zero, stand still or go back in more than half of the steps are no times: the topic has its record
   times. A single zero in a topic of good stamps gets its record time, shifted as the other stamps are.
2. If all topics in use have good stamps, and their clocks are within a second of the pictures' (by the median of stamp
   minus record time), the stamps are the times, as they are.
3. Otherwise all are brought to the record clock. Stamps that differ from it by a constant of more than a second (a
   camera's own clock, simulated time) are shifted by that constant, and topics on the pictures' clock by the same one;
   up to a second is the message's way and stays. Stamps whose difference varies by more are given up for record times.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

WAY = 1.0  # [s] a message may take from its stamp to its record
MOST_BAD = 0.5  # share of steps that do not rise, from which stamps are no times


@dataclass(frozen=True, slots=True)
class Moments:
    """Two clocks of a topic's messages, (N,) [s] from a common time 0; stamp is NaN where there is none."""

    record: FloatArray
    stamp: FloatArray

    @property
    def ahead(self) -> float:
        """What the stamps are ahead of the record times [s], by the median."""
        return float(np.median(self.differences)) if len(self.differences) else 0.0

    @property
    def differences(self) -> FloatArray:
        """Stamp minus record time [s] where there are both."""
        difference = self.stamp - self.record
        return difference[np.isfinite(difference)]

    @property
    def good(self) -> bool:
        """Whether the stamps are times."""
        known = np.isfinite(self.stamp)
        if known.mean() <= MOST_BAD if len(known) else True:
            return False
        steps = np.diff(self.stamp[known])
        return len(steps) == 0 or float((steps <= 0).mean()) <= MOST_BAD

    @property
    def varies(self) -> float:
        """By how much stamp minus record time varies [s], but for a tenth of the messages."""
        if len(self.differences) == 0:
            return 0.0
        low, high = np.percentile(self.differences, [5, 95])
        return float(high - low)


def make_moments(record: IntArray, stamp: IntArray, zero: int) -> Moments:
    """Bring nanoseconds to seconds from a time 0 [ns]; a stamp of 0 is none."""
    stamps = np.where(stamp == 0, np.nan, (stamp - zero) / 1e9)
    return Moments((record - zero) / 1e9, stamps)


def choose_times(
    moments: dict[str, Moments], pictures: str, use: str = "stamp"
) -> tuple[dict[str, FloatArray], list[str]]:
    """Give the times of each topic's messages (N,) [s], and what was done, in words.

    Args:
        moments: by topic.
        pictures: the topic whose clock the others are compared with.
        use: "stamp", or "record" to take record times for all.
    """
    if use == "record":
        return {topic: one.record for topic, one in moments.items()}, ["times are record times, as asked for"]
    camera = moments[pictures]
    told: list[str] = []
    if camera.good and all(one.good and abs(one.ahead - camera.ahead) <= WAY for one in moments.values()):
        return {topic: _filled(topic, one, 0.0, told) for topic, one in moments.items()}, told
    times: dict[str, FloatArray] = {}
    for topic, one in moments.items():
        if not one.good or one.varies > WAY:
            times[topic] = one.record
            if np.isfinite(one.stamp).any():
                what = "are no times" if not one.good else f"drift against the record times by {one.varies:.3g} s"
                told.append(f"the stamps of {topic} {what}; record times are used")
            else:
                told.append(f"{topic} has no stamps; record times are used")
            continue
        same = camera.good and camera.varies <= WAY and abs(one.ahead - camera.ahead) <= WAY
        ahead = camera.ahead if same else one.ahead
        shift = ahead if abs(ahead) > WAY else 0.0
        times[topic] = _filled(topic, one, shift, told)
        if shift:
            told.append(f"the stamps of {topic} are {shift:+.3f} s from the record times and are shifted by that")
    return times, told


def _filled(topic: str, one: Moments, shift: float, told: list[str]) -> FloatArray:
    """Give stamps minus a shift, and record times where there is none."""
    without = ~np.isfinite(one.stamp)
    if without.any():
        told.append(f"{int(without.sum())} messages of {topic} have no stamp; they get their record times")
    return np.where(without, one.record + one.ahead, one.stamp) - shift
