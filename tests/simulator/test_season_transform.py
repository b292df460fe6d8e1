"""Seasons made in the picture, for servers that have none."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.season_transform import transform

SKY, ROAD, LINE, GRASS, EARTH = (150, 180, 220), (95, 95, 98), (225, 225, 220), (70, 110, 45), (120, 95, 70)


def scene() -> NDArray[np.uint8]:
    """A road through a meadow under a blue sky, with a verge, 200 x 78."""
    picture = np.empty((78, 200, 3), np.uint8)
    picture[:30], picture[30:] = SKY, GRASS
    picture[20:30, 20:50] = GRASS
    picture[50:, 60:140] = ROAD
    picture[50:, 60:64] = LINE
    picture[50:, 140:160] = EARTH
    noise = np.random.default_rng(0).integers(-6, 7, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def colour(picture: NDArray[np.uint8], rows: slice, columns: slice) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = picture[rows, columns].reshape(-1, 3).mean(axis=0)
    return mean


MEADOW, TREES, STREET, PAINT = (
    (slice(55, 75), slice(5, 50)),
    (slice(22, 28), slice(25, 45)),
    (slice(60, 75), slice(80, 120)),
    (slice(60, 75), slice(61, 63)),
)


def test_summer_is_left_alone() -> None:
    picture = scene()
    assert transform(picture, "summer") is picture


def test_winter_whitens_the_meadow_and_leaves_the_road_darker_than_its_line() -> None:
    picture = scene()
    winter = transform(picture, "winter")
    meadow = colour(winter, *MEADOW)
    assert meadow.min() > 140
    assert np.ptp(meadow) < 30
    assert colour(winter, *PAINT).mean() > colour(winter, *STREET).mean() + 40
    assert colour(winter, *STREET).mean() < meadow.mean() - 20


def test_autumn_turns_leaves_to_brown_and_keeps_sky_and_road() -> None:
    picture = scene()
    autumn = transform(picture, "autumn")
    for place in (MEADOW, TREES):
        red, green, blue = colour(autumn, *place)
        assert red > green > blue
    assert np.abs(colour(autumn, *STREET) - colour(picture, *STREET)).max() < 3
    assert (
        np.abs(colour(autumn, slice(0, 15), slice(60, 200)) - colour(picture, slice(0, 15), slice(60, 200))).max() < 3
    )


def test_spring_is_greener_than_summer() -> None:
    picture = scene()
    before, after = (
        cv2.cvtColor(np.uint8([[colour(each, *MEADOW)]]), cv2.COLOR_RGB2HSV)[0, 0]  # type: ignore[arg-type]
        for each in (picture, transform(picture, "spring"))
    )
    assert after[1] > before[1]
    assert after[2] > before[2]


@pytest.mark.parametrize("season", ["autumn", "winter", "spring"])
def test_it_is_a_pure_function(season: str) -> None:
    picture = scene()
    kept = picture.copy()
    first = transform(picture, season)  # type: ignore[arg-type]
    assert np.array_equal(picture, kept)
    assert np.array_equal(first, transform(picture, season))  # type: ignore[arg-type]
    assert first.dtype == np.uint8
    assert first.shape == picture.shape
