"""Unpacks what others packed: nothing outside the folder, no link out of it, no more than a sane archive can hold."""

import hashlib
import lzma
import os
import posixpath
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pipeline.work.whole_file import explain_write_error, is_refusal
from simulator.errors import LiquidlaneError

MOST_MEMBERS = 2_000_000
LEAST_LIMIT = 256 << 20  # [bytes] any archive may unpack to
MOST_RATIO = 100  # unpacked to packed; logs reach 50, pictures 1
MOST_PADDING = 64  # blocks behind the last member
SPARE = 1 << 30  # [bytes] left free on the disk
BLOCK = 1 << 20
ENDINGS = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class _Member:
    """One entry: its name, what it is ("file", "folder" or "link"), a link's target, and how to open a file."""

    name: str
    kind: str
    target: str
    entry: Any


def is_archive(path: Path) -> bool:
    """Say whether a file is an archive, by its ending and its first bytes."""
    if not path.name.lower().endswith(ENDINGS) or not path.is_file():
        return False
    if path.name.lower().endswith(".zip"):
        return zipfile.is_zipfile(path)
    try:
        return tarfile.is_tarfile(path)
    except (OSError, *BROKEN):
        return True  # it says it is one; unpacking tells what is wrong with it


def unpack(archive: Path, into: Path) -> Path:
    """Unpack an archive into a folder below `into`, or find it there already.

    Returns:
        The folder, named like the archive without its ending.

    Raises:
        LiquidlaneError: if it is damaged, encrypted, or holds names or links that lead out of the folder, or unpacks to
            more than a hundred times its size; nothing is left then.
    """
    state = archive.stat()
    known = f"{archive.resolve()}\0{state.st_size}\0{state.st_mtime_ns}"
    place = into / hashlib.sha256(known.encode()).hexdigest()[:16]
    folder = place / _name_without_ending(archive.name)
    if folder.is_dir():
        return folder
    part = place.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        inside = part / folder.name
        inside.mkdir(parents=True)
        _unpack_members(archive, inside, _limit(archive, into))
        part.rename(place)
    except BROKEN as error:
        raise LiquidlaneError(f"{archive} can't be unpacked ({error}); it is damaged, pack or fetch it again") from None
    except OSError as error:
        if is_refusal(error):
            raise explain_write_error(into, error) from error
        raise LiquidlaneError(f"{archive} can't be unpacked ({error}); check the file") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _name_without_ending(name: str) -> str:
    ending = max((ending for ending in ENDINGS if name.lower().endswith(ending)), key=len)
    return name[: -len(ending)].strip(". ") or "archive"


def _limit(archive: Path, into: Path) -> int:
    """Give how many bytes may come out."""
    sane = max(LEAST_LIMIT, MOST_RATIO * archive.stat().st_size)
    return max(0, min(sane, shutil.disk_usage(into.parent if not into.exists() else into).free - SPARE))


def _unpack_members(archive: Path, folder: Path, limit: int) -> None:
    """Write files first, while there is no link that could lead a file astray; then the links, each looked at."""
    links: list[tuple[Path, str, str]] = []
    written = 0
    opened = _zip_members(archive) if zipfile.is_zipfile(archive) else _tar_members(archive)
    for number, (member, source) in enumerate(opened, 1):
        if number > MOST_MEMBERS:
            raise LiquidlaneError(f"{archive} holds more than {MOST_MEMBERS} files; unpack it yourself")
        path = folder / _safe_name(archive, member.name)
        if path == folder:
            continue
        if member.kind == "folder":
            path.mkdir(parents=True, exist_ok=True)
            continue
        if member.kind == "link":
            links.append((path, member.target, member.name))
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        assert source is not None
        with source, path.open("wb") as file:
            while block := source.read(BLOCK):
                written += len(block)
                if written > limit:
                    raise LiquidlaneError(
                        f"{archive} unpacks to more than {limit >> 20} MB, its size {archive.stat().st_size} bytes "
                        "does not explain that, or the disk has no room; unpack it yourself if you trust it"
                    )
                file.write(block)
    _make_links(archive, folder, links)


def _safe_name(archive: Path, name: str) -> str:
    """Give a member's path below the folder."""
    slashed = name.replace("\\", "/")
    clean = posixpath.normpath(slashed)
    if slashed.startswith("/") or clean == ".." or clean.startswith("../") or ":" in clean[:3] or "\0" in clean:
        raise LiquidlaneError(f"{archive} is refused: its member {name!r} leads out of the folder; it is not safe")
    return clean


def _make_links(archive: Path, folder: Path, links: list[tuple[Path, str, str]]) -> None:
    top = os.path.realpath(folder)

    def inside(path: str) -> bool:
        return os.path.realpath(path) == top or os.path.realpath(path).startswith(top + "/")

    for path, target, name in links:
        good = inside(str(path.parent)) and inside(str(path.parent / target))
        if good and not path.exists() and not path.is_symlink():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to(target)
        if not good or not inside(str(path)):
            raise LiquidlaneError(f"{archive} is refused: its link {name!r} leads to {target!r}, out of the folder")
    for path, target, name in links:  # a later link may have turned an earlier one
        if not inside(str(path)):
            raise LiquidlaneError(f"{archive} is refused: its link {name!r} leads to {target!r}, out of the folder")


def _zip_members(archive: Path) -> Iterator[tuple[_Member, IO[bytes] | None]]:
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            if entry.is_dir():
                yield _Member(entry.filename, "folder", "", entry), None
            elif stat.S_ISLNK(entry.external_attr >> 16):
                target = opened.read(entry) if entry.file_size < 4096 else b""
                yield _Member(entry.filename, "link", target.decode(errors="replace"), entry), None
            else:
                yield _Member(entry.filename, "file", "", entry), opened.open(entry)


def _tar_members(archive: Path) -> Iterator[tuple[_Member, IO[bytes] | None]]:
    with tarfile.open(archive, "r:*") as opened:
        while (entry := opened.next()) is not None:
            opened.members = []  # type: ignore[attr-defined]  # else it remembers all of them
            if entry.isdir():
                yield _Member(entry.name, "folder", "", entry), None
            elif entry.issym():
                yield _Member(entry.name, "link", entry.linkname, entry), None
            elif entry.islnk():  # to another member, by its path in the archive
                target = posixpath.relpath(entry.linkname, posixpath.dirname(entry.name) or ".")
                yield _Member(entry.name, "link", target, entry), None
            elif entry.isfile():
                yield _Member(entry.name, "file", "", entry), opened.extractfile(entry)
            # devices and pipes hold no recording
        assert opened.fileobj is not None
        for _ in range(MOST_PADDING):  # the checksum of a compressed archive stands at its end
            if not opened.fileobj.read(BLOCK):
                break
