"""Is this a picture that a drive can hold? And its bytes as a drive holds them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.drive_format import decode_jpeg, encode_jpeg

JPEG_START = b"\xff\xd8\xff"
PNG_START = b"\x89PNG\r\n\x1a\n"


class BadPictureError(Exception):
    """A picture that can't be used. `reason` is short and the same for all of its kind; str() tells the details."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def _decode_png(data: bytes) -> NDArray[np.uint8]:
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise BadPictureError("picture damaged", str(error)) from None
    if image is None or not data.endswith(b"IEND\xaeB`\x82"):
        raise BadPictureError("picture damaged", "the PNG file ends early or can't be decoded")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def measure_picture(data: bytes | NDArray[np.uint8]) -> tuple[int, int]:
    """Decode a picture wholly and give its (height, width) [px].

    Raises:
        BadPictureError: if it is empty, damaged or no picture at all.
    """
    if isinstance(data, np.ndarray):
        return int(data.shape[0]), int(data.shape[1])
    if not data:
        raise BadPictureError("picture empty", "the file has no bytes")
    if data.startswith(JPEG_START):
        try:
            image = decode_jpeg(data)
        except ValueError as error:
            raise BadPictureError("picture damaged", str(error)) from None
    elif data.startswith(PNG_START):
        image = _decode_png(data)
    else:
        raise BadPictureError("not a picture", f"the file starts with {data[:8]!r}, neither JPEG nor PNG")
    return image.shape[0], image.shape[1]


def to_jpeg(data: bytes | NDArray[np.uint8]) -> bytes:
    """Give a good picture as JPEG: as it came if it is one, encoded once if not."""
    if isinstance(data, np.ndarray):
        return encode_jpeg(data)
    return data if data.startswith(JPEG_START) else encode_jpeg(_decode_png(data))
