"""Recorded drives of others become ours: every picture and time is judged, and whatever is left out is written down.

The books of a recording are in `quarantine.csv`, those of the whole in `ingest.json`.
"""

import csv
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.drive import Drive, DriveWriter, Frame
from pipeline.drive_format import FRAMES, MANIFEST
from pipeline.ingest_config import IngestConfig
from pipeline.judge import judge_shots
from pipeline.picture import to_jpeg
from pipeline.reader import Flaw, Recording, Shot, Track, get_reader, make_options
from pipeline.whole_file import explain_write_error, write_text
from simulator.errors import LiquidlaneError

__all__ = ["IngestConfig", "IngestSummary", "count_frames", "find_recordings", "fingerprint_sources", "ingest"]

VERSION = 1
SUMMARY, QUARANTINE = "ingest.json", "quarantine.csv"
Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """What became of one recording.

    drives: their folders. kept: frames in them. quarantined: reason → frames. seconds: from first to last frame of each
    drive, added up. assumptions: sentences.
    """

    name: str
    source: str
    drives: list[str]
    kept: int
    quarantined: dict[str, int]
    seconds: float
    assumptions: list[str]


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What became of all recordings."""

    recordings: list[RecordingSummary]

    @property
    def drives(self) -> list[str]:
        """The folders of all drives, below the folder of results."""
        return [drive for recording in self.recordings for drive in recording.drives]

    @property
    def kept(self) -> int:
        """Frames in the drives."""
        return sum(recording.kept for recording in self.recordings)

    @property
    def quarantined(self) -> dict[str, int]:
        """Reason → frames left out for it."""
        total: Counter[str] = Counter()
        for recording in self.recordings:
            total.update(recording.quarantined)
        return dict(total)

    def describe(self) -> str:
        """Say it in a sentence."""
        left_out = ", ".join(f"{count} {reason}" for reason, count in sorted(self.quarantined.items()))
        return (
            f"{self.kept} frames of {len(self.recordings)} recordings kept in {len(self.drives)} drives; "
            f"left out: {left_out or 'none'}"
        )


def find_recordings(config: IngestConfig) -> list[Recording]:
    """Find the recordings that a config names; each gets a name of its own.

    Raises:
        LiquidlaneError: if the reader, an option or a folder does not exist or holds no recording.
    """
    reader, options = get_reader(config.reader), make_options(config.reader, config.options)
    if not config.folders:
        raise LiquidlaneError("ingest.folders is empty; name the folders that hold recordings")
    recordings: list[Recording] = []
    taken: Counter[str] = Counter()
    for name in config.folders:
        folder = Path(name).expanduser()
        if not folder.is_dir():
            raise LiquidlaneError(f"ingest.folders: {folder} is not a folder; give one that holds recordings")
        for recording in reader.find_recordings(folder, options):
            taken[recording.name] += 1
            number = taken[recording.name]
            own = recording.name if number == 1 else f"{recording.name}-{number}"
            recordings.append(Recording(own, recording.folder, recording.tracks, recording.assumptions))
    return recordings


def count_frames(recordings: Sequence[Recording]) -> int:
    """Say how many frames `ingest` will report in the end."""
    return sum(len(track) for recording in recordings for track in recording.tracks)


def fingerprint_sources(config: IngestConfig) -> str:
    """Give a hash that changes when a file below the config's folders comes, goes, grows or is written again."""
    digest = hashlib.sha256()
    for name in config.folders:
        folder = Path(name).expanduser()
        for path in sorted(folder.rglob("*")):
            state = path.stat()
            digest.update(f"{path.relative_to(folder)}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def ingest(config: IngestConfig, folder: Path, report: Report | None = None) -> IngestSummary:
    """Make drives of all recordings that a config names.

    Args:
        config: what to read.
        folder: gets a folder a recording, a drive in each folder of that, and `ingest.json`.
        report: is told the numbers of frames done, adding up to `count_frames`.

    Raises:
        LiquidlaneError: if there is nothing to read, a recording holds no usable frame, or the disk is full.
    """
    summaries = [ingest_recording(recording, config, folder, report) for recording in find_recordings(config)]
    summary = IngestSummary(summaries)
    text = json.dumps({"version": VERSION, "recordings": [asdict(part) for part in summaries]}, indent=2)
    write_text(folder / SUMMARY, text + "\n")
    return summary


def ingest_recording(
    recording: Recording, config: IngestConfig, folder: Path, report: Report | None = None
) -> RecordingSummary:
    """Make drives of one recording; see `ingest`. If it fails, nothing of the recording is left."""
    try:
        return _ingest_recording(recording, config, folder, report)
    except BaseException:
        shutil.rmtree(folder / recording.name, ignore_errors=True)
        raise


def _ingest_recording(
    recording: Recording, config: IngestConfig, folder: Path, report: Report | None
) -> RecordingSummary:
    drives: list[Drive] = []
    flaws: list[tuple[str, Flaw]] = []
    clock = min((shot.timestamp for track in recording.tracks for shot in track.shots), default=0.0)
    for track in recording.tracks:
        found = list(track.flaws)
        if track.drive is not None:
            drives.append(_take_over(track.drive, folder / recording.name / track.name))
        stretches, rejected = judge_shots(track.shots, config.gap, report)
        found += rejected
        for number, stretch in enumerate(stretches):
            drives.append(_write_drive(recording, track, stretch, number, clock, config, folder))
        flaws += [(track.name, flaw) for flaw in found]
        if report:
            report(len(track) - len(track.shots))
    counts: Counter[str] = Counter()
    for _, flaw in flaws:
        counts[flaw.reason] += flaw.frames
    if not drives:
        raise LiquidlaneError(_say_what_was_found(recording, counts, [flaw for _, flaw in flaws]))
    _write_quarantine(folder / recording.name / QUARANTINE, flaws)
    return RecordingSummary(
        name=recording.name,
        source=str(recording.folder),
        drives=[str(drive.folder.relative_to(folder)) for drive in drives],
        kept=sum(map(len, drives)),
        quarantined=dict(counts),
        seconds=sum(drive.duration for drive in drives),
        assumptions=list(recording.assumptions),
    )


def _say_what_was_found(recording: Recording, counts: Counter[str], flaws: list[Flaw]) -> str:
    found = ", ".join(f"{count} × {reason}" for reason, count in counts.most_common()) or "no row at all"
    example = f" (for example {flaws[0].place}: {flaws[0].detail})" if flaws else ""
    return f"{recording.folder} holds no usable frame: {found}{example}; mend the recording or leave it out"


def _write_drive(
    recording: Recording,
    track: Track,
    stretch: Sequence[Shot],
    number: int,
    clock: float,
    config: IngestConfig,
    folder: Path,
) -> Drive:
    """Write one stretch without a gap; its pictures are known to be good."""
    begin = stretch[0].timestamp
    name = f"{track.name}-{number:03d}"
    facts = {**track.facts, "start": round(begin - clock, 6), "rows": [stretch[0].place, stretch[-1].place]}
    with DriveWriter(
        folder / recording.name / name,
        name=f"{recording.name}/{name}",
        recording=recording.name,
        source=config.reader,
        camera=track.camera,
        facts=facts,
    ) as writer:
        for shot in stretch:
            jpeg = to_jpeg(shot.load())
            time = shot.timestamp - begin
            writer.append(Frame(time, shot.speed, shot.curvature, shot.executed, jpeg, shot.lane))
        return writer.finish()


def _take_over(drive: Drive, folder: Path) -> Drive:
    """Link a drive's frames, or copy them to another disk; the manifest comes last."""
    try:
        folder.mkdir(parents=True)
        try:
            os.link(drive.folder / FRAMES, folder / FRAMES)
        except OSError:
            shutil.copyfile(drive.folder / FRAMES, folder / FRAMES)
        shutil.copyfile(drive.folder / MANIFEST, folder / MANIFEST)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise explain_write_error(folder, error) from error
    return Drive.open(folder, verify=False)


def _write_quarantine(path: Path, flaws: Sequence[tuple[str, Flaw]]) -> None:
    """Write one line for each thing left out."""
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["camera", "place", "picture", "reason", "detail", "frames"])
            writer.writerows(
                [camera, flaw.place, flaw.picture, flaw.reason, flaw.detail, flaw.frames] for camera, flaw in flaws
            )
    except OSError as error:
        raise explain_write_error(path, error) from error
