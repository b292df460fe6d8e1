"""A clip as seen from a car that drives a little to the side or looks a little askew, with the label that leads back.

As in DAVE-2 (Bojarski et al. 2016): what lies below the horizon is flat ground, what lies above is infinitely far.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.cache import CachedFrames
from simulator.camera import Camera

SHORTEST_RETURN = 10.0  # [m]


def camera_of_frames(camera: Camera, frames: CachedFrames) -> Camera:
    """Give the camera whose pixels are those of the cached frames (crop with margin)."""
    crop = frames.crop
    across, down = crop.width / crop.source_width, crop.height / crop.source_height
    return Camera(
        width=crop.width,
        height=frames.above + crop.height + frames.below,
        fx=camera.fx * across,
        fy=camera.fy * down,
        cx=(camera.cx - crop.left + 0.5) * across - 0.5,
        cy=(camera.cy - crop.top + 0.5) * down - 0.5 + frames.above,
        x=camera.x,
        y=camera.y,
        z=camera.z,
        roll=camera.roll,
        pitch=camera.pitch,
        yaw=camera.yaw,
    )


def _pixels_seen(camera: Camera, shift: float, yaw: float, ahead: float) -> NDArray[np.float32]:
    """For each pixel of the moved camera, give the pixel (x, y) of the old one: (height, width, 2)."""
    columns, rows = np.meshgrid(np.arange(camera.width, dtype=float), np.arange(camera.height, dtype=float))
    focal = np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1.0]])
    rotation = camera.rotation()
    pixels = np.stack([columns, rows, np.ones_like(rows)], axis=-1)
    rays = pixels @ np.linalg.inv(focal).T @ rotation.T  # in the axes of the moved car
    cosine, sine = np.cos(yaw), np.sin(yaw)
    turned = rays @ np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]]).T  # in the axes of the old car
    mount = np.array([camera.x, camera.y, camera.z])
    moved = np.array(
        [ahead + cosine * camera.x - sine * camera.y, shift + sine * camera.x + cosine * camera.y, camera.z]
    )
    down = -turned[..., 2]
    far = np.where(down > 1e-6, camera.z / np.maximum(down, 1e-6), 1e9)  # times the ray's length, to the ground
    points = turned * far[..., None] + (moved - mount)
    seen = points @ rotation @ focal.T  # rotation's transpose maps car axes to camera axes
    depth = np.maximum(seen[..., 2:], 1e-6)
    return np.asarray(seen[..., :2] / depth, np.float32)


def move_view(
    images: NDArray[np.uint8], camera: Camera, shift: float, yaw: float, *, ahead: float = 0.0
) -> NDArray[np.uint8]:
    """Draw a clip as it looks from the side.

    Args:
        images: (T, H, W, 3) uint8 of `camera`.
        camera: of these very pixels, see `camera_of_frames`; distortion is ignored.
        shift: [m] to the left.
        yaw: [rad] to the left, about the car's origin.
        ahead: [m] forward.

    Returns:
        (T, H, W, 3) uint8; what the camera did not see repeats its edge.
    """
    seen = _pixels_seen(camera, shift, yaw, ahead)
    fixed, weights = cv2.convertMaps(seen[..., 0], seen[..., 1], cv2.CV_16SC2)
    return np.stack(
        [cv2.remap(image, fixed, weights, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for image in images]
    )


def curvature_that_returns(
    shift: float, yaw: float, speed: NDArray[np.float32] | float, seconds: float
) -> NDArray[np.float32]:
    """Give what must be added to the label so that the car is back, aligned, after `seconds`.

    The way back is the cubic y(s) with y(0) = shift, y'(0) = yaw, y(D) = y'(D) = 0, where D = speed * seconds, at least
    10 m; its curvature at the start is -6 shift / D² - 4 yaw / D.

    Args:
        shift: [m] to the left.
        yaw: [rad] to the left.
        speed: (T,) or one [m/s].
        seconds: DAVE-2 took 2.

    Returns:
        [1/m], shaped like the speed.
    """
    distance = np.maximum(speed * np.float32(seconds), np.float32(SHORTEST_RETURN))
    return np.asarray(-6 * shift / distance**2 - 4 * yaw / distance, np.float32)
