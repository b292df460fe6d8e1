"""Crosswalks as stripes: each bar on every road that it lies on, so that it is whole where roads cover each other."""

import math

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.markings import (
    COLUMNS,
    END,
    HALF_WIDTH,
    REACH,
    SLOPE,
    START,
    Stripes,
    T,
    collect,
)
from simulator.embedded.road_samples import RoadSamples
from simulator.opendrive.geometry import FloatArray

# bars that lie more askew of a road are painted by those that they lie along [rad]; and those on other storeys [m]
_ASKEW, _STOREY = math.radians(55.0), 1.5
_BESIDE = 1.0


def make_bars(line: RoadSamples, bars: FloatArray) -> Stripes:
    """Find the bars near each sample of a road. bars: (N, 6), see `all_bars`."""
    margin = 20.0
    near = (
        (bars[:, 0] > line.x.min() - margin)
        & (bars[:, 0] < line.x.max() + margin)
        & (bars[:, 1] > line.y.min() - margin)
        & (bars[:, 1] < line.y.max() + margin)
    )
    owners: list[NDArray[np.int64]] = []
    stripes: list[NDArray[np.float32]] = []
    for bar in bars[near]:
        sample, rows = _rows(line, bar)
        owners.append(sample)
        stripes.append(rows)
    return collect(owners, stripes)


def _rows(line: RoadSamples, bar: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Give the samples that a bar is near, and its stripe in the axes of each."""
    x, y, z, heading, length, width = bar.tolist()
    cosine, sine = np.cos(line.heading), np.sin(line.heading)
    ahead = cosine * (x - line.x) + sine * (y - line.y)
    aside = cosine * (y - line.y) - sine * (x - line.x)
    askew = (heading - line.heading + math.pi / 2) % math.pi - math.pi / 2
    half = length / 2 * np.cos(askew)
    chosen = (np.abs(askew) < _ASKEW) & (np.abs(ahead) < half + REACH) & (np.abs(line.height - z) < _STOREY)
    chosen &= (aside > line.low - length - _BESIDE) & (aside < line.high + length + _BESIDE)
    sample = np.flatnonzero(chosen).astype(np.int64)
    ahead, aside, askew, half = ahead[sample], aside[sample], askew[sample], half[sample]
    curvature, s = line.curvature[sample], line.s[sample]
    # the place of the bar that is nearest to the sample, so that its line is right there
    along = np.clip(0.0, ahead - half, ahead + half)
    across = aside + (along - ahead) * np.tan(askew)
    shift = along / np.maximum(1.0 - curvature * across, 0.2)
    t = across - 0.5 * curvature * shift * along
    slope = np.tan(askew - curvature * shift) * (1.0 - curvature * t)
    rows = np.zeros((len(sample), COLUMNS), np.float32)
    rows[:, T], rows[:, SLOPE] = t - slope * shift, slope
    rows[:, HALF_WIDTH] = width / 2 / np.cos(askew)
    for column, end in ((START, -half), (END, half)):
        there = aside + end * np.tan(askew)
        rows[:, column] = s + (ahead + end) / np.maximum(1.0 - curvature * there, 0.2)
    return sample, rows
