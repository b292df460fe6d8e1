"""How far the scene moves sideways from picture to picture, which is how the camera turns."""

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft

from simulator.camera import Camera

ASSUMED_HORIZON = 0.42
"""Where the horizon lies in a picture whose camera is not known, as a share of its height from above."""
ABOVE, BELOW = 0.24, 0.10
"""How much of the height is looked at above and below the horizon: what is far away moves when the camera turns, not
when it comes nearer."""
STRIP = (128, 16)
"""(width, height) of the strip that is compared [px]."""
SHARPEST, FINER = 20, 4
"""Waves of more periods than this over the width are noise and compression; the peak is looked for on a grid so much
finer than pixels."""


def cut_strips(grey: NDArray[np.uint8], camera: Camera | None, image_size: tuple[int, int]) -> NDArray[np.float32]:
    """Give the strip around the horizon of each picture, (K, height, width) float32.

    Args:
        grey: (K, h, w) uint8, reduced pictures.
        camera: at full size, or None.
        image_size: (height, width) at full size [px].
    """
    height = grey.shape[1]
    horizon = ASSUMED_HORIZON
    if camera is not None:
        horizon = (camera.cy - camera.fy * np.tan(camera.pitch)) / image_size[0]
    top = int(np.clip(round((horizon - ABOVE) * height), 0, height - 8))
    bottom = int(np.clip(round((horizon + BELOW) * height), top + 8, height))
    strips = np.empty((len(grey), STRIP[1], STRIP[0]), np.float32)
    for index, picture in enumerate(grey):
        strips[index] = cv2.resize(picture[top:bottom], STRIP, interpolation=cv2.INTER_AREA)
    return strips


def measure_shifts(strips: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give how far each strip has moved to the right since the one before, by phase correlation along its rows.

    All rows move alike when the camera turns, so their spectra are added before phases are compared; a bumpy road,
    which moves the picture up and down, then costs some contrast only.

    Args:
        strips: (K + 1, height, width) from `cut_strips`.

    Returns:
        (K, 2): shift as a share of the width (positive when the camera turned left), and how clear the peak is, 0 to 1.

    Source: Kuglin and Hines 1975, in one dimension.
    """
    width = strips.shape[2]
    window = np.hanning(width + 2)[1:-1].astype(np.float32)
    spectra = rfft((strips - strips.mean(axis=2, keepdims=True)) * window, axis=2)[..., : SHARPEST + 1]
    cross = (spectra[1:] * spectra[:-1].conj()).sum(axis=1)
    phases = cross / np.maximum(np.abs(cross), 1e-9)
    phases[:, 0] = 0
    peaks = irfft(phases, FINER * width, axis=1) * FINER * width / (2 * SHARPEST)
    best = peaks.argmax(axis=1)
    rows = np.arange(len(best))
    left, top, right = (peaks[rows, (best + step) % (FINER * width)] for step in (-1, 0, 1))
    bend = left - 2 * top + right
    fraction = np.where(bend < 0, (left - right) / np.minimum(2 * bend, -1e-30), 0.0)
    place = np.where(best >= FINER * width // 2, best - FINER * width, best) + fraction
    shift = place / (FINER * width)
    return np.stack([shift, np.clip(top, 0, 1)], axis=1).astype(np.float32)
