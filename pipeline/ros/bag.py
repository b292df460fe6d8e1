"""An open bag: its topics, and its messages in the order of their record times, whatever is damaged in between."""

import heapq
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass

import zstandard

from pipeline.ros.bag_files import BagFiles
from pipeline.ros.codec import Codec, make_codec
from pipeline.ros.open_file import LARGEST_CHUNK, LAST_TIME, OpenFile, brief, explain, open_file
from pipeline.ros.unpacked import Unpacked
from simulator.errors import LiquidlaneError

PACKED = b"\x28\xb5\x2f\xfd"  # a message that is packed by itself; none begins like this otherwise
SKIP = 1_000_000_000  # [ns] passed over where messages can't be read
MOST_SKIPS = 64
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
        self._parts: list[OpenFile] = []
        for path in files.paths:
            try:
                part = open_file(path, unpacked)
                self._parts.append(part)
                self.findings += [part.salvaged] if part.salvaged else []
            except (Exception, MemoryError) as error:  # rosbags lets through whatever a damaged file causes
                self.findings.append(explain(path, error))
        if not self._parts:
            raise LiquidlaneError("; ".join(self.findings) or f"{files.folder} holds no file of a bag")
        for part in self._parts:
            self._add_topics(part)
            log = part.path.with_name(part.path.name + "-wal")
            if log.is_file() and log.stat().st_size:
                remedy = f"run sqlite3 {part.path.name} 'PRAGMA wal_checkpoint', and ingest again"
                self.findings.append(f"{log.name} holds messages that are not in the database yet; {remedy}")

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

    def _add_topics(self, part: OpenFile) -> None:
        for connection in part.reader.connections:
            kind = connection.msgtype
            kind = kind if kind.count("/") != 1 else kind.replace("/", "/msg/")  # some writers of MCAP leave it out
            topic = self.topics.setdefault(connection.topic, Topic(connection.topic, kind))
            if topic.type != kind:
                self.findings.append(f"{topic.name} also holds messages of {kind}, which are left aside")
                continue
            part.connections.setdefault(topic.name, []).append(connection)
            topic.count += min(connection.msgcount, part.path.stat().st_size // LEAST_MESSAGE)
            if topic.codec is None:
                try:
                    topic.codec = make_codec(topic.type, connection.msgdef, part.first_version)
                except Exception as error:  # the parser lets through whatever a broken definition causes
                    self.findings.append(f"the definition of {topic.type} can't be used ({brief(error)})")

    def messages(self, topics: Collection[str], start: int | None = None) -> Iterator[Message]:
        """Give the messages of some topics by record time; stretches that can't be read are passed over and told.

        Args:
            topics: their names.
            start: the first record time [ns]; None is the beginning.
        """
        streams = [self._messages_of(part, topics, start) for part in self._parts]
        yield from heapq.merge(*streams, key=lambda message: message[1])

    def _messages_of(self, part: OpenFile, topics: Collection[str], start: int | None) -> Iterator[Message]:
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
                self.lost_places[f"{part.path.name}: {brief(error)}"] += 1
                last = begin = max(last or 0, part.begin) + SKIP
                if begin > part.end:
                    return


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
