"""What lies across a road at each sample: strips of asphalt and pavement between two lateral positions."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.opendrive import Lane, LaneSection, Road

ASPHALT: Final = 0
CONCRETE: Final = 1

_UNPAVED = frozenset({"none", "median", "tram", "rail"})
_CONCRETE = frozenset({"sidewalk", "walking", "curb"})

# columns of a strip
LOW, LOW_SLOPE, HIGH, HIGH_SLOPE, MATERIAL, MIDDLE, MIDDLE_SLOPE, DRIVEN = range(8)
# columns of the edges
LEFT, LEFT_SLOPE, RIGHT, RIGHT_SLOPE, LEFT_VERGE, RIGHT_VERGE = range(6)


class CrossSections(NamedTuple):
    """The strips of all samples of one road, right to left.

    sample: (K,) which sample each strip belongs to, rising. strips: (K, 8) float32: lower and higher lateral position t
    [m] with their slopes dt/ds, the material, the lane's middle with its slope, and 1 if cars drive there.
    edges: (samples, 6) float32: outermost paved t to the left and to the right, with slopes, and 1 where gravel follows.
    """

    sample: NDArray[np.int64]
    strips: NDArray[np.float32]
    edges: NDArray[np.float32]


def material_of(lane: Lane) -> int | None:
    """Tell what a lane is made of; None is grass. An unknown type is asphalt."""
    if lane.type in _UNPAVED:
        return None
    return CONCRETE if lane.type in _CONCRETE else ASPHALT


def _lane_strips(road: Road, section: LaneSection, lane: Lane, s: NDArray[np.float64]) -> NDArray[np.float32]:
    """Make one lane's strip at each s (N,) of its section; beyond the road's ends it goes on straight."""
    held = np.clip(s, section.start, section.end - 1e-6)
    offset, offset_slope, _ = road.lane_offset.evaluate(held)
    borders = [section.border(lane.id, held, share) for share in (0.0, 1.0, 0.5)]
    t = [border[0] + offset for border in borders]
    on_road = (s >= 0.0) & (s <= road.length)
    slope = [(border[1] + offset_slope) * on_road for border in borders]
    low, high = (0, 1) if lane.id > 0 else (1, 0)
    material = material_of(lane)
    constant = np.ones(len(s))
    columns = [
        t[low],
        slope[low],
        t[high],
        slope[high],
        constant * (ASPHALT if material is None else material),
        t[2],
        slope[2],
        constant * float(lane.drivable),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def make_cross_sections(road: Road, s: NDArray[np.float64], apron: float) -> CrossSections:
    """Cut a road across at each s (N,) [m]; where s lies beyond an end, the end's section goes on straight."""
    owners: list[NDArray[np.int64]] = []
    strips: list[NDArray[np.float32]] = []
    edges = np.zeros((len(s), 6), np.float32)
    index = np.array([road.section_index(float(value)) for value in s])
    for k in np.unique(index):
        chosen = np.flatnonzero(index == k)
        section = road.sections[k]
        lanes = [section.lanes[i] for i in sorted(section.lanes) if i != 0]
        paved = [lane for lane in lanes if material_of(lane) is not None]
        if not paved:
            continue
        cuts = [_lane_strips(road, section, lane, s[chosen]) for lane in paved]
        for cut, end, column, slope, side in ((cuts[0], RIGHT, LOW, LOW_SLOPE, -1), (cuts[-1], LEFT, HIGH, HIGH_SLOPE, 1)):
            asphalt = cut[:, MATERIAL] == ASPHALT
            cut[:, column] += np.float32(side * apron) * asphalt
            edges[chosen, end], edges[chosen, end + 1] = cut[:, column], cut[:, slope]
            edges[chosen, LEFT_VERGE if side > 0 else RIGHT_VERGE] = asphalt
        owners += [chosen] * len(cuts)
        strips += cuts
    if not strips:
        return CrossSections(np.zeros(0, np.int64), np.zeros((0, 8), np.float32), edges)
    sample = np.concatenate(owners)
    order = np.argsort(sample, kind="stable")
    return CrossSections(sample[order], np.concatenate(strips)[order], edges)
