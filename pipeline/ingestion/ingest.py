"""Recorded drives of others become ours: every picture and time is judged, and whatever is left out is written down.

The books of a recording are in `quarantine.csv`, those of the whole in `ingest.json`. Pieces of recordings are shared
by processes; a killed ingest goes on where it was, a finished one is found again.
"""

import hashlib
import json
import pickle
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.drives.format import MANIFEST
from pipeline.ingestion.books import (
    QUARANTINE,
    SUMMARY,
    IngestSummary,
    PieceBooks,
    RecordingSummary,
    count_reasons,
    read_summary,
    write_quarantine,
    write_summary,
)
from pipeline.ingestion.config import IngestConfig
from pipeline.ingestion.piece import BOOKS, Piece, finish_piece
from pipeline.ingestion.plan import (
    RecordingPlan,
    count_frames,
    find_recordings,
    fingerprint_sources,
    forget_unpacked,
    plan_recording,
    unpacked_beside,
)
from pipeline.ingestion.reader import Flaw, Recording
from pipeline.work.artifact import canonical_json
from pipeline.work.executor import count_workers, report_progress, run_units
from pipeline.work.whole_file import write_text
from simulator.errors import LiquidlaneError

__all__ = ["IngestConfig", "IngestSummary", "count_frames", "find_recordings", "fingerprint_sources", "ingest"]

VERSION = 3
STARTED = ".ingest-started"
ENOUGH_TO_SHARE = 3000
"""Frames from which several processes are worth their start."""

Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class _Unit:
    """One piece as another process gets it."""

    name: str
    config: IngestConfig
    folder: Path | None
    piece: Piece = field(repr=False)


class _Told:
    """Passes what workers report on to whoever asked."""

    def __init__(self, report: Report | None) -> None:
        self._report = report

    def advance(self, amount: int) -> None:
        """Pass an amount on."""
        if self._report:
            self._report(amount)


def fingerprint(config: IngestConfig) -> str:
    """Give a hash of all that the drives depend on."""
    values = {"version": VERSION, "config": config.model_dump(mode="json"), "sources": fingerprint_sources(config)}
    return hashlib.sha256(canonical_json(values).encode()).hexdigest()


def find_finished(config: IngestConfig, folder: Path, mark: str | None = None) -> IngestSummary | None:
    """Give what became of the same recordings in the same folder, if they were ingested and are still there."""
    found = read_summary(folder)
    if found is None or found[1].get("fingerprint") != (mark or fingerprint(config)):
        return None
    whole = all((folder / drive / MANIFEST).is_file() for drive in found[0].drives)
    return found[0] if whole else None


def ingest(
    config: IngestConfig,
    folder: Path,
    report: Report | None = None,
    *,
    workers: int | None = None,
    dry_run: bool = False,
    found: Sequence[Recording] | None = None,
) -> IngestSummary:
    """Make drives of all recordings that a config names, or find them made.

    Args:
        config: what to read.
        folder: gets a folder a recording, a drive in each folder of that, and `ingest.json`.
        report: is told the numbers of frames done, adding up to `count_frames`.
        workers: processes; None means one for each usable core, if there is enough to do.
        found: what `find_recordings` gave for the config, if it was asked already.
        dry_run: only look; nothing is written but what archives are unpacked to, and that is removed again.

    Raises:
        LiquidlaneError: if there is nothing to read, no recording holds a usable frame, the folder holds something
            else, or the disk is full.
    """
    mark = fingerprint(config)
    finished = None if dry_run else find_finished(config, folder, mark)
    if finished is not None:
        if report:
            report(finished.kept + sum(finished.quarantined.values()))
        return finished
    unpacked = unpacked_beside(folder)
    recordings = find_recordings(config, unpacked) if found is None else found
    if not dry_run:
        _prepare(folder, recordings, config, mark)
    plans = [plan_recording(recording, config) for recording in recordings]
    books = _finish_pieces(plans, config, None if dry_run else folder, report, workers)
    summary = _close_books(plans, books, None if dry_run else folder)
    if not dry_run:
        write_summary(folder, summary, version=VERSION, fingerprint=mark, sources=list(config.folders))
        for recording in summary.recordings:
            shutil.rmtree(folder / recording.name / BOOKS, ignore_errors=True)
        (folder / STARTED).unlink(missing_ok=True)
    forget_unpacked(unpacked)
    return summary


def _prepare(folder: Path, recordings: Sequence[Recording], config: IngestConfig, mark: str) -> None:
    """Make room: go on with what the same ingest began, remove what an older state of the same sources gave.

    Raises:
        LiquidlaneError: if the folder holds the drives of other sources, or something else under a name we need.
    """
    sources = list(config.folders)
    begun = _read_started(folder)
    if begun.get("fingerprint") == mark:
        return
    finished = read_summary(folder)
    ours = begun or (finished[1] if finished else {})
    if ours and ours.get("sources") != sources:
        theirs = ", ".join(map(str, ours.get("sources") or ["something else"]))
        raise LiquidlaneError(f"{folder} holds the drives of {theirs}; choose another folder with --out")
    names = [str(name) for name in begun.get("recordings", [])]
    names += [recording.name for recording in finished[0].recordings] if finished else []
    for name in names:
        if name == Path(name).name:  # never anything outside, whoever wrote the file
            shutil.rmtree(folder / name, ignore_errors=True)
    (folder / SUMMARY).unlink(missing_ok=True)
    for recording in recordings:
        if (folder / recording.name).exists():
            raise LiquidlaneError(f"{folder / recording.name} is there already; choose another folder with --out")
    values = {"fingerprint": mark, "sources": sources, "recordings": [recording.name for recording in recordings]}
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / STARTED, json.dumps(values) + "\n")


