"""Where the camera is and which way each pixel looks."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera

Vector = tuple[float, float, float]
# the lens never sinks into the ground [m]
_LOWEST = 0.05
# roads are seen so many times the focal length in pixels times the lens's height, or at least this [m]
_SEEN, _CAR = 2.5, 2.5
# but not less far than this, and beyond FARTHEST all is haze [m]
_NEAREST, FARTHEST = 512.0, 3000.0


class View(NamedTuple):
    """A camera's pose. Pixel (column, row) looks along corner + column * right + row * down, whose depth is 1.

    x, y, z: of the lens in the world [m]. corner, right, down: world vectors. forward: the optical axis.
    fx, fy, cx, cy: the camera's [px]. heading: cosine and sine of where it looks on the ground.
    tilt: how much the rays of neighbouring pixels differ in z, at most.
    spread_right, spread_down: 1 for the direction, in the picture, in which they are long, else 0.
    above: height of the lens above the ground below it [m].
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
    tilt: float
    spread_right: float
    spread_down: float
    above: float


def make_view(
    camera: Camera, position: tuple[float, float, float], rotation: NDArray[np.float64], ground: float = 0.0
) -> View:
    """Set a camera up in the world.

    position: of the lens [m]. rotation: (3, 3) from camera axes (x right, y down, z along the view) to the world's.
    ground: height of the ground below it [m].
    """
    axes = np.asarray(rotation, float).tolist()
    fx, fy, cx, cy = camera.fx, camera.fy, camera.cx, camera.cy
    right = (axes[0][0] / fx, axes[1][0] / fx, axes[2][0] / fx)
    down = (axes[0][1] / fy, axes[1][1] / fy, axes[2][1] / fy)
    forward = (axes[0][2], axes[1][2], axes[2][2])
    corner = (
        forward[0] - cx * right[0] - cy * down[0],
        forward[1] - cx * right[1] - cy * down[1],
        forward[2] - cx * right[2] - cy * down[2],
    )
    # a camera that looks straight down still has a heading: where its upper edge points
    ahead, left = forward[0] - axes[0][1] * abs(forward[2]), forward[1] - axes[1][1] * abs(forward[2])
    level = max(math.hypot(ahead, left), 1e-9)
    height = max(float(position[2]), ground + _LOWEST)
    tilt = math.hypot(right[2], down[2])
    sideways = abs(right[2]) > abs(down[2])
    return View(
        float(position[0]),
        float(position[1]),
        height,
        corner,
        right,
        down,
        forward,
        fx,
        fy,
        cx,
        cy,
        (ahead / level, left / level),
        tilt,
        float(sideways),
        float(not sideways),
        height - ground,
    )


def reach_of(focal: float, above: float) -> float:
    """Give how far roads are seen [m]: on level land, what lies farther takes a quarter of a pixel below the horizon.

    focal: of the lens [px]; above: its height over the ground [m]. It is the same for all heights of a car's cameras,
    so that roads far ahead don't come and go as it nods.
    """
    return min(max(_SEEN * focal * max(above, _CAR), _NEAREST), FARTHEST)
