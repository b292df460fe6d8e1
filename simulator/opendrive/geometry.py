"""Curves of a reference line: lines, arcs and spirals in one class, cubic polynomials in another.

Everything is exact (Gauss-Legendre integration of the heading, arc length inverted by Newton steps), vectorised
over s and in OpenDRIVE's right-handed axes: left is positive. Source: ASAM OpenDRIVE 1.7, chapter 9.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Poses(NamedTuple):
    """Points of a line. x, y: (N,) [m]. heading: (N,) [rad], continuous along s. curvature: (N,) [1/m]."""

    x: FloatArray
    y: FloatArray
    heading: FloatArray
    curvature: FloatArray


class LocalCurve(NamedTuple):
    """A curve in the axes of its start. u, v: (N,) [m]. turn: (N,) [rad]. curvature [1/m] and its rate by s [1/m²]."""

    u: FloatArray
    v: FloatArray
    turn: FloatArray
    curvature: FloatArray
    rate: FloatArray


class Curve(Protocol):
    """The shape of one geometry, starting at the origin along x (or nearly so, for polynomials)."""

    @property
    def length(self) -> float:
        """Arc length [m]."""

    def local(self, distance: FloatArray) -> LocalCurve:
        """Give the curve at `distance` (N,) [m] from its start."""


@lru_cache(maxsize=32)
def quadrature(nodes: int) -> tuple[FloatArray, FloatArray]:
    """Give Gauss-Legendre nodes and weights on [0, 1]."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return (points + 1) / 2, weights / 2


@dataclass(frozen=True, slots=True)
class Clothoid:
    """A line (both curvatures 0), an arc (both equal) or a spiral (curvature linear in s)."""

    length: float
    start: float
    end: float

    def local(self, distance: FloatArray) -> LocalCurve:
        """See `Curve.local`."""
        return follow_clothoid(distance, self.start, (self.end - self.start) / self.length, self.nodes)

    @property
    def nodes(self) -> int:
        """How many nodes an integral along it needs for machine precision; 0 for a line, which needs none."""
        if self.start == 0 and self.end == 0:
            return 0
        # the integrand turns by at most this angle
        return 12 + math.ceil(self.length * max(abs(self.start), abs(self.end)))


def follow_clothoid(
    distance: FloatArray, start: FloatArray | float, rate: FloatArray | float, nodes: int
) -> LocalCurve:
    """Give clothoids at `distance` (N,) [m] from where their curvature is `start` [1/m]; nodes: see `Clothoid`."""
    turn = distance * (start + distance * rate / 2)
    curvature = start + rate * distance
    if nodes == 0:
        return LocalCurve(distance, np.zeros_like(distance), turn, curvature, np.zeros_like(distance))
    places, weights = quadrature(nodes)
    along = distance * places[:, None]
    angles = along * (start + along * (rate / 2))
    # summed node by node, so that a place's bits don't depend on how many are asked for
    u = distance * np.cumsum(np.cos(angles) * weights[:, None], axis=0)[-1]
    v = distance * np.cumsum(np.sin(angles) * weights[:, None], axis=0)[-1]
    return LocalCurve(u, v, turn, curvature, rate + np.zeros_like(distance))


