"""What stands in the world stands beside the roads, on the ground, and where it stood before."""

import hashlib
import math
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import carla
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.embedded.scenery import KINDS, Scenery, Things
from simulator.embedded.scenery.houses import corners
from simulator.embedded.scenery.things import BIRCH, BUSH, HOUSE, LAMP, RAIL, SPEED_SIGN
from simulator.embedded.terrain import Terrain
from simulator.opendrive import RoadNetwork
from simulator.roads import RoadsConfig, build_roads
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

LANES = section(left=lane(1), right=lane(-1))
TOWN = section(left=lane(2, "sidewalk") + lane(1), right=lane(-1) + lane(-2, "sidewalk"))


@lru_cache(maxsize=16)
def generated(seed: int) -> RoadNetwork:
    return RoadNetwork.parse(build_roads([f"generated:{seed}"], RoadsConfig(), 3))


@lru_cache(maxsize=1)
def crossing() -> RoadNetwork:
    """Streets of a town that cross, and a tight bend between them."""
    first = road(geometry("<line/>", 300, x=-150), TOWN, id="1", length=300)
    second = road(geometry("<line/>", 300, y=-150, heading=1.3), TOWN, id="2", length=300)
    third = road(geometry('<arc curvature="0.03"/>', 90, x=20, y=30, heading=0.4), LANES, id="3", length=90)
    return RoadNetwork.parse(document(first, second, third), for_carla=False)


def level(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.zeros_like(x)


def assert_beside_roads(network: RoadNetwork, things: Things) -> None:
    x, y = things["x"], things["y"]
    wide = things[np.isin(things["kind"], (HOUSE, RAIL))]
    corner_x, corner_y = corners(wide)
    for px, py in zip(np.append(x, corner_x), np.append(y, corner_y), strict=True):
        at = network.locate(float(px), float(py))
        assert at.lane_id is None or not 0 < at.s < at.road.length, (px, py, at.road.id, at.s, at.t)


@settings(max_examples=12, deadline=None)
@given(road_seed=st.integers(0, 15), seed=st.integers(0, 2**40))
def test_nothing_stands_on_a_road(road_seed: int, seed: int) -> None:
    network = generated(road_seed)
    assert_beside_roads(network, Scenery(network, seed, level).all_things())


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_nothing_stands_where_roads_cross(seed: int) -> None:
    things = Scenery(crossing(), seed, level).all_things()
    assert_beside_roads(crossing(), things)
    assert (things["kind"] == HOUSE).any()
    assert (things["kind"] == LAMP).any()


def test_crowns_stay_out_of_the_way_of_who_looks_along_a_bend() -> None:
    bend = road(geometry('<arc curvature="0.02"/>', 140), LANES, length=140)
    network = RoadNetwork.parse(document(bend), for_carla=False)
    for seed in range(6):
        things = Scenery(network, seed, level).all_things()
        trees = things[things["kind"] < BUSH]
        t = np.array([network.roads[0].locate(x, y)[1] for x, y in zip(trees["x"], trees["y"], strict=True)])
        s = np.array([network.roads[0].locate(x, y)[0] for x, y in zip(trees["x"], trees["y"], strict=True)])
        inside = t[(s > 1) & (s < 139) & (t > 0)]
        assert (inside > 3.5 + 3.0 + 4.9).all()


def test_houses_do_not_overlap() -> None:
    houses = Scenery(crossing(), 3, level).houses()
    x, y = houses["x"], houses["y"]
    distance = np.hypot(x[:, None] - x, y[:, None] - y) + 1e3 * np.eye(len(x))
    assert len(houses) > 5
    assert (distance > 0.5 * (houses["width"][:, None] + houses["width"])).all()


def test_all_stands_on_the_ground() -> None:
    network = generated(2)
    terrain = Terrain(network, 8)
    things = Scenery(network, 8, terrain.height).all_things()
    assert np.allclose(things["z"], terrain.height(things["x"], things["y"]), atol=1.0)
    posts = things[things["kind"] == BIRCH]
    assert np.array_equal(posts["z"], terrain.height(posts["x"], posts["y"]))


def test_tags_are_carlas() -> None:
    names = {"Birch": "Vegetation", "House": "Buildings", "GuardRail": "GuardRail", "StreetLamp": "Poles"}
    names |= {"SpeedSign": "TrafficSigns", "Object": "Static"}
    for kind in KINDS:
        if kind.name in names:
            assert kind.tag == int(getattr(carla.CityObjectLabel, names[kind.name]))


def test_ids_are_unique_and_do_not_depend_on_the_order_of_asking() -> None:
    network = generated(1)
    forward, backward = Scenery(network, 5, level), Scenery(network, 5, level)
    x, y = network.roads[0].samples.x, network.roads[0].samples.y
    there = forward.all_things()
    pieces = [backward.things_near(float(x[i]), float(y[i]), 60.0) for i in range(len(x) - 1, -1, -40)]
    known = {int(thing["id"]): thing for thing in there}
    assert len(known) == len(there)
    for thing in np.concatenate(pieces):
        assert thing == known[int(thing["id"])]


def test_near_is_near_and_nothing_is_missing() -> None:
    scenery = Scenery(generated(1), 5, level)
    there = scenery.all_things()
    middle = float(there["x"].mean()), float(there["y"].mean())
    distance = np.hypot(there["x"] - middle[0], there["y"] - middle[1])
    near = scenery.things_near(*middle, 150.0)
    assert len(near) > 20
    assert set(near["id"].tolist()) == set(there["id"][distance <= 150.0].tolist())


def test_footprints_are_of_what_stops_a_car() -> None:
    scenery = Scenery(crossing(), 3, level)
    things = {int(thing["id"]): thing for thing in scenery.all_things()}
    footprints = scenery.footprints_near(0.0, 0.0, 200.0)
    kinds = {int(things[i]["kind"]) for i in footprints.id.tolist()}
    assert HOUSE in kinds
    assert LAMP in kinds
    assert BUSH not in kinds
    house = next(k for k, i in enumerate(footprints.id.tolist()) if things[i]["kind"] == HOUSE)
    assert footprints.half_length[house] == pytest.approx(things[int(footprints.id[house])]["length"] / 2)


def test_seeds_differ_and_processes_agree() -> None:
    def digest_of(seed: int) -> str:
        return hashlib.sha256(Scenery(generated(4), seed, level).all_things().tobytes()).hexdigest()

    assert digest_of(1) != digest_of(2)
    program = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[3])!r})
