"""Ingest as a whole: killed and resumed, run again, shared by processes, only looked at, kept within memory."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.drives.drive import Drive
from pipeline.ingestion import piece as pieces
from pipeline.ingestion.ingest import IngestConfig, IngestSummary, count_frames, find_recordings, ingest
from pipeline.ingestion.reader import Recognition, Recording, Shot, Track
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest import sully_source
from tests.pipeline.ingest.recorded import plain_pictures

ROOT = Path(__file__).parents[3]
FRAMES = 120


def write(folder: Path, frames: int = FRAMES) -> IngestConfig:
    """Write a recording of many pieces: 10 Hz, cut every two seconds."""
    images = [np.full((16, 24, 3), 40 + index % 200, np.uint8) for index in range(frames)]
    sully_source.write_recording(folder, images, [0.0001 * index for index in range(frames)], [0.0] * frames)
    (folder / "7.jpg").write_bytes(b"")
    return IngestConfig(reader="sully", folders=(str(folder),), longest=2.0, options=sully_source.OPTIONS)


def contents(folder: Path, summary: IngestSummary) -> dict[str, Any]:
    return {name: (Drive.open(folder / name).checksum, Drive.open(folder / name).facts) for name in summary.drives}


KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.ingestion.ingest import IngestConfig, ingest

frames = 0
def report(amount):
    global frames
    frames += amount
    if frames > 60:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    ingest(IngestConfig.model_validate_json(sys.argv[1]), Path(sys.argv[2]), report)
"""


def test_a_killed_ingest_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write(tmp_path / "ride")
    undisturbed = ingest(config, tmp_path / "a")
    command = [sys.executable, "-c", KILLED, config.model_dump_json(), str(tmp_path / "b")]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "b" / "ingest.json").exists()
    worked: list[str] = []
    original = pieces._judge_and_write

    def count(piece: Any, *rest: Any) -> Any:
        worked.append(piece.name)
        return original(piece, *rest)

    monkeypatch.setattr(pieces, "_judge_and_write", count)
    told: list[int] = []
    resumed = ingest(config, tmp_path / "b", told.append)
    assert 0 < len(worked) < 5, "six pieces, of which at least two were done"
    assert sum(told) == FRAMES
    assert resumed.recordings[0].table == undisturbed.recordings[0].table
    assert resumed.quarantined == undisturbed.quarantined == {"picture empty": 1}
    assert contents(tmp_path / "b", resumed) == contents(tmp_path / "a", undisturbed)
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["ingest.json", "ride"]
    assert not (tmp_path / "b" / "ride" / ".books").exists()


def test_processes_share_one_recording_and_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = write(tmp_path / "ride")
    alone = ingest(config, tmp_path / "a", workers=1)
    monkeypatch.setattr("pipeline.ingestion.ingest.ENOUGH_TO_SHARE", 1)
    told: list[int] = []
    shared = ingest(config, tmp_path / "b", told.append, workers=2)
    assert shared.recordings[0].table == alone.recordings[0].table
    assert contents(tmp_path / "b", shared) == contents(tmp_path / "a", alone)
    assert sum(told) == count_frames(find_recordings(config)) == FRAMES


def test_running_again_finds_it_and_a_change_is_noticed(tmp_path: Path) -> None:
    config = write(tmp_path / "ride")
    first = ingest(config, tmp_path / "drives")
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "drives").rglob("*")}
    assert ingest(config, tmp_path / "drives") == first
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "drives").rglob("*")} == stamps
    (tmp_path / "ride" / "9.jpg").write_bytes(b"")
    os.utime(tmp_path / "ride" / "10.jpg", (4e9, 4e9))  # in the future
    assert ingest(config, tmp_path / "drives").quarantined == {"picture empty": 2}
    assert ingest(config, tmp_path / "drives").quarantined == {"picture empty": 2}
    (drive, *_) = (tmp_path / "drives" / "ride").glob("camera*/manifest.json")
    drive.unlink()
    assert len(ingest(config, tmp_path / "drives").drives) == len(first.drives), "what was removed is made again"


