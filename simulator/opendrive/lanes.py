"""Lanes of a road: widths, types, links and road marks, and the cubic pieces that describe them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from simulator.opendrive.furniture import SpeedLimit
from simulator.opendrive.geometry import FloatArray

STANDARD_WIDTH = 0.12
BOLD_WIDTH = 0.25
DASH_LENGTH, DASH_SPACE = 3.0, 6.0


class Cubics:
    """Values a + b ds + c ds² + d ds³, each piece from its start to the next; 0 before the first.

    starts: (K,) [m]. coefficients: (K, 4), constant first.
    """

    def __init__(self, starts: FloatArray, coefficients: FloatArray) -> None:
        self.starts, self.coefficients = starts, coefficients
        self.is_constant = not coefficients[:, 1:].any()
        """Whether each piece keeps its value."""

    @classmethod
    def zero(cls) -> "Cubics":
        """Give the polynomial that is 0 everywhere."""
        return cls(np.zeros(1), np.zeros((1, 4)))

    @property
    def is_zero(self) -> bool:
        """Whether the value is 0 everywhere."""
        return not self.coefficients.any()

    def evaluate(self, s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give the value, its slope and its second derivative at s (N,)."""
        if len(self.starts) == 1:
            # most lanes: many times faster, to the same bits
            a, b, c, d = self.coefficients[0]
            if self.is_constant:
                nothing = np.zeros(len(s))
                return a * (s + 1e-9 >= self.starts[0]), nothing, nothing
            ds = s - self.starts[0]
            inside = (s + 1e-9 >= self.starts[0]).astype(float)
        else:
            found = np.searchsorted(self.starts, s + 1e-9, side="right") - 1
            index = np.maximum(found, 0)
            a, b, c, d = self.coefficients[index].T
            ds = s - self.starts[index]
            inside = (found >= 0).astype(float)
        value = (a + ds * (b + ds * (c + ds * d))) * inside
        return value, (b + ds * (2 * c + ds * 3 * d)) * inside, (2 * c + ds * 6 * d) * inside

    def value(self, s: float) -> float:
        """Give the value at one s."""
        index = int(np.searchsorted(self.starts, s + 1e-9, side="right")) - 1
        if index < 0:
            return 0.0
        a, b, c, d = self.coefficients[index]
        ds = s - self.starts[index]
        return float(a + ds * (b + ds * (c + ds * d)))


@dataclass(frozen=True, slots=True)
class Stroke:
    """One painted line of a road mark.

    t: of its middle from the lane's border, left positive [m]. width [m]. length, space: of dashes and the gaps between
    [m]; space 0 is a solid line. start: where the first dash starts, from the mark's start [m]; None where the file
    does not say, so that dashes go on through all marks of a road. color: as RoadMark's. once: whether it is painted
    once, from start on, and not again and again (OpenDRIVE's `<explicit>`).
    """

    t: float
    width: float
    length: float
    space: float
    start: float | None
    color: str
    once: bool = False


@dataclass(frozen=True, slots=True)
class RoadMark:
    """Paint along the outer border of a lane (on the centre line for lane 0).

    start, end: [m] along the road. type: OpenDRIVE's ("none", "solid", "broken", "solid solid", "solid broken",
    "broken solid", "broken broken", ...). color: "white" (OpenDRIVE's "standard" too), "yellow", ... width: [m].
    strokes: what there is to paint, from the file's `<line>`s or else from the type; empty for "none". sway: how far
    all of it lies to the left of the border, over s from start.
    """

    start: float
    end: float
    type: str
    color: str
    width: float
    strokes: tuple[Stroke, ...]
    sway: Cubics | None = None


def standard_strokes(kind: str, color: str, width: float, side: int) -> tuple[Stroke, ...]:
    """Give the strokes of a road mark type whose lines the file does not describe.

    side: 1 for left lanes, -1 for the others. OpenDRIVE names a double mark's inner line first, and the
    left one of the centre line's.
    """
    words = [word for word in kind.split() if word in ("solid", "broken")]
    if kind in ("botts dots", "curb", "edge", "grass", "none", "custom"):
        return ()
    if not words:
        words = ["solid"]
    strokes = []
    for i, word in enumerate(words[:2]):
        # the gap of a double mark is as wide as a line
        t = 0.0 if len(words) == 1 else (-side * width if i == 0 else side * width)
        space = DASH_SPACE if word == "broken" else 0.0
        strokes.append(Stroke(t, width, DASH_LENGTH, space, None, color))
    return tuple(strokes)


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane of a section.

    id: right negative, left positive, 0 the centre line without width. type: OpenDRIVE's. width: over s from the
    section's start. predecessor, successor: lane ids in the neighbouring section or road, None if unlinked.
    speed_limits: the lane's own, by rising s along the road.
    """

    id: int
    type: str
    width: Cubics
    marks: tuple[RoadMark, ...]
    predecessor: int | None
    successor: int | None
    speed_limits: tuple[SpeedLimit, ...] = ()

    @property
    def drivable(self) -> bool:
        """Whether cars drive here."""
        return self.type in ("driving", "bidirectional", "entry", "exit", "onRamp", "offRamp", "connectingRamp")


class LaneSection:
    """The lanes between start and end [m] along the road; one whose inner neighbour is missing lies at the next one."""

    def __init__(self, start: float, end: float, lanes: dict[int, Lane]) -> None:
        self.start, self.end, self.lanes = start, end, lanes
        self._left = sorted(i for i in lanes if i > 0)
        self._right = sorted((i for i in lanes if i < 0), reverse=True)

    @cached_property
    def _even(self) -> dict[int, float]:
        """The widths of all lanes, from the centre line outwards, if none changes along the section; else nothing."""
        widths = {i: self.lanes[i].width for i in (*self._left, *self._right)}
        if all(width.is_constant and len(width.starts) == 1 and width.starts[0] <= 0.0 for width in widths.values()):
            return {i: float(width.coefficients[0, 0]) for i, width in widths.items()}
        return {}

    def outwards(self, side: int) -> list[int]:
        """Give the ids of the lanes to the left (side 1) or to the right (-1), from the centre line outwards."""
        return self._left if side > 0 else self._right

    def border(self, lane_id: int, s: FloatArray, share: float = 1.0) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give t from the centre line, its slope and second derivative, where `share` of the lane's width is inside.

        share 1 is the outer border, 0.5 the lane's middle. s: (N,) along the road. NaN if there is no such lane.
        """
        total = np.zeros((3, len(s)))
        if lane_id not in self.lanes and lane_id != 0:
            total[:] = np.nan
            return total[0], total[1], total[2]
        side = 1.0 if lane_id > 0 else -1.0
        if self._even and (len(s) == 0 or s.min() + 1e-9 >= self.start):
            # to the same bits
            t = 0.0
            for i, width in self._even.items():
                if i * side > 0 and abs(i) <= abs(lane_id):
                    t += side * (share if i == lane_id else 1.0) * width
            total[0] = t
            return total[0], total[1], total[2]
        for i in self._left if lane_id > 0 else self._right:
            if abs(i) > abs(lane_id):
                break
            part = share if i == lane_id else 1.0
            total += side * part * np.array(self.lanes[i].width.evaluate(s - self.start))
        return total[0], total[1], total[2]

    def lane_at(self, s: float, t: float) -> int | None:
        """Give the lane that holds t [m] from the centre line, or None beside all lanes. t = 0 is the right one's."""
        side = self._left if t > 0 else self._right
        reach = 0.0
        for lane_id in side:
            reach += self.lanes[lane_id].width.value(s - self.start)
            if abs(t) <= reach:
                return lane_id
        return None
