"""Road marks: every type, where it starts and ends, dashes, doubles, colours, and what nobody has heard of."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.render import tags
from tests.simulator.embedded.render.scenes import NO_MARK, SOLID, look_down, pixel_size, renderer_of, two_lanes
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

CAMERA = Camera.from_fov(1000, 400, math.radians(90))
HEIGHT = 10.0
SIZE = pixel_size(CAMERA, HEIGHT)


def mark(kind: str, *, width: float = 0.12, color: str = "white", inside: str = "", s: float = 0.0) -> str:
    return f'<roadMark sOffset="{s}" type="{kind}" width="{width}" color="{color}">{inside}</roadMark>'


def _from_above(xml: str, x: float, y: float) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    renderer = renderer_of(xml)
    pose = look_down(x, y, HEIGHT, CAMERA)
    return renderer.draw(CAMERA, *pose), renderer.draw_semantic(CAMERA, *pose)[..., 2]


def _spans(line: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Starts and ends [m from the picture's middle] of the runs of True along a row or a column."""
    change = np.diff(np.concatenate([[0], line.astype(int), [0]]))
    middle = (len(line) - 1) / 2
    starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    return [((a - 0.5 - middle) * SIZE, (b - 0.5 - middle) * SIZE) for a, b in zip(starts, ends, strict=True)]


def _across(center: str, x: float = 60.0) -> list[tuple[float, float]]:
    """The spans in t of the paint around the centre line at x, low to high."""
    tag = _from_above(two_lanes(center=center, edge=NO_MARK), x, 0.0)[1]
    return [(-end, -start) for start, end in _spans(tag[:, 500] == tags.ROAD_LINES)][::-1]


def _along(xml: str, x: float = 60.0, t: float = 0.0) -> list[tuple[float, float]]:
    tag = _from_above(xml, x, t)[1]
    return [(x + a, x + b) for a, b in _spans(tag[200] == tags.ROAD_LINES)]


@pytest.mark.parametrize("width", [0.1, 0.15, 0.3])
def test_a_solid_line_has_its_width(width: float) -> None:
    spans = _across(mark("solid", width=width))
    assert len(spans) == 1
    assert abs(sum(spans[0])) / 2 < SIZE
    assert spans[0][1] - spans[0][0] == pytest.approx(width, abs=1.5 * SIZE)


@pytest.mark.parametrize(("kind", "count"), [("solid solid", 2), ("broken broken", 2), ("none", 0), ("edge", 0)])
def test_doubles_and_nothing(kind: str, count: int) -> None:
    spans = _across(mark(kind), x=55.5)
    assert len(spans) == count
    if count == 2:
        assert spans[0][0] + spans[1][1] == pytest.approx(0, abs=2 * SIZE)
        assert spans[1][0] - spans[0][1] == pytest.approx(0.12, abs=2 * SIZE)


def test_described_dashes_have_their_length_and_start() -> None:
    inside = '<type name="x" width="0.12"><line length="2" space="3" tOffset="0" sOffset="1"/></type>'
    spans = _along(two_lanes(center=mark("broken", inside=inside), edge=NO_MARK))
    whole = [span for span in spans if span[0] > 51 and span[1] < 69]
    assert len(whole) >= 3
    for start, end in whole:
        assert (start - 1) % 5 == pytest.approx(0, abs=SIZE) or (start - 1) % 5 == pytest.approx(5, abs=SIZE)
        assert end - start == pytest.approx(2, abs=2 * SIZE)


def test_dashes_that_nobody_described_are_3_m_of_9_m() -> None:
    starts = [start for start, end in _along(two_lanes(center=mark("broken"), edge=NO_MARK)) if end - start > 2]
    assert len(starts) == 2
    assert starts[1] - starts[0] == pytest.approx(9, abs=2 * SIZE)


def test_one_side_of_a_double_line_is_broken() -> None:
    xml = two_lanes(center=mark("solid broken", width=0.2), edge=NO_MARK)
    shares = sorted(np.mean([(_from_above(xml, 60.0, t)[1][200] == tags.ROAD_LINES) for t in (0.2, -0.2)], axis=1))
    assert shares[1] == 1.0
    assert 0.2 < shares[0] < 0.6


@pytest.mark.parametrize(
    ("color", "order"), [("yellow", "rgb"), ("red", "rgb"), ("blue", "bgr"), ("green", "grb"), ("chartreuse", "")]
)
def test_colours_show(color: str, order: str) -> None:
    picture = _from_above(two_lanes(center=mark("solid", width=0.4, color=color)), 60.0, 0.0)[0]
    blue, green, red, alpha = picture[200, 300:700].astype(float).mean(0)
    values = {"r": red, "g": green, "b": blue}
    assert alpha == 255
    if order:
        assert values[order[0]] > values[order[2]] * 1.3
    else:
        assert max(values.values()) < 1.2 * min(values.values())


def test_an_unknown_type_is_painted_solid_and_a_kerb_and_dots_are_seen() -> None:
    assert len(_across(mark("unheard of"))) == 1
    kerb = _from_above(two_lanes(center=mark("curb"), edge=NO_MARK), 60.0, 0.0)[0].astype(float)
    assert abs(kerb[200, 500, :3] - kerb[190, 500, :3]).min() > 15
    dots = _along(two_lanes(center=mark("botts dots"), edge=NO_MARK))
    assert len(dots) >= 15


