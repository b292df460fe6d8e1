"""Shadows of cars: away from the sun, as long as the sun is low, on other cars too, and only once."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.render import Body, Renderer, tags
from simulator.embedded.render.lens import Lens
from simulator.embedded.weather import Weather
from tests.simulator.embedded.render.scenes import look_down, renderer_of, two_lanes

# 30 m up, a pixel is 0.2 m
CAMERA = Camera.from_fov(300, 300, 2 * math.atan(1.0))
HEIGHT = 30.0
HALF = (2.3, 0.95, 0.75)
AT = (100.0, 0.0)


def _car(x: float, y: float, number: int = 1, half: tuple[float, float, float] = HALF) -> Body:
    return Body((x, y, half[2]), np.eye(3), half, (230, 230, 230), number=number)


def _draw(renderer: Renderer, *bodies: Body) -> NDArray[np.float64]:
    pose = look_down(*AT, HEIGHT, CAMERA)
    return renderer.draw(CAMERA, *pose, bodies, lens=Lens(noise=0.0, vignette=0.0))[..., :3].astype(float).mean(axis=2)


def _extent(altitude: float, azimuth: float) -> tuple[float, float, float, float]:
    """Give the lowest and highest x, and y, of what a car at AT makes darker [m], from its middle; not the car."""
    renderer = renderer_of(two_lanes())
    renderer.set_weather(Weather(sun_altitude_angle=altitude, sun_azimuth_angle=azimuth, cloudiness=0.0))
    car = _car(*AT)
    share = _draw(renderer, car) / _draw(renderer)
    pose = look_down(*AT, HEIGHT, CAMERA)
    tag = renderer.draw_semantic(CAMERA, *pose, (car,))[..., 2]
    rows, columns = np.nonzero((share < 0.88) & (tag != tags.CAR))
    x, y = (columns - CAMERA.cx) * HEIGHT / CAMERA.fx, (CAMERA.cy - rows) * HEIGHT / CAMERA.fy
    return float(x.min()), float(x.max()), float(y.min()), float(y.max())


@pytest.mark.parametrize("altitude", [45.0, 25.0, 12.0])
def test_a_shadow_is_as_long_as_the_sun_is_low_and_lies_away_from_it(altitude: float) -> None:
    # CARLA's azimuth turns clockwise from x: at 90 the sun stands towards -y
    low_x, high_x, low_y, high_y = _extent(altitude, 90.0)
    length = 1.5 / math.tan(math.radians(altitude))
    # the cabin leans in: its roof ends 0.54 m beside the middle
    assert high_y == pytest.approx(0.54 + length, abs=0.3)
    assert low_y > -1.6
    assert low_x > -2.9
    assert high_x < 2.9
    low_x, high_x, _, _ = _extent(altitude, 180.0)
    # the sun stands towards -x; the roof ends 0.28 m before the middle, the bonnet 2.1 m before it and 0.73 m up
    assert high_x == pytest.approx(max(0.28 + length, 2.14 + 0.49 * length), abs=0.4)
    assert low_x > -2.9


def test_without_sun_only_the_soft_shadow_below_is_left() -> None:
    renderer = renderer_of(two_lanes())
    renderer.set_weather(Weather(cloudiness=100.0, fog_density=0.0))
    share = _draw(renderer, _car(*AT)) / _draw(renderer)
    rows, columns = np.nonzero(share < 0.97)
    assert np.abs(CAMERA.cy - rows).max() * HEIGHT / CAMERA.fy < 0.95 + 0.8
    assert np.abs(columns - CAMERA.cx).max() * HEIGHT / CAMERA.fx < 2.3 + 0.8


def test_a_lorry_takes_the_sun_from_the_roof_of_a_car_and_not_from_its_own() -> None:
    renderer = renderer_of(two_lanes())
    renderer.set_weather(Weather(sun_altitude_angle=30.0, sun_azimuth_angle=90.0, cloudiness=0.0))
    lorry, car = _car(AT[0], -3.0, 2, (4.0, 1.2, 1.7)), _car(*AT, 1)
    alone, both, only = _draw(renderer, car), _draw(renderer, car, lorry), _draw(renderer, lorry)
    row, column = round(CAMERA.cy), round(CAMERA.cx)
    assert both[row, column] < 0.85 * alone[row, column]
    row = round(CAMERA.cy + 3.0 * CAMERA.fy / (HEIGHT - 3.4))
    # off the cab
    assert both[row, column - 10] == only[row, column - 10] > 150
