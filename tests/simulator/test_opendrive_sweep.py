"""Roads of random variety, judged by the official client's map: places, widths, heights, marks, and the picture."""

import math
import re
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from simulator.camera import Camera
from simulator.embedded.render import tags
from simulator.opendrive import Road, RoadMark, RoadNetwork
from simulator.opendrive.geometry import Polynomial
from tests.simulator.embedded.render.scenes import look_down, renderer_of
from tests.simulator.opendrive_oracle import ask_carla
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

TYPES = {
    "none": "NONE",
    "solid": "Solid",
    "broken": "Broken",
    "solid solid": "SolidSolid",
    "solid broken": "SolidBroken",
    "broken solid": "BrokenSolid",
    "broken broken": "BrokenBroken",
}
COLORS = {"white": ("White", "Standard"), "standard": ("White", "Standard"), "yellow": ("Yellow",), "blue": ("Blue",)}
LENGTH = 30.0
CAMERA = Camera.from_fov(600, 600, math.radians(90))
HEIGHT = 5.0
TYPE_WORDS = re.compile("Solid|Broken")
PLAIN: dict[str, Any] = {"suppress_health_check": list(HealthCheck), "database": None, "phases": (Phase.generate,)}
ASIDE = np.arange(-0.5, 0.505, 0.01)


