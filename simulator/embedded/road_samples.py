"""All roads of a document as one table: a sample about every metre, with the surface's height and slopes there."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.opendrive import Road
from simulator.opendrive.batch import Counts, evaluate_cubics, stretches
from simulator.opendrive.project import Samples
from simulator.opendrive.road import sample_roads_at_once

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


def _outer_borders(roads: Sequence[Road], s: FloatArray, counts: Counts) -> tuple[FloatArray, FloatArray]:
    """Give t of the outermost lane borders to the right and to the left at s (N,) [m], held within the roads."""
    sections = [section for road in roads for section in road.sections]
    sizes = np.array([len(road.sections) for road in roads], np.int64)
    index = np.repeat(np.cumsum(sizes) - sizes, counts)
    for k, here in stretches(counts, sizes > 1):
        starts = np.array([section.start for section in roads[k].sections])
        index[here] += np.maximum(np.searchsorted(starts, s[here] + 1e-9, side="right") - 1, 0)
    # s rises along each road, so that the places of a section lie together
    starts, ends = np.array([(section.start, section.end) for section in sections])[index].T
    held = np.clip(s, starts, np.maximum(ends - 1e-6, starts))
    offset = evaluate_cubics([road.lane_offset for road in roads], held, counts)[0]
    of_section = np.bincount(index, minlength=len(sections))
    borders = []
    for side in (-1, 1):
        total = np.zeros(len(s))
        lanes = [[section.lanes[i].width for i in section.outwards(side)] for section in sections]
        for depth in range(max(map(len, lanes))):
            wide = np.array([len(widths) > depth for widths in lanes])
            there = wide[index]
            widths = [of_one[depth] for of_one in lanes if len(of_one) > depth]
            total[there] += side * evaluate_cubics(widths, (held - starts)[there], of_section[wide])[0]
        borders.append(offset + total)
    return np.minimum(*borders), np.maximum(*borders)


def _extend(roads: Sequence[Road], line: Samples, counts: Counts) -> tuple[Samples, Counts]:
    """Add straight extensions, a sample a metre, at ends that lead nowhere."""
    beyond = np.arange(1.0, EXTENSION + 1.0)
    parts: list[list[FloatArray]] = [[] for _ in line]
    more = counts.copy()
    done = 0
    for k, here in stretches(counts, np.ones(len(roads), bool)):
        road = roads[k]
        for at, ends, along in (
            (here.start, road.predecessor is None, -beyond[::-1]),
            (here.stop - 1, road.successor is None, beyond),
        ):
            if not ends or road.junction is not None:
                continue
            x, y, heading = (float(column[at]) for column in (line.x, line.y, line.heading))
            split = at if along[0] < 0 else at + 1
            nothing = np.zeros(len(beyond))
            ways = x + along * np.cos(heading), y + along * np.sin(heading)
            added = Samples(line.s[at] + along, *ways, nothing + heading, nothing, nothing)
            for column, of_line, of_end in zip(parts, line, added, strict=True):
                column += [of_line[done:split], of_end]
            done = split
            more[k] += len(beyond)
    return Samples(
        *(np.concatenate([*column, of_line[done:]]) for column, of_line in zip(parts, line, strict=True))
    ), more


def sample_roads(roads: Sequence[Road]) -> RoadSamples:
    """Sample all roads of a document, about once a metre, one after the other."""
    line, counts = _extend(roads, *sample_roads_at_once(roads))
    ends = np.cumsum(counts)
    end = np.zeros(len(line.s))
    end[ends - counts], end[ends - 1] = -1.0, 1.0
    held = np.clip(line.s, 0.0, np.repeat([road.length for road in roads], counts))
    outside = (held != line.s).astype(float)
    height, climb, bend = evaluate_cubics([road.elevation for road in roads], held, counts)
    bank, twist, _ = evaluate_cubics([road.superelevation for road in roads], held, counts)
    steepness = np.tan(bank)
    twist = twist * (1.0 + steepness**2)
    inside = 1.0 - outside
    surface = (height, climb * inside, bend * inside, steepness, twist * inside)
    borders = _outer_borders(roads, held, counts)
    number = np.repeat(np.arange(float(len(roads))), counts)
    columns = (line.x, line.y, line.heading, line.curvature, line.s, end, *borders, *surface, number, outside)
    return RoadSamples(*(np.ascontiguousarray(column) for column in columns))
