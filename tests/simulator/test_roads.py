"""Roads by name: their shapes, their paint, their splits, and the documents they share."""

import hashlib
import json
import math
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simulator import roads_course
from simulator.errors import LiquidlaneError
from simulator.opendrive import Road, RoadNetwork
from simulator.roads import RoadsConfig, build_ring, build_roads, parse_name, paths_of, split_seeds
from simulator.roads_config import SPLIT_SEEDS
from tests.simulator.opendrive_oracle import ask_carla
from tests.simulator.opendrive_samples import LINE, document, lane, road, section

CONFIG = RoadsConfig()


def generated(seed: int, config: RoadsConfig = CONFIG) -> Road:
    return RoadNetwork.parse(build_roads([f"generated:{seed}"], config, 0)).roads[0]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 300_000))
def test_a_generated_road_keeps_clear_of_itself(seed: int) -> None:
    one = generated(seed)
    s = np.arange(0, one.length, 1.0)
    x, y, _, _ = one.reference(s)
    distance = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    assert distance[np.abs(s[:, None] - s[None, :]) > 46.0].min() >= 38.0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 300_000))
def test_a_generated_road_is_smooth_and_within_its_limits(seed: int) -> None:
    one = generated(seed)
    assert 999.0 <= one.length <= 1000.0 + 1e-9
    s = np.arange(0, one.length, 0.25)
    poses = one.reference(s)
    assert np.abs(poses.curvature).max() <= 1 / 25 + 1e-9
    # spirals are at least 8 m long: no jump of curvature
    assert np.abs(np.diff(poses.curvature)).max() <= 0.25 * 0.04 / 8 + 1e-9
    assert np.abs(np.diff(poses.heading)).max() <= 0.25 / 25 + 1e-9
    assert np.hypot(np.diff(poses.x), np.diff(poses.y)) == pytest.approx(0.25, abs=1e-3)
    assert (one.height(s) == 0).all()
    assert (np.abs(one.lane_width(-1, s) - 3.5) < 1e-9).all() and (np.abs(one.lane_width(1, s) - 3.5) < 1e-9).all()


def test_radii_spread_over_the_whole_range_both_ways() -> None:
    peaks = []
    for seed in range(40):
        curves = [piece.curve for piece in generated(seed).reference_line.geometries]
        peaks += [curve.start for curve in curves if curve.start == curve.end != 0]
    radii = 1 / np.abs(peaks)
    assert radii.min() < 30 and radii.max() > 180 and len(radii) > 150
    # log-uniform: as many below the geometric mean as above, nearly
    assert 0.35 < np.mean(radii < math.sqrt(25 * 200)) < 0.65
    assert 0.4 < np.mean(np.array(peaks) > 0) < 0.6


def test_paint_differs_between_roads() -> None:
    centers, edges, colors, widths, dashes = Counter(), Counter(), Counter(), set(), set()
    for seed in range(60):
        lanes = generated(seed).sections[0].lanes
        center, edge = lanes[0].marks[0], lanes[-1].marks[0]
        centers[center.type] += 1
        edges[edge.type] += 1
        colors[center.color] += 1
        widths.add(center.width)
        dashes |= {(stroke.length, stroke.space) for stroke in center.strokes if stroke.space}
    assert set(centers) == {"broken", "solid", "solid solid"}
    assert {"solid", "none"} <= set(edges)
    assert min(colors["yellow"], colors["white"]) > 10
    assert len(widths) >= 3 and len(dashes) >= 4


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("two_way", [True, False])
def test_lanes_are_as_many_as_asked_for(lanes: int, two_way: bool) -> None:
    one = generated(1, RoadsConfig(lanes=lanes, two_way=two_way, lane_width=3.0, length=300))
    driving = sorted(i for i, found in one.sections[0].lanes.items() if found.type == "driving")
    assert driving == [*range(-lanes, 0), *(range(1, lanes + 1) if two_way else ())]
    path = paths_of(build_roads(["generated:1"], RoadsConfig(lanes=lanes, two_way=two_way), 0), ["generated:1"])[0]
    x, y, _, _ = path.pose_at(200.0)
    assert RoadNetwork.parse(build_roads(["generated:1"], RoadsConfig(lanes=lanes), 0)).locate(x, y).lane_id == -lanes


def test_seeds_of_the_splits_never_meet() -> None:
    ranges = list(SPLIT_SEEDS.values())
    assert all(not set(a) & set(b) for i, a in enumerate(ranges) for b in ranges[i + 1 :])
    names = [set(CONFIG.names(split, 500)) for split in ("training", "validation", "test")]
    assert not names[0] & names[1] and not names[1] & names[2] and not names[0] & names[2]
    assert split_seeds("test", 3, start=5) == range(SPLIT_SEEDS["test"][0] + 5, SPLIT_SEEDS["test"][0] + 8)
    with pytest.raises(LiquidlaneError, match="100001 test roads .* there are 100000"):
        split_seeds("test", 100_001)
    with pytest.raises(LiquidlaneError):
        split_seeds("training", 2, start=99_999)


def test_named_roads_belong_to_one_split() -> None:
    named = RoadsConfig(training=("town:Town01#1", "file:a.xodr"), test=("town:Town02#1",))
    assert named.names("training", 1) == ("town:Town01#1",)
    assert named.names("validation", 1) == (f"generated:{SPLIT_SEEDS['validation'][0]}",)
    with pytest.raises(LiquidlaneError, match=r"roads\.test names 1 roads but 2 are needed"):
        named.names("test", 2)
    with pytest.raises(ValidationError, match="named twice"):
        RoadsConfig(training=("generated:1",), test=("generated:1",))
    with pytest.raises(ValidationError, match="clearance"):
        RoadsConfig(radius_min=20, clearance=38)
    with pytest.raises(ValidationError, match="radius_max"):
        RoadsConfig(radius_max=20)


