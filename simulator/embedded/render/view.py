"""Where the camera is and which way each pixel looks."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera

Vector = tuple[float, float, float]
# the lens never sinks into the ground [m]
_LOWEST = 0.05


class View(NamedTuple):
    """A camera's pose. Pixel (column, row) looks along corner + column * right + row * down, whose depth is 1.

    x, y, z: of the lens in the world [m]. corner, right, down: world vectors. forward: the optical axis. fx, fy, cx, cy:
    the camera's [px]. heading: cosine and sine of where it looks on the ground.
    """

    x: float
    y: float
    z: float
    corner: Vector
    right: Vector
    down: Vector
    forward: Vector
    fx: float
    fy: float
    cx: float
    cy: float
    heading: tuple[float, float]


def _vector(values: NDArray[np.float64]) -> Vector:
    return float(values[0]), float(values[1]), float(values[2])


def make_view(camera: Camera, position: tuple[float, float, float], rotation: NDArray[np.float64]) -> View:
    """Set a camera up in the world.

    position: of the lens [m]. rotation: (3, 3) from camera axes (x right, y down, z along the view) to the world's.
    """
    x, y, z = position
    right, down, forward = rotation[:, 0] / camera.fx, rotation[:, 1] / camera.fy, rotation[:, 2]
    corner = forward - camera.cx * right - camera.cy * down
    # a camera that looks straight down still has a heading: where its upper edge points
    ahead = forward - rotation[:, 1] * abs(forward[2])
    level = max(math.hypot(ahead[0], ahead[1]), 1e-9)
    return View(
        float(x),
        float(y),
        max(float(z), _LOWEST),
        _vector(corner),
        _vector(right),
        _vector(down),
        _vector(forward),
        camera.fx,
        camera.fy,
        camera.cx,
        camera.cy,
        (float(ahead[0]) / level, float(ahead[1]) / level),
    )
