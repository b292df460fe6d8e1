"""The official client's cameras: weather field by field, lenses, depth against geometry, instances, several at once."""

import itertools
from typing import Any

import pytest

BLUE, GREEN, RED = 0, 1, 2


@pytest.fixture(scope="module")
def weathers(play: Any) -> dict[str, Any]:
    result: dict[str, Any] = play("cameras.weathers", timeout=120)
    return result


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def blueness(values: list[float]) -> float:
    return values[BLUE] - values[RED]


def test_fog_lowers_far_contrast_and_leaves_what_is_near(weathers):
    plain, fog = weathers["plain"], weathers["fog"]
    assert mean(fog["far"]) > mean(plain["far"]) + 40, "far road takes the colour of the fog"
    assert abs(mean(fog["far"]) - mean(fog["horizon"])) < 15
    assert mean(fog["near"]) < mean(fog["far"]) - 30


def test_fog_begins_at_its_distance_and_stays_low_if_it_falls_off(weathers):
    assert mean(weathers["far fog"]["near"]) == pytest.approx(mean(weathers["plain"]["near"]), abs=8)
    assert mean(weathers["far fog"]["edge"]) < mean(weathers["fog"]["edge"]) - 40
    low, plain, fog = (mean(weathers[name]["sky"]) for name in ("low fog", "plain", "fog"))
    assert abs(low - plain) < 12 < abs(fog - plain)


def test_scattering_changes_fog_haze_and_sky(weathers):
    assert mean(weathers["bright fog"]["far"]) > mean(weathers["fog"]["far"]) + 10
    assert blueness(weathers["no molecules"]["sky"]) < 0.5 * blueness(weathers["plain"]["sky"])
    assert mean(weathers["hazy"]["far"]) > mean(weathers["plain"]["far"]) + 40


def test_night_is_dark_outside_the_beams(weathers):
    night, plain = weathers["night"], weathers["plain"]
    assert night["all"] < 0.35 * plain["all"]
    assert mean(night["edge"]) < 40
    assert mean(night["near"]) > mean(night["edge"]) + 30
    assert night["all"] < weathers["dusk"]["all"]


def test_a_low_sun_is_where_its_azimuth_says_and_red(weathers):
    assert weathers["sun left"]["left"] > weathers["sun left"]["right"] + 10
    assert weathers["sun right"]["right"] > weathers["sun right"]["left"] + 10
    assert blueness(weathers["dusk"]["horizon"]) < -25


def test_clouds_hide_the_blue(weathers):
    assert blueness(weathers["clouds"]["sky"]) < 0.3 * blueness(weathers["plain"]["sky"])


def test_wet_road_mirrors_the_sky(weathers):
    for name in ("wet", "puddles"):
        assert blueness(weathers[name]["edge"]) > blueness(weathers["plain"]["edge"]) + 15
        assert mean(weathers[name]["far"]) > mean(weathers["plain"]["far"]) + 20, "the flatter, the more"
    assert weathers["puddles"]["far_spread"] > weathers["wet"]["far_spread"], "puddles lie here and there"


def test_dust_is_brown_and_hides_what_is_far(weathers):
    assert blueness(weathers["dust"]["sky"]) < -30
    assert abs(mean(weathers["dust"]["far"]) - mean(weathers["dust"]["horizon"])) < 15


def test_rain_moves_slants_in_the_wind_and_falls_the_same_again(play):
    seen = play("cameras.rain", timeout=120)
    means = seen["means"]
    assert means["rain"] > means["dry"] + 0.15
    assert means["storm"] != pytest.approx(means["rain"], abs=0.02)
    assert seen["hashes"][0] == seen["hashes"][1]


def test_every_preset_looks_like_its_name(play):
    seen = play("cameras.presets", timeout=120)
    assert len(seen) == 23
    for name, each in seen.items():
        noon = seen["ClearNoon"]
        if "Night" in name:
            assert each["all"] < 0.4 * noon["all"], name
        else:
            assert 0.7 * noon["all"] < each["all"] < 1.6 * noon["all"], name
        if "Rain" in name or "Wet" in name:
            dry = seen["ClearNight" if "Night" in name else "ClearNoon"]
            assert each != dry, name
            if "Night" not in name:
                assert mean(each["far"]) > mean(dry["far"]) + 10, name
        if "Sunset" in name:
            noon_name = name.replace("Sunset", "Noon").replace("MidRain", "MidRainy")
            assert blueness(each["horizon"]) < blueness(seen[noon_name]["horizon"]) + 1, name
    for time in ("Noon", "Sunset"):
        hard, soft = seen[f"HardRain{time}"], seen[f"SoftRain{time}"]
        assert mean(hard["far"]) > mean(soft["far"]), "harder rain hides more"
    assert blueness(seen["DustStorm"]["sky"]) < -30


def test_lenses(play):
    seen = play("cameras.lenses", timeout=120)
    plain, night = seen["plain"], seen["plain at night"]
    assert seen["brighter"]["mean"] > plain["mean"] + 15
    assert seen["manual, closed"]["mean"] < seen["manual"]["mean"] - 20
    assert seen["manual"]["mean"] == pytest.approx(plain["mean"], rel=0.15), "made for noon"
    assert seen["manual at night"]["mean"] < 0.7 * night["mean"], "which does not open for the night"
    assert seen["gamma"]["mean"] > plain["mean"] + 10
    assert seen["circle"]["corners"] < 5 < plain["corners"]
    assert seen["no effects"]["grain"] < 0.3 < plain["grain"] < night["grain"]
    assert seen["no effects"]["corners"] > plain["corners"] + 3
    assert seen["warm"]["warmth"] > plain["warmth"] + 8
    assert plain["grain"] < 2.0, "mild by day"


def test_depth_is_that_of_the_geometry(play):
    seen = play("cameras.depth", timeout=120)
    assert max(seen["errors"]) < 0.01
    # the client's converter gives 8 bits
    assert max(seen["gaps"]) < 1000 / 255
    assert seen["sky"] == 1000


def test_cameras_at_one_place_agree_and_tell_which_car_it_is(play):
    seen = play("cameras.instances", timeout=120)
    assert seen["ids"] == seen["expected"]
    assert seen["same_tags"]
    assert seen["alone"]
    # from the lens 1 m before the middle of its car to the rear of a car of 4.7 m
    assert seen["nearest"]["near"] == pytest.approx(12 - 1.0 - 2.4, abs=0.4)
    assert seen["nearest"]["far"] == pytest.approx(30 - 1.0 - 2.4, abs=0.4)


def test_other_cameras_change_nothing(play):
    hashes = play("cameras.alone_or_not", timeout=120)["hashes"]
    assert all(first == second for first, second in itertools.pairwise(hashes))
