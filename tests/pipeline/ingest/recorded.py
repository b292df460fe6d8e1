"""Real recordings of others, read where they lie: not part of the repository, and tests that need them are skipped."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.drives.drive import Drive, encode_jpeg
from pipeline.ingestion.ingest import IngestConfig, IngestSummary, ingest

DRIVES = Path(os.environ.get("LIQUIDLANE_DRIVES", Path(__file__).parents[4] / "shared" / "drives"))
real = pytest.mark.skipif(not DRIVES.is_dir(), reason=f"no recorded drives in {DRIVES}; set LIQUIDLANE_DRIVES")


def take_in(reader: str, path: Path, results: Path, **options: Any) -> tuple[IngestSummary, list[Drive]]:
    """Ingest one folder or file and open the drives."""
    summary = ingest(IngestConfig(reader=reader, folders=(str(path),), options=options), results)
    return summary, [Drive.open(results / drive) for drive in summary.drives]


def plain_pictures(count: int, height: int = 16, width: int = 24) -> list[bytes]:
    return [encode_jpeg(np.full((height, width, 3), 40 + index, np.uint8)) for index in range(count)]


def spoil_pictures(paths: Sequence[Path], *, missing: bool = True) -> dict[str, int]:
    """Spoil some of at least 12 pictures; give how many frames each reason costs."""
    if missing:
        paths[3].unlink()
    paths[5].write_bytes(b"")
    paths[7].write_bytes(paths[7].read_bytes()[:-200])
    paths[9].write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    paths[11].write_bytes(encode_jpeg(np.zeros((20, 30, 3), np.uint8)))
    counts = {"picture empty": 1, "picture damaged": 1, "not a picture": 1, "picture of another size": 1}
    return counts | ({"picture missing": 1} if missing else {})
