"""The driven line: on the lane's centre, true to its own derivatives, mirrored where the road is."""

import json
import math
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import LiquidlaneError
from simulator.opendrive import RoadNetwork
from simulator.path import Path
from simulator.roads import RoadsConfig, build_ring, build_roads, paths_of
from tests.simulator.opendrive_oracle import ask_carla
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

WINDING = [(30.0, 0.0, 0.0), (20.0, 0.0, 0.035), (45.0, 0.035, 0.035), (25.0, 0.035, -0.02), (60.0, -0.02, -0.02)]
LENGTH = sum(part[0] for part in WINDING)


def winding(side: float) -> str:
    """A road of arcs and spirals; side -1 gives its mirror image, where traffic keeps to the other side too."""
    from scenariogeneration import xodr

    plan = xodr.PlanView(10.0, side * 20.0, side * 0.4)
    for length, start, end in WINDING:
        same = xodr.Line(length) if start == 0 else xodr.Arc(side * start, length=length)
        plan.add_geometry(same if start == end else xodr.Spiral(side * start, side * end, length))
    plan.adjust_geometries()
    parts = [
        geometry(
            "<line/>" if start == end == 0 else f'<spiral curvStart="{side * start}" curvEnd="{side * end}"/>',
            length,
            s=float(element.get("s")),
            x=float(element.get("x")),
            y=float(element.get("y")),
            heading=float(element.get("hdg")),
        )
        for (length, start, end), element in zip(WINDING, plan.get_element(), strict=True)
    ]
    width = '<width sOffset="0" a="3" b="0.01" c="0" d="0"/>'
    lanes = section(**{"right" if side > 0 else "left": lane(-1 if side > 0 else 1, width=width)})
    return document(road("".join(parts), lanes, length=LENGTH, more='rule="RHT"' if side > 0 else 'rule="LHT"'))


@lru_cache
def straight_and_mirrored() -> tuple[Path, Path]:
    left, right = (RoadNetwork.parse(winding(side)).roads[0] for side in (1.0, -1.0))
    return Path.from_lane(left, -1), Path.from_lane(right, 1)


@lru_cache
def ring() -> tuple[RoadNetwork, Path]:
    network = RoadNetwork.parse(build_ring(11, RoadsConfig(), 0))
    return network, paths_of(network, ["ring:11"])[0]


PATHS = {
    "right lane": lambda: straight_and_mirrored()[0],
    "keeping left": lambda: straight_and_mirrored()[1],
    "left lane": lambda: Path.from_lane(ring()[0].roads[0], 1),
    "ring": lambda: ring()[1],
    "generated": lambda: paths_of(build_roads(["generated:100001"], RoadsConfig(), 0), ["generated:100001"])[0],
}


@pytest.mark.parametrize("name", PATHS)
def test_a_path_is_true_to_its_own_derivatives(name: str) -> None:
    path = PATHS[name]()
    steps = np.diff(path.points, axis=0)
    chords = np.hypot(*steps.T)
    assert path.s[0] == 0 and path.s[-1] == path.length
    assert np.diff(path.s).max() <= 0.5 + 1e-9 and np.diff(path.s).min() > 0.49
    assert np.abs(chords - np.diff(path.s)).max() < 2e-4
    middle = (path.heading[1:] + path.heading[:-1]) / 2
    assert (np.cos(middle) * steps[:, 0] + np.sin(middle) * steps[:, 1]).min() > 0
    across = np.abs(np.cos(middle) * steps[:, 1] - np.sin(middle) * steps[:, 0])
    assert across.max() < 1e-3
    turned = np.diff(path.heading) / np.diff(path.s)
    smooth = np.abs(np.diff(path.curvature)) < 2e-3
    assert np.abs(turned - (path.curvature[1:] + path.curvature[:-1]) / 2)[smooth].max() < 1e-3


