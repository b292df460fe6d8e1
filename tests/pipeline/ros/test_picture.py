"""Raw pictures in every encoding, against OpenCV's conversions and mosaics cut by hand."""

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.drives.picture import BadPictureError
from pipeline.ros.picture import PACKED, RAW, decode_message

Array = NDArray[np.uint8]
HEIGHT, WIDTH = 12, 16
RAMP = np.linspace(30, 220, WIDTH).astype(np.uint8)
SMOOTH: Array = np.ascontiguousarray(
    np.broadcast_to(np.stack([RAMP, RAMP[::-1], np.full(WIDTH, 90, np.uint8)], -1), (HEIGHT, WIDTH, 3))
)


def message(encoding: str, data: Array, step: int = 0, **other: Any) -> SimpleNamespace:
    """Give a picture of 12 x 16 px with rows of so many bytes."""
    rows = data.reshape(HEIGHT, -1) if data.size % HEIGHT == 0 else data.reshape(1, -1)
    wide = step or rows.shape[1]
    filled = np.full((len(rows), wide), 255, np.uint8)
    filled[:, : rows.shape[1]] = rows
    fields = {"height": HEIGHT, "width": WIDTH, "encoding": encoding, "step": wide, "is_bigendian": 0}
    return SimpleNamespace(**{**fields, **other}, data=filled.ravel())


def mosaic(pattern: str) -> Array:
    """Take from each pixel the colour that the pattern names, row by row from the upper left, as ROS does."""
    cut = np.empty((HEIGHT, WIDTH), np.uint8)
    for place, colour in enumerate(pattern):
        row, column = divmod(place, 2)
        cut[row::2, column::2] = SMOOTH[row::2, column::2, "rgb".index(colour)]
    return cut


def yuv_pairs(luma_first: bool) -> Array:
    """Give YUV 4:2:2 of the smooth picture."""
    yuv = cv2.cvtColor(SMOOTH, cv2.COLOR_RGB2YUV)
    # cv2's RGB2YUV has other factors than its 4:2:2; gray pictures are the same in both but for the range
    pairs = np.empty((HEIGHT, WIDTH, 2), np.uint8)
    pairs[..., 0 if luma_first else 1] = yuv[..., 0]
    pairs[..., 1 if luma_first else 0] = 128
    return pairs


@pytest.mark.parametrize("fill", [0, 7])
@pytest.mark.parametrize("encoding", ["rgb8", "bgr8", "rgba8", "bgra8", "8UC3", "RGB8"])
def test_colours(encoding: str, fill: int) -> None:
    order = [2, 1, 0] if encoding.lower().startswith(("bgr", "8uc")) else [0, 1, 2]
    data = SMOOTH[..., order]
    if encoding in ("rgba8", "bgra8"):
        data = np.concatenate([data, np.full((HEIGHT, WIDTH, 1), 3, np.uint8)], -1)
    channels = data.shape[-1]
    decoded = decode_message(message(encoding, data, step=WIDTH * channels + fill), RAW)
    np.testing.assert_array_equal(decoded, SMOOTH)


def test_grey_and_sixteen_bits() -> None:
    grey = SMOOTH[..., 0]
    for encoding in ("mono8", "8UC1"):
        np.testing.assert_array_equal(decode_message(message(encoding, grey), RAW), np.stack([grey] * 3, -1))
    for big in (0, 1):
        deep = (grey.astype(np.uint16) << 8 | 77).astype(">u2" if big else "<u2").view(np.uint8)
        decoded = decode_message(message("mono16", deep, is_bigendian=big), RAW)
        np.testing.assert_array_equal(decoded, np.stack([grey] * 3, -1))


@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
def test_mosaics(pattern: str) -> None:
    decoded = np.asarray(decode_message(message(f"bayer_{pattern}8", mosaic(pattern)), RAW))
    inner = np.abs(decoded.astype(int) - SMOOTH)[2:-2, 2:-2]
    assert inner.max() <= 2, "a smooth ramp comes back as it was"
    deep = mosaic(pattern).astype(np.uint16) << 8
    wide = decode_message(message(f"bayer_{pattern}16", deep.view(np.uint8)), RAW)
    np.testing.assert_array_equal(wide, decoded)


@pytest.mark.parametrize(
    ("encoding", "luma_first"), [("yuv422", False), ("uyvy", False), ("yuv422_yuy2", True), ("yuyv", True)]
)
def test_luma_and_colour_in_turn(encoding: str, luma_first: bool) -> None:
    pairs = yuv_pairs(luma_first)
    decoded = np.asarray(decode_message(message(encoding, pairs), RAW)).astype(int)
    luma = pairs[..., 0 if luma_first else 1].astype(int)
    expected = np.clip((luma - 16) * 255 / 219, 0, 255)
    assert np.abs(decoded - expected[..., None]).max() <= 2
    blue = np.full((HEIGHT, WIDTH, 2), 128, np.uint8)
    blue[:, 0::2, 1 if luma_first else 0] = 220  # U of each pair comes first, then V
    seen = np.asarray(decode_message(message(encoding, blue), RAW))
    assert (seen[..., 2].astype(int) > seen[..., 0].astype(int) + 60).all()


@pytest.mark.parametrize(("encoding", "blue_first"), [("nv12", True), ("nv21", False)])
def test_planes(encoding: str, blue_first: bool) -> None:
    planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    planes[HEIGHT:, (0 if blue_first else 1) :: 2] = 220
    fields = message(encoding, planes.ravel()[: HEIGHT * WIDTH], step=WIDTH)
    fields.data = planes.ravel()
    seen = np.asarray(decode_message(fields, RAW))
    assert (seen[..., 2].astype(int) > seen[..., 0].astype(int) + 60).all()


def test_a_file_stays_as_it_is() -> None:
    packed = SimpleNamespace(format="jpeg", data=np.frombuffer(b"\xff\xd8\xff whatever", np.uint8))
    assert decode_message(packed, PACKED) == b"\xff\xd8\xff whatever"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"encoding": "16UC1"}, "encoding unknown"),
        ({"encoding": "32FC1"}, "encoding unknown"),
        ({"encoding": "nonsense"}, "encoding unknown"),
        ({"height": 0}, "picture empty"),
        ({"height": 13}, "picture damaged"),
        ({"width": 17}, "picture damaged"),
        ({"step": 5}, "picture damaged"),
    ],
)
def test_what_can_not_be_used_has_a_reason(change: dict[str, Any], reason: str) -> None:
    fields = message("rgb8", SMOOTH)
    for name, value in change.items():
        setattr(fields, name, value)
    with pytest.raises(BadPictureError) as caught:
        decode_message(fields, RAW)
    assert caught.value.reason == reason


@settings(deadline=None)
@given(
    st.sampled_from(["rgb8", "mono16", "bayer_rggb8", "yuv422", "nv21", "x", ""]),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=64),
)
def test_any_numbers_give_a_picture_or_a_reason(encoding: str, height: int, width: int, step: int, data: bytes) -> None:
    fields = message(encoding, SMOOTH, height=height % 9, width=width)
    fields.step = step
    fields.data = np.frombuffer(data, np.uint8)
    try:
        image = np.asarray(decode_message(fields, RAW))
        assert image.shape == (height % 9, width, 3)
    except BadPictureError:
        pass


def test_a_row_that_claims_gigabytes_takes_none() -> None:
    fields = message("rgb8", SMOOTH, height=1)
    fields.data, fields.step = SMOOTH[0].ravel(), 4_000_000_000
    np.testing.assert_array_equal(decode_message(fields, RAW), SMOOTH[:1])
