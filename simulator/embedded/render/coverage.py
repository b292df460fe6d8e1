"""How much of a pixel a line covers: box filters as wide as the pixel is on the ground, so that nothing shimmers."""

from numpy import float32, floor

from simulator.embedded.render.jit import Number, inner


@inner
def clamp(value: Number, low: Number, high: Number) -> Number:
    """Hold a value within [low, high]."""
    return min(max(value, low), high)


@inner
def overlap(middle: Number, footprint: Number, low: Number, high: Number) -> Number:
    """Give the share of a pixel around `middle` that lies in [low, high]."""
    half = float32(0.5) * footprint
    inside = min(middle + half, high) - max(middle - half, low)
    return min(max(inside / footprint, float32(0.0)), float32(1.0))


@inner
def dashes(s: Number, footprint: Number, length: Number, period: Number) -> Number:
    """Give the share of a pixel around s that lies on dashes of `length`, the first of which starts at s = 0."""
    half = float32(0.5) * footprint
    start = (s - half) / period
    end = (s + half) / period
    share = length / period
    whole_start = floor(start)
    whole_end = floor(end)
    painted = (whole_end - whole_start) * share + min(end - whole_end, share) - min(start - whole_start, share)
    share_painted: Number = min(max(painted / (end - start), float32(0.0)), float32(1.0))
    return share_painted