def test_a_path_is_where_carla_drives() -> None:
    xml = build_ring(11, RoadsConfig(), 0)
    path = ring()[1]
    walked = ask_carla(xml, walks=[(1, -1, 2.0, 1200.0)])["walks"][0]
    hint = None
    for step in walked:
        pose, hint = path.lane_pose(step["x"], step["y"], step["heading"], hint)
        assert abs(pose.offset) < 1e-3
        assert abs(pose.heading) < 1e-4
        assert abs(pose.width - step["width"]) < 1e-3
    # carla.Map steps along the reference line, which is shorter than the outer lane: 2 pi times 1.75 m a lap
    assert hint is not None and hint == pytest.approx(1201.0 + 11.0, abs=1.0)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(PATHS)), st.floats(1e-4, 0.9999), st.floats(-3, 3), st.floats(-3, 3), st.booleans())
def test_lane_pose_tells_where_a_car_was_put(name: str, share: float, offset: float, turn: float, hinted: bool) -> None:
    # at both ends the curvature jumps to that of the straight beyond, so rounding decides which one is found there
    path = PATHS[name]()
    s = share * min(path.length, 700.0)
    x, y, heading, curvature = path.pose_at(s)
    car = x - offset * math.sin(heading), y + offset * math.cos(heading), heading + turn
    pose, found = path.lane_pose(*car, s + 3.0 if hinted else None)
    assert pose.offset == pytest.approx(offset, abs=1e-4)
    assert pose.heading == pytest.approx(turn, abs=1e-4)
    assert pose.curvature == pytest.approx(curvature, abs=1e-4)
    assert found == pytest.approx(s, abs=1e-3)
    cosine, sine = math.cos(car[2]), math.sin(car[2])
    world = np.array(car[:2]) + pose.ahead @ np.array([[cosine, sine], [-sine, cosine]])
    expected = np.array([path.pose_at(found + i)[:2] for i in range(40)])
    assert np.abs(world - expected).max() < 1e-6


def test_between_samples_the_path_stays_on_the_lane() -> None:
    """Against the road's own exact geometry, 7 mm apart from sample places."""
    network = RoadNetwork.parse(build_roads(["generated:3"], RoadsConfig(), 0))
    path = paths_of(network, ["generated:3"])[0]
    s = np.linspace(1, network.roads[0].length - 1, 3001)
    poses = network.roads[0].lane_center(-1, s)
    hint = None
    for x, y, heading, curvature in zip(*poses, strict=True):
        pose, hint = path.lane_pose(float(x), float(y), float(heading), hint)
        assert abs(pose.offset) < 1e-3
        assert abs(pose.heading) < 1e-3
        assert abs(pose.curvature - curvature) < 5e-3


@settings(max_examples=80, deadline=None)
@given(st.floats(0, LENGTH - 1), st.floats(-1.5, 1.5), st.floats(-0.6, 0.6))
def test_a_mirrored_road_mirrors_what_a_car_knows(s: float, offset: float, turn: float) -> None:
    path, mirror = straight_and_mirrored()
    x, y, heading, _ = path.pose_at(s)
    x, y, heading = x - offset * math.sin(heading), y + offset * math.cos(heading), heading + turn
    pose, found = path.lane_pose(x, y, heading)
    mirrored, found_again = mirror.lane_pose(x, -y, -heading)
    assert found_again == pytest.approx(found, abs=1e-6)
    assert mirrored.offset == pytest.approx(-pose.offset, abs=1e-6)
    assert mirrored.heading == pytest.approx(-pose.heading, abs=1e-6)
    assert mirrored.curvature == pytest.approx(-pose.curvature, abs=1e-6)
    assert mirrored.width == pytest.approx(pose.width, abs=1e-6)
    assert np.allclose(mirrored.ahead, pose.ahead * (1, -1), atol=1e-6)


