"""A camera's lens and sensor: how much light it takes in where, its noise, its curve. By CARLA's attributes."""

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.noise import FloatImage
from simulator.randomness import make_generator

# how dark the corners of a picture are against its middle
_VIGNETTE = 0.12
# deviation of the noise by day in the display's steps of 255, and how much more the darkest night has
_NOISE, _NIGHT_NOISE = 1.1, 1.6
# what these attributes are in CARLA unless set: manual exposure gives noon its right exposure with them
_ISO, _SHUTTER, _FSTOP, _GAMMA = 100.0, 200.0, 1.4, 2.2
_NOON_EXPOSURE = 0.8
# blur_radius counts pixels of a picture of this width
_BLUR_WIDTH = 1920.0
# entries of the noise, more than the longest row of a picture has
_NOISE_SIZE = 1 << 16


@dataclass(frozen=True, slots=True)
class Lens:
    """manual: exposure if the camera does not choose it by itself, else None. compensation: factor on the exposure.

    gamma: of the display's curve. warmth: factors on blue, green and red. vignette: loss of light in the corners.
    circle: strength and exponent of the lens circle's darkness. noise: its deviation by day [1/255]. blur: radius [px].
    """

    manual: float | None = None
    compensation: float = 1.0
    gamma: float = _GAMMA
    warmth: tuple[float, float, float] = (1.0, 1.0, 1.0)
    vignette: float = _VIGNETTE
    circle: tuple[float, float] = (0.0, 5.0)
    noise: float = _NOISE
    blur: float = 0.0

    def exposure(self, chosen: float) -> float:
        """Give the factor on light that is already exposed as `chosen`."""
        return self.compensation * (1.0 if self.manual is None else self.manual / chosen)

    def grain(self, night: float) -> float:
        """Give the deviation of the noise at a depth of night from 0 to 1 [1/255]."""
        return self.noise * (1.0 + _NIGHT_NOISE * night)


def read_lens(attributes: Mapping[str, str], width: int) -> Lens:
    """Read a lens from the attributes of a CARLA camera `width` pixels wide; what a camera has not, has no effect."""

    def number(name: str, default: float) -> float:
        return float(attributes.get(name, default))

    manual = None
    if attributes.get("exposure_mode") == "manual":
        opened = (_FSTOP / max(number("fstop", _FSTOP), 0.1)) ** 2
        manual = (
            _NOON_EXPOSURE
            * opened
            * number("iso", _ISO)
            / _ISO
            * _SHUTTER
            / max(number("shutter_speed", _SHUTTER), 1e-3)
        )
    effects = attributes.get("enable_postprocess_effects", "true").lower() in ("true", "1")
    # as in a photo lab: a higher temperature makes the picture warmer
    warm = math.log2(min(max(number("temp", 6500.0), 1500.0), 15000.0) / 6500.0) * 0.35
    return Lens(
        manual=manual,
        compensation=2.0 ** min(max(number("exposure_compensation", 0.0), -16.0), 16.0),
        gamma=min(max(number("gamma", _GAMMA), 0.1), 20.0),
        warmth=(math.exp(-warm), 1.0, math.exp(warm)),
        vignette=_VIGNETTE if effects else 0.0,
        circle=(number("lens_circle_multiplier", 0.0), number("lens_circle_falloff", 5.0)),
        noise=_NOISE * math.sqrt(max(number("iso", _ISO), 1.0) / _ISO) if effects else 0.0,
        blur=max(number("blur_radius", 0.0), 0.0) * width / _BLUR_WIDTH,
    )


@lru_cache(maxsize=16)
def make_shade(lens: Lens, height: int, width: int) -> FloatImage:
    """Give the factor on each pixel's light, (height, 4 width) float32: darker corners, and the colours' balance."""
    x = (np.arange(width) - 0.5 * (width - 1)) / (0.5 * width)
    y = (np.arange(height) - 0.5 * (height - 1)) / (0.5 * height)
    radius = 0.5 * (x[None, :] ** 2 + y[:, None] ** 2)
    multiplier, falloff = lens.circle
    shade = (1 - lens.vignette * radius) * np.clip(1 - multiplier * radius ** max(falloff / 2, 0.05), 0, 1)
    colours = shade[:, :, None] * np.array([*lens.warmth, 0.0])
    return np.ascontiguousarray(colours.reshape(height, 4 * width), np.float32)


@lru_cache(maxsize=1)
def sensor_noise() -> FloatImage:
    """Give noise of deviation 1 that repeats after 65,536 values, four of them a pixel: some of it without colour."""
    generator = make_generator(0, "sensor noise")
    grey = generator.standard_normal((_NOISE_SIZE // 4, 1))
    noise = 0.75 * generator.standard_normal((_NOISE_SIZE // 4, 4)) + 0.66 * grey
    return noise.astype(np.float32).reshape(-1)


def first_noise(seed: int, camera: int, picture: int) -> int:
    """Choose where in the noise a picture begins, by the world's seed, the camera, and the number of its picture."""
    return zlib.crc32(b"%d %d %d" % (seed, camera, picture))


def gamma_table(gamma: float) -> NDArray[np.uint8]:
    """Give the (256,) bytes that a display's gamma other than CARLA's 2.2 makes of the usual ones."""
    table: NDArray[np.uint8] = np.round(255 * (np.arange(256) / 255) ** (_GAMMA / gamma)).astype(np.uint8)
    return table
