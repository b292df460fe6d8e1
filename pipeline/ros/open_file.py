"""One file of a bag, opened by the library's readers within bounds; or why it can't be, and what to do."""

import bz2
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import lz4.frame
from rosbags.rosbag1 import Reader as FirstReader
from rosbags.rosbag2 import Reader as SecondReader

from pipeline.ros.salvage import index_mcap, salvage_first, salvage_mcap
from pipeline.ros.unpacked import Unpacked
from simulator.errors import LiquidlaneError

LARGEST_CHUNK = 512 << 20  # [bytes] of messages that are packed together
LAST_TIME = (1 << 63) - 1  # [ns]


@dataclass(slots=True)
class OpenFile:
    """One open file. connections: by topic. salvaged: why it was read by its chunks, or empty."""

    path: Path
    reader: Any
    first_version: bool
    salvaged: str = ""
    connections: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def begin(self) -> int:
        """The first record time [ns]."""
        return int(self.reader.start_time if self.first_version else self.reader.metadata.start_time)

    @property
    def end(self) -> int:
        """The last record time [ns]."""
        return min(int(self.reader.end_time if self.first_version else self.reader.metadata.end_time), LAST_TIME)


def open_file(path: Path, unpacked: Unpacked) -> OpenFile:
    """Open a file of a bag; one that is cut off or has no index by its chunks.

    Raises:
        Exception: whatever damage causes; `explain` puts it in words.
    """
    plain = unpacked.find(path)
    first_version = plain.name.lower().endswith((".bag", ".bag.active"))
    if path in unpacked.salvaged:
        return _open_again(plain, first_version, *unpacked.salvaged[path])
    try:
        return OpenFile(plain, _open_first(plain) if first_version else _open_second(plain), first_version)
    except LiquidlaneError:
        raise
    except (Exception, MemoryError) as error:
        if plain.stat().st_size == 0 or plain.suffix.lower() == ".db3":
            raise
        try:
            reader = salvage_first(plain, _bounded) if first_version else salvage_mcap(plain)
        except (Exception, MemoryError):
            raise error from None
        why = f"{path.name} has no index that can be used ({brief(error)}); it was read up to its last whole chunk"
        state = {name: copy(value) for name, value in vars(reader).items() if name not in ("bio", "current_chunk")}
        unpacked.salvaged[path] = why, state
        return OpenFile(plain, reader, first_version, why)


def _open_again(path: Path, first_version: bool, why: str, state: dict[str, Any]) -> OpenFile:
    """Open a file whose chunks were looked through before."""
    reader: Any = FirstReader(path) if first_version else SecondReader.STORAGE_PLUGINS[".mcap"](path)
    for name, value in state.items():
        setattr(reader, name, copy(value))
    reader.bio = path.open("rb")
    return OpenFile(path, reader, first_version, why)


def _open_first(path: Path) -> Any:
    reader = FirstReader(path)
    reader.open()
    for place, chunk in reader.chunks.items():
        reader.chunks[place] = chunk._replace(decompressor=_bounded(chunk.decompressor))
    return reader


def _open_second(path: Path) -> Any:
    if path.suffix.lower() != ".mcap":  # the library puts the path into an address, where # and % have a meaning
        reader: Any = SecondReader.STORAGE_PLUGINS[".db3"](Path(quote(str(path))))
        reader.open()
        return reader
    reader = SecondReader.STORAGE_PLUGINS[".mcap"](path)
    reader.open()
    try:
        index_mcap(reader, path)
        if any(chunk.uncompressed_size > LARGEST_CHUNK for chunk in reader.chunks):
            raise ValueError(f"a chunk claims more than {LARGEST_CHUNK >> 20} MB")
    except BaseException:
        with suppress(Exception):
            reader.close()
        raise
    return reader


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


def brief(error: BaseException) -> str:
    """Give an error's text in one short line."""
    text = " ".join(str(error).split())[:160]
    return text or type(error).__name__


def explain(path: Path, error: BaseException) -> str:
    """Say what is wrong with a file that can't be opened, and what to do."""
    if isinstance(error, LiquidlaneError):
        return str(error)
    if isinstance(error, PermissionError):
        return f"{path} can't be read ({error.strerror}); check its permissions"
    what, name = brief(error), path.name.lower()
    if path.stat().st_size == 0:
        return f"{path} is empty: nothing was recorded; leave it out"
    if name.endswith((".bag", ".active")):
        remedy = f"run rosbag reindex {path.name}, and ingest that"
        return f"{path} is cut off, damaged or no bag of ROS 1 ({what}); {remedy}"
    if "Profile is not" in what:
        return f"{path} is MCAP of another system than ROS 2 ({what}); record or convert it as ROS 2 (cdr) messages"
    if ".mcap" in name:
        remedy = f"run mcap recover {path.name} -o {path.stem}-mended.mcap, and ingest that"
        return f"{path} is cut off, damaged or no MCAP ({what}); {remedy}"
    remedy = f"run sqlite3 {path.name} .recover | sqlite3 mended.db3, and ingest that"
    return f"{path} is cut off, damaged or no bag of ROS 2 ({what}); {remedy}"