def test_signs_by_hand() -> None:
    """A car left of a left bend, looking left of the lane: all positive."""
    arc = geometry('<arc curvature="0.02"/>', 100)
    path = Path.from_lane(RoadNetwork.parse(document(road(arc, section(right=lane(-1))))).roads[0], -1)
    x, y, heading, _ = path.pose_at(20.0)
    pose, _ = path.lane_pose(x - 0.5 * math.sin(heading), y + 0.5 * math.cos(heading), heading + 0.1)
    assert pose.offset == pytest.approx(0.5, abs=1e-6) and pose.heading == pytest.approx(0.1, abs=1e-6)
    assert pose.curvature == pytest.approx(1 / (50 + 1.75), rel=1e-6) and pose.width == pytest.approx(3.5)
    assert pose.ahead[0] == pytest.approx((-0.5 * math.sin(0.1), -0.5 * math.cos(0.1)), abs=1e-6)
    assert pose.ahead[39, 1] > pose.ahead[20, 1] > 0


def test_beyond_the_end_the_path_goes_straight_on() -> None:
    path = straight_and_mirrored()[0]
    x, y, heading, _ = path.pose_at(path.length)
    pose, s = path.lane_pose(x, y, heading)
    assert s == pytest.approx(path.length)
    assert np.allclose(pose.ahead, np.stack([np.arange(40.0), np.zeros(40)], axis=1), atol=1e-9)
    beyond = x + 12 * math.cos(heading), y + 12 * math.sin(heading)
    assert path.locate(*beyond, path.length) == pytest.approx((path.length + 12, 0.0), abs=1e-9)
    x, y, heading, _ = path.pose_at(0.0)
    before = x - 7 * math.cos(heading), y - 7 * math.sin(heading)
    assert path.locate(*before) == pytest.approx((-7.0, 0.0), abs=1e-9)


def test_a_wrong_hint_does_not_mislead_and_a_right_one_keeps_the_lap() -> None:
    path = ring()[1]
    lap = path.length / 2
    assert lap == pytest.approx(sum(part.length for part in ring()[0].roads) + math.tau * 1.75, abs=1e-3)
    x, y, _, _ = path.pose_at(100.0)
    for hint in range(60, 145, 5):
        assert path.locate(x, y, hint)[0] == pytest.approx(100.0, abs=1e-6)
    assert path.locate(x, y)[0] == path.locate(x, y, 400.0)[0] == pytest.approx(100.0, abs=1e-6)
    for k in range(2):
        assert path.locate(x, y, k * lap + 110.0)[0] == pytest.approx(k * lap + 100.0, abs=1e-3)


def test_points_of_a_town_give_a_calm_path() -> None:
    """Waypoints as a client gives them, each metre and rounded to float32 far from the origin."""
    exact = PATHS["generated"]()
    points = np.array([exact.pose_at(s)[:2] for s in np.arange(0.0, exact.length, 1.0)])
    rounded = (points + 3000.0).astype(np.float32).astype(float) - 3000.0
    path = Path.from_points(rounded, 3.5)
    assert path.length == pytest.approx(np.floor(exact.length), abs=0.1)
    hint = None
    for s in np.arange(10.0, exact.length - 10.0, 0.7):
        x, y, heading, curvature = exact.pose_at(s)
        pose, hint = path.lane_pose(x, y, heading, hint)
        assert abs(pose.offset) < 0.01
        assert abs(pose.heading) < 0.01
        assert abs(pose.curvature - curvature) < 4e-3
        assert pose.width == 3.5


def test_what_is_no_path_is_refused() -> None:
    one = RoadNetwork.parse(document(road())).roads[0]
    with pytest.raises(LiquidlaneError, match="no lane -4 to begin in; choose one of -1, 1"):
        Path.from_lane(one, -4)
    with pytest.raises(LiquidlaneError, match="two different"):
        Path.from_points(np.ones((5, 2)), 3.0)
    assert Path.from_points(np.array([[0.0, 0.0], [30.0, 40.0]]), 3.0).length == pytest.approx(50.0)
    assert json.dumps(Path.from_lane(one, -1).length) == "100.0"
