"""How much of a pixel a line covers: box filters as wide as the pixel is on the ground, so that nothing shimmers."""

import numpy as np

from simulator.embedded.render.jit import inner


@inner
def clamp(value: float, low: float, high: float) -> float:
    """Hold a value within [low, high]."""
    return min(max(value, low), high)


@inner
def smooth_step(low: float, high: float, value: float) -> float:
    """Rise smoothly from 0 at `low` to 1 at `high`."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)


@inner
def overlap(middle: float, footprint: float, low: float, high: float) -> float:
    """Give the share of a pixel around `middle` that lies in [low, high]."""
    inside = min(middle + 0.5 * footprint, high) - max(middle - 0.5 * footprint, low)
    return min(max(inside / footprint, 0.0), 1.0)


@inner
def dashes(s: float, footprint: float, length: float, period: float) -> float:
    """Give the share of a pixel around s that lies on dashes of `length`, the first of which starts at s = 0."""
    start = (s - 0.5 * footprint) / period
    end = (s + 0.5 * footprint) / period
    share = length / period
    whole_start = np.floor(start)
    whole_end = np.floor(end)
    painted = (whole_end - whole_start) * share + min(end - whole_end, share) - min(start - whole_start, share)
    return min(max(painted / (end - start), 0.0), 1.0)
