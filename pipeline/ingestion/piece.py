"""One piece of a recording: a stretch without a gap becomes a drive, or several where bad pictures leave gaps.

A piece is the unit of work: processes share pieces, and a killed ingest goes on with the pieces that are not done.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.drives.drive import DriveWriter, Frame
from pipeline.drives.format import FRAMES, MANIFEST
from pipeline.ingestion.books import DriveSummary, PieceBooks, count_reasons, read_books, summarise_drive, write_books
from pipeline.ingestion.config import IngestConfig
from pipeline.ingestion.judge import Stretch, judge_picture
from pipeline.ingestion.reader import Flaw, Shot, Track
from pipeline.work.whole_file import explain_write_error

Report = Callable[[int], None]
BOOKS = ".books"
REPORTED_TOGETHER = 32


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a track, or a whole drive in our own format (stretch None).

    recording: its name. number: of the piece in its track. clock: time 0 of the recording [s]. size: (height, width)
    [px] of its pictures.
    """

    recording: str
    track: Track
    number: int
    stretch: Stretch | None
    clock: float
    size: tuple[int, int] | None

    @property
    def name(self) -> str:
        """The name of its drive."""
        return f"{self.track.name}-{self.number:03d}" if self.stretch is not None else self.track.name

    @property
    def frames(self) -> int:
        """How many frames it may give."""
        if self.stretch is None:
            return len(self.track.drive) if self.track.drive is not None else 0
        return len(self.stretch.indices)

    def alone(self) -> "Piece":
        """Give the same piece without the rest of its track, to be sent to another process."""
        if self.stretch is None:
            return self
        shots = [self.track.shots[index] for index in self.stretch.indices.tolist()]
        track = replace(self.track, shots=shots, flaws=())
        return replace(self, track=track, stretch=replace(self.stretch, indices=np.arange(len(shots))))

    def books_path(self, folder: Path) -> Path:
        """Say where its books are kept until all pieces are done."""
        return folder / self.recording / BOOKS / f"{self.name}.json"


def finish_piece(piece: Piece, config: IngestConfig, folder: Path | None, report: Report | None) -> PieceBooks:
    """Write a piece's drives and keep its books, or find them; without a folder only look.

    Raises:
        LiquidlaneError: if the disk is full or can't be written.
    """
    if folder is None:
        return _judge_and_write(piece, config, None, report)
    path = piece.books_path(folder)
    books = read_books(path)
    if books is None:
        for leftover in _folders_of(piece, folder):
            shutil.rmtree(leftover, ignore_errors=True)
        books = _judge_and_write(piece, config, folder, report)
        write_books(path, books)
    elif report:
        report(piece.frames)
    return books


def _folders_of(piece: Piece, folder: Path) -> Iterator[Path]:
    own = folder / piece.recording / piece.name
    yield own
    with suppress(OSError):
        yield from own.parent.glob(f"{glob_escape(own.name)}+*")


def glob_escape(name: str) -> str:
    """Take the meaning from characters that a glob pattern would read."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _good_frames(piece: Piece, flaws: list[Flaw], report: Report | None) -> Iterator[tuple[Shot, bytes]]:
    """Load and judge pictures one after the other."""
    assert piece.stretch is not None
    waiting = 0
    for index in piece.stretch.indices:
        shot = piece.track.shots[int(index)]
        judged = judge_picture(shot, piece.size)
        if isinstance(judged, Flaw):
            flaws.append(judged)
        else:
            yield shot, judged
        waiting += 1
        if report and waiting == REPORTED_TOGETHER:
            report(waiting)
            waiting = 0
    if report and waiting:
        report(waiting)


class _Row:
    """What is remembered of the frames of the drive under way, and its writer unless we only look."""

    def __init__(self, piece: Piece, name: str, first: Shot, writer: DriveWriter | None) -> None:
        self.piece, self.name, self.writer = piece, name, writer
        self.begin, self.places = first.timestamp, [first.place, first.place]
        self.values: list[tuple[float, float, float]] = []

    def append(self, shot: Shot, jpeg: bytes) -> None:
        """Add a frame."""
        time = shot.timestamp - self.begin
        self.values.append((time, shot.speed, shot.curvature))
        self.places[1] = shot.place
        if self.writer is not None:
            self.writer.append(Frame(time, shot.speed, shot.curvature, shot.executed, jpeg, shot.lane))

    def finish(self, quarantined: dict[str, int]) -> DriveSummary:
        """Finish the drive and put it in figures."""
        if self.writer is not None:
            self.writer.finish({"rows": self.places})
        own = f"{self.piece.recording}/{self.name}"
        return summarise_drive(own, np.array(self.values), self.piece.size or (0, 0), quarantined)


def _judge_and_write(piece: Piece, config: IngestConfig, folder: Path | None, report: Report | None) -> PieceBooks:
    if piece.stretch is None:
        return _take_over(piece, folder, report)
    summaries: list[DriveSummary] = []
    flaws: list[Flaw] = []
    row: _Row | None = None
    told = 0
    try:
        for shot, jpeg in _good_frames(piece, flaws, report):
            if row is None or shot.timestamp - row.begin - row.values[-1][0] > config.gap:
                if row is not None:
                    summaries.append(row.finish(count_reasons(flaws[told:])))
                    told = len(flaws)
                name = piece.name + (f"+{len(summaries)}" if summaries else "")
                writer = _open_writer(piece, config, folder, name, shot.timestamp) if folder is not None else None
                row = _Row(piece, name, shot, writer)
            row.append(shot, jpeg)
        if row is not None:
            summaries.append(row.finish(count_reasons(flaws[told:])))
    except BaseException:
        if row is not None and row.writer is not None:
            row.writer.discard()
        raise
    return PieceBooks(summaries, flaws)


def _open_writer(piece: Piece, config: IngestConfig, folder: Path, name: str, begin: float) -> DriveWriter:
    assert piece.stretch is not None
    start = round(begin - piece.stretch.ahead - piece.clock, 6)
    return DriveWriter(
        folder / piece.recording / name,
        name=f"{piece.recording}/{name}",
        recording=piece.recording,
        source=config.reader,
        camera=piece.track.camera,
        facts={**piece.track.facts, "start": start},
    )


def _take_over(piece: Piece, folder: Path | None, report: Report | None) -> PieceBooks:
    """Link a drive's frames, or copy them to another disk; the manifest comes last."""
    drive = piece.track.drive
    assert drive is not None
    if folder is not None:
        place = folder / piece.recording / piece.name
        try:
            place.mkdir(parents=True)
            try:
                os.link(drive.folder / FRAMES, place / FRAMES)
            except OSError:
                shutil.copyfile(drive.folder / FRAMES, place / FRAMES)
            shutil.copyfile(drive.folder / MANIFEST, place / MANIFEST)
        except OSError as error:
            shutil.rmtree(place, ignore_errors=True)
            raise explain_write_error(place, error) from error
    if report:
        report(piece.frames)
    values = np.stack([drive.timestamp, drive.speed, drive.curvature], axis=1)
    return PieceBooks([summarise_drive(f"{piece.recording}/{piece.name}", values, drive.image_size, {})], [])
