"""Lidars and radars: through the official client on a plain, and against the depth camera among houses and trees."""

import math

import numpy as np
import pytest

from simulator.camera import Camera
from simulator.embedded.axes import Pose, rotation_matrix
from simulator.embedded.blueprints import BLUEPRINTS
from simulator.embedded.cars import CARS
from simulator.embedded.embodiment import bodies_of
from simulator.embedded.ranging.lidar import SemanticLidar
from simulator.embedded.render import Shot
from simulator.embedded.surroundings import Surroundings
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.world_map import WorldMap
from simulator.roads import RoadsConfig, build_roads
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

LABELLED = np.dtype([("place", "f4", 3), ("facing", "f4"), ("object", "u4"), ("tag", "u4")])
LIDAR = "sensor.lidar.ray_cast_semantic"
MODEL3 = "vehicle.tesla.model3"


def test_a_lidar_on_a_plain(play):
    seen = play("ranging.lidar", timeout=300)
    assert seen["channels"] == 32 and sum(seen["counts"]) == seen["points"]
    assert seen["counts"][0] == 0 and seen["counts"][-1] == 1000, "nothing above the horizon, all below it"
    assert seen["first"][0] == pytest.approx(seen["first"][1])
    assert seen["ring_error"] < 0.02 and seen["ring_share"] > 0.8
    assert seen["intensity"] < 1e-5 and seen["weak"] < 1e-5
    assert 0.4 < seen["kept"] < 0.56 and seen["far_kept"] < 0.9
    assert seen["same_noise"] and 0.03 < seen["noise"] < 0.1
    assert seen["objects"] and seen["tags"] == [1, 14] and seen["car_tag"] == [14]
    assert seen["car_x"][0] == pytest.approx(seen["car_x"][1], abs=0.15)
    low, high, half = seen["car_y"]
    assert 2 - half - 0.02 < low < 2 - half + 0.15 and high < 2 + half + 0.02, "to the right is positive"
    assert seen["facing"] < 1e-3
    assert seen["bearing"][0] == pytest.approx(0.0, abs=1e-6)
    # ten turns a second: half a turn in a tick of 0.05 s, two whole ones in 0.2 s
    assert seen["bearing"][1:] == pytest.approx([math.pi] * 3, abs=1e-4)
    assert seen["slow"] == 3 and seen["left"] == 0
    assert seen["transform"] == pytest.approx(2.4, abs=0.01)


def test_odd_lidars(play):
    seen = play("ranging.odd_lidars")
    assert set(seen["said"]) == {"channels", "range", "points_per_second", "horizontal_fov", "radar"}
    for name, words in seen["said"].items():
        assert (name if name != "radar" else "horizontal_fov") in words
    assert seen["counts"][0] == 0 and seen["counts"][1] < 50
    assert seen["still"] == [1, 0.0]


def test_a_radar_measures_speeds(play):
    seen = play("ranging.radar")
    assert 0 < seen["count"] <= 1000 and seen["same"]
    assert seen["first"][0] == pytest.approx(seen["first"][1])
    count, speed, azimuth, bearing = seen["car"]
    assert count > 20 and speed == pytest.approx(-6.0, abs=0.1), "what comes nearer has a negative velocity"
    assert azimuth == pytest.approx(bearing, abs=0.02), "to the left is negative"
    assert seen["depth"][0] == pytest.approx(seen["depth"][1], abs=0.2)
    count, error = seen["ground"]
    assert count > 50 and error < 0.05, "the ground comes nearer as fast as the car drives"
    assert 8.0 < seen["widest"][0] < 10.01 and 4.0 < seen["widest"][1] < 5.01


def scan(surroundings, pose, **attributes):
    """Take a dense look ahead; gives the points."""
    numbers = {"range": 60, "channels": 48, "points_per_second": 1_000_000, "horizontal_fov": 80, "upper_fov": 20}
    given = {name: str(value) for name, value in {**numbers, "rotation_frequency": 20, **attributes}.items()}
    lidar = SemanticLidar(1, [1, LIDAR, []], pose, BLUEPRINTS[LIDAR].read_attributes(given))
    lidar.pass_time(0.05)
    data = lidar.measure(surroundings, 0.05)
    return np.frombuffer(data[8 + 4 * int(given["channels"]) :], LABELLED)


