"""Many roads evaluated at once: the same numbers, to the bit, as road by road, without the cost of so many calls."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulator.opendrive.geometry import Clothoid, FloatArray, Geometry, Poses, ReferenceLine, follow_clothoid
from simulator.opendrive.lanes import Cubics
from simulator.opendrive.project import Samples

SAMPLE_DISTANCE = 1.0
Counts = NDArray[np.int64]
"""How many of the places in a long table belong to each of what is evaluated, one after the other."""


def stretches(counts: Counts, chosen: NDArray[np.bool_]) -> Iterator[tuple[int, slice]]:
    """Give the number of each that is chosen and that is not empty, and where its places are in the table."""
    ends = np.cumsum(counts)
    for k in np.flatnonzero(chosen & (counts > 0)):
        yield int(k), slice(int(ends[k] - counts[k]), int(ends[k]))


def evaluate_cubics(
    cubics: Sequence[Cubics], s: FloatArray, counts: Counts
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give value, slope and second derivative at s (N,) [m], as `Cubics.evaluate`."""
    sizes = np.array([len(each.starts) for each in cubics], np.int64)
    piece = np.repeat(np.cumsum(sizes) - sizes, counts)
    for k, here in stretches(counts, sizes > 1):
        piece[here] += np.maximum(np.searchsorted(cubics[k].starts, s[here] + 1e-9, side="right") - 1, 0)
    starts = np.concatenate([each.starts for each in cubics])[piece]
    a, b, c, d = np.concatenate([each.coefficients for each in cubics])[piece].T
    ds = s - starts
    inside = (s + 1e-9 >= starts).astype(float)
    value = (a + ds * (b + ds * (c + ds * d))) * inside
    return value, (b + ds * (2 * c + ds * 3 * d)) * inside, (2 * c + ds * 6 * d) * inside


def evaluate_lines(lines: Sequence[ReferenceLine], s: FloatArray, counts: Counts) -> tuple[Poses, FloatArray]:
    """Give the poses at s (N,) [m], and the rate of curvature, as `ReferenceLine.evaluate`."""
    s = np.clip(s, 0.0, np.repeat([line.length for line in lines], counts))
    sizes = np.array([len(line.starts) for line in lines], np.int64)
    owner = np.repeat(np.cumsum(sizes) - sizes, counts)
    for k, here in stretches(counts, sizes > 1):
        owner[here] += np.clip(np.searchsorted(lines[k].starts, s[here], side="right") - 1, 0, sizes[k] - 1)
    shapes = [geometry for line in lines for geometry in line.geometries]
    columns = [(g.s, g.x, g.y, g.heading, math.cos(g.heading), math.sin(g.heading), g.curve.length) for g in shapes]
    start, x, y, heading, cosine, sine, length = np.array(columns)[owner].T
    u, v, turn, curvature, rate = _follow(shapes, np.minimum(s - start, length), owner)
    whole_turns = np.concatenate([line.whole_turns for line in lines])[owner]
    x, y = x + cosine * u - sine * v, y + sine * u + cosine * v
    poses = Poses(x, y, heading + turn + whole_turns, curvature)
    return poses, rate


def _follow(shapes: list[Geometry], distance: FloatArray, owner: NDArray[np.int64]) -> FloatArray:
    """Give u, v, turn, curvature and rate (5, N) at distances [m] along shapes[owner], as `Curve.local`."""
    result = np.empty((5, len(distance)))
    curves = [shape.curve for shape in shapes]
    other = 0.0, 0.0, 1.0, -1.0
    bends = np.array([(c.start, c.end, c.length, c.nodes) if isinstance(c, Clothoid) else other for c in curves])
    nodes = bends[owner, 3].astype(np.int64)
    for count in np.unique(nodes):
        chosen = np.flatnonzero(nodes == count)
        first, last, length, _ = bends[owner[chosen]].T
        if count == -1:
            for k in np.unique(owner[chosen]):
                own = chosen[owner[chosen] == k]
                result[:, own] = curves[k].local(distance[own])
        else:
            result[:, chosen] = follow_clothoid(distance[chosen], first, (last - first) / length, int(count))
    return result


def _sample_places(lines: Sequence[ReferenceLine]) -> tuple[FloatArray, Counts]:
    """Give s of all lines' samples [m], about every metre, each geometry's start among them, and how many each has."""
    begins, lengths, sizes, counts = [], [], [], []
    for line in lines:
        starts = [0.0, *line.starts[1:].tolist(), line.length]
        pieces = [max(1, math.ceil((end - start) / SAMPLE_DISTANCE)) for start, end in pairwise(starts)]
        begins += starts
        lengths += [end - start for start, end in pairwise(starts)] + [0.0]
        sizes += [*pieces, 1]
        counts.append(sum(pieces) + 1)
    size = np.array(sizes, np.int64)
    order = np.arange(int(size.sum())) - np.repeat(np.cumsum(size) - size, size)
    return order * np.repeat(np.array(lengths) / size, size) + np.repeat(begins, size), np.array(counts, np.int64)


def sample_lines(lines: Sequence[ReferenceLine]) -> tuple[Samples, Counts]:
    """Give `Road.samples` of many reference lines, one after the other, and how many each has."""
    s, counts = _sample_places(lines)
    poses, rate = evaluate_lines(lines, s, counts)
    return Samples(*(np.ascontiguousarray(values) for values in (s, *poses, rate))), counts
