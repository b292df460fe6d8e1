"""Bag files that are packed as a whole (zstd): unpacked once, beside nothing of the user's, and removed in the end."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any

import zstandard

from pipeline.files.archive import BLOCK, LEAST_LIMIT, MOST_RATIO, SPARE
from simulator.errors import LiquidlaneError

ENDING = ".zstd"


class Unpacked:
    """Gives the plain file of each; what it unpacked goes when it goes.

    A copy in another process reads what this one unpacked, and leaves it there.

    salvaged: of files without an index, why, and what was found of their chunks.
    """

    def __init__(self) -> None:
        self.salvaged: dict[Path, tuple[str, dict[str, Any]]] = {}
        self._folder: TemporaryDirectory[str] | None = None
        self._plain: dict[Path, Path] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_folder": None}

    def find(self, path: Path) -> Path:
        """Give the path of the plain file.

        Raises:
            LiquidlaneError: if it is damaged, a bomb, or larger than the disk.
        """
        if path.suffix.lower() != ENDING:
            return path
        if path not in self._plain:
            self._folder = self._folder or TemporaryDirectory(prefix="liquidlane-bag-")
            plain = Path(self._folder.name) / f"{len(self._plain)}" / path.stem
            plain.parent.mkdir()
            self._unpack(path, plain)
            self._plain[path] = plain
        return self._plain[path]

    def _unpack(self, path: Path, plain: Path) -> None:
        limit = max(LEAST_LIMIT, MOST_RATIO * path.stat().st_size)
        room = shutil.disk_usage(gettempdir()).free - SPARE
        written = 0
        try:
            with path.open("rb") as packed, plain.open("wb") as file:
                for block in zstandard.ZstdDecompressor().read_to_iter(packed, write_size=BLOCK):
                    written += len(block)
                    if written > limit:
                        raise LiquidlaneError(f"{path} unpacks to more than {MOST_RATIO} times its size; leave it out")
                    if written > room:
                        raise LiquidlaneError(
                            f"{gettempdir()} has no room for what {path} unpacks to; set TMPDIR to a larger disk, or "
                            f"unpack it with zstd -d"
                        )
                    file.write(block)
        except (zstandard.ZstdError, OSError, LiquidlaneError) as error:
            plain.unlink(missing_ok=True)
            if isinstance(error, LiquidlaneError):
                raise
            raise LiquidlaneError(
                f"{path} can't be unpacked ({error}); unpack it with zstd -d, or leave it out"
            ) from None