class Polynomial:
    """Paths u(p), v(p) of third degree (paramPoly3; poly3 is u = p), run through by arc length.

    u, v: (4,) coefficients, constant first. end: the parameter at the end. length: [m] as the file states it; where
    `true_length` differs from it a little, s is the true arc length nevertheless, as in CARLA.
    """

    def __init__(self, length: float, u: FloatArray, v: FloatArray, end: float) -> None:
        self.length = length
        self._u, self._v = u[::-1], v[::-1]
        self._du, self._dv = np.polyder(self._u), np.polyder(self._v)
        self._ddu, self._ddv = np.polyder(self._du), np.polyder(self._dv)
        count = max(8, math.ceil(length))
        self._parameters = np.linspace(0.0, end, count + 1)
        nodes, weights = quadrature(8)
        steps = np.diff(self._parameters)
        inner = self._parameters[:-1, None] + steps[:, None] * nodes
        lengths = steps * (self._speed(inner) @ weights)
        self._arc = np.concatenate([[0.0], np.cumsum(lengths)])
        self.true_length = float(self._arc[-1])

    @classmethod
    def from_height(cls, length: float, v: FloatArray) -> "Polynomial":
        """Make a poly3, v(u), which ends where its arc length is `length`."""
        u = np.array([0.0, 1.0, 0.0, 0.0])
        whole = cls(length, u, v, length)
        end = float(whole._parameter_at(np.array([min(length, whole.true_length)]))[0])
        return cls(length, u, v, end)

    def _speed(self, parameter: FloatArray) -> FloatArray:
        speed: FloatArray = np.hypot(np.polyval(self._du, parameter), np.polyval(self._dv, parameter))
        return speed

    def _parameter_at(self, arc: FloatArray) -> FloatArray:
        """Invert the arc length, by Newton steps from the table's straight interpolation."""
        index = np.clip(np.searchsorted(self._arc, arc, side="right") - 1, 0, len(self._arc) - 2)
        start = self._parameters[index]
        share = (arc - self._arc[index]) / (self._arc[index + 1] - self._arc[index])
        parameter: FloatArray = start + share * (self._parameters[index + 1] - start)
        nodes, weights = quadrature(8)
        for _ in range(3):
            inner = start[:, None] + (parameter - start)[:, None] * nodes
            run = (parameter - start) * (self._speed(inner) @ weights)
            parameter = parameter - (self._arc[index] + run - arc) / self._speed(parameter)
        return parameter

    def local(self, distance: FloatArray) -> LocalCurve:
        """See `Curve.local`; straight on where the file says that it is longer than it is, as in CARLA."""
        local = self._local(np.minimum(distance, self.true_length))
        beyond = np.maximum(distance - self.true_length, 0.0)
        if not beyond.any():
            return local
        u, v, turn, curvature, rate = local
        along = (u + beyond * np.cos(turn), v + beyond * np.sin(turn), turn)
        return LocalCurve(*along, np.where(beyond > 0, 0.0, curvature), np.where(beyond > 0, 0.0, rate))

    def _local(self, distance: FloatArray) -> LocalCurve:
        p = self._parameter_at(distance)
        du, dv = np.polyval(self._du, p), np.polyval(self._dv, p)
        ddu, ddv = np.polyval(self._ddu, p), np.polyval(self._ddv, p)
        speed = np.hypot(du, dv)
        cross = du * ddv - dv * ddu
        cross_rate = du * 6 * self._v[0] - dv * 6 * self._u[0]
        curvature = cross / speed**3
        rate = (cross_rate / speed**3 - 3 * cross * (du * ddu + dv * ddv) / speed**5) / speed
        turn = np.arctan2(dv, du)
        u, v = (np.asarray(np.polyval(c, p), np.float64) for c in (self._u, self._v))
        return LocalCurve(u, v, turn, curvature, rate)


@dataclass(frozen=True, slots=True)
class Geometry:
    """One `<geometry>`: where a curve starts. s, x, y: [m]. heading: [rad]."""

    s: float
    x: float
    y: float
    heading: float
    curve: Curve

    def evaluate(self, distance: FloatArray) -> tuple[Poses, FloatArray]:
        """Give the poses at `distance` (N,) from the start, held within the curve, and the rate of curvature [1/m²]."""
        local = self.curve.local(np.minimum(distance, self.curve.length))
        cosine, sine = math.cos(self.heading), math.sin(self.heading)
        x = self.x + cosine * local.u - sine * local.v
        y = self.y + sine * local.u + cosine * local.v
        return Poses(x, y, self.heading + local.turn, local.curvature), local.rate


class ReferenceLine:
    """The geometries of a road, one after the other."""

    def __init__(self, geometries: Sequence[Geometry], length: float) -> None:
        self.geometries = tuple(geometries)
        self.length = length
        self.starts = np.array([geometry.s for geometry in geometries])
        self.whole_turns = np.zeros(len(self.geometries))
        if len(self.geometries) == 1:
            return
        turns = np.diff([geometry.heading for geometry in geometries])
        ends = [float(geometry.curve.local(np.array([geometry.curve.length])).turn[0]) for geometry in geometries[:-1]]
        # whole turns to add, so that the heading has no jumps of 2 pi
        jumps = np.round((np.array(ends) - turns) / math.tau)
        self.whole_turns = math.tau * np.concatenate([[0.0], np.cumsum(jumps)])

    def evaluate(self, s: FloatArray) -> tuple[Poses, FloatArray]:
        """Give the poses at s (N,) [m], and the rate of curvature (N,) [1/m²]; s is held within the road."""
        s = np.clip(np.atleast_1d(np.asarray(s, float)), 0.0, self.length)
        if len(self.geometries) == 1:
            # many times faster, to the same bits
            return self.geometries[0].evaluate(s - self.starts[0])
        index = np.clip(np.searchsorted(self.starts, s, side="right") - 1, 0, len(self.starts) - 1)
        result = np.empty((5, len(s)))
        for i in np.unique(index):
            chosen = index == i
            poses, rate = self.geometries[i].evaluate(s[chosen] - self.starts[i])
            result[:4, chosen] = poses
            result[2, chosen] += self.whole_turns[i]
            result[4, chosen] = rate
        return Poses(*result[:4]), result[4]
