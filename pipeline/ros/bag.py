"""An open bag: its topics, and its messages in the order of their record times, whatever is damaged in between."""

import bz2
import heapq
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import lz4.frame
import zstandard
from rosbags.rosbag1 import Reader as FirstReader
from rosbags.rosbag2 import Reader as SecondReader

from pipeline.ros.bag_files import BagFiles
from pipeline.ros.codec import Codec, make_codec
from pipeline.ros.unpacked import Unpacked
from simulator.errors import LiquidlaneError

LARGEST_CHUNK = 512 << 20  # [bytes] of messages that are packed together
PACKED = b"\x28\xb5\x2f\xfd"  # a message that is packed by itself; none begins like this otherwise
SKIP = 1_000_000_000  # [ns] passed over where messages can't be read
MOST_SKIPS = 64
LAST_TIME = (1 << 63) - 1  # [ns]
LEAST_MESSAGE = 16  # [bytes] that a message takes at least, to judge a count by

Message = tuple[str, int, bytes]
"""Topic, record time [ns], bytes."""


@dataclass(slots=True)
class Topic:
    """A topic: its type ("sensor_msgs/msg/Image"), how many messages the index promises, and what reads them.

    codec: None if nobody defines the type, or its definition is broken.
    """

    name: str
    type: str
    count: int = 0
    codec: Codec | None = None


@dataclass(slots=True)
class _Part:
    """One open file of the bag. connections: by topic."""

    path: Path
    reader: Any
    first_version: bool
    connections: dict[str, list[Any]] = field(default_factory=dict)


