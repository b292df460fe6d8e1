"""The books of an ingest: what became of each drive and recording, and what was left out and why."""

import csv
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.ingestion.reader import Flaw
from pipeline.work.whole_file import explain_write_error, write_text

SUMMARY, QUARANTINE = "ingest.json", "quarantine.csv"


@dataclass(frozen=True, slots=True)
class DriveSummary:
    """What became of one drive.

    folder: below the folder of results. seconds: from its first to its last frame. rate: median frames a second, 0 for
    one frame. speed: lowest and highest [m/s]. curvature: rightmost and leftmost [1/m]. size: (height, width) [px].
    quarantined: reason → frames left out between its first and last row.
    """

    folder: str
    frames: int
    seconds: float
    rate: float
    speed: tuple[float, float]
    curvature: tuple[float, float]
    size: tuple[int, int]
    quarantined: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """What became of one recording.

    drives: their folders. kept: frames in them. quarantined: reason → frames. seconds: from first to last frame of each
    drive, added up. assumptions, findings: sentences. table: the drives in figures.
    """

    name: str
    source: str
    drives: list[str]
    kept: int
    quarantined: dict[str, int]
    seconds: float
    assumptions: list[str]
    findings: list[str]
    table: list[DriveSummary]


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What became of all recordings. refused: sentences about those of which no frame is usable."""

    recordings: list[RecordingSummary]
    refused: list[str] = field(default_factory=list)

    @property
    def drives(self) -> list[str]:
        """The folders of all drives, below the folder of results."""
        return [drive for recording in self.recordings for drive in recording.drives]

    @property
    def kept(self) -> int:
        """Frames in all drives."""
        return sum(recording.kept for recording in self.recordings)

    @property
    def quarantined(self) -> dict[str, int]:
        """Frames left out, by reason."""
        counts: Counter[str] = Counter()
        for recording in self.recordings:
            counts.update(recording.quarantined)
        return dict(counts)


@dataclass(frozen=True, slots=True)
class PieceBooks:
    """What became of one piece of a track, and so of one unit of work."""

    drives: list[DriveSummary]
    flaws: list[Flaw]


def summarise_drive(
    folder: str, values: NDArray[np.float64], size: tuple[int, int], quarantined: dict[str, int]
) -> DriveSummary:
    """Put a drive in figures; `values`: (frames, 3), times [s], speeds [m/s] and curvatures [1/m]."""
    times, speeds, curvatures = values.T
    steps = np.diff(times)
    return DriveSummary(
        folder=folder,
        frames=len(times),
        seconds=round(float(times[-1] - times[0]), 6),
        rate=float(1 / np.median(steps)) if len(steps) else 0.0,
        speed=(float(speeds.min()), float(speeds.max())),
        curvature=(float(curvatures.min()), float(curvatures.max())),
        size=size,
        quarantined=quarantined,
    )


def count_reasons(flaws: Sequence[Flaw]) -> dict[str, int]:
    """Count the frames that each reason costs."""
    counts: Counter[str] = Counter()
    for flaw in flaws:
        counts[flaw.reason] += flaw.frames
    return dict(counts)


def write_quarantine(path: Path, flaws: Sequence[tuple[str, Flaw]]) -> None:
    """Write one line for each thing left out."""
    try:
        with path.open("w", newline="", encoding="utf-8", errors="replace") as file:
            writer = csv.writer(file)
            writer.writerow(["camera", "place", "picture", "reason", "detail", "frames"])
            writer.writerows(
                [camera, flaw.place, flaw.picture, flaw.reason, flaw.detail, flaw.frames] for camera, flaw in flaws
            )
    except OSError as error:
        raise explain_write_error(path, error) from error


def write_books(path: Path, books: PieceBooks) -> None:
    """Keep a piece's books; a piece with books is done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(asdict(books)))


def read_books(path: Path) -> PieceBooks | None:
    """Give a piece's books; None if it has yet to be done."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return PieceBooks([_drive_of(row) for row in values["drives"]], [Flaw(**row) for row in values["flaws"]])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_summary(folder: Path, summary: IngestSummary, **facts: Any) -> None:
    """Write `ingest.json`, last of all."""
    values = {**facts, "recordings": [asdict(part) for part in summary.recordings], "refused": summary.refused}
    write_text(folder / SUMMARY, json.dumps(values, indent=2, allow_nan=False) + "\n")


def read_summary(folder: Path) -> tuple[IngestSummary, dict[str, Any]] | None:
    """Give what `write_summary` wrote and its facts; None if there is none that can be read."""
    try:
        values = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        recordings = [
            RecordingSummary(**{**row, "table": [_drive_of(drive) for drive in row["table"]]})
            for row in values.pop("recordings")
        ]
        return IngestSummary(recordings, values.pop("refused")), values
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _drive_of(row: dict[str, Any]) -> DriveSummary:
    pairs = {name: tuple(row[name]) for name in ("speed", "curvature", "size")}
    summary = DriveSummary(**{**row, **pairs})
    if not math.isfinite(summary.seconds):
        raise ValueError(row)
    return summary
