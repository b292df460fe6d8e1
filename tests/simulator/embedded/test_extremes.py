"""Senseless values from the official client: words that reach its user, and a world that goes on."""

from itertools import pairwise

from tests.simulator.embedded.conftest import RunningServer


def test_wrong_values_are_named_to_the_caller_or_in_the_log() -> None:
    running = RunningServer()
    said = running.play("extremes.wrong_values")
    log = running.end()
    assert "spawn_actor" in said["place"]
    assert "nan" in said["place"]
    assert "set_episode_settings" in said["settings"]
    assert "cast_ray" in said["ray"]
    assert "exposure_mode" in said["exposure_mode"]
    assert "manual" in said["exposure_mode"]
    for name in ("set_actor_location", "set_weather_parameters", "drag coefficient"):
        assert any(name in line for line in log.splitlines()), log
    assert "Traceback" not in log


def test_any_weather_gives_pictures(play) -> None:
    seen = play("extremes.weathers", timeout=180)
    assert len(seen) == 28
    for name, value, kept, late, mean in seen:
        assert (kept, late) == (True, 0), f"{name}={value}"
        # night or dust, but neither black nor a white sheet
        assert 1.0 < mean < 254.0, f"{name}={value}: {mean}"


def test_a_wide_blur_costs_no_more_than_a_narrow_one(play) -> None:
    spreads = play("extremes.wide_blur", timeout=120)
    assert all(wider < sharper for sharper, wider in pairwise(spreads)), spreads
    assert spreads[-1] < 8.0
