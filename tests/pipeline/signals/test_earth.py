"""Poses on the earth against SciPy's rotations and directions known by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from pipeline.signals.earth import axes_of, headings

angle = st.floats(-3.1, 3.1)


@given(angle, angle, angle, st.floats(0.1, 9))
def test_axes_are_those_of_scipy(first: float, second: float, third: float, length: float) -> None:
    turned = Rotation.from_euler("xyz", [first, second, third])
    quaternion = length * np.roll(turned.as_quat(), 1)
    np.testing.assert_allclose(axes_of(quaternion[None])[0], turned.as_matrix(), atol=1e-12)


def test_a_quaternion_of_nothing_is_unknown() -> None:
    assert np.isnan(axes_of(np.zeros((1, 4)))).all()
    assert np.isnan(axes_of(np.full((1, 4), np.nan))).all()


def test_headings_by_hand() -> None:
    """At longitude 0 on the equator east is y and north is z; at 90 degrees east, east is -x."""
    place = np.array([[6378137.0, 0, 0]])
    for direction, degrees in ([0, 1, 0], 0), ([0, 0, 1], 90), ([0, -1, 0], 180), ([0, 0, -1], -90), ([5, 1, 1], 45):
        found = headings(place, np.array([direction], float))
        np.testing.assert_allclose(np.degrees(found), [degrees], atol=1e-9)
    found = headings(np.array([[0, 6378137.0, 0]]), np.array([[-1.0, 0, 0]]))
    np.testing.assert_allclose(found, [0], atol=1e-12)


def test_a_car_that_turns_left_has_a_rising_heading_anywhere() -> None:
    random = np.random.default_rng(0)
    for latitude, longitude in random.uniform([-1.4, -3], [1.4, 3], (20, 2)):
        up = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
        begin = np.cross(up, random.normal(size=3))
        left = np.cross(up, begin)
        turns = np.linspace(0, 1, 5)[:, None]
        found = headings(6.37e6 * up + np.zeros((5, 1)), np.cos(turns) * begin + np.sin(turns) * left)
        np.testing.assert_allclose(np.diff(np.unwrap(found)), 0.25, atol=0.002)  # up is not quite the normal


def test_the_pole_has_no_east() -> None:
    assert np.isnan(headings(np.array([[0, 0, 6.36e6]]), np.array([[1.0, 0, 0]]))).all()
