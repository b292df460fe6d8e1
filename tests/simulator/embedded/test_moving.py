"""The official client moves a car without pedals, senses its motion, and asks what is where."""

import math

import pytest


def test_ackermann_control_reaches_what_it_is_told(play):
    seen = play("moving.ackermann")
    assert seen["defaults"] == pytest.approx([0.15, 0.0, 0.25, 0.01, 0.0, 0.01])
    assert seen["got"] == pytest.approx(seen["sent"])
    assert seen["speeds"][-1] == pytest.approx(8.0, abs=0.3)
    assert max(seen["speeds"]) < 9.5
    assert 0.3 < seen["pull"] < 2.5
    # 0.2 rad/s from 0 to 0.1 rad: 0.5 s, 10 ticks
    assert seen["angles"][4] == pytest.approx(0.05, abs=0.011)
    assert seen["angles"][-1] == pytest.approx(0.1, abs=1e-3)
    assert seen["yaw"] > 5, "steer is right positive"
    assert seen["stopped"] < 0.1
    assert seen["brake"] == 1.0
    assert seen["backing"] == pytest.approx(-3.0, abs=0.3)
    assert seen["pedals"] == 0, "pedals take over"


def test_impulses_forces_and_held_velocities(play):
    seen = play("moving.forces")
    assert seen["impulse"] == pytest.approx(3.0, abs=0.1)
    assert seen["force"] == pytest.approx(2.0, abs=0.2), "1 s of 2 m/s2"
    assert seen["after"][1] <= seen["after"][0] <= seen["force"]
    assert seen["errors"] == ["", ""]
    assert seen["batch"] == pytest.approx(2.0, abs=0.1)
    assert abs(seen["turned"][0]) < 0.5
    assert 3 < seen["turned"][1] < 20, "20 degrees/s, less what the tyres took"
    assert seen["held"] == pytest.approx([4.0, 4.0], abs=0.1)
    assert seen["way"] > 10
    assert seen["released"] == 0


def test_collisions_can_be_switched_off(play):
    through, into = play("moving.ghost")["reached"]
    assert through > 5
    assert into < -4


def test_motion_sensors_agree_with_the_motion(play):
    seen = play("sensing.motion_sensors")
    rest, pull, bend = seen["rest"], seen["pull"], seen["bend"]
    assert rest["accelerometer"] == pytest.approx([0, 0, 9.81], abs=1e-3)
    assert rest["gyroscope"] == pytest.approx([0, 0, 0], abs=1e-4)
    assert rest["compass"] == pytest.approx(math.pi / 2), "facing x, which is east"
    # rolled by 90 degrees to the right, what was up lies to the left
    assert rest["tilted"] == pytest.approx([0, -9.81, 0], abs=1e-3)
    assert rest["gnss"] == pytest.approx(seen["expected"], abs=1e-9)
    assert rest["gnss"][2] == pytest.approx(2.0, abs=1e-6)
    assert pull["accelerometer"][0] == pytest.approx(pull["acceleration"][0], abs=1e-3)
    assert pull["accelerometer"][0] > 2
    assert bend["gyroscope"][2] == pytest.approx(math.radians(bend["turn"]), abs=1e-4)
    assert bend["gyroscope"][2] > 0.05
    assert bend["accelerometer"][1] > 0.5, "a right bend pulls to the right"
    assert bend["compass"] == pytest.approx(math.pi / 2 + math.radians(bend["yaw"]), abs=1e-4)
    assert seen["gravity"] == pytest.approx([1.62, 1.62], abs=1e-3)


def test_noise_repeats_with_its_seed(play):
    seen = play("sensing.noise")
    first, second = seen["noise"]
    assert first == second, "the same seed gives the same noise"
    assert 0.3 < math.sqrt(sum(x * x for x in first) / len(first)) < 0.7
    assert seen["bias"] == pytest.approx(0.25)


def test_obstacle_ahead(play):
    seen = play("sensing.obstacle")
    before, after = seen["far"]
    assert before == 0, "17 m are too far"
    assert after > 0
    assert seen["distance"] == pytest.approx(seen["gap"], abs=0.02)
    assert seen["actors"] == [True, True]
    assert seen["beside"] == 0


def test_rays_ground_boxes_and_objects(play):
    seen = play("sensing.probing")
    (roof, what), (ground, below) = seen["through"]
    assert (what, below) == ("Car", "Terrain")
    assert roof == pytest.approx(seen["foot"] + seen["roof"], abs=1e-3)
    assert ground < roof - 1
    assert seen["road"] == [pytest.approx(0, abs=0.01), "Roads"]
    assert seen["field"] == [pytest.approx(roof, abs=1e-3), "Car"], "the first thing below"
    assert abs(seen["below"]) < 50
    assert seen["nothing"]
    assert seen["ahead"][1] == "Car"
    assert 1.08 < seen["ahead"][0] < 2.5, "a car turned by 30 degrees"
    assert "apart" in seen["said"]
    assert len(seen["boxes"]) == 1
    x, y, z, half, yaw, actor = seen["boxes"][0]
    assert [x, y, z] == pytest.approx([2000, 2000, seen["foot"] + seen["roof"] / 2], abs=1e-3)
    assert (half, yaw, actor) == (pytest.approx(2.396), pytest.approx(30), seen["car"])
    assert seen["objects"] == seen["named"] > 50
    assert seen["trees"] == seen["vegetation"] > 10
    assert [pytest.approx(seen["tree_top"], abs=0.01), "Vegetation"] in seen["tree"]
    foot, bottom = seen["tree_foot"]
    assert foot == pytest.approx(bottom, abs=1e-3)
    assert seen["tree"][-1][0] == pytest.approx(foot, abs=0.3), "trees stand on the ground"


def test_telemetry_agrees_with_the_motion(play):
    seen = play("moving.telemetry")
    for name in ("pull", "brake", "turn"):
        data = seen[name]
        assert data["speed"] == pytest.approx(data["own_speed"], rel=0.02)
        assert data["load"] == pytest.approx(seen["mass"] * 9.81, rel=0.01)
        assert data["friction"] == pytest.approx(3.5)
        assert data["omega"] == pytest.approx(data["speed"] / 0.36, rel=0.1)
    pull, brake, turn = seen["pull"], seen["brake"], seen["turn"]
    assert pull["gear"] >= 1
    assert pull["engine_rpm"] > 500
    assert pull["throttle"] == pytest.approx(0.8, abs=0.1)
    assert pull["along"] > 0 > brake["along"]
    assert brake["brake"] == pytest.approx(0.4, abs=0.1)
    assert brake["along"] / seen["mass"] == pytest.approx(brake["acceleration"], rel=0.2)
    assert turn["side"] > 0, "a right bend is pushed to the right"
    assert turn["side"] / seen["mass"] == pytest.approx(turn["sideways"], rel=0.25)
    assert turn["steer"] == pytest.approx(turn["angle"] / 70, abs=0.01)