from tests.simulator.embedded.test_scenery import *
print(hashlib.sha256(Scenery(generated(4), 1, level).all_things().tobytes()).hexdigest())
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == digest_of(1)


def test_the_files_own_signs_and_objects_stand_where_it_says() -> None:
    more = (
        '<signals><signal s="40" t="-5" id="1" name="limit" dynamic="no" orientation="+" zOffset="1.9" type="274" '
        'subtype="-1" country="DE" value="70" unit="km/h"/></signals>'
        '<objects><object type="tree" id="2" s="60" t="9" zOffset="0" length="5" width="5" height="11"/>'
        '<object type="barrier" id="3" s="10" t="6" zOffset="0" length="0.1" width="0.1" height="0.8">'
        '<repeat s="10" length="40" distance="0" tStart="6" tEnd="6" heightStart="0.8" heightEnd="0.8" '
        'zOffsetStart="0" zOffsetEnd="0"/></object></objects>'
    )
    it = road(geometry("<line/>", 100), LANES).replace("</road>", more + "</road>")
    things = Scenery(RoadNetwork.parse(document(it), for_carla=False), 1, level).all_things()
    signs = things[things["kind"] == SPEED_SIGN]
    assert [(sign["x"], sign["y"], sign["variant"]) for sign in signs] == [(40.0, -5.0, 2)]
    assert math.cos(signs[0]["heading"]) == pytest.approx(-1.0)
    assert ((things["x"] == 60.0) & (things["y"] == 9.0) & (things["height"] == 11.0)).any()
    rails = things[(things["kind"] == RAIL) & (np.abs(things["y"] - 6.0) < 0.01)]
    assert rails["length"].sum() == pytest.approx(40.0, abs=0.5)
