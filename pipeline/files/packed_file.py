"""Files packed with bzip2 or Zstandard, or not at all: their content in blocks, told by their first bytes."""

import bz2
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

BLOCK = 1 << 20
LARGEST = 8 << 30  # [bytes] unpacked; a minute of any log has less than 1 GB
BZIP2, ZSTANDARD = b"BZh", b"\x28\xb5\x2f\xfd"


class CutOffError(Exception):
    """A packed file that ends early, is damaged, or unpacks to more than any log; str() tells which."""


def read_blocks(path: Path) -> Iterator[bytes]:
    """Give a file's content unpacked, in blocks of about 1 MB; memory does not grow with it.

    A Zstandard file that was cut off ends without an error, since its reader can't tell.

    Raises:
        CutOffError: where a packed file can't be unpacked any further; all before was given.
        OSError: if it can't be read.
    """
    total = 0
    for block in _blocks(path):
        total += len(block)
        if total > LARGEST:
            raise CutOffError(f"{path.name} unpacks to more than {LARGEST >> 30} GB")
        yield block


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        first = file.read(4)
        file.seek(0)
        if first.startswith(BZIP2):
            yield from _unpack_bzip2(file, path.name)
        elif first == ZSTANDARD:
            yield from _unpack_zstandard(file, path.name)
        else:
            while block := file.read(BLOCK):
                yield block


def _unpack_bzip2(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Unpack one stream after the other."""
    unpacker, packed = bz2.BZ2Decompressor(), b""
    while True:
        if unpacker.eof:
            packed = unpacker.unused_data or file.read(BLOCK)
            if not packed:
                return
            unpacker = bz2.BZ2Decompressor()
        elif unpacker.needs_input:
            packed = file.read(BLOCK)
            if not packed:
                raise CutOffError(f"{name} ends early")
        try:
            block = unpacker.decompress(packed, BLOCK)
        except (OSError, EOFError, ValueError) as error:
            raise CutOffError(f"{name} is damaged ({error})") from None
        packed = b""
        if block:
            yield block


def _unpack_zstandard(file: BinaryIO, name: str) -> Iterator[bytes]:
    with zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(file, read_across_frames=True) as reader:
        while True:
            try:
                block = reader.read(BLOCK)
            except zstandard.ZstdError as error:
                raise CutOffError(f"{name} is damaged ({error})") from None
            if not block:
                return
            yield block
