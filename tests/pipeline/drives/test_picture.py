"""Pictures of all kinds and in all states of decay."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.drives.format import decode_jpeg, encode_jpeg
from pipeline.drives.picture import BadPictureError, claimed_size, to_jpeg, verify_picture

SCENE = cv2.resize(np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8), (48, 32))
JPEG = encode_jpeg(np.asarray(SCENE, np.uint8))


def encoded(ending: str, image: np.ndarray = SCENE) -> bytes:
    channels = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(ending, channels)[1])


def with_alpha() -> bytes:
    alpha = np.full((32, 48, 1), 9, np.uint8)
    return bytes(cv2.imencode(".png", np.concatenate([cv2.cvtColor(SCENE, cv2.COLOR_RGB2BGR), alpha], axis=2))[1])


KINDS = {
    "JPEG": JPEG,
    "PNG": encoded(".png"),
    "BMP": encoded(".bmp"),
    "PPM": encoded(".ppm"),
    "transparent PNG": with_alpha(),
    "deep PNG": bytes(cv2.imencode(".png", cv2.cvtColor(SCENE, cv2.COLOR_RGB2BGR).astype(np.uint16) * 257)[1]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind: str) -> None:
    jpeg, size = verify_picture(KINDS[kind])
    assert size == claimed_size(KINDS[kind]) == (32, 48)
    assert np.abs(decode_jpeg(jpeg).astype(int) - SCENE).mean() < 3, "red is red"
    assert (jpeg == KINDS[kind]) == (kind == "JPEG"), "a JPEG is stored as it came"


def test_gray_pictures() -> None:
    gray = np.asarray(SCENE[:, :, 0])
    for ending in (".png", ".jpg"):
        assert verify_picture(encoded(ending, gray))[1] == (32, 48)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "PPM"])
def test_cut_off_anywhere(kind: str) -> None:
    data = KINDS[kind]
    for cut in range(len(data) - (2 if kind == "JPEG" else 1)):
        with pytest.raises(BadPictureError):
            verify_picture(data[:cut])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(KINDS)), st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_flipped_bits_are_found_or_harmless(kind: str, places: list[int]) -> None:
    data = bytearray(KINDS[kind])
    for place in places:
        data[place // 8 % len(data)] ^= 1 << place % 8
    try:
        jpeg, size = verify_picture(bytes(data))
    except BadPictureError as error:
        assert error.reason and str(error)
        return
    assert decode_jpeg(jpeg).shape == (*size, 3), "what is kept can be decoded in full"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"P6 "]))
def test_rubbish(data: bytes, start: bytes) -> None:
    with pytest.raises(BadPictureError):
        verify_picture(start + data)


def test_claims_no_memory_can_hold_are_refused_unseen() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"IEND\xaeB`\x82"
    )
    big = bytearray(JPEG)
    at = big.index(b"\xff\xc0") + 5
    big[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    for data in (bomb, bytes(big), b"P6 90000 90000 255\n", b"BM" + bytes(16) + struct.pack("<ii", 70_000, -70_000)):
        with pytest.raises(BadPictureError, match="it claims"):
            verify_picture(data)


def test_arrays() -> None:
    assert to_jpeg(np.asarray(SCENE)) == encode_jpeg(np.asarray(SCENE))
    for wrong in (
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3)),
        np.zeros((0, 4, 3), np.uint8),
    ):
        with pytest.raises(BadPictureError, match="an array of shape"):
            verify_picture(wrong)
