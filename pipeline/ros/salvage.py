"""Bags without an index, or cut off, as a crash leaves them: read up to the last whole chunk, by what the chunks hold.

The library's readers want an index. These functions make it and put it where the readers keep theirs.
"""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from rosbags.rosbag1 import Reader as FirstReader
from rosbags.rosbag1.reader import ChunkInfo as FirstChunk
from rosbags.rosbag1.reader import Header, IndexData, RecordType, read_uint32
from rosbags.rosbag2 import Reader as SecondReader
from rosbags.rosbag2.storage_mcap import ChunkInfo as McapChunk

MAGIC, MCAP_MAGIC = b"#ROSBAG V2.0\n", b"\x89MCAP0\r\n"
MCAP_HEADER, MCAP_CHUNK = 0x01, 0x06
RECORD = 9  # [bytes] before a record of MCAP: its kind and length
CHUNK_HEAD = 32  # [bytes] of a chunk of MCAP before the name of its packing
LONGEST_NAME = 64
Bound = Callable[[Any], Any]


def salvage_first(path: Path, bound: Bound) -> FirstReader:
    """Open a bag of ROS 1 by reading it chunk by chunk.

    Args:
        path: of the bag.
        bound: gives what unpacks a chunk within bounds for what the library takes.

    Raises:
        Exception: if not one chunk is whole.
    """
    reader = FirstReader(path)
    reader.bio = file = path.open("rb")
    try:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError("it does not begin as a bag of ROS 1")
        size = path.stat().st_size
        connections: dict[int, Any] = {}
        entries: dict[int, list[IndexData]] = {}
        while (place := file.tell()) < size:
            try:
                kind = Header.read(file).get_uint8("op")
                if kind == RecordType.CHUNK:
                    file.seek(place)
                    _take_chunk(reader, place, size, bound, connections, entries)
                else:
                    file.seek(read_uint32(file), os.SEEK_CUR)
            except Exception:  # the library lets through whatever damage causes; what follows has no beginning
                break
        if not entries:
            raise ValueError("no chunk of it is whole")
        reader.bio = file
        reader.connections = [one._replace(msgcount=len(entries.get(key, ()))) for key, one in connections.items()]
        reader.indexes = {key: sorted(entries.get(key, [])) for key in connections}
    except BaseException:
        file.close()
        raise
    return reader


def _take_chunk(
    reader: FirstReader,
    place: int,
    size: int,
    bound: Bound,
    connections: dict[int, Any],
    entries: dict[int, list[IndexData]],
) -> None:
    """Read the chunk at the file's place: its connections, and where its messages are."""
    file = reader.bio
    assert file is not None
    chunk = reader.read_chunk()
    after = chunk.datapos + chunk.datasize
    if after > size:
        raise ValueError("the chunk is cut off")
    file.seek(chunk.datapos)
    packed = file.read(chunk.datasize)
    file.seek(after)
    chunk = chunk._replace(decompressor=bound(chunk.decompressor))
    try:
        data = BytesIO(chunk.decompressor(packed))
        found, times = _look_into(reader, data, place, connections)
    except Exception:  # this chunk is lost, the next one need not be
        return
    finally:
        reader.bio = file
    if times:
        reader.chunks[place] = chunk
        reader.chunk_infos.append(FirstChunk(place, min(times), max(times) + 1, {}))
    for key, entry in found:
        entries.setdefault(key, []).append(entry)


def _look_into(
    reader: FirstReader, data: BytesIO, place: int, connections: dict[int, Any]
) -> tuple[list[tuple[int, IndexData]], list[int]]:
    found: list[tuple[int, IndexData]] = []
    times: list[int] = []
    end = len(data.getbuffer())
    while (offset := data.tell()) < end:
        header = Header.read(data)
        kind = header.get_uint8("op")
        if kind == RecordType.CONNECTION:
            data.seek(offset)
            reader.bio = data  # the library reads a connection from its own file
            connection = reader.read_connection()
            connections.setdefault(connection.id, connection)
            continue
        if kind == RecordType.MSGDATA:
            time = header.get_time("time")
            found.append((header.get_uint32("conn"), IndexData(time, place, offset)))
            times.append(time)
        data.seek(read_uint32(data), os.SEEK_CUR)
    return found, times