def _read_started(folder: Path) -> dict[str, Any]:
    """Read what an unfinished ingest began; nothing if there is none."""
    try:
        values = json.loads((folder / STARTED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _leave_nothing(folder: Path, recordings: Sequence[Recording]) -> None:
    for recording in recordings:
        shutil.rmtree(folder / recording.name, ignore_errors=True)
    (folder / STARTED).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


def _finish_pieces(
    plans: Sequence[RecordingPlan],
    config: IngestConfig,
    folder: Path | None,
    report: Report | None,
    workers: int | None,
) -> list[list[PieceBooks]]:
    """Do all pieces, the long ones first, in this process or in several; give their books by recording."""
    units = [
        (place, number, piece.frames) for place, plan in enumerate(plans) for number, piece in enumerate(plan.pieces)
    ]
    frames = sum(unit[2] for unit in units)
    processes = count_workers(workers, len(units)) if frames >= ENOUGH_TO_SHARE else 1
    books: dict[tuple[int, int], PieceBooks] = {}
    if processes == 1:
        for place, number, _ in units:
            books[place, number] = finish_piece(plans[place].pieces[number], config, folder, report)
    else:
        units.sort(key=lambda unit: -unit[2])
        pieces = [plans[place].pieces[number] for place, number, _ in units]
        _check_that_they_travel(config, pieces)
        work = [_Unit(piece.name, config, folder, piece.alone()) for piece in pieces]
        results = run_units(_finish_unit, work, workers=processes, progress=_Told(report))
        books = {unit[:2]: result for unit, result in zip(units, results, strict=True)}
    if report:
        report(sum(flaw.frames for plan in plans for _, flaw in plan.flaws))
    return [[books[place, number] for number in range(len(plan.pieces))] for place, plan in enumerate(plans)]


def _check_that_they_travel(config: IngestConfig, pieces: Sequence[Piece]) -> None:
    """See whether other processes can load the pictures.

    Raises:
        LiquidlaneError: if a reader's `Shot.load` is nothing that can be sent to them.
    """
    for piece in pieces:
        if piece.stretch is not None:
            shot = piece.track.shots[int(piece.stretch.indices[0])]
            try:
                pickle.dumps(shot.load)
            except (pickle.PicklingError, AttributeError, TypeError) as error:
                raise LiquidlaneError(
                    f"the reader {config.reader!r} can't hand {shot.place} of {piece.recording} to another process "
                    f"({error}); let Shot.load be Files.picture, or functools.partial of a function of the module"
                ) from None


def _finish_unit(unit: _Unit) -> PieceBooks:
    """Do one piece, in a worker."""
    return finish_piece(unit.piece, unit.config, unit.folder, report_progress)


def _close_books(
    plans: Sequence[RecordingPlan], books: Sequence[Sequence[PieceBooks]], folder: Path | None
) -> IngestSummary:
    """Add the pieces' books up by recording and write down what was left out.

    Raises:
        LiquidlaneError: if there is no usable frame at all (then nothing is left).
    """
    summaries: list[RecordingSummary] = []
    refused: list[str] = []
    for plan, its_books in zip(plans, books, strict=True):
        recording = plan.recording
        flaws = list(plan.flaws)
        for piece, done in zip(plan.pieces, its_books, strict=True):
            flaws += [(piece.track.name, flaw) for flaw in done.flaws]
        table = [drive for done in its_books for drive in done.drives]
        counts = count_reasons([flaw for _, flaw in flaws])
        if not table:
            refused.append(_say_what_was_found(plan, counts, [flaw for _, flaw in flaws]))
            if folder is not None:
                shutil.rmtree(folder / recording.name, ignore_errors=True)
            continue
        if folder is not None:
            write_quarantine(folder / recording.name / QUARANTINE, flaws)
        summaries.append(
            RecordingSummary(
                name=recording.name,
                source=str(recording.folder),
                drives=[drive.folder for drive in table],
                kept=sum(drive.frames for drive in table),
                quarantined=counts,
                seconds=sum(drive.seconds for drive in table),
                assumptions=list(recording.assumptions),
                findings=list(recording.findings),
                table=table,
            )
        )
    if not summaries:
        if folder is not None:
            _leave_nothing(folder, [plan.recording for plan in plans])
        raise LiquidlaneError("; ".join(refused) or "no recording was found; give a folder that holds some")
    return IngestSummary(summaries, refused)


def _say_what_was_found(plan: RecordingPlan, counts: dict[str, int], flaws: list[Flaw]) -> str:
    found = ", ".join(f"{count} × {reason}" for reason, count in Counter(counts).most_common()) or "no row at all"
    example = f" (for example {flaws[0].place}: {flaws[0].detail})" if flaws else ""
    folder = plan.recording.folder
    return f"{folder} holds no usable frame: {found}{example}; mend the recording or leave it out"
