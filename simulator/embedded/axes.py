"""The one door where our right-handed metres and radians become CARLA's left-handed metres and degrees, and back.

Inside the server x points forward, y left, z up and angles are counter-clockwise about these axes. On CARLA's wire
y points right, yaw and pitch turn the other way (a raised nose has positive pitch), and to the right steer is positive.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]


class Pose(NamedTuple):
    """A place and a direction: x, y, z [m], roll, pitch, yaw [rad], right-handed: Rz(yaw) Ry(pitch) Rx(roll)."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    roll: float = 0.0
    pitch: float = 0.0
    yaw: float = 0.0


def pose_to_carla(pose: Pose) -> tuple[float, float, float, float, float, float]:
    """Give x, y, z [m], pitch, yaw, roll [degrees] as CARLA counts them."""
    x, y, z, roll, pitch, yaw = pose
    return x, -y, z, -math.degrees(pitch), -math.degrees(yaw), math.degrees(roll)


def pose_from_carla(x: float, y: float, z: float, pitch: float, yaw: float, roll: float) -> Pose:
    """Read x, y, z [m], pitch, yaw, roll [degrees] as CARLA counts them."""
    return Pose(x, -y, z, math.radians(roll), -math.radians(pitch), wrap(-math.radians(yaw)))


def vector_to_carla(x: float, y: float, z: float) -> Vector:
    """Mirror a position, velocity, acceleration or impulse; it is its own inverse."""
    return x, -y, z


def turn_to_carla(x: float, y: float, z: float) -> Vector:
    """Give an angular velocity [rad/s] as CARLA counts it [degrees/s]; the axes of rotation mirror the other way."""
    return -math.degrees(x), math.degrees(y), -math.degrees(z)


def turn_from_carla(x: float, y: float, z: float) -> Vector:
    """Read an angular velocity as CARLA counts it [degrees/s]; gives [rad/s]."""
    return -math.radians(x), math.radians(y), -math.radians(z)


def mirror_steering(value: float) -> float:
    """Turn CARLA's right-positive steer or wheel angle into our left-positive one, and back."""
    return -value


def wrap(angle: float) -> float:
    """Bring an angle [rad] into [-pi, pi]."""
    return math.remainder(angle, 2 * math.pi)


Rows = tuple[Vector, Vector, Vector]


def rotation_matrix(pose: Pose) -> NDArray[np.float64]:
    """Give the (3, 3) matrix from the pose's own axes (forward, left, up) to the world's."""
    return np.array(_rotation(pose))


def _rotation(pose: Pose) -> Rows:
    cosine_r, sine_r = math.cos(pose.roll), math.sin(pose.roll)
    cosine_p, sine_p = math.cos(pose.pitch), math.sin(pose.pitch)
    cosine_y, sine_y = math.cos(pose.yaw), math.sin(pose.yaw)
    return (
        (
            cosine_y * cosine_p,
            cosine_y * sine_p * sine_r - sine_y * cosine_r,
            cosine_y * sine_p * cosine_r + sine_y * sine_r,
        ),
        (
            sine_y * cosine_p,
            sine_y * sine_p * sine_r + cosine_y * cosine_r,
            sine_y * sine_p * cosine_r - cosine_y * sine_r,
        ),
        (-sine_p, cosine_p * sine_r, cosine_p * cosine_r),
    )


def attach(parent: Pose, relative: Pose) -> Pose:
    """Give the world pose of something fixed to `parent` at `relative` (in the parent's axes)."""
    if parent.roll == 0.0 and parent.pitch == 0.0:
        cosine, sine = math.cos(parent.yaw), math.sin(parent.yaw)
        return Pose(
            parent.x + cosine * relative.x - sine * relative.y,
            parent.y + sine * relative.x + cosine * relative.y,
            parent.z + relative.z,
            relative.roll,
            relative.pitch,
            wrap(parent.yaw + relative.yaw),
        )
    # by hand: for three numbers arrays take longer
    first, second, third = _rotation(parent)
    ahead, left, up = zip(*_rotation(relative), strict=True)
    place = relative.x, relative.y, relative.z
    return Pose(
        parent.x + _dot(first, place),
        parent.y + _dot(second, place),
        parent.z + _dot(third, place),
        math.atan2(_dot(third, left), _dot(third, up)),
        -math.asin(min(max(_dot(third, ahead), -1.0), 1.0)),
        math.atan2(_dot(second, ahead), _dot(first, ahead)),
    )


def _dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
