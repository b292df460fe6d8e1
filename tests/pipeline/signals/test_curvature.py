"""Curvature against a car that drives a circle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.signals.curvature import from_steer, from_steering_wheel, from_wheels, from_yaw_rate


def drive_circle(wheel: float, wheelbase: float, seconds: float = 5.0, speed: float = 3.0) -> float:
    """Give the curvature of the rear axle's path, by tiny steps of a bicycle whose front wheel rolls where it looks."""
    rear, front = np.zeros(2), np.array([wheelbase, 0.0])
    turned, driven, step = 0.0, 0.0, 1e-4
    for _ in range(int(seconds / step)):
        along = (front - rear) / wheelbase
        heading = np.array([[np.cos(wheel), -np.sin(wheel)], [np.sin(wheel), np.cos(wheel)]]) @ along
        moved = along * speed * step
        rear = rear + moved
        front = front + heading * (moved @ along) / np.cos(wheel)
        front = rear + (front - rear) / np.linalg.norm(front - rear) * wheelbase
        new = (front - rear) / wheelbase
        turned += float(np.arctan2(along[0] * new[1] - along[1] * new[0], along @ new))
        driven += speed * step
    return turned / driven


@pytest.mark.parametrize("degrees", [-20, 5])
def test_a_bicycle_drives_the_curvature_of_its_wheel(degrees: float) -> None:
    wheel = np.radians(degrees)
    assert float(from_wheels(wheel, 2.5)) == pytest.approx(drive_circle(wheel, 2.5), rel=1e-3)
    assert float(from_steering_wheel(wheel * 15, 15, 2.5)) == pytest.approx(float(from_wheels(wheel, 2.5)))
    assert float(from_steer(degrees / 25, 25, 2.5)) == pytest.approx(float(from_wheels(wheel, 2.5)))


@given(st.floats(-1, 1), st.floats(1, 60), st.floats(0.1, 5))
def test_left_is_left(steer: float, angle: float, wheelbase: float) -> None:
    curvature = float(from_steer(steer, angle, wheelbase))
    assert np.sign(curvature) == np.sign(np.radians(steer * angle)) or abs(steer) < 1e-12
    assert curvature == -float(from_steer(-steer, angle, wheelbase))


def test_straight_is_never_minus_zero() -> None:
    assert not np.signbit(from_steer(-0.0, 25, 2.7))


def test_yaw_rate_and_speed() -> None:
    curvature = from_yaw_rate([0.5, 0.5, -0.5, 9.0, 0.1], [10, -10, 10, 10, 0.2])
    np.testing.assert_allclose(curvature, [0.05, -0.05, -0.05, 0.5, np.nan])
    assert from_yaw_rate(0.5, 10.0) == pytest.approx(0.05)
