"""Cuts a client's bytes into MessagePack messages, before anything is built of them.

A few bytes of MessagePack can announce gigabytes. So a message is first only measured; it is unpacked when it is whole,
and not if it has more values than any call of CARLA's client. Lists nested deeper than 1,024 are no MessagePack here.
"""

from typing import Any

import msgpack

LARGEST_MESSAGE = 64 << 20
"""Bytes of one request; an OpenDRIVE document of a large town has some 20 MB."""
MOST_VALUES = 200_000
"""Values (numbers, texts, lists) in one request."""


class FramingError(ValueError):
    """Bytes that can't be a client's; the connection has to end."""


class Framer:
    """Takes bytes as they come and gives whole messages."""

    def __init__(self) -> None:
        self._measure = msgpack.Unpacker(max_buffer_size=LARGEST_MESSAGE)
        self._bytes = bytearray()
        self._taken = 0

    @property
    def pending(self) -> int:
        """Bytes of a message that is not whole yet."""
        return len(self._bytes)

    def feed(self, data: bytes) -> None:
        """Take bytes.

        Raises:
            FramingError: if a message gets too large.
        """
        self._bytes += data
        try:
            self._measure.feed(data)
        except msgpack.BufferFull:
            raise FramingError(
                f"a request of more than {LARGEST_MESSAGE >> 20} MiB; send a smaller OpenDRIVE document"
            ) from None

    def next(self) -> bytes | None:
        """Give the next whole message, None if there is none yet.

        Raises:
            FramingError: if the bytes are no MessagePack.
        """
        if not self._bytes:
            return None
        try:
            self._measure.skip()
        except msgpack.OutOfData:
            return None
        except (msgpack.UnpackException, ValueError) as error:
            raise FramingError(f"not MessagePack ({type(error).__name__})") from error
        end = self._measure.tell() - self._taken
        message = bytes(self._bytes[:end])
        del self._bytes[:end]
        self._taken += end
        return message


def unpack(message: bytes) -> Any:
    """Read a whole message.

    Raises:
        ValueError: if it has too many values, or has what Python has no value for.
    """
    _check(message)
    try:
        return msgpack.unpackb(message, raw=False, unicode_errors="surrogateescape", strict_map_key=False)
    except (msgpack.UnpackException, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"not readable ({error})") from error


def _check(message: bytes) -> None:
    """Walk over the heads of a large message's values, at most `MOST_VALUES`."""
    if len(message) <= MOST_VALUES // 4:
        return
    place, values = 0, 0
    while place < len(message):
        values += 1
        if values > MOST_VALUES:
            raise ValueError(f"more than {MOST_VALUES} values in one request; send less at once")
        head = message[place]
        fixed, length_bytes = _SIZES[head]
        place += fixed
        if length_bytes:
            place += int.from_bytes(message[place - length_bytes : place], "big") + (1 if 0xC7 <= head <= 0xC9 else 0)


def _sizes() -> list[tuple[int, int]]:
    """Give, for each first byte of a value: the bytes of its head, and how many of them, the last, count what follows.

    Lists and maps count as their head; what is in them are values of their own.
    """
    sizes = [(1, 0)] * 256
    for head in range(0xA0, 0xC0):  # short texts
        sizes[head] = (1 + head - 0xA0, 0)
    for first, length in ((0xC4, 1), (0xC7, 1), (0xD9, 1)):  # bytes, extensions, texts with 1, 2 or 4 bytes of length
        for i in range(3):
            sizes[first + i] = (1 + (length << i), length << i)
    for heads, size in (((0xCC, 0xD0), 2), ((0xCD, 0xD1, 0xDC, 0xDE), 3), ((0xCA, 0xCE, 0xD2, 0xDD, 0xDF), 5)):
        for head in heads:
            sizes[head] = (size, 0)
    for head in (0xCB, 0xCF, 0xD3):
        sizes[head] = (9, 0)
    for i in range(5):  # extensions of 1, 2, 4, 8 or 16 bytes
        sizes[0xD4 + i] = (2 + (1 << i), 0)
    return sizes


_SIZES = _sizes()
