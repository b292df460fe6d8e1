"""Cap'n Proto messages of a stream, read without a schema: structs, numbers, lists of numbers and texts.

The encoding: https://capnproto.org/encoding.html. A message is some segments of 8-byte words; a struct has numbers at
fixed places and pointers after them; what lies beyond a struct's end has its default, which is how old and new versions
of a schema read each other. A reader of logs needs a few dozen fields of a schema of thousands, from files that end
anywhere and may hold anything: here every bound is checked, a damaged pointer costs only its message, and memory is
that of one message. The tests write with the reference implementation and compare.
"""

import struct
from collections.abc import Callable, Iterable, Iterator

LARGEST_MESSAGE = 64 << 20  # [bytes]; a log's largest hold a picture
MOST_SEGMENTS = 512
WORD = 8
_HEAD, _POINTER = struct.Struct("<II"), struct.Struct("<Q")
_PLAIN = struct.Struct("<IIIH10xH")
"""Segments less one, words, a pointer's offset and kind, words of the root's data; then 16 bits at its byte 8."""
LEAST_DATA = 2  # words of a root that has these 16 bits
_LIST_SIZES = {"B": 2, "f": 4, "d": 5}  # codes of the elements' size in a list's pointer


class DamagedMessageError(Exception):
    """Bytes that are no message, or a pointer that leads out of it; str() tells what."""


class Struct:
    """A struct of a message; fields are named by their places, as `capnp compile -ocapnp` prints them."""

    __slots__ = ("_content", "_data", "_pointers", "_segment", "_segments", "_start")

    def __init__(self, segments: list[bytes], segment: int, start: int, data: int, pointers: int) -> None:
        self._segments, self._segment, self._content = segments, segment, segments[segment]
        self._start, self._data, self._pointers = start, data, pointers

    def number(self, code: str, at: int) -> float | int:
        """Read a number: `struct`'s code ("f", "d", "H", "I", "i", "Q") and its place [bytes]; 0 if it is not there."""
        if at + struct.calcsize(code) > self._data:
            return 0
        value: float | int = struct.unpack_from("<" + code, self._content, self._start + at)[0]
        return value

    def flag(self, bit: int) -> bool:
        """Read a truth value whose default is false, by its place [bits]."""
        return bit // 8 < self._data and bool(self._content[self._start + bit // 8] >> bit % 8 & 1)

    def child(self, number: int) -> "Struct | None":
        """Follow a pointer to a struct; None if it is null.

        Raises:
            DamagedMessageError: if it leads out of the message or to something else.
        """
        if number >= self._pointers:
            return None
        return _follow(self._segments, self._segment, self._start + self._data + WORD * number)

    def numbers(self, number: int, code: str) -> tuple[float, ...]:
        """Follow a pointer to a list of numbers, "f" or "d"; empty if it is null.

        Raises:
            DamagedMessageError: if it leads out of the message or to something else.
        """
        content, start, count = self._list(number, code)
        return struct.unpack_from(f"<{count}{code}", content, start)

    def text(self, number: int) -> str:
        """Follow a pointer to a text; empty if it is null.

        Raises:
            DamagedMessageError: if it leads out of the message or to something else.
        """
        content, start, count = self._list(number, "B")
        return content[start : start + count].rstrip(b"\0").decode(errors="replace")

    def _list(self, number: int, code: str) -> tuple[bytes, int, int]:
        """Give the bytes that hold a list, where in them it starts [bytes] and how many elements it has."""
        if number >= self._pointers:
            return b"", 0, 0
        pointer, segment, base = _land(self._segments, self._segment, self._start + self._data + WORD * number)
        if pointer == 0:
            return b"", 0, 0
        if pointer & 3 != 1 or pointer >> 32 & 7 != _LIST_SIZES[code]:
            raise DamagedMessageError("a pointer that should lead to a list of numbers leads elsewhere")
        start, count = base + WORD * _offset(pointer), pointer >> 35
        content = self._segments[segment]
        if start < 0 or start + count * struct.calcsize(code) > len(content):
            raise DamagedMessageError("a list reaches out of its message")
        return content, start, count


