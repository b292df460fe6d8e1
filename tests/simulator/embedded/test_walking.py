"""Pedestrians through the official client: they walk, are seen by every sensor, and are knocked over by cars."""

import pytest


def test_blueprints_are_as_scripts_want_them(play):
    seen = play("walking.blueprints")
    assert seen["count"] == 49
    assert seen["least_speeds"] >= 3, "generate_traffic.py takes the second or the third"
    assert seen["children"] == ["0009", "0010", "0011", "0012", "0013", "0014", "0048", "0049"]
    assert seen["old"] == 14
    assert seen["invincible"] and seen["modifiable"] == [True, True, False]


def test_a_walker_walks(play):
    seen = play("walking.walking")
    assert seen["type"] == "Walker" and seen["tags"] == [12]
    assert seen["extent"] == pytest.approx([0.1877, 0.1877, 0.93]) and seen["box"] == 0.0
    assert seen["fell"][0] > 2.9 and seen["fell"][1:] == pytest.approx([0.93, 0.93], abs=0.01)
    assert seen["walked"] == pytest.approx([0.0, 1.5 * 40 * 0.05], abs=0.01)
    assert seen["yaw"] == pytest.approx(90.0, abs=0.1)
    assert seen["velocity"] == pytest.approx([0.0, 1.5], abs=0.01)
    assert seen["control"] == pytest.approx([1.5, 1.0])
    assert 0.6 < seen["jump"][0] < 1.2 and seen["jump"][1] == pytest.approx(0.0, abs=0.01)
    assert seen["moved"] == pytest.approx([2020, 2005, 0.93, -90], abs=0.1)
    assert "without bones" in seen["said"][0]
    assert "collision at spawn position: walker" in seen["said"][1]
    assert seen["batch"] == ""
    assert seen["boxes"] == [pytest.approx([0.93, 0.93], abs=0.05)]
    assert seen["through"][0][0] == "Pedestrians" and seen["through"][0][1] == pytest.approx(1.86, abs=0.05)
    assert seen["destroyed"]


def test_sensors_see_walkers(play):
    seen = play("walking.seen", timeout=300)
    assert seen["pixels"] > 400 and seen["instances"]
    assert min(seen["points"]) > 10 and seen["tags"] == [12]
    adult, child = seen["heights"]
    assert adult == pytest.approx(1.8, abs=0.1) and child == pytest.approx(1.05, abs=0.1)
    assert seen["approach"] == pytest.approx(-2.0, abs=0.2)


@pytest.mark.parametrize("invincible", ["true", "false"])
def test_a_car_knocks_a_walker_over(play, invincible):
    seen = play("walking.hit", invincible, 10)
    assert seen["events"] >= 1 and seen["other"]
    assert seen["impulse"][0] < -400 and abs(seen["impulse"][1]) < 1
    assert seen["own"][:2] == [True, True] and seen["own"][2] == pytest.approx(-seen["impulse"][0], rel=1e-5)
    assert 0.1 < seen["before"] - seen["after"] < seen["before"] + 0.1
    assert 8 < seen["fastest"] < 12
    assert seen["lowest"][0] < 0.3 < seen["lowest"][1]
    assert abs(seen["lying"]) == pytest.approx(90.0, abs=1.0)
    pitch, height = seen["up"]
    if invincible == "true":
        assert pitch == pytest.approx(0.0) and height == pytest.approx(0.93, abs=0.01)
    else:
        assert abs(pitch) == pytest.approx(90.0, abs=1.0) and height < 0.3
    assert seen["gap"] > 2


def test_a_slow_car_pushes_a_walker(play):
    seen = play("walking.hit", "true", 0.8)
    assert seen["events"] >= 1 and seen["lying"] == pytest.approx(0.0)


@pytest.mark.parametrize("cross", [0.0, 1.0])
def test_controllers_lead_walkers(play, tmp_path, cross):
    seen = play("walking.guided", cross, tmp_path, timeout=120)
    assert seen["found"] == 30 and seen["offsets"][0] > 1.0, "beside the lanes"
    assert seen["walkers"] >= 6 and seen["left"] == 0
    assert sorted(seen["gone"])[len(seen["gone"]) // 2] > 5
    assert seen["height"] < 0.05 and seen["fastest"] < 4
    assert seen["still"] < 0.01
    assert ["the client would crash" in words for words in seen["astray"]] == [True, True]
    assert len(seen["files"]) == 1 and list(tmp_path.rglob("*.bin"))
    if cross == 0.0:
        assert seen["least"] > 1.0, "nobody steps on the road"


def test_a_world_without_a_mesh_for_walkers(play, tmp_path):
    seen = play("walking.unguided", tmp_path)
    assert seen["nowhere"] and seen["files"] == []
    assert "no file 'Carla/Maps/Nav/Town01.bin'" in seen["said"]
