"""Steering as a driver would see it: where both wheels of a car that keeps its curvature will roll, in the picture."""

import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera

HALF_TRACK = 0.8  # [m] from the middle to a wheel
NEAREST, FARTHEST = 2.0, 40.0  # [m] of the arc that is drawn
ASSUMED_FOV, ASSUMED_HEIGHT, ASSUMED_HORIZON = 1.2, 1.4, 0.42
"""Horizontal field of view [rad], height of the lens [m] and where the horizon lies (share of the picture's height),
where the camera is not known; the arc then shows the side and how strongly, not the very place."""


def assume_camera(height: int, width: int) -> Camera:
    """Give a camera that suits most recordings whose camera nobody knows."""
    level = Camera.from_fov(width, height, ASSUMED_FOV, z=ASSUMED_HEIGHT)
    pitch = float(np.arctan2(level.cy - ASSUMED_HORIZON * height, level.fy))
    return Camera.from_fov(width, height, ASSUMED_FOV, z=ASSUMED_HEIGHT, pitch=pitch)


def arc_on_road(camera: Camera, curvature: float) -> list[NDArray[np.float64]]:
    """Give where both wheels of a car that keeps its curvature will roll, as pixels in the picture.

    Args:
        camera: of the picture.
        curvature: [1/m], left positive.

    Returns:
        Two arrays (N, 2) of (x, y) [px]: left wheel, right wheel; NaN behind the camera.
    """
    along = np.linspace(NEAREST, FARTHEST, 80)
    angle = along * curvature
    along = along[np.abs(angle) <= np.pi / 2]  # no farther than a quarter of a circle
    angle = along * curvature
    if abs(curvature) < 1e-6:
        forward, left = along, np.zeros_like(along)
    else:
        forward, left = np.sin(angle) / curvature, (1 - np.cos(angle)) / curvature
    wheels = []
    for side in (HALF_TRACK, -HALF_TRACK):
        points = np.stack([forward - side * np.sin(angle), left + side * np.cos(angle), np.zeros_like(along)], axis=1)
        wheels.append(camera.project(points))
    return wheels
