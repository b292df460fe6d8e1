"""The official client against a running server: handshake, maps, settings, clock, weather."""

import pytest

from simulator.embedded.cars import CARS
from simulator.embedded.weather import Weather


def test_handshake(play):
    seen = play("world.handshake")
    assert seen["client"] == seen["server"] == "0.9.16"
    assert seen["map"] == "Carla/Maps/Ring"
    assert seen["spawn_points"] > 10
    assert {
        "vehicle.tesla.model3",
        "sensor.camera.rgb",
        "sensor.camera.semantic_segmentation",
        "sensor.other.collision",
        "sensor.other.lane_invasion",
    } <= set(seen["blueprints"])
    assert seen["spectator"] == "spectator"
    assert seen["actors"] == ["spectator"]
    assert seen["wheels"] == 4
    assert seen["cars"] == len(CARS)


def test_a_script_finds_what_it_looks_up_and_is_told_what_cannot_be_spawned(play):
    seen = play("world.look_up", timeout=120)
    assert min(seen["colours"]) > 3 and seen["colour"] == "1,2,3"
    assert set(seen["refused"]) == {
        *("sensor.camera.dvs", "sensor.camera.optical_flow", "sensor.camera.normals"),
        "controller.ai.walker",
    }
    for name, words in seen["refused"].items():
        assert f"the embedded server can't spawn {name}: " in words


def test_settings_make_the_clock_wait(play):
    seen = play("world.settings")
    assert seen["before"] == [False, None]
    assert seen["fixed_delta"] == 0.04
    assert seen["substep"] == pytest.approx(0.005)
    assert seen["culling"] == 123.0
    assert seen["equal"]
    assert seen["frames"] == list(range(seen["frames"][0], seen["frames"][0] + 25))
    assert seen["ticks"] == 25
    assert seen["elapsed"] == pytest.approx(25 * 0.04, abs=1e-6)
    assert seen["stands_still"]
    assert seen["kept"] == [True, 0.04]
    assert seen["reset"] == [False, None]


def test_clock_runs_freely(play):
    seen = play("world.free_running")
    assert 10 <= seen["callbacks"] <= 30
    assert seen["contiguous"]
    assert seen["simulated"] == pytest.approx(seen["real"], rel=0.25)


def test_weather_comes_back(play):
    seen = play("world.weather")
    assert len(seen["sent"]) == 14
    assert seen["got"] == seen["sent"]
    assert seen["default"] == pytest.approx(Weather().to_numbers())
    assert seen["preset"] == pytest.approx(Weather().to_numbers())


def test_open_drive_world(play):
    seen = play("world.open_drive")
    assert seen["new_episode"]
    assert seen["reloaded"]
    assert seen["map"] == "Carla/Maps/OpenDriveMap"
    assert seen["document"]
    assert seen["maps"] == ["/Game/Carla/Maps/Ring", "/Game/Carla/Maps/OpenDriveMap"]
    assert seen["lane"] == -1


def test_bad_maps_are_refused_in_words(play):
    seen = play("world.bad_maps")
    assert all(seen["said"].values()), seen["said"]
    assert "Town04" in seen["said"]["town"]
    assert "OpenDRIVE" in seen["said"]["words"]
    assert seen["alive"]


def test_ten_episodes_leave_nothing_behind(server):
    seen = server.play("world.reload", server.process.pid)
    assert seen["episodes"] == 10
    assert seen["left"] == ["spectator"]
    assert seen["memory"][-1] - seen["memory"][2] < 15, seen["memory"]


def test_two_clients_see_one_world(server):
    seen = server.play("world.two_clients", server.port)
    assert seen["frames"] == list(range(seen["frames"][0], seen["frames"][0] + 300))
    assert seen["seen"][-300:] == seen["frames"]
    assert seen["type"] == "vehicle.tesla.model3"
    assert seen["same"]
