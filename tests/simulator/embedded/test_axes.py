"""The door between our axes and CARLA's, against CARLA's own matrices."""

import math

import carla
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.embedded.axes import (
    Pose,
    attach,
    pose_from_carla,
    pose_to_carla,
    rotation_matrix,
    turn_from_carla,
    turn_to_carla,
)

MIRROR = np.diag([1.0, -1.0, 1.0, 1.0])
angles = st.floats(-math.pi, math.pi)
pitches = st.floats(-1.5, 1.5)
places = st.floats(-1e3, 1e3)
poses = st.builds(Pose, places, places, places, angles, pitches, angles)


def matrix(pose):
    result = np.eye(4)
    result[:3, :3] = rotation_matrix(pose)
    result[:3, 3] = pose[:3]
    return result


def carla_matrix(pose):
    x, y, z, pitch, yaw, roll = pose_to_carla(pose)
    transform = carla.Transform(carla.Location(x, y, z), carla.Rotation(pitch, yaw, roll))
    return MIRROR @ np.array(transform.get_matrix()) @ MIRROR


@given(poses)
def test_poses_mean_what_carla_means(pose):
    assert np.allclose(matrix(pose), carla_matrix(pose), atol=1e-3)
    assert np.allclose(matrix(pose_from_carla(*pose_to_carla(pose))), matrix(pose), atol=1e-9)


@given(poses, poses)
def test_what_is_attached_is_carried(parent, relative):
    assert np.allclose(matrix(attach(parent, relative)), matrix(parent) @ matrix(relative), atol=1e-6)


@given(poses, poses)
def test_flat_parents_take_the_short_way(parent, relative):
    flat = parent._replace(roll=0.0, pitch=0.0)
    assert np.allclose(matrix(attach(flat, relative)), matrix(flat) @ matrix(relative), atol=1e-9)


@given(st.tuples(places, places, places))
def test_turns_follow_poses(turn):
    """A pose that turns a little shows the angular velocity that its CARLA angles show."""
    assert np.allclose(turn_from_carla(*turn_to_carla(*turn)), turn)
    before, after = Pose(yaw=0.3), Pose(yaw=0.3 + 1e-3)
    shown = pose_to_carla(after)[4] - pose_to_carla(before)[4]
    assert math.isclose(turn_to_carla(0, 0, 1e-3)[2], shown, rel_tol=1e-6)
