"""The client's door, against the official client's own geometry."""

import math

import carla
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.camera import Camera
from simulator.carla.axes import Steering, to_camera_transform, to_transform, to_velocity

MIRROR = np.diag([1.0, -1.0, 1.0])
angles = st.floats(-1.5, 1.5)
places = st.floats(-500, 500)


@given(places, places, st.floats(-3, 3))
def test_car_looks_where_its_heading_points(x: float, y: float, heading: float) -> None:
    transform = to_transform(x, y, 0.5, heading)
    forward, right = transform.get_forward_vector(), transform.get_right_vector()
    assert (forward.x, -forward.y) == pytest.approx((math.cos(heading), math.sin(heading)), abs=1e-5)
    # our left is (-sin, cos); theirs is minus right, mirrored
    assert (-right.x, right.y) == pytest.approx((-math.sin(heading), math.cos(heading)), abs=1e-5)
    assert (transform.location.x, -transform.location.y) == pytest.approx((x, y), rel=1e-6)
    velocity = to_velocity(7.0, heading)
    assert velocity.x * forward.x + velocity.y * forward.y == pytest.approx(7.0, abs=1e-4)


@given(angles, angles, angles, st.floats(-2, 2))
def test_camera_is_mounted_as_we_say(roll: float, pitch: float, yaw: float, y: float) -> None:
    camera = Camera.from_fov(200, 78, 1.5, x=0.4, y=y, z=1.4, roll=roll, pitch=pitch, yaw=yaw)
    matrix = np.array(to_camera_transform(camera).get_matrix())
    axes = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    np.testing.assert_allclose(MIRROR @ matrix[:3, :3] @ MIRROR, camera.rotation() @ axes.T, atol=1e-5)
    np.testing.assert_allclose(MIRROR @ matrix[:3, 3], [0.4, y, 1.4], atol=1e-5)


def physics(transform: carla.Transform | None = None) -> carla.VehiclePhysicsControl:
    """A car of wheelbase 2.9 m, rear axle 1.5 m behind the origin; wheels in its own axes or where it stands [cm]."""
    wheels = []
    for x, y, angle in ((1.4, -0.8, 70.0), (1.4, 0.8, 70.0), (-1.5, -0.8, 0.0), (-1.5, 0.8, 0.0)):
        place = carla.Location(x, y, 0.3)
        if transform is not None:
            place = transform.transform(place)
        wheels.append(
            carla.WheelPhysicsControl(
                max_steer_angle=angle, position=carla.Vector3D(*(100 * v for v in (place.x, place.y, place.z)))
            )
        )
    curve = [carla.Vector2D(0.0, 1.0), carla.Vector2D(36.0, 0.5)]
    return carla.VehiclePhysicsControl(wheels=wheels, steering_curve=curve)


@pytest.mark.parametrize("pose", [None, (300.0, -80.0, 2.0), (0.5, 4000.0, -1.0), (1.0, 0.5, 0.1)])
def test_wheelbase_is_read_from_wheels_in_either_axes(pose: tuple[float, float, float] | None) -> None:
    transform = to_transform(pose[0], pose[1], 0.1, pose[2]) if pose else carla.Transform()
    steering = Steering(physics(transform if pose else None), transform, 1.0)
    assert steering.wheelbase == pytest.approx(2.9, abs=1e-3)
    assert steering.rear_axle == pytest.approx(1.5, abs=1e-3)


def test_steer_is_the_bicycle_model_through_the_steering_curve() -> None:
    steering = Steering(physics(), carla.Transform(), 1.0)
    angle = math.atan(2.9 * 0.03)
    assert steering.steer(0.03, 0.0) == pytest.approx(-angle / math.radians(70))
    assert steering.steer(0.03, 5.0) == pytest.approx(-angle / (0.75 * math.radians(70)))
    assert steering.steer(0.03, 20.0) == pytest.approx(-angle / (0.5 * math.radians(70)))
    assert steering.steer(-0.03, 5.0) == -steering.steer(0.03, 5.0)
    assert steering.steer(5.0, 10.0) == -1.0
    assert steering.steer(-5.0, 10.0) == 1.0
    gained = Steering(physics(), carla.Transform(), 1.3)
    assert gained.steer(0.03, 5.0) == pytest.approx(1.3 * steering.steer(0.03, 5.0))
