"""Passes after the background: the air's arithmetic, mirrors, particles, noise, and many threads."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.axes import Pose
from simulator.embedded.cameras import CameraSensor, Studio, group_cameras
from simulator.embedded.jit import entry
from simulator.embedded.library import find_blueprint
from simulator.embedded.render import Renderer, tags
from simulator.embedded.render.air import Air, air_share, make_air, veil
from simulator.embedded.render.canvas import Canvas, make_canvas
from simulator.embedded.render.daylight import Light, make_light
from simulator.embedded.render.lens import Lens, read_lens
from simulator.embedded.render.view import View, make_view
from simulator.embedded.weather import Weather
from simulator.opendrive import RoadNetwork
from tests.simulator.embedded.render.scenes import generated, look_from_lane

CAMERA = Camera.from_fov(200, 78, math.radians(90), pitch=0.07)
STORM = Weather(cloudiness=90.0, precipitation=80.0, wind_intensity=60.0, wetness=90.0, sun_altitude_angle=-20.0)
NETWORK = RoadNetwork.parse(generated(21, 22))


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(NETWORK, 5)


@entry
def lay_veil(canvas: Canvas, light: Light, air: Air, view: View) -> None:
    veil(canvas, light, air, view)


@entry
def share_of(air: Air, above: float, distance: float, rise: float) -> float:
    return float(air_share(air, above, distance, rise))


def integrate(weather: Weather, lens: float, distance: float, rise: float) -> float:
    """Give how much is hidden, by summing the fog along the way."""
    air = make_air(weather, False)
    steps = (np.arange(20000) + 0.5) / 20000
    heights = np.maximum(lens + rise * steps, 0.0)
    density = float(air.fog) * np.exp(-float(air.falloff) * heights) * (distance * steps > float(air.start))
    return float(1 - np.exp(-(density.mean() + float(air.even)) * distance))


@pytest.mark.parametrize("falloff", [0.0, 0.1, 1.0])
@pytest.mark.parametrize(("distance", "rise"), [(10.0, -1.0), (60.0, -1.5), (60.0, 20.0), (400.0, 80.0)])
def test_fog_agrees_with_its_integral(falloff: float, distance: float, rise: float) -> None:
    weather = Weather(fog_density=60.0, fog_falloff=falloff, fog_distance=0.0)
    share = share_of(make_air(weather, False), 1.5, distance, rise)
    assert share == pytest.approx(integrate(weather, 1.5, distance, rise), abs=0.03)


def test_the_veil_of_pixels_agrees_with_that_of_things() -> None:
    weather = Weather(fog_density=50.0, fog_falloff=0.3, fog_distance=5.0, sun_altitude_angle=60.0)
    light, air, canvas = make_light(weather), make_air(weather, False), make_canvas(78, 200)
    view = make_view(CAMERA, (0.0, 0.0, 1.4), CAMERA.rotation())
    canvas.depth[:], canvas.tag[:] = 40.0, tags.ROADS
    lay_veil(canvas, light, air, view)
    for row, column in ((20, 10), (45, 100), (60, 150)):
        ray = np.add(view.corner, np.multiply(column, view.right)) + np.multiply(row, view.down)
        place = 40.0 * ray
        far = float(np.linalg.norm(place))
        share = share_of(air, view.above, far, float(place[2]))
        assert canvas.light[row, column, 1] == pytest.approx(light.haze[1] * share, rel=0.02)


def draw(renderer: Renderer, weather: Weather, **more: object) -> NDArray[np.uint8]:
    renderer.set_weather(weather)
    road = NETWORK.roads[0]
    return renderer.draw(CAMERA, *look_from_lane(road, 100.0, CAMERA), velocity=(9.0, 0.0, 0.0), **more)  # type: ignore[arg-type]


def test_noise_and_drops_follow_from_camera_and_picture_number(renderer: Renderer) -> None:
    for weather in (Weather(), STORM):
        first = draw(renderer, weather, number=3, frame=7)
        assert np.array_equal(first, draw(renderer, weather, number=3, frame=7))
        for other in ({"number": 3, "frame": 8}, {"number": 4, "frame": 7}):
            assert not np.array_equal(first, draw(renderer, weather, **other))


def test_noise_has_the_deviation_that_the_lens_says_and_no_mean(renderer: Renderer) -> None:
    clean = draw(renderer, Weather(), lens=Lens(noise=0.0)).astype(float)[..., :3]
    noisy = np.mean([draw(renderer, Weather(), frame=k).astype(float)[..., :3] - clean for k in range(30)], axis=0)
    assert abs(noisy.mean()) < 0.05
    one = draw(renderer, Weather(), frame=1).astype(float)[..., :3] - clean
    assert one.std() == pytest.approx(Lens().noise, rel=0.15)


def test_blur_softens_edges(renderer: Renderer) -> None:
    sharp, soft = (draw(renderer, Weather(), lens=Lens(noise=0.0, blur=blur)).astype(float) for blur in (0.0, 1.5))
    assert np.abs(np.diff(soft, axis=1)).max() < 0.7 * np.abs(np.diff(sharp, axis=1)).max()
    assert soft.mean() == pytest.approx(sharp.mean(), abs=2)


def test_attributes_of_carla_make_the_lens() -> None:
    plain = read_lens({}, 200)
    assert plain == Lens()
    assert read_lens({"exposure_compensation": "-1"}, 200).compensation == 0.5
    assert read_lens({"exposure_mode": "manual", "iso": "400"}, 200).manual == pytest.approx(4 * 0.8)
    assert read_lens({"exposure_mode": "manual", "shutter_speed": "400"}, 200).manual == pytest.approx(0.4)
    assert read_lens({"blur_radius": "9.6"}, 200).blur == pytest.approx(1.0)


def cameras(kinds: tuple[str, ...] = ("rgb",)) -> list[CameraSensor]:
    found = []
    for k in range(6):
        at = NETWORK.roads[k % 2].reference(np.array([50.0 + 40 * k]))
        pose = Pose(float(at.x[0]), float(at.y[0]), 1.5, yaw=float(at.heading[0]))
        for kind in kinds:
            name = f"sensor.camera.{kind}"
            given = {"image_size_x": "120", "image_size_y": "60"}
            attributes = find_blueprint(name).read_attributes(given)
            found.append(CameraSensor(len(found) + 1, [0, name, []], pose, attributes))
    return found


@pytest.mark.parametrize("workers", [1, 3])
def test_threads_change_no_bit(renderer: Renderer, workers: int) -> None:
    renderer.set_weather(STORM)
    alone, many = Studio(0), Studio(workers)
    first, second = cameras(), cameras()
    for _ in range(4):
        expected, got = alone.take(renderer, first, []), many.take(renderer, second, [])
        assert expected.keys() == got.keys()
        assert all(np.array_equal(expected[key], got[key]) for key in expected)


def test_cameras_of_several_kinds_at_one_place_share_a_cast(renderer: Renderer) -> None:
    kinds = ("rgb", "semantic_segmentation", "depth", "instance_segmentation")
    every = cameras(kinds)
    assert [len(group) for group in group_cameras(every)] == [4] * 6
    assert [len(group) for group in group_cameras([*cameras(), *cameras()])] == [1] * 12
    renderer.set_weather(Weather())
    together = Studio(0).take(renderer, every, [])
    alone = Studio(0).take(renderer, cameras(), [])
    assert all(np.array_equal(together[1 + 4 * k], alone[1 + k]) for k in range(6)), "labels change no colour"