def read_messages(blocks: Iterable[bytes], unwanted: Callable[[int], bool] | None = None) -> Iterator[Struct]:
    """Give the root of each message in a stream of bytes, cut into blocks anywhere.

    Args:
        blocks: of any length.
        unwanted: is asked about the 16 bits at byte 8 of a root, where that is quickly seen; then the message is passed
            over unread. Nine tenths of a log are such.

    Raises:
        DamagedMessageError: where the stream ends within a message, or what comes is none. All before was given.
    """
    rest, passed = b"", 0
    for block in blocks:
        rest = rest + block if rest else block
        at = 0
        while True:
            if unwanted is not None:
                at = _pass_over(rest, at, unwanted)
            found = _cut(rest, at, passed + at)
            if found is None:
                break
            segments, at = found
            root = _root(segments)
            if root is not None:
                yield root
        passed += at
        rest = rest[at:]
    if rest:
        raise DamagedMessageError(f"the log ends within a message, {len(rest)} bytes after byte {passed}")


def _pass_over(content: bytes, at: int, unwanted: Callable[[int], bool]) -> int:
    """Give where the first message stands that may be wanted: one of a single segment, its root at once, is judged."""
    last = len(content) - _PLAIN.size
    while at <= last:
        count, words, offset, data, kind = _PLAIN.unpack_from(content, at)
        end = at + WORD * (words + 1)
        if count or offset or data < LEAST_DATA or words <= data or end > len(content) or not unwanted(kind):
            break
        at = end
    return at


def _root(segments: list[bytes]) -> Struct | None:
    """Give a message's root; None if its pointer is damaged: the next message is found by this one's length."""
    try:
        return _follow(segments, 0, 0)
    except DamagedMessageError:
        return None


def _cut(content: bytes, at: int, place: int) -> tuple[list[bytes], int] | None:
    """Cut one message out: its segments and where the next one begins; None if it is not whole yet."""
    if at + WORD > len(content):
        return None
    count, words = _HEAD.unpack_from(content, at)
    count += 1
    if count > MOST_SEGMENTS:
        raise DamagedMessageError(f"no message at byte {place}: it claims {count} segments")
    begin = at + WORD * (count // 2 + 1)
    if begin > len(content):
        return None
    sizes = (words,) if count == 1 else struct.unpack_from(f"<{count}I", content, at + 4)
    whole = WORD * sum(sizes)
    if not sizes[0] or whole > LARGEST_MESSAGE:
        raise DamagedMessageError(f"no message at byte {place}: it claims {whole} bytes")
    if begin + whole > len(content):
        return None
    segments = []
    for size in sizes:
        segments.append(content[begin : begin + WORD * size])
        begin += WORD * size
    return segments, begin


def _offset(pointer: int) -> int:
    """Give the signed 30 bits of a pointer that say how many words away its target is."""
    return ((pointer & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000 >> 2


def _land(segments: list[bytes], segment: int, at: int) -> tuple[int, int, int]:
    """Read a pointer, over the landing pad of one that leads to another segment.

    Returns:
        The pointer, the segment of its target, and the byte that its offset counts from.
    """
    (pointer,) = _POINTER.unpack_from(segments[segment], at)
    if pointer & 3 != 2:
        return pointer, segment, at + WORD
    segment, pad, double = pointer >> 32, WORD * (pointer >> 3 & 0x1FFFFFFF), pointer >> 2 & 1
    if segment >= len(segments) or pad + WORD * (1 + double) > len(segments[segment]):
        raise DamagedMessageError("a pointer leads to a segment or a place that is not there")
    (landing,) = _POINTER.unpack_from(segments[segment], pad)
    if not double:
        return landing, segment, pad + WORD
    (tag,) = _POINTER.unpack_from(segments[segment], pad + WORD)
    if landing >> 32 >= len(segments):
        raise DamagedMessageError("a pointer leads to a segment that is not there")
    return tag, landing >> 32, WORD * (landing >> 3 & 0x1FFFFFFF)


def _follow(segments: list[bytes], segment: int, at: int) -> Struct | None:
    pointer, segment, base = _land(segments, segment, at)
    if pointer == 0:
        return None
    if pointer & 3:
        raise DamagedMessageError("a pointer that should lead to a struct leads elsewhere")
    start, data, pointers = base + WORD * _offset(pointer), pointer >> 32 & 0xFFFF, pointer >> 48
    if start < 0 or start + WORD * (data + pointers) > len(segments[segment]):
        raise DamagedMessageError("a struct reaches out of its message")
    return Struct(segments, segment, start, WORD * data, pointers)
