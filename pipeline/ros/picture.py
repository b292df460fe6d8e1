"""Pictures out of messages: sensor_msgs/Image in its encodings, and CompressedImage, which is a file already."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.drives.picture import BadPictureError

RAW, PACKED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
STREAMS = {  # pictures that need those before them
    "theora_image_transport/msg/Packet": "Theora",
    "ffmpeg_image_transport_msgs/msg/FFMPEGPacket": "FFmpeg",
    "foxglove_msgs/msg/CompressedVideo": "video",
}
Array = NDArray[np.uint8]

PLAIN = {  # channels of 8 bits, and the order that makes them RGB
    "rgb8": (3, None),
    "bgr8": (3, (2, 1, 0)),
    "8uc3": (3, (2, 1, 0)),
    "rgba8": (4, (0, 1, 2)),
    "bgra8": (4, (2, 1, 0)),
    "8uc4": (4, (2, 1, 0)),
    "mono8": (1, (0, 0, 0)),
    "8uc1": (1, (0, 0, 0)),
}
DEEP = {"mono16": "mono8", "rgb16": "rgb8", "bgr16": "bgr8", "rgba16": "rgba8", "bgra16": "bgra8"}
# OpenCV names a Bayer pattern by the second row's second and third pixel, ROS by the first row's first two
MOSAICS = {
    "bayer_rggb": cv2.COLOR_BayerBG2RGB,
    "bayer_bggr": cv2.COLOR_BayerRG2RGB,
    "bayer_gbrg": cv2.COLOR_BayerGR2RGB,
    "bayer_grbg": cv2.COLOR_BayerGB2RGB,
}
INTERLEAVED = {
    "yuv422": cv2.COLOR_YUV2RGB_UYVY,
    "uyvy": cv2.COLOR_YUV2RGB_UYVY,
    "yuv422_yuy2": cv2.COLOR_YUV2RGB_YUYV,
    "yuyv": cv2.COLOR_YUV2RGB_YUYV,
}
PLANES = {"nv21": cv2.COLOR_YUV2RGB_NV21, "nv12": cv2.COLOR_YUV2RGB_NV12}
DEPTHS = ("16uc1", "32fc1", "64fc1")


def _plain_name(encoding: str) -> str:
    name = encoding.strip().lower()
    return name.removesuffix("8").removesuffix("16") if name.startswith("bayer_") else name


def decode_message(message: Any, kind: str) -> bytes | Array:
    """Give the picture of a message: the bytes of a file, or (H, W, 3) RGB.

    Args:
        message: with the fields of its type.
        kind: RAW or PACKED.

    Raises:
        BadPictureError: if it can't be used.
    """
    if kind == PACKED:
        return bytes(memoryview(message.data))
    return _decode_raw(message)


def _decode_raw(message: Any) -> Array:
    height, width, step = int(message.height), int(message.width), int(message.step)
    name = _plain_name(message.encoding)
    wide = message.encoding.strip().lower().endswith("16")
    if name in DEEP:
        name = DEEP[name]
    if not height or not width:
        raise BadPictureError("picture empty", f"{width} x {height} px")
    data: Array = np.asarray(message.data).view(np.uint8)
    if name in PLAIN:
        channels, order = PLAIN[name]
        rows = _rows(data, height, width * channels, step, wide, message.is_bigendian).reshape(height, width, channels)
        return rows if order is None else np.ascontiguousarray(rows[..., order])
    if height % 2 or width % 2:
        raise BadPictureError("picture damaged", f"{width} x {height} px can't be {name}")
    if name in MOSAICS:
        mosaic = _rows(data, height, width, step, wide, message.is_bigendian)
        return np.asarray(cv2.cvtColor(mosaic, MOSAICS[name]), np.uint8)
    if name in INTERLEAVED:
        pairs = _rows(data, height, 2 * width, step, False, False).reshape(height, width, 2)
        return np.asarray(cv2.cvtColor(pairs, INTERLEAVED[name]), np.uint8)
    if name in PLANES:
        planes = _rows(data, height * 3 // 2, width, step, False, False)
        return np.asarray(cv2.cvtColor(planes, PLANES[name]), np.uint8)
    what = "distances, not a picture" if name in DEPTHS else "not known here"
    raise BadPictureError("encoding unknown", f"{message.encoding[:40]!r} is {what}")


def _rows(data: Array, height: int, samples: int, step: int, wide: bool, big: bool) -> Array:
    """Cut data into rows of so many samples, without what fills them up; of 16 bits the upper 8 are kept.

    Raises:
        BadPictureError: if there are too few bytes.
    """
    needed = samples * (2 if wide else 1)
    step = step or needed
    if step < needed or len(data) < step * (height - 1) + needed:
        raise BadPictureError("picture damaged", f"{len(data)} bytes are too few for {height} rows of {needed} bytes")
    before = data[: step * (height - 1)].reshape(height - 1, step)[:, :needed]
    last = data[step * (height - 1) :][:needed]  # it need not be filled up
    rows = np.concatenate([before, last[None]])
    if wide:
        rows = rows[:, 0 if big else 1 :: 2]
    return np.ascontiguousarray(rows)
