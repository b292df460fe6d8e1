"""All roads of a document as one table: a sample about every metre, with the surface's height and slopes there."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.opendrive import Road

FloatArray = NDArray[np.float64]

# an end that leads nowhere is drawn on straight, so that the last metres of a road look like the rest of it [m]
EXTENSION = 80.0


class RoadSamples(NamedTuple):
    """Samples of roads, each (N,) float64.

    x, y [m], heading [rad], curvature [1/m], s [m]: of the reference line. end: -1 or 1 at a road's first or last
    sample, else 0. low, high: t of the outermost lane borders to the right and to the left [m]. height: of the
    reference line [m]; climb, bend: its first and second derivative by s. bank: how much the surface rises per metre
    to the left; twist: its derivative by s [1/m]. road: number of the road. beyond: whether it lies beyond its ends.
    """

    x: FloatArray
    y: FloatArray
    heading: FloatArray
    curvature: FloatArray
    s: FloatArray
    end: FloatArray
    low: FloatArray
    high: FloatArray
    height: FloatArray
    climb: FloatArray
    bend: FloatArray
    bank: FloatArray
    twist: FloatArray
    road: FloatArray
    beyond: FloatArray

    def of_road(self, number: int) -> "RoadSamples":
        """Give the samples of one road."""
        first, last = np.searchsorted(self.road, [number, number + 1])
        return RoadSamples(*(column[first:last] for column in self))


def _outer_borders(road: Road, s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give t of the outermost lane borders to the right and to the left at s (N,) [m], held within the road."""
    low, high = np.zeros(len(s)), np.zeros(len(s))
    index = np.array([road.section_index(float(value)) for value in s])
    for k in np.unique(index):
        chosen = index == k
        section = road.sections[k]
        held = np.clip(s[chosen], section.start, max(section.end - 1e-6, section.start))
        offset = road.lane_offset.evaluate(held)[0]
        low[chosen] = offset + section.border(min(section.lanes), held)[0]
        high[chosen] = offset + section.border(max(section.lanes), held)[0]
    return np.minimum(low, high), np.maximum(low, high)


def _sample_road(road: Road, number: int) -> RoadSamples:
    """Sample one road, about once a metre, with straight extensions at ends that lead nowhere."""
    line = road.samples
    x, y, heading, curvature, s = line.x, line.y, line.heading, line.curvature, line.s
    beyond = np.arange(1.0, EXTENSION + 1.0)
    nothing = np.zeros(len(beyond))
    if road.predecessor is None and road.junction is None:
        back = beyond[::-1]
        x = np.append(x[0] - back * np.cos(heading[0]), x)
        y = np.append(y[0] - back * np.sin(heading[0]), y)
        heading, curvature = np.append(nothing + heading[0], heading), np.append(nothing, curvature)
        s = np.append(-back, s)
    if road.successor is None and road.junction is None:
        x = np.append(x, x[-1] + beyond * np.cos(heading[-1]))
        y = np.append(y, y[-1] + beyond * np.sin(heading[-1]))
        heading, curvature = np.append(heading, nothing + heading[-1]), np.append(curvature, nothing)
        s = np.append(s, road.length + beyond)
    end = np.zeros(len(s))
    end[0], end[-1] = -1.0, 1.0
    held = np.clip(s, 0.0, road.length)
    outside = (held != s).astype(float)
    height, climb, bend = road.elevation.evaluate(held)
    bank, twist, _ = road.superelevation.evaluate(held)
    steepness = np.tan(bank)
    twist = twist * (1.0 + steepness**2)
    inside = 1.0 - outside
    surface = (height, climb * inside, bend * inside, steepness, twist * inside)
    borders = _outer_borders(road, held)
    return RoadSamples(x, y, heading, curvature, s, end, *borders, *surface, np.full(len(s), float(number)), outside)


def sample_roads(roads: tuple[Road, ...]) -> RoadSamples:
    """Sample all roads of a document, one after the other."""
    tables = [_sample_road(road, k) for k, road in enumerate(roads)]
    return RoadSamples(*(np.ascontiguousarray(np.concatenate(columns)) for columns in zip(*tables, strict=True)))
