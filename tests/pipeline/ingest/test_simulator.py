"""Our own drives are taken over bit by bit; unfinished ones as far as they go."""

from pathlib import Path

import pytest

from pipeline.drives.drive import Drive
from pipeline.drives.format import MANIFEST
from pipeline.ingestion.ingest import IngestConfig, ingest
from simulator.errors import LiquidlaneError
from tests.pipeline.written_drives import CAMERA, frame, picture, start, write


def test_drives_are_taken_over_as_they_are(tmp_path: Path) -> None:
    original = write(tmp_path / "theirs" / "deep" / "d", 40)
    summary = ingest(IngestConfig(reader="simulator", folders=(str(tmp_path / "theirs"),)), tmp_path / "ours")
    (name,) = summary.drives
    drive = Drive.open(tmp_path / "ours" / name)
    assert drive.checksum == original.checksum
    assert (drive.folder / MANIFEST).read_bytes() == (original.folder / MANIFEST).read_bytes()
    assert (drive.recording, drive.facts, drive.camera) == ("r", original.facts, CAMERA)


def test_a_killed_recording_is_read_without_touching_it(tmp_path: Path) -> None:
    writer = start(tmp_path / "theirs" / "killed")
    for index in range(40):
        writer.append(frame(index))
    stream = tmp_path / "theirs" / "killed" / "frames.arrow"
    before = stream.read_bytes()
    config = IngestConfig(reader="simulator", folders=(str(tmp_path / "theirs"),))
    summary = ingest(config, tmp_path / "ours")
    drive = Drive.open(tmp_path / "ours" / summary.drives[0])
    assert len(drive) == 32
    assert drive.jpeg(31) == picture(31)
    assert drive.lane_offset is not None
    assert drive.lane_offset[31] == pytest.approx(3.1)
    assert drive.facts["repaired"] is True
    assert stream.read_bytes() == before
    with pytest.raises(LiquidlaneError, match="hold no drive"):
        ingest(config.model_copy(update={"options": {"unfinished": False}}), tmp_path / "other")


def test_a_folder_of_broken_drives_says_what_was_found(tmp_path: Path) -> None:
    drive = write(tmp_path / "d", 5)
    (drive.folder / MANIFEST).write_text('{"format_version": 99}')
    with pytest.raises(LiquidlaneError, match="1 × drive unreadable .* has format version 99"):
        ingest(IngestConfig(reader="simulator", folders=(str(tmp_path),)), tmp_path / "ours")
