"""Reads recorder logs frame by frame, whatever their length, and says what is wrong with one."""

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from simulator.embedded.recorder.cursor import Cursor
from simulator.embedded.recorder.layout import (
    COUNT,
    FRAME,
    MAGIC,
    NO_DURATION,
    PACKET_HEAD,
    RECORDS,
    Addition,
    Frame,
    Header,
    Packet,
)
from simulator.errors import LiquidlaneError

LARGEST_PACKET = 64 << 20
LARGEST_DOCUMENT = 64 << 20
FARTHEST = 1e9
"""No actor is farther away [cm]."""
_DATE = struct.Struct("<q")


class NoLogError(LiquidlaneError):
    """A file that is no recorder's log."""


class LoggedFrame(NamedTuple):
    """One frame. packets: kind and bytes of each, in their order."""

    start: Frame
    packets: list[tuple[int, bytes]]

    def records(self, kind: Packet) -> list[Any]:
        """Give all records of a kind, see `layout`; additions have `additions`."""
        return [record for found, data in self.packets if found == kind for record in read_records(kind, data)]

    def additions(self) -> list[Addition]:
        """Give the actors that came to be."""
        return [actor for kind, data in self.packets if kind == Packet.EVENT_ADD for actor in read_additions(data)]


def read_records(kind: int, data: bytes) -> list[Any]:
    """Read a packet of records of one size.

    Raises:
        IndexError: if it is shorter than it says.
    """
    layout, make = RECORDS[kind]
    cursor = Cursor(data)
    count = cursor.count()
    return [make(*values) for values in layout.iter_unpack(cursor.take(count * layout.size))]


def read_additions(data: bytes) -> list[Addition]:
    """Read a packet of actors that came to be.

    Raises:
        IndexError: if it is shorter than it says.
    """
    cursor = Cursor(data)
    return [cursor.addition() for _ in range(cursor.count())]


class Log:
    """A log that is open for reading.

    Raises:
        NoLogError: if it is no recorder's log.
        LiquidlaneError: if it can't be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: IO[bytes] = path.open("rb")
            self._size = path.stat().st_size
        except OSError as error:
            raise LiquidlaneError(f"{path} can't be read ({error.strerror}); name a recorder's log") from error
        try:
            self.header = self._read_header()
        except BaseException:
            self._file.close()
            raise
        self._begin = self._file.tell()

    def __enter__(self) -> "Log":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read_header(self) -> Header:
        cursor = Cursor(self._file.read(2 * COUNT.size + _DATE.size + COUNT.size + (1 << 17)))
        try:
            version, magic = cursor.count(), cursor.text()
            if magic != MAGIC:
                raise NoLogError(f"{self.path} is not a CARLA recorder's log")
            header = Header(version, cursor.unpack(_DATE)[0], cursor.text())
        except IndexError:
            raise NoLogError(f"{self.path} is not a CARLA recorder's log: it ends within the header") from None
        self._file.seek(-cursor.left, 1)
        return header

    def frames(self) -> Iterator[LoggedFrame]:
        """Give the frames from the first one on.

        Raises:
            LiquidlaneError: where the log is cut off or damaged.
        """
        self._file.seek(self._begin)
        start: Frame | None = None
        packets: list[tuple[int, bytes]] = []
        while head := self._file.read(PACKET_HEAD.size):
            at = self._file.tell() - len(head)
            kind, data = self._read_packet(head, at, start)
            if (kind == Packet.FRAME_START) == (start is not None):
                where = "before the first frame starts" if start is None else "in a frame that has not ended"
                raise self._damaged(at, f"there is a packet of kind {kind} {where}")
            if kind == Packet.FRAME_START:
                start = self._read_start(data, at)
                packets = []
            elif kind == Packet.FRAME_END:
                assert start is not None
                yield LoggedFrame(start, packets)
                start = None
            else:
                packets.append((kind, data))
        if start is not None:
            raise self._cut_off(start)

    def _read_packet(self, head: bytes, at: int, start: Frame | None) -> tuple[int, bytes]:
        if len(head) < PACKET_HEAD.size:
            raise self._cut_off(start)
        kind, size = PACKET_HEAD.unpack(head)
        if self._file.tell() + size > self._size:
            raise self._cut_off(start)
        if size > LARGEST_PACKET:
            raise self._damaged(at, f"a packet of kind {kind} has {size} bytes")
        return kind, self._file.read(size)

    def _read_start(self, data: bytes, at: int) -> Frame:
        if len(data) != FRAME.size:
            raise self._damaged(at, f"a frame's start has {len(data)} bytes instead of {FRAME.size}")
        start = Frame(*FRAME.unpack(data))
        lasts = start.duration == NO_DURATION or 0.0 <= start.duration < math.inf
        if not (lasts and 0.0 <= start.elapsed < math.inf):
            raise self._damaged(at, f"frame {start.number} is at {start.elapsed} s and lasts {start.duration} s")
        return start

    def _cut_off(self, start: Frame | None) -> LiquidlaneError:
        where = "between two frames" if start is None else f"within frame {start.number}"
        return LiquidlaneError(
            f"{self.path} is cut off {where}, at byte {self._size}: its recorder was not stopped, or the file was not "
            "copied whole; record it again"
        )

    def _damaged(self, at: int, what: str) -> LiquidlaneError:
        return LiquidlaneError(f"{self.path} is damaged at byte {at}: {what}; record it again or copy it anew")

    def check(self) -> float:
        """Read the whole log; gives when its last frame is [s].

        Raises:
            LiquidlaneError: if it is cut off, damaged, goes back in time or puts an actor at no place.
        """
        elapsed = 0.0
        for frame in self.frames():
            if frame.start.elapsed < elapsed:
                raise LiquidlaneError(
                    f"{self.path}: frame {frame.start.number} is at {frame.start.elapsed} s, before the one before it"
                )
            elapsed = frame.start.elapsed
            self.check_frame(frame)
        return elapsed

    def check_frame(self, frame: LoggedFrame) -> None:
        """Read all that this project uses of a frame.

        Raises:
            LiquidlaneError: if a packet is shorter than it says, or an actor is at no place.
        """
        for kind, data in frame.packets:
            try:
                records: list[Any] = read_additions(data) if kind == Packet.EVENT_ADD else []
                if kind in RECORDS:
                    records = read_records(kind, data)
            except IndexError:
                raise LiquidlaneError(
                    f"{self.path}: frame {frame.start.number} has a damaged packet of kind {kind}; record it again"
                ) from None
            if kind in (Packet.POSITION, Packet.EVENT_ADD):
                for record in records:
                    place = record[1:] if kind == Packet.POSITION else (*record.location, *record.rotation)
                    if not all(-FARTHEST < number < FARTHEST for number in place):
                        raise LiquidlaneError(
                            f"{self.path}: frame {frame.start.number} puts actor {record.actor_id} at {place}; "
                            "record it again"
                        )

    def document(self) -> str | None:
        """Give the OpenDRIVE document that our server puts into its logs; None in CARLA's.

        Raises:
            LiquidlaneError: if it is damaged.
        """
        first = next(iter(self.frames()), None)
        for kind, data in first.packets if first is not None else []:
            if kind == Packet.MAP_DOCUMENT:
                inflate = zlib.decompressobj()
                try:
                    text = inflate.decompress(data, LARGEST_DOCUMENT)
                except zlib.error as error:
                    raise LiquidlaneError(f"{self.path}: its map's document is damaged ({error})") from error
                if not inflate.eof:
                    raise LiquidlaneError(f"{self.path}: its map's document is not whole or above 64 MiB")
                return text.decode("utf-8", "surrogateescape")
        return None
