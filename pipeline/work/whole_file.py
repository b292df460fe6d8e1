"""Files that are whole or not there, whatever is killed, and what a user hears when the disk refuses."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from simulator.errors import LiquidlaneError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EROFS, errno.EPERM}


@contextmanager
def writing_aside(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; after the block it is synced and renamed, or removed on any exception.

    What a kill leaves is written over by the next attempt, so one process at a time may write a file.
    """
    aside = path.with_name(f".{path.name}.writing")
    try:
        yield aside
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(path)
        sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new one, never a part.

    Raises:
        LiquidlaneError: if the disk is full or can't be written.
    """
    try:
        with writing_aside(path) as aside:
            aside.write_bytes(content)
    except OSError as error:
        raise explain_write_error(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file, see `write_bytes`."""
    write_bytes(path, text.encode())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_refusal(error: OSError) -> bool:
    """Say whether the disk is full or may not be written, rather than something else having gone wrong."""
    return error.errno in _FULL | _FORBIDDEN


def explain_write_error(path: Path, error: OSError) -> LiquidlaneError:
    """Turn the operating system's refusal to write into a sentence for the user."""
    reason = os.strerror(error.errno) if error.errno else str(error)
    if error.errno in _FULL:
        remedy = (
            "free some space ('liquidlane clean' removes what no result needs) or choose another folder, then run "
            "again; the finished work is kept"
        )
    else:
        remedy = "check the folder and its permissions"
    return LiquidlaneError(f"{path} can't be written: {reason}; {remedy}")
