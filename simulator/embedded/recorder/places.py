"""Where the recorder's centimetres and CARLA's axes become our metres and poses, and back."""

import numpy as np

from simulator.embedded.axes import Pose, pose_from_carla, pose_to_carla, rotation_matrix
from simulator.embedded.recorder.layout import Position, Triple

CENTIMETRES = 100.0


def to_log(pose: Pose) -> tuple[float, float, float, float, float, float]:
    """Give x, y, z [cm], roll, pitch, yaw [degrees]."""
    x, y, z, pitch, yaw, roll = pose_to_carla(pose)
    return CENTIMETRES * x, CENTIMETRES * y, CENTIMETRES * z, roll, pitch, yaw


def from_log(location: Triple, rotation: Triple) -> Pose:
    """Read a place [cm] and roll, pitch, yaw [degrees]."""
    x, y, z = (part / CENTIMETRES for part in location)
    roll, pitch, yaw = rotation
    return pose_from_carla(x, y, z, pitch, yaw, roll)


def between(first: Position, second: Position, share: float) -> Pose:
    """Give the pose at a share of the way from one logged place to the next, turning the short way."""
    numbers = [a + share * (b - a) for a, b in zip(first[1:4], second[1:4], strict=True)]
    turns = [a + share * ((b - a + 180.0) % 360.0 - 180.0) for a, b in zip(first[4:7], second[4:7], strict=True)]
    return from_log((numbers[0], numbers[1], numbers[2]), (turns[0], turns[1], turns[2]))


def detach(parent: Pose, pose: Pose) -> Pose:
    """Give where `pose` is in the axes of `parent`; the inverse of `axes.attach`."""
    rotation = rotation_matrix(parent).T
    x, y, z = rotation @ (pose.x - parent.x, pose.y - parent.y, pose.z - parent.z)
    both = rotation @ rotation_matrix(pose)
    roll = np.arctan2(both[2, 1], both[2, 2])
    pitch = -np.arcsin(np.clip(both[2, 0], -1.0, 1.0))
    return Pose(float(x), float(y), float(z), float(roll), float(pitch), float(np.arctan2(both[1, 0], both[0, 0])))