def salvage_mcap(path: Path) -> Any:
    """Open an MCAP by its chunks, up to the last whole one.

    Raises:
        Exception: if it holds nothing that is whole.
    """
    reader: Any = SecondReader.STORAGE_PLUGINS[".mcap"](path)
    reader.bio = file = path.open("rb")
    try:
        if file.read(len(MCAP_MAGIC)) != MCAP_MAGIC:
            raise ValueError("it does not begin as an MCAP")
        chunks = list_chunks(reader, path.stat().st_size)
        counts = _count(reader, chunks)
        _use_chunks(reader, chunks)
        reader.connections = [one._replace(msgcount=counts.get(one.id, 0)) for one in reader.connections]
        if not any(counts.values()):
            raise ValueError("no message of it is whole")
    except BaseException:
        file.close()
        raise
    return reader


def _count(reader: Any, chunks: list[McapChunk]) -> dict[int, int]:
    """Look through all chunks for channels and messages; behind one that is damaged, take the messages as there."""
    try:
        reader.meta_scan()
        counts: dict[int, int] = reader.statistics.channel_message_counts
        begin, end = reader.statistics.start_time, reader.statistics.end_time
    except Exception:  # the library lets through whatever damage causes
        if not chunks:
            raise
        counts = dict.fromkeys((connection.id for connection in reader.connections), 1)
        begin, end = min(one.message_start_time for one in chunks), max(one.message_end_time for one in chunks)
    reader.metadata = reader.metadata._replace(start_time=begin, end_time=end + 1)
    return counts


def index_mcap(reader: Any, path: Path) -> None:
    """Give an open MCAP that has chunks but no list of them that list, so that its messages come in order."""
    if reader.chunks or not reader.statistics or not reader.statistics.chunk_count:
        return
    end = reader.data_end
    _use_chunks(reader, list_chunks(reader, path.stat().st_size))
    reader.data_end = end


def _use_chunks(reader: Any, chunks: list[McapChunk]) -> None:
    """Let the reader look for every channel in every chunk."""
    every = {connection.id: 1 for connection in reader.connections}
    reader.chunks = [chunk._replace(channel_count=every) for chunk in chunks]


def list_chunks(reader: Any, size: int) -> list[McapChunk]:
    """List the whole chunks, and tell the reader where data begin and end.

    Raises:
        ValueError: if the header is not that of ROS 2, or is cut off.
    """
    file: BinaryIO = reader.bio
    file.seek(len(MCAP_MAGIC))
    kind, length = _record(file, size)
    profile = file.read(min(length, LONGEST_NAME))[4:]
    if kind != MCAP_HEADER or not profile.startswith(b"ros2"):
        raise ValueError("Profile is not ros2")
    reader.data_start = at = len(MCAP_MAGIC) + RECORD + length
    chunks: list[McapChunk] = []
    while True:
        file.seek(at)
        kind, length = _record(file, size)
        if not kind or at + RECORD + length > size:
            break
        if kind == MCAP_CHUNK and (chunk := _chunk(file.read(CHUNK_HEAD + LONGEST_NAME + 8), at, length)):
            chunks.append(chunk)
        at += RECORD + length
        if kind in (0x02, 0x0F):  # the end of the data
            break
    reader.data_end = at
    return chunks


def _record(file: BinaryIO, size: int) -> tuple[int, int]:
    """Give the kind and length of the record that begins here; kind 0 if none does."""
    head = file.read(RECORD)
    length = int.from_bytes(head[1:], "little")
    return (head[0], length) if len(head) == RECORD and length <= size else (0, 0)


def _chunk(head: bytes, place: int, length: int) -> McapChunk | None:
    def number(at: int, count: int) -> int:
        return int.from_bytes(head[at : at + count], "little")

    name_length = number(28, 4)
    if name_length > LONGEST_NAME or len(head) < CHUNK_HEAD + name_length + 8:
        return None
    name = head[CHUNK_HEAD : CHUNK_HEAD + name_length].decode("ascii", "replace")
    packed = number(CHUNK_HEAD + name_length, 8)
    return McapChunk(number(0, 8), number(8, 8), place, RECORD + length, {}, 0, name, packed, number(16, 8), {})
