"""A road: its reference line, its lanes, and where a point lies on it."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.opendrive.batch import Counts, sample_lines, stretches
from simulator.opendrive.furniture import RoadObject, Signal, SpeedLimit
from simulator.opendrive.geometry import FloatArray, Poses, ReferenceLine
from simulator.opendrive.lanes import Cubics, LaneSection
from simulator.opendrive.project import Samples, nearest, project

LEAST_STRETCH = 0.02


class Link(NamedTuple):
    """What a road meets at an end. contact: which end of the other road (None for a junction)."""

    type: Literal["road", "junction"]
    id: str
    contact: Literal["start", "end"] | None


class Road:
    """One `<road>`. Lengths in metres, OpenDRIVE axes (right-handed, left positive).

    id, name: the file's. length: [m]. left_hand: whether traffic keeps left. junction: id of the junction it belongs
    to, or None. predecessor, successor: Links or None. sections: LaneSections by rising s. elevation [m],
    superelevation [rad, positive where the left side is higher], lane_offset [m]: Cubics over s. As in `carla.Map`, s
    and t are lengths on the map: a bank or slope shortens nothing. `carla.Map` knows no banks, though: its waypoints
    lie at the reference line's height. signals, objects: what stands beside it, by rising s. missing_signals: ids that
    it refers to but the file does not hold. speed_limits: of the whole road; see `speed_limit`.
    """

    def __init__(
        self,
        id: str,
        reference_line: ReferenceLine,
        sections: list[LaneSection],
        *,
        name: str = "",
        left_hand: bool = False,
        junction: str | None = None,
        predecessor: Link | None = None,
        successor: Link | None = None,
        elevation: Cubics | None = None,
        superelevation: Cubics | None = None,
        lane_offset: Cubics | None = None,
        signals: tuple[Signal, ...] = (),
        missing_signals: frozenset[str] = frozenset(),
        objects: tuple[RoadObject, ...] = (),
        speed_limits: tuple[SpeedLimit, ...] = (),
    ) -> None:
        self.id, self.name, self.left_hand, self.junction = id, name, left_hand, junction
        self.reference_line, self.sections = reference_line, tuple(sections)
        self.length = reference_line.length
        self.predecessor, self.successor = predecessor, successor
        self.elevation = elevation or Cubics.zero()
        self.superelevation = superelevation or Cubics.zero()
        self.lane_offset = lane_offset or Cubics.zero()
        self.signals, self.objects, self.speed_limits = signals, objects, speed_limits
        self.missing_signals = missing_signals
        self._section_starts = np.array([section.start for section in sections])

    def reference(self, s: FloatArray) -> Poses:
        """Give the reference line at s (N,) [m]."""
        return self.reference_line.evaluate(s)[0]

    @cached_property
    def is_level(self) -> bool:
        """Whether the whole road lies at height 0."""
        return self.elevation.is_zero and self.superelevation.is_zero

    def height(self, s: FloatArray | float, t: FloatArray | float = 0.0) -> FloatArray:
        """Give the surface's height z [m] at s, t [m], numbers or arrays (N,); beyond an end, the end's."""
        places = np.clip(np.atleast_1d(np.asarray(s, float)), 0.0, self.length)
        height: FloatArray = self.elevation.evaluate(places)[0] + t * np.tan(self.superelevation.evaluate(places)[0])
        return height

    def slope(self, s: FloatArray | float, t: FloatArray | float = 0.0) -> tuple[FloatArray, FloatArray]:
        """Give the surface's rise per metre on the map, along the reference line and to its left, as in `height`."""
        places = np.clip(np.atleast_1d(np.asarray(s, float)), 0.0, self.length)
        bank, twist, _ = self.superelevation.evaluate(places)
        across: FloatArray = np.tan(bank) + np.zeros_like(places + t)
        by_s = self.elevation.evaluate(places)[1] + t * twist * (1 + across**2)
        # a metre of the reference line is less than one on the inside of a bend
        along: FloatArray = by_s / np.maximum(1 - self.reference(places).curvature * t, 0.05)
        return along, across

    def section_index(self, s: float) -> int:
        """Give the index of the lane section at s [m]; a border belongs to the section that starts there."""
        return max(int(np.searchsorted(self._section_starts, s + 1e-9, side="right")) - 1, 0)

    def section_indices(self, s: FloatArray) -> NDArray[np.int64]:
        """Give the index of the lane section at each s (N,) [m], see `section_index`."""
        found: NDArray[np.int64] = np.maximum(np.searchsorted(self._section_starts, s + 1e-9, side="right") - 1, 0)
        return found

    def section_at(self, s: float) -> LaneSection:
        """Give the lane section at s [m]."""
        return self.sections[self.section_index(s)]

    def lateral(self, lane_id: int, s: FloatArray, share: float = 0.5) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give t, dt/ds and d²t/ds² from the reference line, where `share` of the lane's width is inside.

        share 0.5 is the lane's centre, 1 its outer border, 0 its inner border. s: (N,). NaN where the lane is missing.
        """
        s = np.clip(np.atleast_1d(np.asarray(s, float)), 0.0, self.length)
        result = np.array(self.lane_offset.evaluate(s))
        if lane_id == 0:
            return result[0], result[1], result[2]
        index = self.section_indices(s)
        for i in np.unique(index):
            chosen = index == i
            result[:, chosen] += self.sections[i].border(lane_id, s[chosen], share)
        return result[0], result[1], result[2]

    def lane_center(self, lane_id: int, s: FloatArray) -> Poses:
        """Give a lane's centre at s (N,) [m], heading along rising s (see `runs_forward`)."""
        return self.beside(s, *self.lateral(lane_id, s))

    def lane_border(self, lane_id: int, s: FloatArray) -> Poses:
        """Give a lane's outer border at s (N,) [m] (the centre line for lane 0), heading along rising s."""
        return self.beside(s, *self.lateral(lane_id, s, 1.0))

    def beside(self, s: FloatArray, t: FloatArray, slope: FloatArray, bend: FloatArray) -> Poses:
        """Give the line t(s) to the left of the reference line, from t, dt/ds and d²t/ds², each (N,)."""
        return beside(*self.reference_line.evaluate(s), t, slope, bend)

    def lane_width(self, lane_id: int, s: FloatArray) -> FloatArray:
        """Give a lane's width at s (N,) [m]; NaN where the lane is missing, below 0 where its file says so."""
        inner = self.lateral(lane_id, s, 0.0)[0]
        outer = self.lateral(lane_id, s, 1.0)[0]
        return outer - inner if lane_id > 0 else inner - outer

    def runs_forward(self, lane_id: int) -> bool:
        """Tell whether a lane's traffic runs along rising s: in right lanes, or left ones where traffic keeps left."""
        return (lane_id < 0) != self.left_hand

    def speed_limit(self, lane_id: int, s: float) -> float | None:
        """Give what is allowed in a lane at s [m], in [m/s]: the lane's own limit, else the road's; None: no limit."""
        lane = self.section_at(s).lanes.get(lane_id)
        for limits in (() if lane is None else lane.speed_limits, self.speed_limits):
            valid = [limit for limit in limits if limit.s <= s + 1e-9]
            if valid:
                return valid[-1].speed
        return None

    def place(self, s: float, t: float, z: float = 0.0) -> tuple[float, float, float, float]:
        """Give x, y, z and the reference line's heading where something stands at (s, t) [m], z above the surface."""
        x, y, heading, _ = (float(values[0]) for values in self.reference(np.array([s])))
        return x - t * math.sin(heading), y + t * math.cos(heading), float(self.height(s, t)[0]) + z, heading

    def lane_at(self, s: float, t: float) -> int | None:
        """Give the id of the lane that holds (s, t) [m], or None beside all lanes."""
        return self.section_at(s).lane_at(s, t - self.lane_offset.value(s))

    def follow_lane(self, lane_id: int) -> list[tuple[int, int]]:
        """Give (section index, lane id) for each section in the driving direction, along the lanes' links.

        lane_id: in the first section for a lane that runs forward, else in the last. Ends early where the lane does.
        """
        forward = self.runs_forward(lane_id)
        order = range(len(self.sections)) if forward else range(len(self.sections) - 1, -1, -1)
        track: list[tuple[int, int]] = []
        for i in order:
            lane = self.sections[i].lanes.get(lane_id)
            if lane is None:
                break
            track.append((i, lane_id))
            following = lane.successor if forward else lane.predecessor
            lane_id = lane_id if following is None else following
        return track

    @cached_property
    def samples(self) -> Samples:
        """The reference line about every metre, each geometry's start among them; see `opendrive.project`."""
        return sample_lines([self.reference_line])[0]

    def locate(self, x: float, y: float) -> tuple[float, float]:
        """Give s, held within the road, and t [m] of a point: the nearest place of the reference line."""
        samples = self.samples
        last = len(samples.s) - 1
        near = nearest(samples.x, samples.y, 0, last, x, y)
        s, t = project(*samples, 0, last, near, x, y)
        return min(max(s, 0.0), self.length), t


