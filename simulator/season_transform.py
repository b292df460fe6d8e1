"""Seasons for a CARLA server, which has none: an approximation in the picture, by colour and height alone.

It knows no geometry: snow lies on what was green or earthen, leaves change their colour, and bare trees, snow on roofs
or wheel tracks in the snow are not made. The embedded world draws its seasons; this is not used there.
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.roads_compose import Season

Image = NDArray[np.uint8]
_Float = NDArray[np.float32]

WARNING = (
    "the CARLA server at %s has no seasons: %s is made in the picture, from its colours; it says little about a real "
    "%s (docs/limits.md)"
)
# the colour snow has, and how much of it lies on grass, earth and, as a thin veil, on asphalt
_SNOW = np.array([226.0, 232.0, 242.0], np.float32)
_ON_GREEN, _ON_EARTH, _ON_ROAD = 0.85, 0.7, 0.22
# what autumn's and spring's leaves are against summer's, per red, green and blue
_AUTUMN = np.array([[1.55, 0.15, 0.0], [0.10, 0.78, 0.0], [0.0, 0.05, 0.55]], np.float32)
_SPRING = np.array([[0.95, 0.12, 0.0], [0.05, 1.12, 0.0], [0.0, 0.0, 0.75]], np.float32)


@lru_cache(maxsize=8)
def _below_horizon(height: int) -> _Float:
    """Give how surely a row shows the ground, (height, 1): 0 in the upper part, 1 in the lower half."""
    rows = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    share: _Float = np.clip((rows - 0.35) / 0.2, 0.0, 1.0)
    return share


def _green(image: _Float) -> _Float:
    """Give how green each pixel is, (height, width), 0 to 1; neither grey nor sky is."""
    red, green, blue = image[..., 0], image[..., 1], image[..., 2]
    excess = green - 0.5 * (red + blue)
    share: _Float = np.clip((excess - 0.06 * green) / (0.10 * green + 2.0), 0.0, 1.0)
    return share


def _earthen(image: _Float) -> _Float:
    """Give how brown each pixel is, (height, width), 0 to 1."""
    red, blue = image[..., 0], image[..., 2]
    share: _Float = np.clip((red - blue - 0.12 * red) / (0.15 * red + 4.0), 0.0, 1.0)
    return share


def _lay_snow(image: _Float) -> _Float:
    ground = _below_horizon(image.shape[0])
    green = _green(image)
    cover = np.maximum(_ON_GREEN * green, _ON_EARTH * _earthen(image)) * (0.35 + 0.65 * ground)
    cover = np.maximum(cover, _ON_ROAD * ground)
    # snow is darker where the ground was: its shadows stay
    light = cv2.boxFilter(image.mean(axis=2), -1, (5, 5))
    bright = np.clip(0.55 + light / 230.0, 0.5, 1.05)[..., None]
    grey = image.mean(axis=2, keepdims=True)
    pale = image + (grey * np.array([0.97, 1.0, 1.05], np.float32) - image) * 0.45
    result: _Float = pale + (_SNOW * bright - pale) * cover[..., None]
    return result


def transform(image: Image, season: Season) -> Image:
    """Give a picture (height, width, 3) uint8 RGB the look of a season; summer leaves it as it is."""
    if season == "summer":
        return image
    light = image.astype(np.float32)
    if season == "winter":
        changed = _lay_snow(light)
    else:
        leaves = cv2.transform(light, _AUTUMN if season == "autumn" else _SPRING)
        changed = light + (leaves - light) * _green(light)[..., None]
    result: Image = np.clip(changed + 0.5, 0, 255).astype(np.uint8)
    return result