class Bag:
    """A bag that is open; close it, or use it in a `with`.

    topics: by name. findings: what of it can't be read, in words.

    Raises:
        LiquidlaneError: if none of its files can be read; the sentence tells the remedy.
    """

    def __init__(self, files: BagFiles, unpacked: Unpacked) -> None:
        self.topics: dict[str, Topic] = {}
        self.findings: list[str] = []
        self.lost_places: Counter[str] = Counter()
        self._parts: list[_Part] = []
        for path in files.paths:
            try:
                self._parts.append(_open_part(unpacked.find(path)))
            except (Exception, MemoryError) as error:  # rosbags lets through whatever a damaged file causes
                self.findings.append(explain(path, error))
        if not self._parts:
            raise LiquidlaneError("; ".join(self.findings) or f"{files.folder} holds no file of a bag")
        for part in self._parts:
            self._add_topics(part)

    def __enter__(self) -> "Bag":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files."""
        for part in self._parts:
            with suppress(Exception):
                part.reader.close()
        self._parts.clear()

    def _add_topics(self, part: _Part) -> None:
        for connection in part.reader.connections:
            topic = self.topics.setdefault(connection.topic, Topic(connection.topic, connection.msgtype))
            if topic.type != connection.msgtype:
                self.findings.append(f"{topic.name} also holds messages of {connection.msgtype}, which are left aside")
                continue
            part.connections.setdefault(topic.name, []).append(connection)
            topic.count += min(connection.msgcount, part.path.stat().st_size // LEAST_MESSAGE)
            if topic.codec is None:
                try:
                    topic.codec = make_codec(topic.type, connection.msgdef, part.first_version)
                except Exception as error:  # the parser lets through whatever a broken definition causes
                    self.findings.append(f"the definition of {topic.type} can't be used ({_brief(error)})")

    def messages(self, topics: Collection[str], start: int | None = None) -> Iterator[Message]:
        """Give the messages of some topics by record time; stretches that can't be read are passed over and told.

        Args:
            topics: their names.
            start: the first record time [ns]; None is the beginning.
        """
        streams = [self._messages_of(part, topics, start) for part in self._parts]
        yield from heapq.merge(*streams, key=lambda message: message[1])

    def _messages_of(self, part: _Part, topics: Collection[str], start: int | None) -> Iterator[Message]:
        wanted = [connection for name in topics for connection in part.connections.get(name, ())]
        if not wanted:
            return
        begin, last = start, start
        for _ in range(MOST_SKIPS):
            try:
                for connection, time, data in part.reader.messages(connections=wanted, start=begin):
                    last = min(max(time, 0), LAST_TIME)
                    yield connection.topic, last, _unpack(data)
                return
            except (Exception, MemoryError) as error:  # as above
                self.lost_places[f"{part.path.name}: {_brief(error)}"] += 1
                last = begin = max(last or 0, _begin(part)) + SKIP
                if begin > _end(part):
                    return


def _open_part(path: Path) -> _Part:
    first_version = path.name.lower().endswith((".bag", ".bag.active"))
    if first_version:
        reader: Any = FirstReader(path)
    elif path.suffix.lower() == ".mcap":
        reader = SecondReader.STORAGE_PLUGINS[".mcap"](path)
    else:  # the library puts the path into an address, where # and % have a meaning
        reader = SecondReader.STORAGE_PLUGINS[".db3"](Path(quote(str(path))))
    reader.open()
    if first_version:
        for place, chunk in reader.chunks.items():
            reader.chunks[place] = chunk._replace(decompressor=_bounded(chunk.decompressor))
    elif any(chunk.uncompressed_size > LARGEST_CHUNK for chunk in getattr(reader, "chunks", ())):
        raise ValueError(f"a chunk claims more than {LARGEST_CHUNK >> 20} MB")
    return _Part(path, reader, first_version)


def _bounded(unpack: Any) -> Any:
    """Give what unpacks a chunk of ROS 1, but never more than any chunk holds."""
    if unpack is bz2.decompress:
        return lambda data: _take_all(bz2.BZ2Decompressor(), data)
    if unpack is lz4.frame.decompress:
        return lambda data: _take_all(lz4.frame.LZ4FrameDecompressor(), data)
    return unpack


def _take_all(unpacker: Any, data: bytes) -> bytes:
    plain: bytes = unpacker.decompress(data, LARGEST_CHUNK)
    if not unpacker.eof:
        raise ValueError(f"a chunk is cut off, or unpacks to more than {LARGEST_CHUNK >> 20} MB")
    return plain


def _unpack(data: bytes) -> bytes:
    """Unpack a message that ROS 2 packed by itself."""
    if data[:4] != PACKED:
        return data
    try:
        if zstandard.frame_content_size(data) > LARGEST_CHUNK:
            return b""  # the message is told as one that can't be read
        return zstandard.ZstdDecompressor().decompress(data, max_output_size=LARGEST_CHUNK)
    except zstandard.ZstdError:
        return b""


def _begin(part: _Part) -> int:
    return int(part.reader.start_time if part.first_version else part.reader.metadata.start_time)


def _end(part: _Part) -> int:
    return min(int(part.reader.end_time if part.first_version else part.reader.metadata.end_time), LAST_TIME)


def _brief(error: BaseException) -> str:
    text = " ".join(str(error).split())[:160]
    return text or type(error).__name__


def explain(path: Path, error: BaseException) -> str:
    """Say what is wrong with a file that can't be opened, and what to do."""
    if isinstance(error, LiquidlaneError):
        return str(error)
    if isinstance(error, PermissionError):
        return f"{path} can't be read ({error.strerror}); check its permissions"
    what = _brief(error)
    if path.stat().st_size == 0:
        return f"{path} is empty: nothing was recorded; leave it out"
    name = path.name.lower()
    if "not indexed" in what or name.endswith(".active"):
        return f"{path} has no index, as after a crash of the recorder; run rosbag reindex {path.name}, and ingest that"
    if name.endswith(".bag"):
        return (
            f"{path} is cut off, damaged or no bag of ROS 1 ({what}); run rosbag reindex {path.name}, and ingest that"
        )
    if "Profile is not" in what:
        return f"{path} is MCAP of another system than ROS 2 ({what}); record or convert it as ROS 2 (cdr) messages"
    if ".mcap" in name:
        mended = path.with_suffix("").name
        remedy = f"run mcap recover {path.name} -o {mended}-mended.mcap, and ingest that"
        return f"{path} is cut off, damaged or no MCAP ({what}); {remedy}"
    remedy = f"run sqlite3 {path.name} .recover | sqlite3 mended.db3, and ingest that"
    return f"{path} is cut off, damaged or no bag of ROS 2 ({what}); {remedy}"
