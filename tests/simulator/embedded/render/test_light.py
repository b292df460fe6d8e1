"""Light: day and night, clouds, headlights, haze; and edges that don't shimmer."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.render import Beam, Renderer, tags
from simulator.embedded.render.daylight import direction_to_sun, make_light
from simulator.embedded.weather import Weather
from simulator.opendrive import RoadNetwork
from tests.simulator.embedded.render.scenes import SOLID, generated, look_from, look_from_lane, renderer_of, two_lanes

CAMERA = Camera.from_fov(200, 78, math.radians(90), pitch=0.07)
XML = two_lanes(center=SOLID)
OWN = Beam((30.0, -1.75, 0.0), (1.0, 0.0))


@pytest.fixture
def renderer() -> Renderer:
    return Renderer(RoadNetwork.parse(XML), 5)


def _draw(renderer: Renderer, camera: Camera = CAMERA, **weather: float) -> NDArray[np.float64]:
    renderer.set_weather(Weather(**weather))
    pose = look_from(30.0, -1.75, 0.0, camera)
    return renderer.draw(camera, *pose, beams=(OWN,))[..., :3].astype(float)


def _rows_at(camera: Camera, *distances: float) -> list[int]:
    return [round(camera.project(np.array([[distance, 0.0, 0.0]]))[0, 1]) for distance in distances]


def test_night_is_dark_but_the_lane_is_seen_in_the_headlights(renderer: Renderer) -> None:
    day, night = _draw(renderer, sun_altitude_angle=50.0), _draw(renderer, sun_altitude_angle=-30.0)
    assert night.mean() < 0.45 * day.mean()
    assert night[:20].mean() < 60
    semantic = renderer.draw_semantic(CAMERA, *look_from(30.0, -1.75, 0.0, CAMERA))[..., 2]
    for row in _rows_at(CAMERA, 5.0, 10.0):
        lines = night[row][semantic[row] == tags.ROAD_LINES].mean()
        road = night[row, 80:120][semantic[row, 80:120] == tags.ROADS].mean()
        assert lines > road + 30
        assert road > 20


def test_headlights_are_off_by_day_and_point_ahead(renderer: Renderer) -> None:
    assert make_light(Weather(sun_altitude_angle=20.0)).beam == 0
    assert make_light(Weather(sun_altitude_angle=-10.0)).beam == 1
    wide = Camera.from_fov(200, 78, math.radians(130), pitch=0.2)
    night = _draw(renderer, wide, sun_altitude_angle=-30.0)
    # before the car's front; nearer, its hood throws a shadow
    assert night[45, 90:110].mean() > 1.3 * night[45, :20].mean()


def test_the_lower_the_sun_the_less_light_and_the_warmer() -> None:
    lights = [make_light(Weather(sun_altitude_angle=altitude)) for altitude in (80, 40, 15, 5)]
    warmth = [light.sunlight[0] / light.sunlight[2] for light in lights]
    assert warmth == sorted(warmth)
    brightness = [light.sunlight[1] * light.sun[2] / light.ambient[1] for light in lights]
    assert brightness == sorted(brightness, reverse=True)
    night = make_light(Weather(sun_altitude_angle=-15))
    assert max(night.sunlight) < 0.02 * max(lights[0].sunlight), "the moon"
    assert night.sun[2] > 0.4


def test_clouds_take_the_sun_away() -> None:
    clear, overcast = (make_light(Weather(cloudiness=clouds)) for clouds in (0, 100))
    assert overcast.sunlight[1] / overcast.ambient[1] < 0.1 * clear.sunlight[1] / clear.ambient[1]


def test_the_sun_stands_where_the_angles_say(renderer: Renderer) -> None:
    camera = Camera.from_fov(201, 101, math.radians(90))
    for azimuth, altitude in ((0.0, 10.0), (20.0, 15.0), (-25.0, 5.0)):
        picture = _draw(renderer, camera, sun_azimuth_angle=azimuth, sun_altitude_angle=altitude, cloudiness=0.0)
        sun = direction_to_sun(Weather(sun_azimuth_angle=azimuth, sun_altitude_angle=altitude))
        pixel = camera.project(np.array([[0.0, 0.0, camera.z]]) + 100 * np.array([sun], float))[0]
        # CARLA's azimuth turns clockwise seen from above: positive is to the right
        assert (pixel[0] - camera.cx) * azimuth >= 0
        row, column = round(pixel[1]), round(pixel[0])
        around = picture[row - 1 : row + 2, column - 1 : column + 2].mean()
        assert around >= np.percentile(picture, 99) - 2


def test_far_things_fade_into_the_haze(renderer: Renderer) -> None:
    clear, fog = _draw(renderer, fog_density=0.0), _draw(renderer, fog_density=80.0)
    near, far = _rows_at(CAMERA, 3.0, 60.0)
    assert fog[far].std() < 0.35 * clear[far].std()
    assert fog[near].std() > 0.4 * clear[near].std()
    assert abs(fog[far].mean() - fog[far - 6].mean()) < 8


@pytest.mark.parametrize("seed", [31, 32])
def test_far_lines_do_not_shimmer(seed: int) -> None:
    xml = generated(seed)
    renderer, first = renderer_of(xml, 3), RoadNetwork.parse(xml).roads[0]
    horizon = round(CAMERA.cy - CAMERA.fy * math.tan(CAMERA.pitch))
    for s in (50.0, 300.0, 600.0):
        here, there = (
            renderer.draw(CAMERA, *look_from_lane(first, s + shift, CAMERA))[..., :3].astype(float)
            for shift in (0, 0.01)
        )
        change = np.abs(here - there)[horizon - 1 : horizon + 14]
        assert change.mean() < 0.5
        assert change.max() < 20


@pytest.mark.parametrize("seed", [33, 34])
def test_a_pixel_shows_the_mean_of_what_it_covers(seed: int) -> None:
    xml = generated(seed)
    renderer, first = renderer_of(xml, 3), RoadNetwork.parse(xml).roads[0]
    times = 9
    fine = Camera.from_fov(200 * times, 78 * times, math.radians(90), pitch=0.07)
    for s in (80.0, 420.0):
        coarse = renderer.draw(CAMERA, *look_from_lane(first, s, CAMERA))[..., :3].astype(float)
        sharp = renderer.draw(fine, *look_from_lane(first, s, fine))[..., :3].astype(float)
        # the display's curve is a square root, more or less: means are of light
        mean = np.sqrt((sharp**2).reshape(78, times, 200, times, 3).mean(axis=(1, 3)))
        difference = np.abs(coarse - mean)
        assert difference.mean() < 2.0
        assert np.percentile(difference, 99) < 14
        # near the horizon, where a pixel is up to 70 m long, only looking at it in several places does
        assert difference[33:38].mean() < 2.8
        lone = sharp[times // 2 :: times, times // 2 :: times]
        assert difference[42:60].mean() < 0.6 * np.abs(lone - mean)[42:60].mean()
