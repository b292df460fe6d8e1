"""From light to bytes: exposure and dark corners, the curve of a camera, and the noise of its sensor."""

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.parcel import Parcel, door
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.lens import Lens, gamma_table, make_shade, sensor_noise
from simulator.embedded.render.noise import FloatImage

_USUAL_GAMMA = 2.2
NARROW_BLUR = 8.0
"""From twice this radius on [px] a smaller picture is blurred."""


class Film(NamedTuple):
    """What is the same in all pictures of a lens and a size.

    shade: (4 height width,) float32, see `make_shade`. noise: see `sensor_noise`. opaque: (4 width,) uint8, 255 for
    each pixel's last byte.
    """

    shade: FloatImage
    noise: FloatImage
    opaque: NDArray[np.uint8]


@lru_cache(maxsize=16)
def make_film(lens: Lens, height: int, width: int) -> Parcel[Film]:
    """Make the film for a lens and a size."""
    opaque = np.tile(np.array([0, 0, 0, 255], np.uint8), width)
    return Parcel(Film(make_shade(lens, height, width).reshape(-1), sensor_noise(), opaque))


@door
def expose(canvas: Canvas, film: Film, exposure: float, grain: float, first: int, image: NDArray[np.uint8]) -> None:
    """Turn light into bytes: bright parts roll off, then a square root for the display's curve.

    The light's shot noise grows with its root, so that after the curve it is the same everywhere. Each row takes its
    noise from another place, `first` and the row's number say where.
    """
    height, row_length = image.shape[0], 4 * image.shape[1]
    one, zero, most, deviation, factor = float32(1.0), float32(0.0), float32(255.0), float32(grain), float32(exposure)
    room = film.noise.shape[0] - row_length
    light, target = canvas.light.reshape(-1), image.reshape(-1)
    for row in range(height):
        here = slice(row * row_length, (row + 1) * row_length)
        exposed, kept, byte = light[here], film.shade[here], target[here]
        start = (first + row * 52561) % room
        grains = film.noise[start : start + row_length]
        for i in range(row_length):
            x = max(exposed[i] * kept[i] * factor, zero)
            y = x * (one + x * float32(0.11)) / (one + x)
            value = min(np.sqrt(y), one) * most + deviation * grains[i] + float32(0.5)
            byte[i] = np.uint8(min(max(value, zero), most)) | film.opaque[i]


def develop(canvas: Parcel[Canvas], lens: Lens, chosen: float, night: float, first: int) -> NDArray[np.uint8]:
    """Give the picture, (height, width, 4) uint8 BGRA, of a canvas's light that is exposed as `chosen`.

    first: where in the noise it begins, see `first_noise`.
    """
    light = canvas.value.light
    height, width = light.shape[:2]
    if lens.blur > 0.0:
        _blur(light, lens.blur)
    image = np.empty((height, width, 4), np.uint8)
    expose(canvas, make_film(lens, height, width), float(lens.exposure(chosen)), float(lens.grain(night)), first, image)
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
