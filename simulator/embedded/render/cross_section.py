"""What lies across a road at each sample: the carriageway, its edges, and whatever else is paved beside it."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.jit import Number
from simulator.opendrive import Lane, LaneSection, Road

FloatArray = NDArray[np.float64]

ASPHALT: Final = 0
CONCRETE: Final = 1

_UNPAVED = frozenset({"none", "median", "tram", "rail"})
_CONCRETE = frozenset({"sidewalk", "walking", "curb"})

# columns of a strip: lower and higher lateral position with their slopes, and the material
LOW, LOW_SLOPE, HIGH, HIGH_SLOPE, MATERIAL = range(5)
_ALONE = 1000.0


class CrossSections(NamedTuple):
    """The cross-sections of one road. Lateral positions t in [m], left positive.

    carriageways: (samples, 4) float32: lower and higher t of the widest asphalt, the middle of its first driven lane,
    and from there to the next one. edges: (samples, 2) float32, the outermost paved t to the right and to the left.
    sample: (K,) the sample that each further strip belongs to, rising. strips: (K, 5) float32, what else is paved.
    """

    carriageways: NDArray[np.float32]
    edges: NDArray[np.float32]
    sample: NDArray[np.int64]
    strips: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Strip:
    """Neighbouring lanes of one material, right to left; lower and higher border with slopes, each (N,)."""

    lanes: list[Lane]
    material: int
    low: FloatArray
    low_slope: FloatArray
    high: FloatArray
    high_slope: FloatArray


def material_of(lane: Lane) -> int | None:
    """Tell what a lane is made of; None is grass. An unknown type is asphalt."""
    if lane.type in _UNPAVED:
        return None
    return CONCRETE if lane.type in _CONCRETE else ASPHALT


def _border(
    road: Road, section: LaneSection, lane_id: int, s: FloatArray, share: float
) -> tuple[FloatArray, FloatArray]:
    """Give t and its slope where `share` of a lane's width is inside; beyond the road's ends it goes on straight."""
    held = np.clip(s, section.start, section.end - 1e-6)
    t, slope, _ = section.border(lane_id, held, share)
    offset, offset_slope, _ = road.lane_offset.evaluate(held)
    on_road = (s >= 0.0) & (s <= road.length)
    return t + offset, (slope + offset_slope) * on_road


def _find_strips(road: Road, section: LaneSection, s: FloatArray, apron: Number) -> list[_Strip]:
    """Put neighbouring lanes of one material together; asphalt at an edge of the pavement reaches `apron` farther."""
    groups: list[list[Lane]] = []
    before: int | None = None
    for lane in (section.lanes[i] for i in sorted(section.lanes) if i != 0):
        material = material_of(lane)
        if material is not None and material == before:
            groups[-1].append(lane)
        elif material is not None:
            groups.append([lane])
        before = material
    strips = []
    for k, lanes in enumerate(groups):
        first, last = lanes[0].id, lanes[-1].id
        low, low_slope = _border(road, section, first, s, 1.0 if first < 0 else 0.0)
        high, high_slope = _border(road, section, last, s, 1.0 if last > 0 else 0.0)
        material = material_of(lanes[0]) or ASPHALT
        if material == ASPHALT:
            low = low - apron * (k == 0)
            high = high + apron * (k == len(groups) - 1)
        strips.append(_Strip(lanes, material, low, low_slope, high, high_slope))
    return strips


def _find_lanes(road: Road, section: LaneSection, strip: _Strip, s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the middle of a strip's first driven lane, and the mean distance to the next one, each (N,)."""
    middles = [_border(road, section, lane.id, s, 0.5)[0] for lane in strip.lanes if lane.drivable]
    if not middles:
        return np.full(len(s), _ALONE), np.full(len(s), _ALONE)
    more = len(middles) - 1
    return middles[0], np.maximum((middles[-1] - middles[0]) / more, 1.0) if more else np.full(len(s), _ALONE)


def _carriageway(strips: list[_Strip]) -> _Strip:
    """Choose the widest strip of asphalt."""
    return max(strips, key=lambda strip: (strip.material == ASPHALT, float(np.mean(strip.high - strip.low))))


def make_cross_sections(road: Road, s: FloatArray, apron: Number) -> CrossSections:
    """Cut a road across at each s (N,) [m]; where s lies beyond an end, the end's section goes on straight."""
    carriageways = np.full((len(s), 4), _ALONE, np.float32)
    edges = np.zeros((len(s), 2), np.float32)
    owners: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    rows: list[NDArray[np.float32]] = [np.zeros((0, 5), np.float32)]
    index = road.section_indices(s)
    for k in np.unique(index):
        chosen = np.flatnonzero(index == k)
        section = road.sections[k]
        strips = _find_strips(road, section, s[chosen], apron)
        if not strips:
            continue
        edges[chosen, 0], edges[chosen, 1] = strips[0].low, strips[-1].high
        main = _carriageway(strips)
        if main.material == ASPHALT:
            lanes = _find_lanes(road, section, main, s[chosen])
            carriageways[chosen] = np.stack([main.low, main.high, *lanes], axis=1)
            strips.remove(main)
        for strip in strips:
            owners.append(chosen)
            material = np.full(len(chosen), float(strip.material))
            columns = [strip.low, strip.low_slope, strip.high, strip.high_slope, material]
            rows.append(np.stack(columns, axis=1).astype(np.float32))
    sample = np.concatenate(owners)
    order = np.argsort(sample, kind="stable")
    return CrossSections(carriageways, edges, sample[order], np.concatenate(rows)[order])