def beside(poses: Poses, rate: FloatArray, t: FloatArray, slope: FloatArray, bend: FloatArray) -> Poses:
    """Give the line t(s) to the left of a reference line; rate: of its curvature [1/m2]. See `Road.beside`."""
    cosine, sine = np.cos(poses.heading), np.sin(poses.heading)
    stretch = 1 - poses.curvature * t
    stretch_rate = -rate * t - poses.curvature * slope
    # where the reference line bends more sharply than the lane lies away, the lane runs back; its cars don't
    heading = poses.heading + np.arctan2(slope, np.maximum(stretch, LEAST_STRETCH))
    curvature = (stretch * (bend + poses.curvature * stretch) - slope * (stretch_rate - poses.curvature * slope)) / (
        stretch**2 + slope**2
    ) ** 1.5
    return Poses(poses.x - t * sine, poses.y + t * cosine, heading, curvature)


def sample_roads_at_once(roads: Sequence[Road]) -> tuple[Samples, Counts]:
    """Give `Road.samples` of all roads, one after the other, and how many each has; each road keeps its own."""
    samples, counts = sample_lines([road.reference_line for road in roads])
    for k, here in stretches(counts, np.ones(len(roads), bool)):
        roads[k].samples = Samples(*(column[here] for column in samples))
    return samples, counts
