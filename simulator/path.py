"""The line a car drives: a lane's centre, sampled. Every LanePose comes from it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline, make_interp_spline

from simulator import path_kernels
from simulator.errors import LiquidlaneError
from simulator.opendrive.geometry import FloatArray, Poses
from simulator.opendrive.project import Samples
from simulator.opendrive.road import Road
from simulator.world import AHEAD_POINTS, LanePose

STEP = 0.5
SMOOTHING_WINDOW = 11


class Path:
    """A driven line in world axes (right-handed), sampled every 0.5 m in the direction of travel.

    s: (N,) [m] from the start. points: (N, 2) [m]. heading: (N,) [rad], continuous. curvature: (N,) [1/m]. width: (N,)
    of the lane [m]. height: (N,) of the road there [m]. length: [m], on the map. The samples lie evenly, a hair closer
    than 0.5 m so that the last one is the end.
    """

    def __init__(self, s: FloatArray, poses: Poses, width: FloatArray, height: FloatArray | None = None) -> None:
        """Take the samples; without a height the path is level."""
        height = np.zeros(len(s)) if height is None else height
        if len(s) < 2 or not all(np.isfinite(values).all() for values in (*poses, width, s, height)):
            raise LiquidlaneError(f"a path of {len(s)} points can't be driven; give at least two finite points")
        self.s = np.ascontiguousarray(s)
        self.points = np.stack([poses.x, poses.y], axis=1)
        self.heading = np.unwrap(poses.heading)
        self.curvature = np.ascontiguousarray(poses.curvature)
        self.width = np.ascontiguousarray(width)
        self.height = np.ascontiguousarray(height)
        self.length = float(s[-1])
        self._samples = _samples(self.s, Poses(poses.x, poses.y, self.heading, self.curvature))

    @classmethod
    def from_lane(cls, road: Road, lane_id: int) -> "Path":
        """Follow a lane through the whole road in its driving direction: right lanes forward, left lanes backward.

        lane_id: where the drive begins, at the road's start for a right lane, at its end for a left one (the other
        way round where traffic keeps left).

        Raises:
            LiquidlaneError: if there is no such lane.
        """
        return cls.from_lanes([(road, lane_id)])

    @classmethod
    def from_lanes(cls, lanes: Sequence[tuple[Road, int]]) -> "Path":
        """Follow several lanes, each beginning where the last one ends. See `from_lane`."""
        pieces = [piece for road, lane_id in lanes for piece in _pieces(road, lane_id)]
        runs = [piece.arc_length() for piece in pieces]
        starts = np.append(0.0, np.cumsum([arc[-1] for _, arc in runs]))
        s = _even(starts[-1])
        owner = np.clip(np.searchsorted(starts, s, side="right") - 1, 0, len(pieces) - 1)
        columns = np.empty((6, len(s)))
        for i, (piece, (places, arc)) in enumerate(zip(pieces, runs, strict=True)):
            chosen = owner == i
            columns[:, chosen] = piece.evaluate(np.interp(s[chosen] - starts[i], arc, places))
        return cls(s, Poses(*columns[:4]), columns[4], columns[5])

    @classmethod
    def from_points(cls, points: FloatArray, width: float | FloatArray) -> "Path":
        """Make a path through points (N, 2) [m] (waypoints of a town), smoothed over 5 m to calm their rounding.

        width: of the lane [m], one value or (N,).

        Raises:
            LiquidlaneError: if there are fewer than two different points.
        """
        points = np.asarray(points, float).reshape(-1, 2)
        widths = np.broadcast_to(np.asarray(width, float), len(points))
        keep = np.append(True, np.hypot(*np.diff(points, axis=0).T) > 1e-3)[: len(points)]
        points, widths = points[keep], widths[keep]
        if len(points) < 2:
            raise LiquidlaneError(f"a path of {len(points)} points can't be driven; give at least two different ones")
        chords = np.append(0.0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
        places = np.linspace(0.0, chords[-1], max(SMOOTHING_WINDOW + 1, len(_even(chords[-1]))))
        # half a second to import, which a server that follows no path should not wait for
        from scipy.signal import savgol_filter

        spline = CubicSpline(chords, points) if len(points) > 3 else make_interp_spline(chords, points, k=1)
        even = spline(places)

        def smooth(derivative: int) -> FloatArray:
            filtered: FloatArray = savgol_filter(even, SMOOTHING_WINDOW, 3, derivative, delta=places[1], axis=0).T
            return filtered

        (x, y), (dx, dy), (ddx, ddy) = smooth(0), smooth(1), smooth(2)
        curvature = (dx * ddy - dy * ddx) / np.hypot(dx, dy) ** 3
        dense_s = np.append(0.0, np.cumsum(np.hypot(np.diff(x), np.diff(y))))
        dense = _samples(dense_s, Poses(x, y, np.unwrap(np.arctan2(dy, dx)), curvature))
        s = _even(dense_s[-1])
        return cls(
            s, Poses(*path_kernels.interpolate(*dense, s)), np.interp(s, dense_s, np.interp(places, chords, widths))
        )

    def locate(self, x: float, y: float, hint_s: float | None = None) -> tuple[float, float]:
        """Give s [m] and the offset [m] of a point: the nearest place of the path, near `hint_s` if that is given.

        s is below 0 before the start and above `length` beyond the end, where the path goes straight on.
        """
        return path_kernels.locate(*self._samples, x, y, math.nan if hint_s is None else hint_s)

    def until(self, s: float) -> "Path":
        """Give the part of the path up to s [m], at least its first step."""
        count = max(2, int(np.searchsorted(self.s, s, side="right")))
        poses = Poses(self.points[:count, 0], self.points[:count, 1], self.heading[:count], self.curvature[:count])
        return Path(self.s[:count], poses, self.width[:count], self.height[:count])

    def since(self, s: float) -> "Path":
        """Give the part of the path from s [m] on, at least its last step."""
        first = min(int(np.searchsorted(self.s, s, side="left")), len(self.s) - 2)
        x, y = self.points[first:].T
        poses = Poses(x, y, self.heading[first:], self.curvature[first:])
        return Path(self.s[first:] - self.s[first], poses, self.width[first:], self.height[first:])

    def pose_at(self, s: float) -> tuple[float, float, float, float]:
        """Give x, y [m], heading [rad] and curvature [1/m] at s [m]; straight on beyond both ends."""
        return path_kernels.pose(*self._samples, s)

    def lane_pose(self, x: float, y: float, heading: float, hint_s: float | None = None) -> tuple[LanePose, float]:
        """Give the LanePose of a car at x, y [m] with `heading` [rad], and its s [m] (the next call's hint)."""
        s, offset = path_kernels.locate(*self._samples, x, y, math.nan if hint_s is None else hint_s)
        ahead = np.empty((AHEAD_POINTS, 2))
        lane = path_kernels.look_ahead(*self._samples, self.width, s, x, y, heading, ahead)
        return LanePose(offset, math.remainder(heading - lane[0], math.tau), lane[1], lane[2], ahead), s


def _even(length: float) -> FloatArray:
    """Give even places from 0 to length, at most STEP apart."""
    return np.linspace(0.0, length, max(2, math.ceil(length / STEP - 1e-9) + 1))


def _samples(s: FloatArray, poses: Poses) -> Samples:
    rate = np.append(np.diff(poses.curvature) / np.diff(s), 0.0)
    return Samples(*(np.ascontiguousarray(values) for values in (s, *poses, rate)))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A lane in one lane section of a road, run through in the driving direction."""

    road: Road
    section: int
    lane_id: int

    def evaluate(self, s: FloatArray) -> FloatArray:
        """Give (6, N) x, y, heading, curvature, width, height at s (N,) along the road, in the driving direction."""
        section = self.road.sections[self.section]
        offset = np.array(self.road.lane_offset.evaluate(s))
        middle = np.array(section.border(self.lane_id, s, 0.5))
        edges = [section.border(self.lane_id, s, share)[0] for share in (0.0, 1.0)]
        line = self.road.beside(s, *(offset + middle))
        height = self.road.height(s, offset[0] + middle[0])
        columns = np.stack([*line, np.abs(edges[1] - edges[0]), height])
        if not self.road.runs_forward(self.lane_id):
            columns[2] += np.pi
            columns[3] *= -1
        return columns

    def arc_length(self) -> tuple[FloatArray, FloatArray]:
        """Give places along the road (N,), in the driving direction, and the lane's arc length (N,) up to each."""
        section = self.road.sections[self.section]
        places = self.road.samples.s
        inside = places[(places > section.start + 1e-3) & (places < section.end - 1e-3)]
        s = np.concatenate([[section.start], inside, [section.end]])
        # arc length is not quite linear in s where the curvature changes
        s = np.interp(np.arange(4 * len(s) - 3) / 4, np.arange(len(s)), s)
        if not self.road.runs_forward(self.lane_id):
            s = s[::-1]
        x, y, heading = self.evaluate(s)[:3]
        # of a circle, and nearly so of a spiral: the chord, and the angle it spans
        half_turn = np.remainder(np.diff(heading) + np.pi, math.tau) / 2 - np.pi / 2
        arcs = np.hypot(np.diff(x), np.diff(y)) / np.sinc(half_turn / np.pi)
        return s, np.append(0.0, np.cumsum(arcs))


def _pieces(road: Road, lane_id: int) -> list[_Piece]:
    track = road.follow_lane(lane_id) if lane_id != 0 else []
    if not track:
        entry = road.sections[0 if road.runs_forward(lane_id) else -1]
        known = ", ".join(str(i) for i in sorted(entry.lanes) if i != 0)
        raise LiquidlaneError(f"road {road.id} has no lane {lane_id} to begin in; choose one of {known}")
    return [_Piece(road, section, here) for section, here in track]
