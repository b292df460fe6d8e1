"""Colour cast, uneven light and sensor noise on a clip, in one compiled pass over its pixels."""

from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray

BANK = 1 << 20
BANK_SIGMA = 32.0  # noise of one standard deviation, as stored


@lru_cache(maxsize=1)
def noise_bank() -> NDArray[np.int8]:
    """Normal noise to take pieces from: drawing it anew would cost eight times the rest of the pass."""
    noise = np.random.default_rng(20190120).standard_normal(BANK, np.float32) * BANK_SIGMA
    return np.asarray(np.clip(np.rint(noise), -127, 127), np.int8)


@numba.njit(cache=True, nogil=True)
def _expose(
    images: NDArray[np.uint8],
    factor: NDArray[np.float32],
    bank: NDArray[np.int8],
    offsets: NDArray[np.int64],
    scale: np.float32,
    result: NDArray[np.uint8],
) -> None:
    """Images and result: (frames, values); factor: (values,). One flat inner loop, so that it becomes SIMD code."""
    for frame in range(images.shape[0]):
        source, target = images[frame], result[frame]
        noise = bank[offsets[frame] : offsets[frame] + factor.size]
        for index in range(factor.size):
            value = np.float32(source[index]) * factor[index] + np.float32(noise[index]) * scale + np.float32(0.5)
            target[index] = min(max(np.int32(value), 0), 255)


def expose(
    images: NDArray[np.uint8],
    gain: NDArray[np.float32],
    light: NDArray[np.float32],
    noise: float,
    random: np.random.Generator,
) -> NDArray[np.uint8]:
    """Give a clip as another sensor would have seen it.

    Args:
        images: (T, H, W, 3) uint8.
        gain: (3,) factor on red, green, blue.
        light: (H, W) factor on the brightness.
        noise: standard deviation of the noise, out of 255; it differs from frame to frame.
        random: where the noise is drawn from.

    Returns:
        (T, H, W, 3) uint8, a new array.
    """
    bank = noise_bank()
    needed = images[0].size
    if needed > BANK:
        raise ValueError(f"frames of {needed} values are larger than the noise bank of {BANK}")
    offsets = random.integers(0, BANK - needed + 1, len(images))
    frames = len(images)
    factor = (light[..., None] * gain).astype(np.float32).ravel()
    flat = np.ascontiguousarray(images).reshape(frames, needed)
    result = np.empty((frames, needed), np.uint8)
    _expose(flat, factor, bank, offsets, np.float32(noise / BANK_SIGMA), result)
    return result.reshape(images.shape)
