"""Files that are not quite right: taken as the official client takes them, or corrected before it sees them."""

import re

import numpy as np
import pytest

from simulator.embedded.world_map import WorldMap
from simulator.errors import LiquidlaneError
from simulator.opendrive import RoadNetwork
from simulator.roads import paths_of
from simulator.roads_correct import load_document
from tests.simulator.opendrive_oracle import ask_carla, first_fatal
from tests.simulator.opendrive_samples import LINE, document, geometry, lane, road, section
from tests.simulator.test_opendrive_refusals import FATAL

WIDTH = '<width sOffset="{}" a="{}" b="{}" c="0" d="0"/>'
BORDER = '<border sOffset="{}" a="{}" b="{}" c="0" d="0"/>'
CUBIC = '<paramPoly3 pRange="normalized" aU="0" bU="{}" cU="0" dU="0" aV="0" bV="0" cV="0" dV="0"/>'
HALF = geometry("<line/>", 50)
PLACES = (5.0, 39.0, 49.9, 52.0, 59.0, 61.0, 99.0)

TAKEN = {
    "a gap on the ground": (document(road(HALF + geometry("<line/>", 50, s=50, x=55))), "gap of 5.00 m between"),
    "a hole in s": (document(road(HALF + geometry("<line/>", 40, s=60, x=60))), "ends at s = 50.00 m where s = 60.00"),
    "a plan that is too short": (document(road(length=150)), "ends at s = 100.00 m where s = 150.00"),
    "a bend that is too short": (
        document(road(geometry('<arc curvature="0.01"/>', 70))),
        "ends at s = 70.00 m where s = 100.00",
    ),
    "geometries that overlap": (
        document(road(geometry("<line/>", 80) + geometry("<line/>", 50, s=50, x=50))),
        "ends at s = 80.00 m where s = 50.00",
    ),
    "a polynomial that is too short": (
        document(road(geometry(CUBIC.format(40), 100), section(right=lane(-1, width=WIDTH.format(0, 3, 0))))),
        "m long and says 100.00 m",
    ),
    "a declaration after a comment": (f"<!-- note --><?xml version='1.0'?>{document(road())}", ""),
    "widths of one place": (
        document(road(sections=section(right=lane(-1, width=WIDTH.format(0, 4, 0.01) + WIDTH.format(0, 2, 0.02))))),
        "",
    ),
    "a spiral without its start": (
        document(road(geometry('<spiral curvEnd="0.02"/>', 100))),
        "has a spiral at s = 0 without curvStart; it is taken to be 0",
    ),
    "a polynomial without some of its numbers": (
        document(road(geometry('<paramPoly3 bU="100" cV="4"/>', 100.21))),
        "",
    ),
    "a spiral of a centimetre": (
        document(
            road(
                geometry("<line/>", 50)
                + geometry('<spiral curvStart="100" curvEnd="-100"/>', 0.01, s=50, x=50)
                + geometry("<line/>", 49.99, s=50.01, x=50.01)
            )
        ),
        "",
    ),
    "a lane that is narrower than nothing": (
        document(road(sections=section(right=lane(-1, width=WIDTH.format(0, 3, -0.035)) + lane(-2)))),
        "has a lane -1 that is -0.5 m wide; lanes beyond lie nearer by as much",
    ),
    "a curve sharper than the lane is far": (
        document(road(geometry('<arc curvature="0.4"/>', 8), section(left=lane(1) + lane(2)), length=8)),
        "",
    ),
}


@pytest.mark.parametrize("case", TAKEN)
def test_what_is_not_quite_right_is_taken_as_carla_takes_it(case: str, caplog: pytest.LogCaptureFixture) -> None:
    xml, complaint = TAKEN[case]
    network = RoadNetwork.parse(xml, "a.xodr")
    ours = network.roads[0]
    assert complaint in caplog.text
    assert complaint == "" or "a.xodr: road 1 has a" in caplog.text
    keys = [(1, max(ours.sections[0].lanes), s) for s in PLACES if s < ours.length]
    if keys[0][1] == 0:
        keys = [(1, -1, s) for _, _, s in keys]
    for (_, lane_id, s), theirs in zip(keys, ask_carla(xml, xodr=keys)["xodr"], strict=True):
        x, y, heading, _ = (float(values[0]) for values in ours.lane_center(lane_id, np.array([s])))
        assert np.hypot(x - theirs["x"], y - theirs["y"]) < 0.02, s
        turn = heading + (0.0 if ours.runs_forward(lane_id) else np.pi) - theirs["heading"]
        assert abs(np.angle(np.exp(1j * turn))) < 0.02, s
    network.spawn_points()
    network.locate(10.0, 0.0)


def test_a_gap_is_not_driven_across() -> None:
    with pytest.raises(LiquidlaneError, match=r"file:a leads over a gap of 5\.0\d m at x = 50\.0 m, y = -1\.8 m; mend"):
        paths_of(TAKEN["a gap on the ground"][0], ["file:a"])