def test_lidar_and_depth_camera_agree():
    world = WorldMap("x", build_roads(["generated:3"], RoadsConfig(), 7))
    tags = set()
    for spawn in world.spawn_points[:: len(world.spawn_points) // 4][:4]:
        pose = spawn._replace(z=spawn.z + 1.6)
        x, y = spawn.x + 14 * math.cos(spawn.yaw), spawn.y + 14 * math.sin(spawn.yaw)
        there = Pose(x, y, float(world.terrain.height(x, y, spawn.z)), yaw=spawn.yaw + 0.6)
        car = Vehicle(7, [1, MODEL3, []], there, BLUEPRINTS[MODEL3].read_attributes({}), CARS[MODEL3])
        points = scan(Surroundings(world, {7: car}), pose)
        camera = Camera.from_fov(1200, 800, math.radians(90), z=0.0)
        shot = Shot(camera, pose[:3], rotation_matrix(pose) @ camera.rotation(), tuple(bodies_of(car, 7)))
        depth, semantic = world.renderer.take(shot, ("depth", "semantic_segmentation"))
        metres = depth[..., 2::-1].astype(float) @ (1.0, 256.0, 65536.0) / (2**24 - 1) * 1000
        points = points[points["place"][:, 0] > 1.0]
        ahead, right, up = points["place"].T.astype(float)
        column = np.rint(camera.cx + camera.fx * right / ahead).astype(int)
        row = np.rint(camera.cy - camera.fy * up / ahead).astype(int)
        inside = (column >= 0) & (column < camera.width) & (row >= 0) & (row < camera.height)
        error = np.abs(metres[row[inside], column[inside]] - ahead[inside])
        tag, seen = points["tag"][inside], semantic[row[inside], column[inside], 2]
        assert np.mean(seen == 11) < 0.06, "hardly a point where the camera sees the sky"
        for kind, most in ((1, 0.05), (3, 0.05), (10, 0.1), (14, 0.05)):
            same = (tag == kind) & ((seen == kind) | ((kind == 1) & (seen == 24)))
            if same.sum() > 50:
                tags.add(kind)
                assert np.median(error[same]) < most, f"tag {kind}"
        assert np.mean(np.isin(seen[tag == 1], (1, 24))) > 0.98
        assert np.mean(seen[tag == 14] == 14) > 0.98
    assert tags == {1, 3, 10, 14}


def test_sidewalks_and_banked_slopes():
    """A road that climbs by 8 % and banks by 5 %, with a sidewalk to the right."""
    lanes = section(left=lane(1), right=lane(-1) + lane(-2, "sidewalk"))
    rise = '<elevation s="0" a="0" b="0.08" c="0" d="0"/>'
    bank = f'<superelevation s="0" a="{math.atan(0.05)}" b="0" c="0" d="0"/>'
    world = WorldMap("x", document(road(geometry("<line/>", 200.0), lanes, length=200, elevation=rise, bank=bank)))
    points = scan(Surroundings(world, {}), Pose(60.0, -1.75, 60 * 0.08 - 1.75 * 0.05 + 2.0), range=25)
    ahead, right, up = points["place"].T.astype(float)
    x, y, z = 60.0 + ahead, -1.75 - right, 60 * 0.08 - 1.75 * 0.05 + 2.0 + up
    within = (np.abs(y) < 3.4) & (points["tag"] == 1)
    assert within.sum() > 2000
    assert np.abs(z - (0.08 * x + 0.05 * y))[within].max() < 0.01
    paved = (y < -3.6) & (y > -6.9) & (points["tag"] != 9)
    assert paved.sum() > 200 and (points["tag"][paved] == 2).all()
    assert np.abs(z - (0.08 * x + 0.05 * y))[paved].max() < 0.01
    slope = np.array([-0.08, -0.05, 1.0]) / np.linalg.norm([-0.08, -0.05, 1.0])
    way = np.stack([ahead, -right, up], axis=1)[within]
    expected = -(way @ slope) / np.linalg.norm(way, axis=1)
    assert np.abs(points["facing"][within] - expected).max() < 0.01


def test_rays_pass_under_a_bridge_and_meet_it():
    """A road 6 m above another: from below its underside and edges, from above its surface."""
    low = road(geometry("<line/>", 300.0, x=-150), section(left=lane(1), right=lane(-1)), length=300)
    high = road(
        geometry("<line/>", 300.0, y=-150, heading=math.pi / 2), section(left=lane(1), right=lane(-1)),
        id="2", length=300, elevation='<elevation s="0" a="6" b="0" c="0" d="0"/>',
    )  # fmt: skip
    surroundings = Surroundings(WorldMap("x", document(low, high)), {})
    ahead, _, up = scan(surroundings, Pose(-20.0, -1.75, 2.0), horizontal_fov=8)["place"].T.astype(float)
    edge = np.abs(ahead - 16.5) < 0.1
    assert np.any(edge & (up > 3.05) & (up < 4.05)), "the deck's edge is 0.9 m high"
    assert np.any((ahead > 30) & (up < -1.9)), "the road goes on beneath it"
    below = scan(surroundings, Pose(0.0, -1.75, 2.0), upper_fov=80, lower_fov=40, range=20)["place"]
    assert np.abs(below[:, 2] - (6.0 - 0.9 - 2.0)).max() < 0.05
    above = scan(surroundings, Pose(0.0, -1.75, 8.0), upper_fov=-70, lower_fov=-85, range=20)["place"]
    assert np.abs(above[:, 2] + 2.0).max() < 0.05
