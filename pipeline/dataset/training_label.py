"""The label that training aims at: the drive's own, or, if the config asks, taken from later and smoothed over time.

Only training sees it. What measures (open loop, closed loop) keeps to what the drive holds.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.targets import find_stretches

if TYPE_CHECKING:
    from pipeline.dataset.split import DatasetConfig
    from pipeline.drives.drive import Drive

FloatArray = NDArray[np.float64]
REACH = 3.0
"""Standard deviations after which the weight of a neighbour is left out."""


def training_label(drive: "Drive", config: "DatasetConfig") -> FloatArray:
    """Give the curvature that training aims at in each frame, (frames,) [1/m]; the drive's own if nothing is asked."""
    label: FloatArray = drive.curvature
    for start, stop in find_stretches(drive.timestamp, config.gap):
        if config.label_delay == 0 and config.smoothing == 0:
            break
        if start == 0:
            label = label.copy()
        time = drive.timestamp[start:stop]
        if config.label_delay != 0:
            label[start:stop] = np.interp(time + config.label_delay, time, label[start:stop])
        if config.smoothing > 0:
            label[start:stop] = smooth(time, label[start:stop], config.smoothing)
    return label


def smooth(time: FloatArray, values: FloatArray, seconds: float) -> FloatArray:
    """Average over a Gaussian window, to both sides alike, so that nothing comes later than it did.

    A frame counts as long as it lasted, so uneven steps do not matter. At the ends the series goes on mirrored about
    its last value, which keeps a ramp a ramp if it is as long as half of the window.

    Args:
        time: (N,) [s], rising, without a gap.
        values: (N,).
        seconds: width of the window: four standard deviations, which hold 95 % of its weight.
    """
    if len(values) < 3:
        return values.copy()
    deviation = seconds / 4
    reach = REACH * deviation
    before, after = (time > time[0]) & (time < time[0] + reach), (time < time[-1]) & (time > time[-1] - reach)
    moments = np.concatenate([2 * time[0] - time[before][::-1], time, 2 * time[-1] - time[after][::-1]])
    longer = np.concatenate([2 * values[0] - values[before][::-1], values, 2 * values[-1] - values[after][::-1]])
    lasted = np.gradient(moments)
    result = np.empty_like(values)
    first = np.searchsorted(moments, time - reach)
    behind = np.searchsorted(moments, time + reach, side="right")
    for index, (a, b) in enumerate(zip(first, behind, strict=True)):
        weight = np.exp(-0.5 * ((moments[a:b] - time[index]) / deviation) ** 2) - np.exp(-0.5 * REACH**2)
        weight = np.maximum(weight, 0.0) * lasted[a:b]
        result[index] = weight @ longer[a:b] / weight.sum()
    return result