def test_other_drives_are_never_overwritten(tmp_path: Path) -> None:
    ingest(write(tmp_path / "ride"), tmp_path / "drives")
    other = write(tmp_path / "other" / "ride")
    with pytest.raises(LiquidlaneError, match=r"holds the drives of .*ride; choose another folder with --out"):
        ingest(other, tmp_path / "drives")
    (tmp_path / "mine" / "ride" / "precious").mkdir(parents=True)
    with pytest.raises(LiquidlaneError, match="is there already; choose another"):
        ingest(other, tmp_path / "mine")
    assert (tmp_path / "mine" / "ride" / "precious").is_dir()


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    config = write(tmp_path / "ride")
    looked = ingest(config, tmp_path / "drives", dry_run=True)
    assert not (tmp_path / "drives").exists()
    assert looked == ingest(config, tmp_path / "drives")
    books = json.loads((tmp_path / "drives" / "ingest.json").read_text())
    (row, *_) = books["recordings"][0]["table"]
    assert (row["frames"], row["quarantined"]) == (19, {"picture empty": 1})
    assert books["recordings"][0]["assumptions"][0].startswith("unit degrees")


def test_long_stretches_are_cut_without_losing_a_frame(tmp_path: Path) -> None:
    summary = ingest(write(tmp_path / "ride"), tmp_path / "drives")
    drives = [Drive.open(tmp_path / "drives" / name) for name in summary.drives]
    assert len(drives) == 6
    assert sum(map(len, drives)) == FRAMES - 1
    whole = np.concatenate([drive.timestamp + drive.facts["start"] for drive in drives])
    np.testing.assert_allclose(whole, [index / 10 for index in range(FRAMES) if index != 7], atol=1e-6)


def test_one_hopeless_recording_does_not_cost_the_others(tmp_path: Path) -> None:
    config = write(tmp_path / "all" / "good")
    write(tmp_path / "all" / "hopeless")
    for picture in (tmp_path / "all" / "hopeless").glob("*.jpg"):
        picture.write_bytes(b"")
    summary = ingest(config.model_copy(update={"folders": (str(tmp_path / "all"),)}), tmp_path / "drives")
    assert [recording.name for recording in summary.recordings] == ["good"]
    assert "hopeless holds no usable frame: 120 × picture empty" in summary.refused[0]


def test_a_log_by_its_own_name_and_links_that_lead_out(tmp_path: Path) -> None:
    write(tmp_path / "ride")
    (tmp_path / "ride" / "secret").symlink_to("/etc")
    config = IngestConfig(reader="sully", folders=(str(tmp_path / "ride" / "data.txt"),))
    assert ingest(config, tmp_path / "a").kept == FRAMES - 1
    (tmp_path / "ride" / "8.jpg").write_bytes(b"")
    assert ingest(config, tmp_path / "a").kept == FRAMES - 2, "pictures beside the log are watched too"
    summary = ingest(IngestConfig(reader="sully", folders=(str(tmp_path / "ride"),)), tmp_path / "b")
    assert summary.recordings[0].findings == ["1 links lead out of the folder and are not followed, such as secret"]


class _OnePass:
    """A reader of one track whose clock starts again and whose pictures come in order, as out of a video."""

    Options = type(IngestConfig())

    def __init__(self, times: list[float], **track: Any) -> None:
        self.times, self.track = times, track

    def recognise(self, files: object) -> Recognition:
        return Recognition(0, "")

    def find_recordings(self, folder: Path, options: object) -> list[Recording]:
        pictures = plain_pictures(len(self.times))
        shots = [
            Shot(f"row {index}", time, 5.0, 0.0, 0.0, str(index), lambda index=index: pictures[index])
            for index, time in enumerate(self.times)
        ]
        return [Recording("ride", folder, [Track("camera", None, {}, shots, **self.track)])]