def test_a_road_whose_plan_is_too_short_is_driven_to_its_end() -> None:
    assert paths_of(TAKEN["a plan that is too short"][0], ["file:a"])[0].length == pytest.approx(100, abs=0.5)


def test_a_lane_beyond_a_missing_one_lies_at_the_next_inner_one() -> None:
    xml = document(road(sections=section(right=lane(-1) + lane(-3, "sidewalk"))))
    ours = RoadNetwork.parse(xml).roads[0]
    assert ours.lateral(-3, np.array([5.0]))[0][0] == pytest.approx(-3.5 - 1.75)
    assert ours.lane_at(5.0, -5.0) == -3 and np.isnan(ours.lateral(-2, np.array([5.0]))[0][0])
    assert first_fatal([xml]) is None
    driven = document(road(sections=section(right=lane(-1) + lane(-3))))
    with pytest.raises(LiquidlaneError, match="lane -3 but no lane -2 at s = 0 m; number lanes"):
        RoadNetwork.parse(driven)


def test_borders_become_the_widths_that_they_mean() -> None:
    lanes = section(
        left=lane(1, width=BORDER.format(0, 4, 0)) + lane(2, width=WIDTH.format(0, 2, 0.01)),
        right=lane(-1, width=BORDER.format(0, -3, -0.01) + BORDER.format(60, -3.6, 0.01))
        + lane(-2, width=BORDER.format(0, -6, 0) + BORDER.format(30, -6, -0.02)),
    )
    xml = document(road(sections=lanes))
    assert {point["width"] for point in ask_carla(xml, xodr=[(1, 1, 5.0), (1, -1, 5.0)])["xodr"]} == {0.0}
    corrected, network = load_document(xml, "a.xodr")
    keys = [(1, lane_id, float(s)) for lane_id in (1, 2, -1, -2) for s in np.linspace(1, 99, 25)]
    meant = {
        1: lambda s: 4.0,
        2: lambda s: 2 + 0.01 * s,
        -1: lambda s: 3 + 0.01 * s if s < 60 else 3.6 - 0.01 * (s - 60),
        -2: lambda s: 6 + max(0.02 * (s - 30), 0) - meant[-1](s),
    }
    for (_, lane_id, s), theirs in zip(keys, ask_carla(corrected, xodr=keys)["xodr"], strict=True):
        assert theirs["width"] == pytest.approx(meant[lane_id](s), abs=1e-5), (lane_id, s)
        assert network.roads[0].lane_width(lane_id, np.array([s]))[0] == pytest.approx(meant[lane_id](s), abs=1e-9)


def test_what_kills_the_client_is_corrected_before_it_sees_it(caplog: pytest.LogCaptureFixture) -> None:
    documents = []
    for case, xml in FATAL.items():
        corrected, network = load_document(xml, "a.xodr")
        assert corrected != xml and network.spawn_points(), case
        documents.append(corrected)
    assert first_fatal(documents) is None
    assert caplog.text.count("the world is made from a corrected document") == len(FATAL)


def test_roads_far_from_the_origin_are_moved_to_it(caplog: pytest.LogCaptureFixture) -> None:
    x, y = 361849.69, 5296910.76
    xml = document(road(geometry('<arc curvature="0.01"/>', 100, x=x, y=y)))
    corrected, network = load_document(xml.replace("<header>", '<header north="9"><offset x="5" y="0.5"/>'), "a.xodr")
    assert "a.xodr lies 5,297 km from its origin, where CARLA's single precision is too coarse" in caplog.text
    assert '<offset x="361855.0" y="5296911.5" z="0" hdg="0"' in corrected and "north=" not in corrected
    keys = [(1, -1, float(s)) for s in range(0, 100, 7)]
    for (_, _, s), theirs in zip(keys, ask_carla(corrected, xodr=keys)["xodr"], strict=True):
        meant = RoadNetwork.parse(xml).roads[0].lane_center(-1, np.array([s]))
        assert theirs["x"] + 361850.0 == pytest.approx(meant.x[0], abs=2e-3)
        assert theirs["y"] + 5296911.0 == pytest.approx(meant.y[0], abs=2e-3)
    near = document(road(geometry("<line/>", 100, x=499_000)))
    assert load_document(near, "a.xodr")[0] is near
    assert load_document(corrected, "a.xodr")[0] is corrected
    assert network.roads[0].length == 100


def test_a_document_that_needs_no_correction_stays_the_same_to_the_letter() -> None:
    xml = document(road(elevation='<elevation s="0" a="1" b="0" c="0" d="0"/>'), road(LINE, id="7"))
    assert load_document(xml, "a.xodr")[0] is xml


def test_the_world_is_made_from_the_corrected_document() -> None:
    arc = document(road(geometry('<arc curvature="0"/>', 100)))
    world = WorldMap("a", arc)
    (point,) = ask_carla(world.document, xodr=[(1, -1, 50.0)])["xodr"]
    assert (point["x"], point["y"]) == pytest.approx((50.0, -1.75))
    assert re.search("<line ?/>", world.document)