GROUP = ["generated:0", "generated:100000", "generated:200000", "ring:4", "generated:17"]


def test_a_group_is_one_document_with_roads_far_apart() -> None:
    xml = build_roads(GROUP, CONFIG, 77, "winter")
    network = RoadNetwork.parse(xml)
    assert [one.id for one in network.roads[:5]] == ["1", "2", "3", "4", "1000"]
    assert network.roads[-1].id == "5"
    assert json.loads(network.user_data["liquidlane"]) == {"appearance_seed": 77, "season": "winter"}
    paths = paths_of(network, GROUP)
    assert len(paths) == 5 and paths[3].length > 2000
    for i, path in enumerate(paths):
        for other in paths[i + 1 :]:
            near = path.points[::20, None] - other.points[None, ::20]
            assert np.hypot(near[..., 0], near[..., 1]).min() >= 3000
    answers = ask_carla(xml, xodr=[(i + 1, -1, s) for i in range(5) for s in (0.5, 200.0)])
    assert answers["stderr"] == ""
    for k, answer in enumerate(answers["xodr"]):
        pose, _ = paths[k // 2].lane_pose(answer["x"], answer["y"], answer["heading"])
        assert abs(pose.offset) < 1e-3 and abs(pose.heading) < 1e-4


def test_a_road_is_the_same_wherever_it_lies() -> None:
    alone, grouped = generated(17), RoadNetwork.parse(build_roads(GROUP, CONFIG, 1)).road("5")
    s = np.linspace(0, alone.length, 50)
    a, b = alone.reference(s), grouped.reference(s)
    assert np.abs((a.x - a.x[0]) - (b.x - b.x[0])).max() < 1e-6
    assert np.abs(a.heading - b.heading).max() < 1e-9


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    program = (
        "import sys, hashlib; from simulator.roads import *; "
        f"print(hashlib.sha256(build_roads({GROUP!r}, RoadsConfig(), 5).encode()).hexdigest())"
    )
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    child = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert child.stdout.strip() == hashlib.sha256(build_roads(GROUP, CONFIG, 5).encode()).hexdigest()
    assert build_roads(["generated:1"], CONFIG, 5) != build_roads(["generated:2"], CONFIG, 5)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_ring_can_be_driven_round_and_round(seed: int) -> None:
    xml = build_ring(seed, CONFIG, 0)
    walks = ask_carla(xml, walks=[(1, -1, 2.0, 2000.0), (1, 1, 2.0, 2000.0)])["walks"]
    path = paths_of(xml, [f"ring:{seed}"])[0]
    for walk in walks:
        assert len(walk) == 1001
        assert len({step["road"] for step in walk}) == 3
        places = np.array([(step["x"], step["y"]) for step in walk])
        assert np.hypot(*np.diff(places, axis=0).T).max() < 2.3
    assert {step["lane"] for step in walks[0]} == {-1} and {step["lane"] for step in walks[1]} == {1}
    assert path.length >= 2000
    # closed: the last point is the first, and the heading has turned by whole turns
    assert np.abs(path.points[-1] - path.points[0]).max() < 1e-3
    assert math.remainder(path.heading[-1] - path.heading[0], math.tau) == pytest.approx(0, abs=1e-6)


def test_bad_names_and_files_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "text.xodr").write_text("hello")
    (tmp_path / "bytes.xodr").write_bytes(bytes(range(128, 256)))
    (tmp_path / "path.xodr").write_text(document(road(LINE, section(right=lane(-1, "biking") + lane(-2)))))
    (tmp_path / "left.xodr").write_text(document(road(), road(sections=section(right=lane(-1, "biking")), id="2")))
    cases = {
        "generated:x": "has no seed; write a whole number",
        "generated:-1": "has no seed",
        "generated:": "names no road",
        "highway:1": "'highway:1' names no road; write generated:SEED",
        "file:": "names no road",
        "file:a.xodr#": "is incomplete",
        "town:Town04#x": "has no spawn point",
        "town:Town04#12": "belongs to a CARLA server",
        f"file:{tmp_path}/missing.xodr": "missing.xodr can't be read (No such file or directory)",
        f"file:{tmp_path}": "can't be read (Is a directory)",
        f"file:{tmp_path}/text.xodr": "text.xodr is not XML",
        f"file:{tmp_path}/bytes.xodr": "bytes.xodr is not XML",
        f"file:{tmp_path}/path.xodr#9": "has no road '9'; roads to drive are 1",
        f"file:{tmp_path}/left.xodr#2": "has a road '2' without a driving lane",
    }
    for name, message in cases.items():
        with pytest.raises(LiquidlaneError) as caught:
            build_roads([name], CONFIG, 0)
        assert message in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(LiquidlaneError, match="at least one road"):
        build_roads([], CONFIG, 0)
    assert parse_name("town:Town04#12") == ("town", "Town04", "12", "")
    assert parse_name("town:Town10HD") == ("town", "Town10HD", None, "")
    assert parse_name("file:/a#b/c.xodr#7") == ("file", "/a#b/c.xodr", "7", "")
    assert parse_name("generated:5003").seed == 5003


def test_a_road_that_cant_be_found_says_what_to_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roads_course, "MOST_TRIES", 1)
    monkeypatch.setattr(roads_course, "MOST_RING_TRIES", 20)
    with pytest.raises(LiquidlaneError, match=r"choose a smaller roads\.length"):
        build_roads(["generated:1"], RoadsConfig(length=10_000, radius_min=25, radius_max=26), 0)
    with pytest.raises(LiquidlaneError, match=r"choose a longer roads\.length"):
        build_roads(["ring:1"], RoadsConfig(length=100), 0)
