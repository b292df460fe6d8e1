"""Other cars: where they are, what hides what, and poses that ask for trouble."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.camera import Camera
from simulator.embedded.render import Body, Renderer, tags
from simulator.embedded.scenery.things import OAK
from simulator.embedded.weather import Weather
from simulator.opendrive import RoadNetwork
from tests.simulator.embedded.render.scenes import look_from, renderer_of, two_lanes
from tests.simulator.embedded.render.test_cards import Few, thing

CAMERA = Camera.from_fov(320, 160, math.radians(90), pitch=0.05)
HALF = (2.3, 0.95, 0.75)
RED, WHITE = (200, 20, 20), (240, 240, 240)


def car(x: float, y: float, heading: float = 0.0, color: tuple[int, int, int] = RED, z: float = 0.75) -> Body:
    cosine, sine = math.cos(heading), math.sin(heading)
    return Body((x, y, z), np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]]), HALF, color)


def _draw(*bodies: Body) -> tuple[np.ndarray, np.ndarray]:
    renderer = renderer_of(two_lanes())
    pose = look_from(20.0, -1.75, 0.0, CAMERA)
    return renderer.draw(CAMERA, *pose, list(bodies)), renderer.draw_semantic(CAMERA, *pose, list(bodies))[..., 2]


def test_a_car_covers_the_pixels_of_its_box() -> None:
    tag = _draw(car(32.0, -1.0, 0.3))[1]
    rows, columns = np.nonzero(tag == tags.CAR)
    corners = np.array([[x, y, z] for x in (-2.3, 2.3) for y in (-0.95, 0.95) for z in (0.0, 1.5)])
    turn = np.array([[math.cos(0.3), -math.sin(0.3), 0], [math.sin(0.3), math.cos(0.3), 0], [0, 0, 1]])
    pixels = CAMERA.project(corners @ turn.T + (12.0, 0.75, 0.0))
    assert len(rows) > 200
    # the hull is as long and wide as the box, the cabin as high but narrower
    assert abs(columns.min() - pixels[:, 0].min()) < 1.5
    assert abs(columns.max() - pixels[:, 0].max()) < 1.5
    # the bumper is higher than the wheels
    assert abs(rows.max() - pixels[:, 1].max()) < 2.5
    assert 0 <= rows.min() - pixels[:, 1].min() < 3


def test_the_nearer_car_hides_the_farther_whatever_their_order() -> None:
    near, far = car(28.0, -1.75, color=RED), car(40.0, 0.2, color=WHITE)
    one, two = _draw(near, far)[0], _draw(far, near)[0]
    assert np.array_equal(one, two)
    alone = _draw(near)
    middle = alone[1] == tags.CAR
    # all but its outline, through which what is behind shines
    assert (one[middle] == alone[0][middle]).all(axis=-1).mean() > 0.93
    assert np.abs(one[middle].astype(int) - alone[0][middle]).mean() < 2.0
    assert (one != alone[0]).any()


def test_cars_behind_around_and_far_away_are_not_drawn() -> None:
    assert not (_draw(car(5.0, -1.75), car(20.0, -1.75, z=1.2), car(400.0, -1.75))[1] == tags.CAR).any()


def test_a_car_throws_a_shadow_on_the_road() -> None:
    empty, full = _draw()[0].astype(float), _draw(car(30.0, -1.75))
    row = np.flatnonzero((full[1] == tags.CAR).any(1)).max() + 1
    assert full[0][row, 150:170, :3].mean() < empty[row, 150:170, :3].mean() - 10


def test_a_car_as_high_as_the_lens_is_seen_whole() -> None:
    height = look_from(20.0, -1.75, 0.0, CAMERA)[0][2]
    seen = [(_draw(car(32.0, -1.0, z=height - 0.75 - lower))[1] == tags.CAR).sum() for lower in (0.0, 0.002)]
    assert seen[0] > 200
    assert abs(int(seen[0]) - int(seen[1])) < 0.05 * seen[1]


def test_a_car_in_a_trees_shadow_is_darker_than_one_in_the_sun() -> None:
    network = RoadNetwork.parse(two_lanes())
    light = []
    for x in (32.0, 90.0):
        renderer = Renderer(network, 5, scenery=Few(network, thing(OAK, x, 3.0, 9.0, 8.0)))
        # the sun stands to the left, as high as wide
        renderer.set_weather(Weather(sun_altitude_angle=45.0, sun_azimuth_angle=270.0, cloudiness=0.0))
        pose = look_from(20.0, -1.75, 0.0, CAMERA)
        bodies = [car(32.0, -2.0, color=WHITE)]
        picture, tag = renderer.draw(CAMERA, *pose, bodies), renderer.draw_semantic(CAMERA, *pose, bodies)[..., 2]
        light.append(float(picture[tag == tags.CAR][:, 1].mean()))
    assert light[0] < 0.85 * light[1]


def test_a_box_of_another_tag_is_plain() -> None:
    box = Body((30.0, 3.0, 1.0), np.eye(3), (1.0, 1.0, 1.0), (10, 10, 200), tags.VEGETATION)
    image, tag = _draw(box)
    assert (tag == tags.VEGETATION).sum() > 100
    blue, _, red = image[tag == tags.VEGETATION][:, :3].T
    assert (blue.astype(int) > red.astype(int)).all()


ANY = st.floats(-math.pi, math.pi)


@settings(max_examples=60, deadline=None)
@given(
    roll=ANY,
    pitch=ANY,
    yaw=ANY,
    z=st.floats(-5, 2000),
    x=st.floats(-1e5, 1e5),
    y=st.floats(-1e5, 1e5),
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    fov=st.floats(0.01, 3.0),
)
def test_any_pose_of_any_camera_gives_a_picture(
    roll: float, pitch: float, yaw: float, z: float, x: float, y: float, width: int, height: int, fov: float
) -> None:
    camera = Camera.from_fov(width, height, fov, roll=roll, pitch=pitch, yaw=yaw)
    position = (x, y, z)
    image = renderer_of(two_lanes()).draw(camera, position, camera.rotation(), [car(x + 5, y)], 3)
    assert image.shape == (height, width, 4)
    assert (image[..., 3] == 255).all()
    again = renderer_of(two_lanes()).draw(camera, position, camera.rotation(), [car(x + 5, y)], 3)
    assert np.array_equal(image, again)
