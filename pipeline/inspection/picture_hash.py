"""Perceptual hashes: 256 bits that stay nearly the same when a picture is compressed again, resized or brightened."""

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

SIDE = 16
WORDS = SIDE * SIDE // 64
FLAT = 6.0
"""A picture whose small version deviates less than this from its mean has nothing to be known by (grey levels)."""


def hash_pictures(grey: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hash pictures: each bit says whether a cell of a 16 x 16 grid is brighter than its right neighbour (dHash).

    Args:
        grey: (K, height, width) uint8.

    Returns:
        (K, 4) uint64; zeros for flat pictures, which can't be told apart.

    Source: Krawetz 2013, "Kind of Like That", with 16 x 16 instead of 8 x 8 cells, since roads look alike.
    """
    bits = np.zeros((len(grey), SIDE * SIDE), bool)
    for index, picture in enumerate(grey):
        small = cv2.resize(picture, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
        if small.std() >= FLAT:
            bits[index] = (small[:, :-1] > small[:, 1:]).ravel()
    return np.ascontiguousarray(np.packbits(bits, axis=1)).view(np.uint64)


@numba.njit(cache=True, nogil=True)
def _count_bits(word: np.uint64) -> np.uint64:
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@numba.njit(cache=True, nogil=True)
def find_nearest(
    hashes: NDArray[np.uint64], group: NDArray[np.int64], others: NDArray[np.uint64], other_group: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each hash, give the place of the nearest among others of another group and how many bits differ.

    Hashes of zeros are compared with nothing. Takes no memory beyond the answer.

    Args:
        hashes: (N, 4).
        group: (N,); what has the same number in `other_group` is not compared.
        others: (M, 4).
        other_group: (M,).

    Returns:
        (N,) place in others, -1 if there is none; (N,) bits, 257 then.
    """
    place = np.full(len(hashes), -1, np.int64)
    bits = np.full(len(hashes), 257, np.int64)
    for one in range(len(hashes)):
        first, second, third, fourth = hashes[one]
        if first | second | third | fourth == 0:
            continue
        for other in range(len(others)):
            if group[one] == other_group[other]:
                continue
            theirs = others[other]
            if theirs[0] | theirs[1] | theirs[2] | theirs[3] == 0:
                continue
            # most pairs are told apart by half of the bits
            apart = _count_bits(first ^ theirs[0]) + _count_bits(second ^ theirs[1])
            if apart >= bits[one]:
                continue
            apart += _count_bits(third ^ theirs[2]) + _count_bits(fourth ^ theirs[3])
            if apart < bits[one]:
                bits[one], place[one] = apart, other
    return place, bits
