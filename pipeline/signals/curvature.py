"""Path curvature [1/m], left positive, from whatever a recording holds.

All functions take arrays (N,) or single numbers. Steering of a car is turned into curvature by the single-track model
without slip: curvature = tan(angle of the front wheels) / wheelbase, at the rear axle.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

SLOWEST = 1.0
"""Below this speed [m/s] yaw rate / speed is noise over nothing."""
LARGEST = 0.5
"""No car of full size turns tighter than this [1/m] while it drives."""


def from_yaw_rate(yaw_rate: ArrayLike, speed: ArrayLike, slowest: float = SLOWEST) -> FloatArray:
    """Give yaw rate / speed; NaN where the car is slower than `slowest`, clipped to ±0.5 1/m.

    Args:
        yaw_rate: [rad/s], counter-clockwise (left) positive.
        speed: [m/s] along the car, may be negative.
        slowest: [m/s].
    """
    rate, forward = np.broadcast_arrays(np.asarray(yaw_rate, float), np.asarray(speed, float))
    moving = np.abs(forward) >= slowest
    curvature = np.divide(rate, forward, out=np.full(rate.shape, np.nan), where=moving)
    return np.asarray(np.clip(curvature, -LARGEST, LARGEST))


def from_wheels(angle: ArrayLike, wheelbase: float) -> FloatArray:
    """Give curvature from the angle of the front wheels [rad], left positive; this is Ackermann's steering angle."""
    with np.errstate(invalid="ignore"):  # what is not finite stays so and is set aside later
        return np.asarray(np.tan(np.asarray(angle, float)) / wheelbase + 0.0)  # never -0


def from_steering_wheel(angle: ArrayLike, ratio: float, wheelbase: float) -> FloatArray:
    """Give curvature from the steering wheel's angle [rad], left positive.

    Args:
        angle: [rad].
        ratio: angle of the steering wheel to that of the front wheels; passenger cars have 13 to 17.
        wheelbase: [m].
    """
    return from_wheels(np.asarray(angle, float) / ratio, wheelbase)


def from_steer(steer: ArrayLike, maximum_angle: float, wheelbase: float) -> FloatArray:
    """Give curvature from a normalised steering command in [-1, 1], left positive.

    Args:
        steer: share of the largest angle.
        maximum_angle: of the front wheels at steer 1 [degrees].
        wheelbase: [m].
    """
    return from_wheels(np.radians(np.asarray(steer, float) * maximum_angle), wheelbase)
