"""All pictures of plants and signs of one season, each with its smaller versions, packed for the compiled loops.

A texel is four 16-bit numbers, as `lanes` wants them: blue, green, red (light times alpha) and alpha.
"""

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.foliage import Image, paint_plant
from simulator.embedded.render.signs import (
    back_of,
    chevron,
    curve_sign,
    delineator,
    lamp_arm,
    lamp_pole,
    speed_sign,
)
from simulator.embedded.render.species import SPECIES
from simulator.randomness import make_generator

# each version is smaller than the one before by the square root of 2
LEVELS = 17
SPEEDS = (30, 50, 70, 80, 100)
# what the numbers of a texel are shares of, and alpha that is as good as none
FULL, _EMPTY = 65535, 128
# rows of the tables
PLANTS = 0
DELINEATOR = len(SPECIES)
SPEED_SIGNS = DELINEATOR + 1
CURVE_SIGNS = SPEED_SIGNS + len(SPEEDS)
CHEVRONS = CURVE_SIGNS + 2
POLE, ARM, ROUND_BACK, TRIANGLE_BACK, BOARD_BACK, COUNT = range(CHEVRONS + 2, CHEVRONS + 8)


class Atlas(NamedTuple):
    """All pictures in all sizes.

    texels: (N * 4,) uint16. levels: (COUNT, LEVELS, 4) int64: first texel, width, height, first span; around each
    version lies a border of one empty texel, which is not counted. smallest: (COUNT,) int64, the last version there is.
    spans: (M, 2) float32: between each row of texels, border included, and the next one lies something from here to
    there (counted from the middle of the border's left texels).
    """

    texels: NDArray[np.uint16]
    levels: NDArray[np.int64]
    smallest: NDArray[np.int64]
    spans: NDArray[np.float32]


def _pack(image: Image) -> NDArray[np.uint16]:
    """Pack a picture (linear, times alpha) with its border, (height + 2, width + 2, 4)."""
    framed = np.pad(image[..., [2, 1, 0, 3]], ((1, 1), (1, 1), (0, 0)))
    packed: NDArray[np.uint16] = np.rint(np.clip(framed, 0, 1) * FULL).astype(np.uint16)
    return packed


def _find_spans(packed: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Give where there is something between each row of texels and the next, (rows - 1, 2); empty: from 1 to 0."""
    there = (packed[:-1, :, 3] > _EMPTY) | (packed[1:, :, 3] > _EMPTY)
    filled = there.any(axis=1)
    first = np.where(filled, there.argmax(axis=1) - 1, 1)
    last = np.where(filled, there.shape[1] - there[:, ::-1].argmax(axis=1), 0)
    return np.stack([first, last], axis=1).astype(np.float32)


def _shrink(image: Image) -> list[Image]:
    """Give all versions of a picture; each is the mean over areas of one twice as large, or of the first."""
    height, width = image.shape[:2]
    versions = [image]
    while len(versions) < LEVELS:
        scale = 2.0 ** (-len(versions) / 2)
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        source = versions[max(len(versions) - 2, 0)]
        if size == source.shape[1::-1]:
            break
        smaller: Image = cv2.resize(source, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)
        versions.append(smaller)
    return versions


@lru_cache(maxsize=4)
def make_atlas(season: str) -> Atlas:
    """Paint all pictures of a season; they are the same in all worlds."""
    pictures = [paint_plant(name, season, make_generator(0, f"plant {name}")) for name in SPECIES]
    pictures += [delineator(), *(speed_sign(speed) for speed in SPEEDS), curve_sign(True), curve_sign(False)]
    pictures += [chevron(True), chevron(False), lamp_pole(), lamp_arm()]
    pictures += [back_of(lambda: speed_sign(30)), back_of(lambda: curve_sign(True)), back_of(lambda: chevron(True))]
    texels, spans, first, first_span = [], [], 0, 0
    levels = np.zeros((COUNT, LEVELS, 4), np.int64)
    smallest = np.zeros(COUNT, np.int64)
    for row, picture in enumerate(pictures):
        versions = _shrink(picture)
        smallest[row] = len(versions) - 1
        for k, version in enumerate(versions):
            packed = _pack(version)
            levels[row, k] = first, version.shape[1], version.shape[0], first_span
            texels.append(packed.ravel())
            spans.append(_find_spans(packed))
            first, first_span = first + packed[..., 0].size, first_span + len(spans[-1])
    return Atlas(np.concatenate(texels), levels, smallest, np.concatenate(spans))
