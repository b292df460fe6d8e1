"""Drives in our own format, recorded elsewhere: checked, brought to this format version, and taken over as they are."""

import json
from functools import partial
from pathlib import Path

import pyarrow as pa
from pydantic import Field

from pipeline.drives.drive import Drive
from pipeline.drives.format import COLUMNS, FRAMES, LANE_COLUMNS, MANIFEST, STREAM, Header, LaneRecord
from pipeline.drives.stream import read_stream
from pipeline.files.recording_files import Files
from pipeline.ingestion.reader import Flaw, Recognition, Recording, Shot, Track
from simulator.config import Config
from simulator.errors import LiquidlaneError


class Options(Config):
    """How to take drives over."""

    unfinished: bool = Field(True, description="Also take recordings that were killed, as far as they go.")


def recognise(files: Files) -> Recognition:
    """Look for a manifest beside frames, or for an unfinished recording's stream."""
    if any((path.parent / FRAMES).is_file() for path in files.named(MANIFEST)):
        return Recognition(1.0, f"{MANIFEST} beside {FRAMES}")
    if files.named(STREAM):
        return Recognition(0.9, f"an unfinished recording, {STREAM}")
    return Recognition(0.0, f"no {MANIFEST} beside {FRAMES}")


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Find all drives in a folder and below, and put those of one recording together.

    A drive that can't be opened is a flaw of its recording.

    Raises:
        LiquidlaneError: if there is no drive at all.
    """
    marks = (MANIFEST, STREAM) if options.unfinished else (MANIFEST,)
    places = sorted({path.parent for mark in marks for path in folder.rglob(mark)})
    if not places:
        raise LiquidlaneError(f"{folder} and the folders in it hold no drive ({MANIFEST}); give a folder of drives")
    tracks: dict[str, list[Track]] = {}
    lost: list[Track] = []
    for place in places:
        name = str(place.relative_to(folder)).replace("/", "-") if place != folder else folder.resolve().name
        try:
            recording, track = _read_drive(place, name)
        except LiquidlaneError as error:
            recording, frames = _what_it_was(place)
            track = Track(name, None, {}, flaws=[Flaw(name, "", "drive unreadable", str(error), frames)])
        (tracks.setdefault(recording, []) if recording else lost).append(track)
    if lost:  # nobody knows what they were cut from; they must stand in someone's books
        tracks.setdefault(next(iter(tracks), folder.resolve().name), []).extend(lost)
    return [Recording(name, folder, parts) for name, parts in tracks.items()]


def _what_it_was(folder: Path) -> tuple[str, int]:
    """Give the recording and the number of frames of a drive that can't be opened, as far as its manifest tells."""
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return str(values["recording"]), int(values["frames"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", 1


def _read_drive(folder: Path, name: str) -> tuple[str, Track]:
    """Give the recording a drive belongs to, and the drive as a track."""
    if not (folder / MANIFEST).exists():
        return _read_unfinished(folder, name)
    drive = Drive.open(folder)
    return drive.recording, Track(name, drive.camera, drive.facts, drive=drive)


def _read_unfinished(folder: Path, name: str) -> tuple[str, Track]:
    """Read what a killed recording holds, leaving it as it is."""
    values, batches = read_stream(folder / STREAM)
    header = Header.from_dict(values)
    shots: list[Shot] = []
    for batch in batches:
        columns = {key: batch[key].to_pylist() for key in (*COLUMNS, *LANE_COLUMNS)}
        for row in range(len(batch)):
            known = [columns[key][row] for key in LANE_COLUMNS]
            shots.append(
                Shot(
                    place=f"{name}:{len(shots)}",
                    **{key: columns[key][row] for key in COLUMNS},
                    picture="",
                    load=partial(_load, batch, row),
                    lane=None if None in known else LaneRecord(*known),
                )
            )
    return header.recording, Track(name, header.camera, {**header.facts, "repaired": True}, shots)


def _load(batch: pa.RecordBatch, row: int) -> bytes:
    data: bytes = batch["jpeg"][row].as_py()
    return data
