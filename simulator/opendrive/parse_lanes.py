"""The `<lanes>` of a road: sections, widths, road marks, links."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np

from simulator.opendrive.fields import Reader, find_all
from simulator.opendrive.lanes import (
    BOLD_WIDTH,
    STANDARD_WIDTH,
    Cubics,
    Lane,
    LaneSection,
    RoadMark,
    Stroke,
    standard_strokes,
)
from simulator.opendrive.parse_furniture import read_lane_limits

WIDEST_LANE = 100.0
NEGATIVE = 1.0
MOST_LANES = 60


def read_cubics(elements: list[ET.Element], start: str, reader: Reader) -> Cubics:
    """Read pieces with the attributes a, b, c, d and a start; the start's name is given."""
    if not elements:
        return Cubics.zero()
    rows = [[reader.number(e, key, 0.0) for key in (start, "a", "b", "c", "d")] for e in elements]
    table = np.array(rows if len(rows) == 1 else sorted(rows, key=lambda row: row[0]))
    return Cubics(table[:, 0], table[:, 1:])


def read_sections(road: ET.Element, length: float, reader: Reader) -> list[LaneSection]:
    """Read the lane sections by rising s."""
    elements = find_all(road, "lanes", "laneSection")
    if not elements:
        raise reader.error("has no <laneSection>", "give it lanes")
    starts = [reader.number(element, "s", least=0.0, most=length + 1e-3) for element in elements]
    order = sorted(range(len(elements)), key=lambda i: starts[i])
    _check_starts([starts[i] for i in order], reader)
    sections = []
    for position, i in enumerate(order):
        start = 0.0 if position == 0 else starts[i]
        end = length if position == len(order) - 1 else starts[order[position + 1]]
        lanes = [_read_lane(lane, start, end, reader) for lane in find_all(elements[i], "*", "lane")]
        found = {lane.id: lane for lane in lanes}
        if len(found) < len(lanes) or len(lanes) > MOST_LANES:
            raise reader.error(
                f"has {len(lanes)} lanes with {len(found)} different ids in a section",
                f"give each of at most {MOST_LANES} lanes its own id",
            )
        sections.append(LaneSection(start, end, found))
    return sections


def _check_starts(starts: list[float], reader: Reader) -> None:
    """Refuse lane sections that leave a part of the road without lanes, or lie in the same place."""
    if starts[0] > 0:
        raise reader.error(f"has no lanes before s = {starts[0]:g} m", "let its first <laneSection> start at s = 0")
    for start, following in pairwise(starts):
        # CARLA's own towns have some that are 1e-10 m long
        if following == start:
            raise reader.error(f"has two <laneSection>s at s = {start:g} m", "remove one")


def _read_lane(element: ET.Element, start: float, end: float, reader: Reader) -> Lane:
    lane_id = reader.integer(element, "id")
    widths = element.findall("width")
    kind = element.get("type", "none")
    cubics = read_cubics(widths, "sOffset", reader)
    if lane_id != 0:
        _check_width(cubics, lane_id, end - start, reader)
    links = {side: find_all(element, "link", side) for side in ("predecessor", "successor")}
    ids = {side: reader.integer(found[0], "id") if found else None for side, found in links.items()}
    marks = _read_marks(element, lane_id, start, end, reader)
    limits = read_lane_limits(element, start, reader)
    return Lane(lane_id, kind, cubics, marks, ids["predecessor"], ids["successor"], limits)


def _check_width(cubics: Cubics, lane_id: int, length: float, reader: Reader) -> None:
    """Refuse widths that no lane has."""
    values = cubics.coefficients[:, 0] if cubics.is_constant else cubics.evaluate(np.linspace(0.0, length, 9))[0]
    lowest, highest = float(values.min()), float(values.max())
    # polynomials that were fitted dip below 0 a little where a lane ends
    if -NEGATIVE <= lowest < -0.1 and highest <= WIDEST_LANE:
        what = f"has a lane {lane_id} that is {lowest:.4g} m wide"
        reader.complain(what, "lanes beyond lie nearer by as much, as in CARLA")
    elif lowest < -0.1 or highest > WIDEST_LANE:
        worst = lowest if lowest < -0.1 else highest
        raise reader.error(
            f"has a lane {lane_id} that is {worst:.4g} m wide", f"give widths between 0 and {WIDEST_LANE:g} m"
        )


def _read_marks(lane: ET.Element, lane_id: int, start: float, end: float, reader: Reader) -> tuple[RoadMark, ...]:
    elements = lane.findall("roadMark")
    offsets = [reader.number(element, "sOffset", 0.0) for element in elements]
    order = sorted(range(len(elements)), key=lambda i: offsets[i])
    marks = []
    for position, i in enumerate(order):
        begin = start + offsets[i]
        finish = end if position == len(order) - 1 else start + offsets[order[position + 1]]
        if begin < end:
            marks.append(_read_mark(elements[i], begin, min(finish, end), 1 if lane_id > 0 else -1, reader))
    return tuple(marks)


def _read_mark(element: ET.Element, start: float, end: float, side: int, reader: Reader) -> RoadMark:
    kind = element.get("type", "none")
    color = element.get("color", "standard")
    color = "white" if color == "standard" else color
    width = reader.number(element, "width", 0.0, least=-1.0, most=10.0)
    if width <= 0:
        width = BOLD_WIDTH if element.get("weight") == "bold" else STANDARD_WIDTH
    lines = [(line, False) for line in find_all(element, "type", "line")]
    lines += [(line, True) for line in find_all(element, "explicit", "line")]
    strokes = [_read_stroke(line, width, color, once, reader) for line, once in lines]
    if kind == "none":
        strokes = []
    elif not strokes:
        strokes = list(standard_strokes(kind, color, width, side))
    sways = element.findall("sway")
    sway = read_cubics(sways, "ds", reader) if sways else None
    return RoadMark(start, end, kind, color, width, tuple(strokes), sway)


def _read_stroke(line: ET.Element, width: float, color: str, once: bool, reader: Reader) -> Stroke:
    """Read a `<line>`. width, color: the mark's, for a line that has none of its own. once: it is an explicit one."""
    own = line.get("color", color)
    return Stroke(
        reader.number(line, "tOffset", 0.0),
        reader.number(line, "width", 0.0) or width,
        reader.number(line, "length", 0.0, least=0.0),
        0.0 if once else reader.number(line, "space", 0.0, least=0.0),
        reader.number(line, "sOffset", 0.0),
        color if own == "standard" else own,
        once,
    )