def test_marks_change_where_the_file_says_and_sections_have_their_own() -> None:
    first = section(right=lane(-1, mark=mark("none") + mark("solid", s=7.4)), center=NO_MARK)
    wide = '<width sOffset="0" a="5" b="0" c="0" d="0"/>'
    second = section(20.3, right=lane(-1, width=wide, mark=SOLID), center=SOLID)
    xml = document(road(geometry("<line/>", 60), first + second, length=60))
    assert _along(xml, 10.0, -3.5) == [(pytest.approx(7.4, abs=SIZE), pytest.approx(20.0, abs=0.31))]
    assert _along(xml, 20.0, 0.0)[0][0] == pytest.approx(20.3, abs=SIZE)
    assert _along(xml, 25.0, -5.0)[0][0] == pytest.approx(20.3, abs=SIZE)
    assert _along(xml, 25.0, -3.5)[0][1] == pytest.approx(20.3, abs=SIZE)


def test_a_lane_that_widens_carries_its_line_along() -> None:
    widening = '<width sOffset="0" a="3" b="0.05" c="0" d="0"/>'
    lanes = section(right=lane(-1, width=widening, mark=SOLID), center=NO_MARK)
    tag = _from_above(document(road(geometry("<line/>", 80), lanes, length=80)), 40.0, -5.0)[1]
    rows, columns = np.nonzero(tag == tags.ROAD_LINES)
    x, t = 40.0 + (columns - CAMERA.cx) * SIZE, -5.0 - (rows - CAMERA.cy) * SIZE
    assert len(x) > 1000
    assert np.abs(t + 3 + 0.05 * x).max() < 0.06 + SIZE


def test_lane_offset_moves_the_paint() -> None:
    lanes = section(left=lane(1, mark=SOLID), right=lane(-1, mark=SOLID), center=SOLID)
    offset = '<laneOffset s="0" a="1.2" b="0" c="0" d="0"/>'
    tag = _from_above(document(road(geometry("<line/>", 80), lanes, length=80, offset=offset)), 40.0, 1.2)[1]
    middles = [1.2 - (a + b) / 2 for a, b in _spans(tag[:, 500] == tags.ROAD_LINES)]
    assert middles == [pytest.approx(value, abs=SIZE) for value in (4.7, 1.2, -2.3)]


def test_dashes_that_nobody_described_go_on_through_marks_and_sections() -> None:
    pieces = mark("broken") + mark("broken", s=4.3) + mark("broken", s=13.1)
    first, second = (section(s, right=lane(-1, mark=NO_MARK), center=pieces) for s in (0.0, 47.7))
    xml = document(road(geometry("<line/>", 120), first + second, length=120))
    starts = [start for start, end in _along(xml, 50.0) if end - start > 2]
    assert len(starts) == 2
    assert starts == [pytest.approx(45, abs=2 * SIZE), pytest.approx(54, abs=2 * SIZE)]


def test_explicit_lines_are_painted_once_where_the_file_says() -> None:
    lines = '<line length="2.5" tOffset="0" sOffset="7" width="0.2"/><line length="1" tOffset="0.5" sOffset="12"/>'
    xml = two_lanes(center=mark("custom", inside=f"<explicit>{lines}</explicit>", s=50.0), edge=NO_MARK)
    assert _along(xml, 60.0) == [(pytest.approx(57, abs=SIZE), pytest.approx(59.5, abs=SIZE))]
    assert _along(xml, 60.0, 0.5) == [(pytest.approx(62, abs=SIZE), pytest.approx(63, abs=SIZE))]


def test_paint_sways_beside_its_border() -> None:
    sway = '<sway ds="0" a="0.3" b="0.02" c="0" d="0"/><sway ds="60" a="-1" b="0" c="0" d="0"/>'
    xml = two_lanes(center=mark("solid", inside=sway, s=10.0), edge=NO_MARK)
    for x, t in ((40.0, 0.9), (60.0, 1.3), (75.0, -1.0)):
        middles = [t - (a + b) / 2 for a, b in _spans(_from_above(xml, x, t)[1][:, 500] == tags.ROAD_LINES)]
        assert middles == [pytest.approx(t, abs=SIZE)], x


def test_a_line_bends_and_jumps_where_its_lane_does() -> None:
    width = "".join(
        f'<width sOffset="{s}" a="{a}" b="{b}" c="0" d="0"/>' for s, a, b in ((0, 3, 0), (40.5, 3, 0.3), (44.5, 3.5, 0))
    )
    lanes = section(right=lane(-1, width=width, mark=SOLID), center=NO_MARK)
    tag = _from_above(document(road(geometry("<line/>", 80), lanes, length=80)), 42.0, -3.5)[1]
    rows, columns = np.nonzero(tag == tags.ROAD_LINES)
    x, t = 42.0 + (columns - CAMERA.cx) * SIZE, -3.5 - (rows - CAMERA.cy) * SIZE
    meant = np.where(x < 40.5, 3.0, np.where(x < 44.5, 3.0 + 0.3 * (x - 40.5), 3.5))
    assert len(x) > 1000
    assert np.abs(t + meant)[np.abs(x - 44.5) > 1.5 * SIZE].max() < 0.06 + 1.5 * SIZE
