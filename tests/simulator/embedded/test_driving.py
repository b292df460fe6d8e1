"""The official client's view of cars that drive: consistent motion, trees that stop, roads full of traffic."""

import pytest


def test_what_is_told_of_motion_is_how_it_moves(play):
    seen = play("driving.consistent")
    assert seen["velocity"] < 0.1
    assert seen["acceleration"] < 0.02
    assert seen["turn"] < 0.5
    assert seen["climbs"] > 0.3
    assert abs(seen["turned"]) > 20
    assert seen["fast"] > 8
    assert seen["above"] < 0.03
    assert seen["pitch"] == pytest.approx(3.43, abs=0.4)


def test_a_tree_stops_a_car_and_the_event_can_be_used(play):
    seen = play("driving.tree")
    assert seen["kind"] == "static.vegetation"
    assert seen["id"] == 0
    assert seen["tags"] == [9]
    assert "static.vegetation" in seen["said"]
    assert seen["self"]
    assert seen["frame"]
    assert seen["impulse"] < -seen["mass"] * 8
    assert 0 < seen["gap"] < 3


@pytest.mark.parametrize(("mode", "ticks"), [("synchronous", 300), ("free-running", 150)])
def test_the_traffic_manager_drives_many_cars(play, mode, ticks):
    seen = play("driving.full_ring", 12, ticks, mode, timeout=120)
    assert seen["there"] == 12
    assert len(seen["ways"]) == 12
    assert min(seen["ways"]) > (25 if mode == "synchronous" else 10)
    assert seen["fastest"] < 14
    assert max(seen["offsets"]) < 0.8