def test_two_runs_in_one_log_are_both_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    times = [*np.arange(100, 103, 0.1), *np.arange(0, 2, 0.1)]
    reader = _OnePass(times, in_order=True, size=(16, 24))
    monkeypatch.setattr("pipeline.ingestion.plan.get_reader", lambda name: reader)
    monkeypatch.setattr("pipeline.ingestion.plan.make_options", lambda name, values: None)
    summary = ingest(IngestConfig(folders=(str(tmp_path),)), tmp_path.parent / f"{tmp_path.name} drives")
    assert (summary.kept, summary.quarantined) == (50, {})
    first, second = [Drive.open(tmp_path.parent / f"{tmp_path.name} drives" / name) for name in summary.drives]
    assert (len(first), len(second)) == (30, 20)
    assert first.facts["start"] == 0
    assert second.facts["start"] == pytest.approx(2.9 + 10), "the recording's clock goes on"


def test_a_reader_that_keeps_its_pictures_to_itself_is_told_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = _OnePass([*np.arange(0, 3, 0.1), *np.arange(5, 8, 0.1)], size=(16, 24))
    monkeypatch.setattr("pipeline.ingestion.plan.get_reader", lambda name: reader)
    monkeypatch.setattr("pipeline.ingestion.plan.make_options", lambda name, values: None)
    monkeypatch.setattr("pipeline.ingestion.ingest.ENOUGH_TO_SHARE", 1)
    with pytest.raises(LiquidlaneError, match=r"can't hand row \d+ of ride to another process .*functools.partial"):
        ingest(IngestConfig(folders=(str(tmp_path),)), tmp_path.parent / f"{tmp_path.name} drives", workers=2)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Shut(_OnePass):
        def find_recordings(self, folder: Path, options: object) -> list[Recording]:
            raise PermissionError(13, "Permission denied", str(folder / "log.csv"))

    monkeypatch.setattr("pipeline.ingestion.plan.get_reader", lambda name: Shut([]))
    monkeypatch.setattr("pipeline.ingestion.plan.make_options", lambda name, values: None)
    with pytest.raises(LiquidlaneError, match=r"log\.csv can't be read \(Permission denied\); check its permissions"):
        ingest(IngestConfig(folders=(str(tmp_path),)), tmp_path / "drives")


def test_what_a_reader_missed_ends_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Careless(_OnePass):
        def find_recordings(self, folder: Path, options: object) -> list[Recording]:
            raise IndexError("list index out of range")

    monkeypatch.setattr("pipeline.ingestion.plan.get_reader", lambda name: Careless([]))
    monkeypatch.setattr("pipeline.ingestion.plan.make_options", lambda name, values: None)
    with pytest.raises(LiquidlaneError, match=r"did not expect \(IndexError: .*damaged, or of another format"):
        ingest(IngestConfig(folders=(str(tmp_path),)), tmp_path / "drives")


MEMORY = textwrap.dedent(
    """
    import resource, sys
    from pathlib import Path
    from pipeline.ingestion.ingest import IngestConfig, ingest
    if __name__ == "__main__":
        ingest(IngestConfig.model_validate_json(sys.argv[1]), Path(sys.argv[2]), workers=1)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    """
)


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    data = np.random.default_rng(0).integers(0, 256, (160, 320, 3), np.uint8)
    from pipeline.drives.drive import encode_jpeg

    (tmp_path / "picture.jpg").write_bytes(encode_jpeg(data))  # noise: 90 kB
    spent = []
    for frames in (400, 4000):
        folder = tmp_path / str(frames)
        folder.mkdir()
        for index in range(frames):
            os.link(tmp_path / "picture.jpg", folder / f"{index}.jpg")
        (folder / "data.txt").write_text("\n".join(f"{index}.jpg 1.0" for index in range(frames)))
        config = IngestConfig(reader="sully", folders=(str(folder),), longest=10)
        command = [sys.executable, "-c", MEMORY, config.model_dump_json(), str(tmp_path / f"drives {frames}")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        spent.append(int(done.stdout))
    assert spent[1] - spent[0] < 40, f"{spent} MB for 36 and 360 MB of pictures"
