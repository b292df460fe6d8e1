"""Projection of a point on a sampled line whose curvature is linear between samples, compiled by numba.

A line is six arrays (N,): s, x, y, heading, curvature, rate (of curvature, up to the next sample). Between samples the
curve is a short clothoid, so a projection is exact to micrometres however far apart the samples are (<= 2 m).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit

from simulator.opendrive.geometry import FloatArray


class Samples(NamedTuple):
    """A sampled line: s [m], x, y [m], heading [rad], curvature [1/m], rate [1/m²], each (N,) and C-contiguous."""

    s: FloatArray
    x: FloatArray
    y: FloatArray
    heading: FloatArray
    curvature: FloatArray
    rate: FloatArray


def _advance(curvature: float, rate: float, distance: float) -> tuple[float, float, float]:
    """Give u, v [m] and the turn [rad] after `distance` [m] on a clothoid (Gauss-Legendre with three nodes)."""
    u = 0.0
    v = 0.0
    for i in range(3):
        node = 0.5 + (i - 1) * 0.3872983346207417
        weight = 0.4444444444444444 if i == 1 else 0.2777777777777778
        along = distance * node
        angle = along * (curvature + along * rate * 0.5)
        u += weight * math.cos(angle)
        v += weight * math.sin(angle)
    return u * distance, v * distance, distance * (curvature + distance * rate * 0.5)


advance: Callable[[float, float, float], tuple[float, float, float]] = njit(cache=True, inline="always")(_advance)


def _project(
    s: FloatArray,
    x: FloatArray,
    y: FloatArray,
    heading: FloatArray,
    curvature: FloatArray,
    rate: FloatArray,
    first: int,
    last: int,
    near: int,
    px: float,
    py: float,
) -> tuple[float, float]:
    """Project a point on samples first..last, starting at sample `near`; straight on beyond both ends."""
    i = near
    for _ in range(64):
        cosine = math.cos(heading[i])
        sine = math.sin(heading[i])
        u = cosine * (px - x[i]) + sine * (py - y[i])
        v = cosine * (py - y[i]) - sine * (px - x[i])
        if i == last:
            if u >= 0.0 or first == last:
                return s[i] + u, v
            i -= 1
            continue
        if i == first and u < 0.0:
            return s[i] + u, v
        reach = s[i + 1] - s[i]
        distance = u
        lateral = v
        for _step in range(4):
            along, left, turn = advance(curvature[i], rate[i], distance)
            cosine = math.cos(turn)
            sine = math.sin(turn)
            lateral = cosine * (v - left) - sine * (u - along)
            missing = cosine * (u - along) + sine * (v - left)
            slope = 1.0 - (curvature[i] + rate[i] * distance) * lateral
            distance += missing / max(slope, 0.2)
            distance = min(max(distance, -2.0 * reach - 1.0), 2.0 * reach + 1.0)
        if distance < -1e-9 and i > first:
            i -= 1
        elif distance > reach + 1e-9:
            i += 1
        else:
            return s[i] + distance, lateral
    return s[i], v


project: Callable[..., tuple[float, float]] = njit(cache=True)(_project)


def _nearest(x: FloatArray, y: FloatArray, first: int, last: int, px: float, py: float) -> int:
    """Find the sample of first..last that is nearest to the point."""
    best = first
    least = np.inf
    for i in range(first, last + 1):
        distance = (x[i] - px) ** 2 + (y[i] - py) ** 2
        if distance < least:
            least = distance
            best = i
    return best


nearest: Callable[..., int] = njit(cache=True)(_nearest)
