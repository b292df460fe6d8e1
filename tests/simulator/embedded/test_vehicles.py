"""The official client's vehicles: spawn rules, batches, driving, physics numbers."""

import math

import pytest

from simulator.embedded.cars import CARS


def test_spawn_rules(play):
    seen = play("vehicles.spawning")
    assert seen["taken"]
    assert "collision" in seen["said"]
    assert seen["beside"]
    assert seen["above"]
    assert (seen["role"], seen["color"]) == ("hero", "200,10,10")
    assert seen["tags"] == [14]
    assert seen["ids"]
    assert seen["destroyed"]
    assert not seen["alive"]
    assert "destroyed" in seen["after"]
    assert seen["free_again"]


def test_batch(play):
    seen = play("vehicles.batch")
    assert seen["errors"] == [False, True, True, False]
    assert "collision" in seen["said"][1]
    assert "99999" in seen["said"][2]
    assert seen["throttle"] == pytest.approx(0.6)
    assert seen["speed"] == pytest.approx(5, abs=0.2)
    assert seen["parent"]
    assert seen["moved"] == [False, False, False, False, True]
    assert "not a walker" in seen["unsupported"]
    assert seen["place"] == pytest.approx([2100, 90])
    assert seen["still"] == 0
    assert seen["lights"] == 8


def test_moving_and_holding(play):
    seen = play("vehicles.moving")
    # 2 m of free fall take 0.64 s, 13 ticks
    assert seen["heights"] == sorted(seen["heights"], reverse=True)
    assert seen["heights"][11] > 0 == seen["heights"][14]
    assert seen["place"] == pytest.approx([10, 0.5, 90], abs=0.01)
    assert seen["velocity"] == pytest.approx([0, 10], abs=0.1)
    assert seen["kept"] == pytest.approx([0, 10], abs=0.2)
    assert seen["moved_while_held"] == 0
    assert seen["moved_after"] > 0.3


def test_cars_drive_the_curvature_that_their_numbers_promise(play):
    results = play("vehicles.steering", timeout=120)["results"]
    assert len(results) == 12
    for kind, commanded, driven, wheelbase, angle, steer in results:
        assert driven == pytest.approx(commanded, rel=0.02), kind
        assert wheelbase == pytest.approx(sum(CARS[kind].physics.wheelbase_parts), abs=1e-3)
        assert math.copysign(1, angle) == math.copysign(1, steer) == math.copysign(1, commanded)


def test_pedals(play):
    seen = play("vehicles.pedals")
    assert seen["rest"] == 0
    assert 4.5 < seen["acceleration"] < 6.5
    assert seen["top"] > 12
    rolling = seen["rolling"][3:]  # when the engine has noticed
    assert rolling == sorted(rolling, reverse=True)
    assert 0.75 * rolling[0] < rolling[-1] < 0.95 * rolling[0], "the engine slows a little"
    assert 7 < seen["braking"] < 10.5
    assert seen["stands"] == 0
    assert -8 < seen["backing"] < -2
    assert seen["gear"] == -1
    assert seen["stopped"] == 0
    assert seen["neutral"] == 0
    assert seen["yaw"] == pytest.approx(0, abs=1e-6)
    assert seen["side"] == pytest.approx(0, abs=1e-6)


def test_physics_control_comes_back_and_counts(play):
    seen = play("vehicles.physics")
    assert seen["mass"] == 1845
    assert seen["max_steer"] == pytest.approx([70, 70, 0, 0])
    assert seen["got"] == [3690, 0.5, [[0, 1], [50, 0.5]]]
    assert seen["friction"] == [2, 2, 2, 2]
    assert seen["equal"]
    assert seen["heavy"] == pytest.approx(seen["light"] / 2, rel=0.05)
    assert seen["refused"] == 3690
    assert seen["box"] == pytest.approx([2.396, 1.0815, 0.744, 0.744])


def test_lights(play):
    seen = play("vehicles.lights")
    assert seen["got"] == seen["all"] == [0, seen["sent"]]


def test_control_holds_and_right_is_right(play):
    seen = play("vehicles.hold_control")
    assert seen["first"] == seen["now"] == pytest.approx([0.5, 0.25])
    assert seen["speed"] > 2
    # CARLA's y and yaw grow to the right
    assert seen["yaw"] > 1
    assert seen["y"] > 0
    assert seen["turn"] > 0
    assert seen["acceleration"] > 0.5


def test_traffic_manager_keeps_the_lane(play):
    seen = play("traffic.autopilot", timeout=120)
    assert len(seen["lanes"]) == 1
    assert seen["offset"] < 0.6
    assert seen["distance"] > 80
    assert 6 < seen["speed"] < 10
