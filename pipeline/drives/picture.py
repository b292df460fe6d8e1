"""Is this a picture that a drive can hold? And its bytes as a drive holds them."""

import re
import struct

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from pipeline.drives.format import encode_jpeg, jpeg_size

JPEG_START = b"\xff\xd8\xff"
PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND\xaeB`\x82"
BMP_START = b"BM"
PPM_START = re.compile(rb"P6\s+(?:#[^\n]*\n\s*)*(\d{1,6})\s+(?:#[^\n]*\n\s*)*(\d{1,6})\s+(?:#[^\n]*\n\s*)*(255)\s")
MOST_PIXELS = 50_000_000  # what claims more is a bomb or no picture of a drive
IMAGE_AXES, CHANNELS = 3, 3


class BadPictureError(Exception):
    """A picture that can't be used. `reason` is short and the same for all of its kind; str() tells the details."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason

    def __reduce__(self) -> tuple[type["BadPictureError"], tuple[str, str]]:
        return BadPictureError, (self.reason, str(self))


class FreshJpeg(bytes):
    """A JPEG that this program has just made of a picture of a video: it need not be decoded to be believed."""


def claimed_size(data: bytes | NDArray[np.uint8]) -> tuple[int, int]:
    """Give the (height, width) [px] that a picture's first bytes claim, without decoding it.

    Raises:
        BadPictureError: if it is empty, no picture, or claims more than 50 million pixels.
    """
    if isinstance(data, np.ndarray):
        return _array_size(data)
    height, width = _claim(data)
    if not 0 < height * width <= MOST_PIXELS:
        raise BadPictureError("picture too large", f"it claims {width} x {height} px")
    return height, width


def _array_size(image: NDArray[np.uint8]) -> tuple[int, int]:
    if image.ndim != IMAGE_AXES or image.shape[2] != CHANNELS or image.dtype != np.uint8 or image.size == 0:
        raise BadPictureError("not a picture", f"an array of shape {image.shape} and type {image.dtype}")
    return int(image.shape[0]), int(image.shape[1])


def _claim(data: bytes) -> tuple[int, int]:
    if not data:
        raise BadPictureError("picture empty", "the file has no bytes")
    try:
        if data.startswith(JPEG_START):
            return jpeg_size(data)
        if data.startswith(PNG_START):
            width, height = struct.unpack(">II", data[16:24])
            return height, width
        if data.startswith(BMP_START):
            width, height = struct.unpack("<ii", data[18:26])
            return abs(height), abs(width)
        if found := PPM_START.match(data):
            return int(found[2]), int(found[1])
    except (ValueError, struct.error) as error:
        raise BadPictureError("picture damaged", str(error)) from None
    raise BadPictureError("not a picture", f"the file starts with {data[:8]!r}, not as JPEG, PNG, BMP or PPM")


def _decode_other(data: bytes) -> NDArray[np.uint8]:
    """Decode what is no JPEG, RGB; transparency is dropped, 16 bits become 8."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise BadPictureError("picture damaged", str(error).strip()) from None
    cut_off = data.startswith(PNG_START) and PNG_END not in data[-64:]
    if image is None or cut_off:
        raise BadPictureError("picture damaged", "the file ends early or can't be decoded")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def verify_picture(data: bytes | NDArray[np.uint8]) -> tuple[bytes, tuple[int, int]]:
    """Decode a picture wholly; give it as JPEG (as it came if it is one, encoded once if not) and its (height, width).

    Raises:
        BadPictureError: if it is empty, damaged, too large or no picture at all.
    """
    size = claimed_size(data)
    if isinstance(data, FreshJpeg):
        return data, size
    if isinstance(data, np.ndarray):
        return encode_jpeg(data), size
    if not data.startswith(JPEG_START):
        return encode_jpeg(_decode_other(data)), size
    try:
        # all bits are read, but few pixels made: an eighth of the size, without colour
        simplejpeg.decode_jpeg(data, "GRAY", min_height=1, min_width=1, min_factor=8)
    except ValueError as error:
        raise BadPictureError("picture damaged", str(error)) from None
    return data, size


def to_jpeg(data: bytes | NDArray[np.uint8]) -> bytes:
    """Give a good picture as JPEG: as it came if it is one, encoded once if not."""
    return verify_picture(data)[0]
