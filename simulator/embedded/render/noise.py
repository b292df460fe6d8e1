"""Seeded noise that tiles, with all its smaller versions (mip levels).

Four kinds lie side by side in each texel, all about 0.5 in the mean and within [0, 1]:
0 grain (chippings, blades), 1 broad clouds, 2 finer clouds, 3 cracks (mostly 0).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.randomness import make_generator

FloatImage = NDArray[np.float32]

SIZE = 256
LEVELS = 9
# not plain ints, for each of which the compiler would make another version of the functions that take one
GRAIN, BROAD, FINE, CRACK = (np.int64(kind) for kind in range(4))
_TEXELS = SIZE * SIZE


def _clouds(generator: np.random.Generator, lowest: float, slope: float) -> NDArray[np.float64]:
    """Filter white noise to a spectrum that falls with frequency; mean 0, deviation 1, periodic."""
    frequency = np.fft.fftfreq(SIZE) * SIZE
    radius = np.hypot(frequency[:, None], frequency[None, : SIZE // 2 + 1])
    gain = np.where(radius >= lowest, np.maximum(radius, 1.0) ** -slope, 0.0)
    spectrum = np.fft.rfft2(generator.standard_normal((SIZE, SIZE))) * gain
    field = np.fft.irfft2(spectrum, s=(SIZE, SIZE))
    result: NDArray[np.float64] = (field - field.mean()) / field.std()
    return result


def _to_unit(field: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.clip(0.5 + 0.2 * field, 0.0, 1.0)


def make_noise(seed: int) -> FloatImage:
    """Make the noise of one seed: (texels of all levels, 4) float32, the finest level first."""
    generator = make_generator(seed, "noise")
    grain = _to_unit(0.8 * generator.standard_normal((SIZE, SIZE)) + 0.6 * _clouds(generator, 24, 0.8))
    broad = _to_unit(_clouds(generator, 2, 1.7))
    fine = _to_unit(_clouds(generator, 6, 1.5))
    # a crack runs where a cloud field crosses its mean, in some areas only
    lines = np.clip(1.0 - np.abs(_clouds(generator, 3, 2.0)) * 14.0, 0.0, 1.0)
    crack = lines * np.clip(_clouds(generator, 2, 1.8) * 1.5, 0.0, 1.0)
    level = np.stack([grain, broad, fine, crack], axis=-1)
    levels = [level.reshape(-1, 4)]
    while level.shape[0] > 1:
        half = level.shape[0] // 2
        level = level.reshape(half, 2, half, 2, 4).mean(axis=(1, 3))
        levels.append(level.reshape(-1, 4))
    return np.ascontiguousarray(np.concatenate(levels), dtype=np.float32)


def fetch_many(noise: FloatImage, u: FloatImage, v: FloatImage, kind: np.int64) -> FloatImage:
    """Look one kind up at many places (rows, columns) of the finest level, to a thirty-second of a texel.

    u, v: float32 within 30,000 of 0; the noise repeats.
    """
    level = np.ascontiguousarray(noise[:_TEXELS, kind].reshape(SIZE, SIZE))
    half = np.float32(0.5)
    found = cv2.remap(level, u - half, v - half, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return found.astype(np.float32, copy=False)
