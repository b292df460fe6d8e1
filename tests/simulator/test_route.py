"""Routes through junctions: turns by letter, judged by the official client's lanes; and what can't be turned."""

import math
from pathlib import Path
from types import SimpleNamespace

import carla
import numpy as np
import pytest

from benchmarks.grid_town import grid_town
from simulator.carla.map import load_roads
from simulator.errors import LiquidlaneError
from simulator.opendrive import RoadNetwork
from simulator.roads import RoadsConfig, build_roads, parse_name, paths_of
from simulator.world import Group
from simulator.world_config import WorldConfig
from tests.simulator.opendrive_oracle import ask_carla
from tests.simulator.opendrive_samples import document, road

CONFIG = RoadsConfig()
TOWN = grid_town(4)
ANGLES = {"l": 90.0, "s": 0.0, "r": -90.0}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("town") / "town.xodr"
    path.write_text(TOWN)
    return path


# road 3 leads north along the western edge from the first crossing, which has no street to its left
@pytest.mark.parametrize("turns", ["s", "r", "rl", "rlr", "rssr", "srlr"])
def test_a_route_turns_as_its_letters_say(town: Path, turns: str) -> None:
    name = f"file:{town}#2@{turns}"
    xml = build_roads([name], CONFIG, 0)
    path = paths_of(xml, [name])[0]
    # straights of 176 m lie between crossings of 24 m
    places = 88.0 + 200.0 * np.arange(len(turns) + 1)
    arcs = np.cumsum([0.0, *({"s": 24.0, "l": 13.75 * math.pi / 2, "r": 10.25 * math.pi / 2}[turn] for turn in turns)])
    headings = [math.degrees(path.pose_at(float(88.0 + 176.0 * k + arcs[k]))[2]) for k in range(len(places))]
    assert np.diff(headings) == pytest.approx([ANGLES[turn] for turn in turns], abs=1e-6)
    asked = path.points[: int(2 * (176 * (len(turns) + 1))) : 10].tolist()
    network = RoadNetwork.parse(xml)
    compared = 0
    for (x, y), theirs in zip(asked, ask_carla(xml, points=asked)["points"], strict=True):
        # where ways part, the client may name the other one
        if network.road(theirs["road"]).junction is None:
            compared += 1
            assert math.hypot(theirs["x"] - x, theirs["y"] - y) < 0.02
            assert abs(path.lane_pose(x, y, theirs["heading"])[0].heading) < 0.01
    assert compared > 30 * (len(turns) + 1)
    assert np.hypot(*np.diff(path.points, axis=0).T).max() < 0.51


def test_without_letters_the_straightest_way_is_taken(town: Path) -> None:
    name = f"file:{town}#2"
    plain = paths_of(build_roads([name], CONFIG, 0), [name])[0]
    turned = paths_of(build_roads([name + "@s"], CONFIG, 0), [name + "@s"])[0]
    # both go round the town; how far, and so where their samples lie, differs
    assert np.abs(plain.points[:4000] - turned.points[:4000]).max() < 0.5
    assert plain.length > 2000


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ("u", "can't turn back from lane -1 of road 1 of the world, which leads straight on or right there"),
        ("su", "can't turn back from lane -1"),
        ("l", "can't turn left from lane -1 of road 1 of the world, which leads straight on or right there"),
    ],
)
def test_a_turn_that_there_is_not_is_refused_in_words(town: Path, turns: str, message: str) -> None:
    name = f"file:{town}#2@{turns}"
    with pytest.raises(LiquidlaneError, match="town.xodr#2@") as caught:
        paths_of(build_roads([name], CONFIG, 0), [name])
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_more_turns_than_junctions_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xodr").write_text(document(road()))
    name = f"file:{tmp_path}/a.xodr#1@ls"
    with pytest.raises(LiquidlaneError, match="the route 'ls' comes to its end after 0 turns"):
        paths_of(build_roads([name], CONFIG, 0), [name])


def test_names_of_routes() -> None:
    assert parse_name("file:a@b.xodr#7@lsr") == ("file", "a@b.xodr", "7", "lsr")
    assert parse_name("town:Town04#12@r") == ("town", "Town04", "12", "r")
    assert parse_name("osm:west-oakland#@ll") == ("osm", "west-oakland", None, "ll")
    assert parse_name("file:a@b.xodr").turns == ""
    for name in ("file:a.xodr#7@", "file:a.xodr#7@x", "town:Town04#1@L"):
        with pytest.raises(LiquidlaneError, match=r"write a letter for each junction: l \(left\), s \(straight on\)"):
            parse_name(name)


def test_a_town_is_driven_from_a_spawn_point_by_turns() -> None:
    network = RoadNetwork.parse(TOWN)
    point = next(p for p in network.spawn_points() if p.road_id == "2" and p.lane_id == -1 and p.s > 50)
    place = carla.Transform(carla.Location(point.x, -point.y, 0.3))
    world_map = carla.Map("Grid", TOWN)
    served = SimpleNamespace(name="Grid", to_opendrive=world_map.to_opendrive, get_spawn_points=lambda: [place])
    client = SimpleNamespace(
        get_available_maps=lambda: ["Grid"], get_world=lambda: SimpleNamespace(get_map=lambda: served)
    )
    (way,) = load_roads(client, Group(("town:Grid#0@rl",)), 0, WorldConfig(town_length=600.0), False)
    assert way.path.points[0] == pytest.approx([point.x, point.y], abs=0.5)
    assert way.path.length == pytest.approx(600.0, abs=0.6)
    assert way.path.heading[-1] == pytest.approx(way.path.heading[0], abs=1e-6)
    straight = load_roads(client, Group(("town:Grid#0@s",)), 0, WorldConfig(town_length=300.0), False)[0].path
    assert straight.points[-1][0] == pytest.approx(straight.points[0][0], abs=1e-6)
    with pytest.raises(LiquidlaneError, match="town:Grid#0@u: the route can't turn back"):
        load_roads(client, Group(("town:Grid#0@u",)), 0, WorldConfig(), False)
