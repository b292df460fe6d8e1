"""Paint on the road: every stroke of every road mark of every lane section, found by the sample it lies near."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.opendrive import FloatArray, LaneSection, Road, RoadMark, Stroke

# columns of a stripe
T, SLOPE, HALF_WIDTH, START, END, DASH, PERIOD, ORIGIN, COLOUR = range(9)
COLUMNS = 9
# a sample serves pixels a little before and behind it
REACH = 1.6

COLOURS = ("white", "yellow", "red", "blue", "green", "orange", "violet", "black", "curb")
# linear reflectances relative to white paint
PAINTS = np.array(
    [
        (1.0, 1.0, 0.97),
        (1.0, 0.62, 0.06),
        (0.75, 0.06, 0.05),
        (0.08, 0.2, 0.75),
        (0.08, 0.5, 0.15),
        (1.0, 0.38, 0.03),
        (0.45, 0.12, 0.6),
        (0.03, 0.03, 0.03),
        (0.55, 0.54, 0.51),
    ],
    np.float32,
)
_DOT, _DOT_SPACE = 0.12, 1.08
_KERB_WIDTH = 0.15
# a line is cut where it jumps by more [m] or turns by more; how far beside such a place both are measured [m]
_JUMP, _BEND, _BESIDE = 0.005, 0.01, 1e-6


class Stripes(NamedTuple):
    """The stripes of all samples of one road.

    sample: (K,) which sample each stripe belongs to, rising. stripes: (K, 9) float32: lateral position t [m] of its
    middle at the sample, dt/ds, half width [m], start and end s [m], dash length, dash period (0: solid), the s where a
    dash starts [m], row of PAINTS (or, for a repair, minus the asphalt's brightness: see `repairs`).
    """

    sample: NDArray[np.int64]
    stripes: NDArray[np.float32]


def strokes_of(mark: RoadMark) -> tuple[Stroke, ...]:
    """Give a mark's strokes; kerbs and raised dots, which OpenDRIVE doesn't describe as lines, get theirs here."""
    if mark.strokes:
        return mark.strokes
    if mark.type == "curb":
        return (Stroke(0.0, _KERB_WIDTH, 0.0, 0.0, 0.0, "curb"),)
    if mark.type == "botts dots":
        return (Stroke(0.0, mark.width, _DOT, _DOT_SPACE, 0.0, mark.color),)
    return ()


def collect(owners: list[NDArray[np.int64]], stripes: list[NDArray[np.float32]]) -> Stripes:
    """Put stripes in the order of the samples that own them; of one sample's, the first come first."""
    sample = np.concatenate([np.zeros(0, np.int64), *owners])
    order = np.argsort(sample, kind="stable")
    return Stripes(sample[order], np.concatenate([np.zeros((0, COLUMNS), np.float32), *stripes])[order])


def _paint_row(color: str) -> int:
    return COLOURS.index(color) if color in COLOURS else 0


def _stroke_rows(
    t: NDArray[np.float64], slope: NDArray[np.float64], mark: RoadMark, stroke: Stroke, span: tuple[float, float]
) -> NDArray[np.float32]:
    rows = np.empty((len(t), COLUMNS), np.float32)
    rows[:, T], rows[:, SLOPE] = t + stroke.t, slope
    period = stroke.length + stroke.space if stroke.space > 0 and stroke.length > 0 else 0.0
    origin = 0.0 if stroke.start is None else mark.start + stroke.start
    if stroke.once:
        span = max(span[0], origin), min(span[1], origin + stroke.length)
    rows[:, HALF_WIDTH:] = (stroke.width / 2, *span, stroke.length, period, origin, _paint_row(stroke.color))
    return rows


def _marked_borders(road: Road) -> Iterator[tuple[int, int, RoadMark]]:
    for k, section in enumerate(road.sections):
        for lane in section.lanes.values():
            for mark in lane.marks:
                yield k, lane.id, mark


def _border(
    road: Road, section: LaneSection, lane_id: int, mark: RoadMark, s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give t and its slope where a mark lies, at s (N,) within its lane section [m]."""
    border, slope, _ = section.border(lane_id, s)
    offset, offset_slope, _ = road.lane_offset.evaluate(s)
    if mark.sway is None:
        return border + offset, slope + offset_slope
    aside, veer, _ = mark.sway.evaluate(s - mark.start)
    return border + offset + aside, slope + offset_slope + veer


def _pieces(road: Road, section: LaneSection, lane_id: int, mark: RoadMark) -> list[tuple[float, float]]:
    """Cut a mark where its line jumps or bends sharply, since between samples it is drawn straight."""
    inner = [i for i in section.outwards(1 if lane_id > 0 else -1) if abs(i) <= abs(lane_id)]
    starts = [section.start + section.lanes[i].width.starts for i in inner] + [road.lane_offset.starts]
    if mark.sway is not None:
        starts.append(mark.start + mark.sway.starts)
    places = np.unique(np.concatenate(starts))
    places = places[(places > mark.start + _BESIDE) & (places < mark.end - _BESIDE)]
    if len(places):
        before, after = (np.stack(_border(road, section, lane_id, mark, places + d)) for d in (-_BESIDE, _BESIDE))
        jump, bend = np.abs(after - before)
        places = places[(jump > _JUMP) | (bend > _BEND)]
    ends = [mark.start, *places.tolist(), mark.end]
    return list(pairwise(ends))


def make_stripes(road: Road, s: FloatArray) -> Stripes:
    """Find the stripes near each sample s (N,) [m], rising; where s lies beyond an end, the paint goes on straight."""
    owners: list[NDArray[np.int64]] = []
    stripes: list[NDArray[np.float32]] = []
    for k, lane_id, mark in _marked_borders(road):
        section = road.sections[k]
        strokes = strokes_of(mark)
        for first, last in _pieces(road, section, lane_id, mark) if strokes else ():
            # at the road's ends paint goes on as far as the samples do
            start = float(s[0]) if first <= 0 else first
            end = float(s[-1]) if last >= road.length - 1e-6 else last
            near = np.flatnonzero((s >= start - REACH) & (s <= end + REACH))
            on_road = np.clip(s[near], 0.0, road.length)
            inside = np.clip(on_road, max(section.start, first), min(section.end, last) - 1e-6)
            t, slope = _border(road, section, lane_id, mark, inside)
            slope = slope * (on_road == s[near])
            t = t + slope * (on_road - inside)
            for stroke in strokes:
                owners.append(near)
                stripes.append(_stroke_rows(t, slope, mark, stroke, (start, end)))
    return collect(owners, stripes)