def number(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers of four decimals."""
    return st.floats(low, high).map(lambda value: round(value, 4))


@st.composite
def shapes(draw: st.DrawFn, count: int) -> tuple[str, float]:
    """A chain of geometries of about LENGTH each, every one where the last one ended, and their length in all."""
    result, s = "", 0.0
    x, y, heading = draw(number(-900, 900)), draw(number(-900, 900)), draw(number(-3, 3))
    for _ in range(count):
        start, end = draw(number(-0.02, 0.02)), draw(number(-0.02, 0.02))
        kind = draw(st.sampled_from(["line", "arc", "spiral", "normalized", "arcLength"]))
        length, shape = LENGTH, ""
        if kind in ("normalized", "arcLength"):
            # what runs by its arc length must nearly be straight, as a cubic
            v = np.array([0.0, 0.0, start, (end - start) / 3]) * (LENGTH**2 / 2 if kind == "normalized" else 0.2)
            v *= 1.0 if kind == "normalized" else np.array([0.0, 0.0, 1.0, 1 / LENGTH])
            u = np.array([0.0, LENGTH if kind == "normalized" else 1.0, 0.0, 0.0])
            length = Polynomial(LENGTH, u, v, 1.0 if kind == "normalized" else LENGTH).true_length
            numbers = " ".join(
                f'{n}{a}="{value!r}"'
                for a, c in (("U", u), ("V", v))
                for n, value in zip("abcd", c.tolist(), strict=True)
            )
            shape = f'<paramPoly3 pRange="{kind}" {numbers}/>'
        end = end if abs(end - start) > 1e-3 else start + 0.01
        shape = {
            "line": "<line/>",
            "arc": f'<arc curvature="{start or 0.01}"/>',
            "spiral": f'<spiral curvStart="{start}" curvEnd="{end}"/>',
        }.get(kind, shape)
        result += geometry(shape, length, s=s, x=x, y=y, heading=heading)
        alone = document(road(geometry(shape, length, x=x, y=y, heading=heading), length=length))
        at = RoadNetwork.parse(alone).roads[0].reference(np.array([length]))
        x, y, heading = (float(values[0]) for values in at[:3])
        s += length
    return result, s


@st.composite
def marks(draw: st.DrawFn) -> str:
    """One or two road marks of a lane."""
    result = ""
    for s in [0.0] if draw(st.booleans()) else [0.0, draw(number(3, 12))]:
        kind, color = draw(st.sampled_from(list(TYPES))), draw(st.sampled_from(list(COLORS)))
        result += f'<roadMark sOffset="{s}" type="{kind}" color="{color}" width="{draw(number(0.1, 0.3))}"/>'
    return result


@st.composite
def widths(draw: st.DrawFn) -> str:
    """A lane's width: constant, or bending twice."""
    a, b, c = draw(number(2.5, 4)), draw(number(0, 0.05)), draw(number(-0.0002, 0.0005))
    result = f'<width sOffset="0" a="{a}" b="{b}" c="{c}" d="0"/>'
    if draw(st.booleans()):
        result += f'<width sOffset="7.3" a="{a + 7.3 * b + 7.3**2 * c}" b="{-b / 5}" c="0" d="0"/>'
    return result


@st.composite
def sections(draw: st.DrawFn, length: float) -> str:
    """One to three lane sections."""
    starts = [0.0, *sorted(draw(st.lists(st.sampled_from([13.0, 25.5, 41.0]), max_size=2, unique=True)))]
    result = ""
    for s in starts:
        if s < length - 8:
            left, right = (
                "".join(
                    lane(
                        side * k,
                        draw(st.sampled_from(["driving", "shoulder", "biking"])),
                        draw(widths()),
                        draw(marks()),
                    )
                    for k in range(first, draw(st.integers(first, 4)))
                )
                for side, first in ((1, 1), (-1, 2))
            )
            # one lane that is driven everywhere, the others as they come
            right = lane(-1, width=draw(widths()), mark=draw(marks())) + right
            result += section(s, left, right, draw(marks()))
    return result


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A road alone."""
    count = draw(st.integers(1, 3))
    a, b, c = draw(number(-5, 40)), draw(number(-0.06, 0.06)), draw(number(-1e-3, 1e-3))
    climb = f'<elevation s="0" a="{a}" b="{b}" c="{c}" d="0"/>'
    offset = f'<laneOffset s="0" a="{draw(number(-2, 2))}" b="{draw(number(-0.05, 0.05))}" c="0" d="0"/>'
    rule = 'rule="LHT"' if draw(st.booleans()) else ""
    shape, length = draw(shapes(count))
    one = road(shape, draw(sections(length)), length=length, elevation=climb, offset=offset, more=rule)
    return document(one)


def _mark(ours: Road, lane_id: int, s: float) -> RoadMark | None:
    """The mark that holds at s: the last that has begun."""
    lanes = ours.section_at(s).lanes
    found = [mark for mark in lanes[lane_id].marks if mark.start <= s + 1e-6] if lane_id in lanes else []
    return found[-1] if found else None


def _places(ours: Road) -> list[tuple[int, int, float]]:
    """Places in all lanes, off the joints of sections and marks."""
    joints = [section.start for section in ours.sections]
    joints += [mark.start for section in ours.sections for lane in section.lanes.values() for mark in lane.marks]
    return [
        (1, lane_id, float(s))
        for s in np.arange(0.7, ours.length - 0.5, 2.9)
        for lane_id in ours.section_at(s).lanes
        if lane_id != 0 and min(abs(s - joint) for joint in joints) > 0.2
    ]


def _compare_marks(ours: Road, lane_id: int, s: float, theirs: dict[str, Any]) -> None:
    inner = lane_id + 1 if lane_id < 0 else lane_id - 1
    sides = (inner, lane_id) if ours.left_hand else (lane_id, inner)
    for side, key in zip(sides, ("right_mark", "left_mark"), strict=True):
        mark = _mark(ours, side, s)
        kind, color, width = theirs[key] if theirs[key] is not None else ("NONE", "Standard", 0.0)
        assert kind == ("NONE" if mark is None else TYPES[mark.type]), (side, s)
        if mark is not None and kind != "NONE":
            assert color in COLORS[mark.color] and abs(width - mark.width) < 1e-5, (side, s)


@settings(max_examples=25, deadline=None, **PLAIN)
@given(documents())
def test_lanes_and_marks_are_those_of_carla(xml: str) -> None:
    ours = RoadNetwork.parse(xml).roads[0]
    places = _places(ours)
    for (_, lane_id, s), theirs in zip(places, ask_carla(xml, xodr=places)["xodr"], strict=True):
        at = np.array([s])
        centre, t = ours.lane_center(lane_id, at), float(ours.lateral(lane_id, at)[0][0])
        assert math.hypot(centre.x[0] - theirs["x"], centre.y[0] - theirs["y"]) < 0.01
        assert abs(float(ours.height(s, t)[0]) - theirs["z"]) < 0.005
        assert abs(float(ours.lane_width(lane_id, at)[0]) - theirs["width"]) < 1e-4
        turned = 0.0 if ours.runs_forward(lane_id) else math.pi
        # carla.Map takes a metre of the lane for one of the reference line, in bends too
        assert abs(math.remainder(float(centre.heading[0]) + turned - theirs["heading"], math.tau)) < 0.03
        _compare_marks(ours, lane_id, s, theirs)


def _is_edge_of_road(ours: Road, lane_id: int, s: float, side: float) -> bool:
    """Tell whether one side of a lane (-1 right, 1 left, as one drives) is where the road ends."""
    left_of_line = side if ours.runs_forward(lane_id) else -side
    neighbour = lane_id + (1 if left_of_line > 0 else -1)
    # beyond the centre line, whose number is 0, lies the first lane of the other side
    return (neighbour or -lane_id) not in ours.section_at(s).lanes


def _runs(painted: np.ndarray) -> list[tuple[float, float]]:
    """Middle and width [m] of what is painted along ASIDE; gaps of up to 4 cm are the pixels'."""
    places = np.flatnonzero(painted)
    parts = np.split(places, np.flatnonzero(np.diff(places) > 4) + 1) if len(places) else []
    return [((ASIDE[part[0]] + ASIDE[part[-1]]) / 2, ASIDE[part[-1]] - ASIDE[part[0]] + 0.01) for part in parts]


@settings(max_examples=8, deadline=None, **PLAIN)
@given(documents(), st.floats(0.2, 0.8))
def test_the_picture_shows_the_marks_where_carla_has_them(xml: str, share: float) -> None:
    ours = RoadNetwork.parse(xml).roads[0]
    near = share * ours.length
    places = [place for place in _places(ours) if abs(place[2] - near) < 3.0]
    answers = ask_carla(xml, xodr=places)["xodr"]
    if not answers:
        return
    middle = min(answers, key=lambda point: abs(point["s"] - near))
    up = middle["z"] + HEIGHT
    position, turn = look_down(middle["x"], middle["y"], up, CAMERA)
    seen = renderer_of(xml).draw_semantic(CAMERA, position, turn)[..., 2] == tags.ROAD_LINES
    for (_, lane_id, s), theirs in zip(places, answers, strict=True):
        heading = float(ours.reference(np.array([s])).heading[0]) + (0.0 if ours.runs_forward(lane_id) else math.pi)
        for side, mark in ((-1.0, theirs["right_mark"]), (1.0, theirs["left_mark"])):
            t = side * theirs["width"] / 2 + ASIDE
            x, y = theirs["x"] - t * math.sin(heading), theirs["y"] + t * math.cos(heading)
            scale = CAMERA.fx / (up - theirs["z"])
            columns = np.round(CAMERA.cx + (x - middle["x"]) * scale).astype(int)
            rows = np.round(CAMERA.cy - (y - middle["y"]) * scale).astype(int)
            if min(columns.min(), rows.min()) < 0 or max(columns.max(), rows.max()) >= 600:
                continue
            runs = _runs(seen[rows, columns])
            kind, _, width = mark if mark is not None else ("NONE", "", 0.0)
            if kind == "NONE":
                assert runs == [], (lane_id, s)
                continue
            if len(TYPE_WORDS.findall(kind)) == 2 and _is_edge_of_road(ours, lane_id, s, side):
                continue  # the outer line of a wide pair lies beyond the asphalt, where nothing is painted
            if kind == "Solid":
                assert len(runs) == 1 and abs(runs[0][0]) < 0.05, (lane_id, s, runs)
                assert abs(runs[0][1] - width) < 0.06, (lane_id, s, runs)
                continue
            # a dash's end may lie askew of what is looked along
            runs = [run for run in runs if run[1] > 0.75 * width]
            if kind == "Broken":
                assert not runs or (len(runs) == 1 and abs(runs[0][0]) < 0.05), (lane_id, s, runs)
            else:
                assert kind.count("Solid") <= len(runs) <= 2, (lane_id, s, runs)
                assert all(abs(abs(place) - width) < 0.05 for place, _ in runs), (lane_id, s, runs)
