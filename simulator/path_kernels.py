"""What a path is asked each tick, compiled by numba: where am I, and what lies ahead.

The six arrays of a sampled line come first in every signature; see `simulator.opendrive.project.Samples`.
"""

import math
from collections.abc import Callable

import numpy as np

from simulator.jit import compiled
from simulator.opendrive.geometry import FloatArray
from simulator.opendrive.project import advance, nearest, project

WINDOW = 20.0  # searched on either side of the hint [m]
FAR = 15.0  # farther from the line than this the hint is not believed [m]


def _locate(
    s: FloatArray,
    x: FloatArray,
    y: FloatArray,
    heading: FloatArray,
    curvature: FloatArray,
    rate: FloatArray,
    px: float,
    py: float,
    hint: float,
) -> tuple[float, float]:
    """Give s and offset of a point; a NaN hint, or one that leads astray, searches the whole line from its start."""
    last = len(s) - 1
    near = -1
    if not math.isnan(hint):
        step = s[1] - s[0]
        first = min(max(int((hint - WINDOW) / step), 0), last)
        end = min(max(int((hint + WINDOW) / step) + 1, 0), last)
        near = nearest(x, y, first, end, px, py)
        # projection walks on from the window's edge if need be
        if (x[near] - px) ** 2 + (y[near] - py) ** 2 > FAR * FAR:
            near = -1
    if near < 0:
        near = nearest(x, y, 0, last, px, py)
        # of the laps of a ring, the first
        reach = (math.sqrt((x[near] - px) ** 2 + (y[near] - py) ** 2) + s[1] - s[0]) ** 2
        near = 0
        while (x[near] - px) ** 2 + (y[near] - py) ** 2 > reach:
            near += 1
    return project(s, x, y, heading, curvature, rate, 0, last, near, px, py)


locate: Callable[..., tuple[float, float]] = compiled(_locate)


def _pose(
    s: FloatArray,
    x: FloatArray,
    y: FloatArray,
    heading: FloatArray,
    curvature: FloatArray,
    rate: FloatArray,
    at: float,
) -> tuple[float, float, float, float]:
    """Give x, y, heading, curvature at one s; straight on beyond both ends."""
    last = len(s) - 1
    i = min(max(int(np.searchsorted(s, at, side="right")) - 1, 0), last)
    distance = at - s[i]
    bend = curvature[i]
    change = rate[i]
    if at < s[0] or i == last:
        bend, change = 0.0, 0.0
    along, left, turn = advance(bend, change, distance)
    cosine = math.cos(heading[i])
    sine = math.sin(heading[i])
    here = bend + change * distance if distance != 0.0 else curvature[i]
    return x[i] + cosine * along - sine * left, y[i] + sine * along + cosine * left, heading[i] + turn, here


pose: Callable[..., tuple[float, float, float, float]] = compiled(_pose)


def _interpolate(
    s: FloatArray,
    x: FloatArray,
    y: FloatArray,
    heading: FloatArray,
    curvature: FloatArray,
    rate: FloatArray,
    at: FloatArray,
) -> FloatArray:
    """Give (4, N) x, y, heading, curvature at N places."""
    result = np.empty((4, len(at)))
    for i in range(len(at)):
        result[0, i], result[1, i], result[2, i], result[3, i] = pose(s, x, y, heading, curvature, rate, at[i])
    return result


interpolate: Callable[..., FloatArray] = compiled(_interpolate)


def _look_ahead(
    s: FloatArray,
    x: FloatArray,
    y: FloatArray,
    heading: FloatArray,
    curvature: FloatArray,
    rate: FloatArray,
    width: FloatArray,
    at: float,
    px: float,
    py: float,
    car_heading: float,
    ahead: FloatArray,
) -> tuple[float, float, float]:
    """Fill ahead (N, 2) with the line each metre from `at`, in the car's axes; give heading, curvature, width at it."""
    cosine = math.cos(car_heading)
    sine = math.sin(car_heading)
    for i in range(len(ahead)):
        qx, qy, _, _ = pose(s, x, y, heading, curvature, rate, at + i)
        ahead[i, 0] = cosine * (qx - px) + sine * (qy - py)
        ahead[i, 1] = cosine * (qy - py) - sine * (qx - px)
    _, _, lane_heading, lane_curvature = pose(s, x, y, heading, curvature, rate, at)
    return lane_heading, lane_curvature, np.interp(at, s, width)


look_ahead: Callable[..., tuple[float, float, float]] = compiled(_look_ahead)
