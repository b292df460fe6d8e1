"""The files of a recording: found by the names that a log writes, read within bounds, never through a link out."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.drives.picture import BadPictureError

LARGEST_PICTURE = 64 << 20  # [bytes]
LONGEST_LINE = 1 << 16  # [characters]
LOG_ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl")  # a log of pictures that lie beside it
VIDEO_ENDINGS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
LIE_BESIDE = (*LOG_ENDINGS, *VIDEO_ENDINGS)
"""Files that need others beside them: a log its pictures, a video its log."""
JUNK = ("._", ".DS_Store", "Thumbs.db", "desktop.ini")  # what other systems leave beside the files


class PictureFile:
    """Loads one picture's file when called; it holds texts, which go to another process quickly."""

    __slots__ = ("path", "root")

    def __init__(self, path: Path | str | None, root: Path | str) -> None:
        self.path, self.root = None if path is None else str(path), str(root)

    def __call__(self) -> bytes:
        """Give the file's bytes.

        Raises:
            FileNotFoundError: if there is no such file.
            BadPictureError: if it is a link out of the recording, not a regular file, or larger than any picture.
        """
        if self.path is None:
            raise FileNotFoundError
        path = Path(self.path)
        if path.is_symlink() and not is_inside(path, self.root):
            raise BadPictureError("link out of the folder", f"{path.name} leads to {path.readlink()}")
        return read_bounded(path, LARGEST_PICTURE)


class Files:
    """All regular files below a folder (or one file), without what other systems leave and without following links.

    path: what the user named. root: the folder, resolved. names: paths relative to the root, with slashes, sorted.
    refused: links that lead out of the root.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refused: list[str] = []
        if path.is_dir():
            self.root = path.resolve()
            self.names = sorted(self._walk(self.root, ""))
        else:
            self.root = path.resolve().parent
            self.names = [path.resolve().name] if path.exists() else []
        self._top = str(self.root)
        self._by_name: dict[str, list[str]] = {}
        for name in self.names:
            self._by_name.setdefault(name.rpartition("/")[2].lower(), []).append(name)

    def _walk(self, folder: Path, prefix: str) -> Iterator[str]:
        try:
            entries = list(os.scandir(folder))
        except OSError:
            return  # a folder that may not be read holds nothing for us
        for entry in entries:
            if entry.name.startswith(JUNK) or entry.name == "__MACOSX":
                continue
            name = prefix + entry.name
            if entry.is_symlink() and not is_inside(Path(entry.path), self.root):
                self.refused.append(name)
            elif entry.is_dir(follow_symlinks=False):
                yield from self._walk(Path(entry.path), name + "/")
            elif entry.is_file():
                yield name

    def named(self, name: str) -> list[Path]:
        """Give all files of this bare name, whatever its case, the nearest to the root first."""
        found = self._by_name.get(name.lower(), [])
        return [self.root / path for path in sorted(found, key=lambda path: (path.count("/"), path))]

    def matching(self, pattern: str) -> list[Path]:
        """Give all files whose relative path matches a regular expression wholly."""
        fits = re.compile(pattern, re.IGNORECASE).fullmatch
        return [self.root / name for name in self.names if fits(name)]

    def find(self, written: str, near: Path | None = None) -> Path | None:
        """Find the file that a log means: absolute paths are another machine's, slashes may be backslashes.

        Of several files with the name, the one whose path agrees longest with what is written, from the end; then
        one below `near`, a folder; then the one nearest to the root.
        """
        name = self._find(written, near)
        return None if name is None else self.root / name

    def _find(self, written: str, near: Path | None) -> str | None:
        """Give the relative path of what `find` finds."""
        parts = [part for part in re.split(r"[/\\]+", written.strip().strip("\"'").lower()) if part not in ("", ".")]
        if not parts or ".." in parts:
            return None
        candidates = self._by_name.get(parts[-1], [])
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        below = f"{near.relative_to(self.root)}/" if near is not None and near != self.root else ""

        def agreement(name: str) -> tuple[int, bool, int, str]:
            common = _common_end(name.lower().split("/"), parts)
            return -common, not name.startswith(below), name.count("/"), name

        return min(candidates, key=agreement)

    def picture(self, written: str, near: Path | None = None) -> PictureFile:
        """Give what loads the picture that a log means."""
        name = self._find(written, near)
        return PictureFile(None if name is None else os.path.join(self._top, name), self._top)  # noqa: PTH118 (fast)


def _common_end(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for mine, theirs in zip(reversed(one), reversed(other), strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def is_inside(path: Path, root: Path | str) -> bool:
    """Say whether a path, links followed, stays below a folder."""
    real, top = os.path.realpath(path), os.path.realpath(root)
    return real == top or real.startswith(top.rstrip("/") + "/")


def read_bounded(path: Path, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes; a pipe or a device is not waited for.

    Raises:
        BadPictureError: if it is no regular file, or larger.
        OSError: if it can't be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise BadPictureError("not a picture", f"{path.name} is not a regular file")
        if state.st_size > limit:
            raise BadPictureError("picture too large", f"{state.st_size} bytes, more than {limit}")
        blocks = []
        while block := os.read(descriptor, state.st_size + 1):
            blocks.append(block)
    finally:
        os.close(descriptor)
    return b"".join(blocks)


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Give (number, text) of each line of a text file that is not blank, however it is ended.

    A byte order mark and zero bytes are dropped, bytes that are not UTF-8 replaced; of a line longer than 65,536
    characters only so much is given.

    Raises:
        OSError: if the file can't be read.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline=None) as file:
        number, inside = 0, False
        while part := file.readline(LONGEST_LINE):
            number += not inside
            if not inside:
                text = part.rstrip("\n").replace("\0", "")
                if text.strip():
                    yield number, text
            inside = not part.endswith("\n")
