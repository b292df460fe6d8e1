"""The official client's sensors: what arrives, when, from where, and that it is the same every time."""

import pytest

from tests.simulator.embedded.conftest import RunningServer


def test_images_match_their_ticks(play):
    seen = play("sensors.frame_matched", timeout=120)
    assert seen["mismatches"] == 0
    assert seen["left"] == 0
    # the client keeps poses in single precision
    assert seen["pose_error"] < 1e-4
    assert {1, 10, 11, 24} <= set(seen["tags"])
    assert seen["other_channels"] == 0
    assert seen["distinct"] > 280
    assert seen["size"] == [200, 78, 90.0]
    assert seen["spread"] > 5
    assert seen["timestamp"] == 0


def test_first_image_is_not_lost(play):
    assert play("sensors.first_images", timeout=120)["lost"] == 0


def test_sensor_tick(play):
    seen = play("sensors.sensor_tick")
    assert seen["ticks"] == 40
    assert seen["frames"] == list(range(0, 41, 4))


def test_cameras_look_where_they_are_turned(play):
    shares = play("sensors.directions")["shares"]
    assert shares["right"]["car"] > 0.02
    assert shares["left"]["car"] == shares["up"]["car"] == shares["down"]["car"] == 0
    assert shares["up"]["sky"] == 1
    assert shares["down"]["sky"] == 0
    assert 0.4 < shares["ahead"]["sky"] < 0.6
    assert shares["ahead"]["sky_left"] == pytest.approx(shares["ahead"]["sky_right"], abs=0.05)
    # positive roll lowers the right side: the horizon seems to rise there
    assert shares["rolled"]["sky_left"] > shares["rolled"]["sky_right"] + 0.2


def test_listen_stop_destroy(play):
    seen = play("sensors.listening")
    assert seen["again"] == seen["frame"] > seen["first"]
    assert seen["destroyed"]
    assert "destroyed" in seen["used"]
    assert seen["late"] == 0
    assert seen["cameras"] == 0


def test_collision_is_told_and_stops_the_car(play):
    seen = play("sensors.collision")
    assert seen["events"] >= 1
    assert seen["frame"] <= seen["last"]
    assert seen["actor"]
    assert seen["other"]
    assert abs(seen["impulse"][1]) > 1000
    assert seen["impulse"][1] < 0, "the car that drives to +y is pushed back"
    assert seen["before"] > 5
    assert seen["loss"] > 2
    assert seen["gap"] >= seen["length"] - 0.01


def test_lane_invasion(play):
    seen = play("sensors.lane_invasion")
    assert seen["quiet"] == 0
    assert "Broken" in seen["kinds"]


@pytest.fixture(scope="module")
def other_server():
    running = RunningServer()
    yield running
    running.end()


def test_same_calls_give_the_same_bytes(server, other_server):
    first = server.play("sensors.fingerprint")
    assert first == other_server.play("sensors.fingerprint")
    assert first == server.play("sensors.fingerprint")
