"""From light to bytes: exposure and dark corners, the curve of a camera, and the noise of its sensor."""

import cv2
import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.parcel import door
from simulator.embedded.render.lens import Lens, first_noise, gamma_table, make_shade, sensor_noise
from simulator.embedded.render.noise import FloatImage

_USUAL_GAMMA = 2.2
NARROW_BLUR = 8.0
"""From twice this radius on [px] a smaller picture is blurred."""


@door
def expose(
    light: FloatImage,
    shade: FloatImage,
    noise: FloatImage,
    exposure: np.float32,
    grain: np.float32,
    first: np.int64,
    image: NDArray[np.uint8],
) -> None:
    """Turn light into bytes: bright parts roll off, then a square root for the display's curve.

    The light's shot noise grows with its root, so that after the curve it is the same everywhere. Each row takes its
    noise from another place, `first` and the row's number say where.
    """
    height, width = image.shape[0], image.shape[1]
    one, zero, most = float32(1.0), float32(0.0), float32(255.0)
    room = noise.shape[0] - 4 * width
    for row in range(height):
        exposed, kept, byte = light[row].reshape(-1), shade[row], image[row].reshape(-1)
        start = (first + row * 52561) % room
        grains = noise[start : start + 4 * width]
        for i in range(4 * width):
            x = max(exposed[i] * kept[i] * exposure, zero)
            y = x * (one + x * float32(0.11)) / (one + x)
            value = min(np.sqrt(y), one) * most + grain * grains[i] + float32(0.5)
            byte[i] = np.uint8(min(max(value, zero), most))
        for i in range(width):
            image[row, i, 3] = 255


def develop(
    light: FloatImage, lens: Lens, chosen: float, night: float, seed: int, camera: int, picture: int
) -> NDArray[np.uint8]:
    """Give the picture, (height, width, 4) uint8 BGRA, of light that is exposed as `chosen`.

    seed, camera, picture: of the world, of the camera, and the number of its picture; they decide the noise.
    """
    height, width = light.shape[:2]
    if lens.blur > 0.0:
        _blur(light, lens.blur)
    image = np.empty((height, width, 4), np.uint8)
    expose(
        light,
        make_shade(lens, height, width),
        sensor_noise(),
        float32(lens.exposure(chosen)),
        float32(lens.grain(night)),
        np.int64(first_noise(seed, camera, picture)),
        image,
    )
    if lens.gamma != _USUAL_GAMMA:
        image = cv2.LUT(image, gamma_table(lens.gamma)).astype(np.uint8)
    return image


def _blur(light: FloatImage, radius: float) -> None:
    """Blur a picture in place. radius: [px]; a wide blur of a smaller picture, since its cost grows with the radius."""
    height, width = light.shape[:2]
    shrink = int(radius / NARROW_BLUR)
    if shrink <= 1:
        cv2.GaussianBlur(light, (0, 0), radius, dst=light)
        return
    size = max(width // shrink, 1), max(height // shrink, 1)
    small = cv2.resize(light, size, interpolation=cv2.INTER_AREA)
    cv2.GaussianBlur(small, (0, 0), radius / shrink, dst=small)
    cv2.resize(small, (width, height), dst=light, interpolation=cv2.INTER_LINEAR)
