"""What every reader of recorded drives promises; `tests/pipeline/ingest/<name>_source.py` writes its recordings."""

import csv
import importlib
import json
import pickle
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from pipeline.drives.drive import Drive
from pipeline.ingestion.ingest import (
    IngestConfig,
    IngestSummary,
    count_frames,
    find_recordings,
    fingerprint_sources,
    ingest,
)
from pipeline.ingestion.reader import get_reader, make_options, reader_names
from simulator.errors import LiquidlaneError

FRAMES = 40
TIMES = [round(0.1 * index, 3) for index in range(FRAMES)]
BENDS = [0.03 * float(np.sin(index / 5)) for index in range(FRAMES)]


def source(name: str) -> ModuleType:
    return importlib.import_module(f"tests.pipeline.ingest.{name}_source")


def options_of(name: str) -> dict[str, Any]:
    """Give what the recordings of a source do not say, such as the speed."""
    return dict(getattr(source(name), "OPTIONS", {}))


def pictures(mirrored: bool = False) -> list[np.ndarray]:
    random = np.random.default_rng(1)
    images = [np.repeat(random.integers(0, 256, (16, 4, 3), np.uint8), 6, axis=1) for _ in range(FRAMES)]
    return [image[:, ::-1] if mirrored else image for image in images]


def take_in(name: str, folder: Path, results: Path) -> tuple[IngestSummary, list[Drive], int]:
    told = [0]

    def report(frames: int) -> None:
        told[0] += frames

    config = IngestConfig(reader=name, folders=(str(folder),), options=options_of(name))
    summary = ingest(config, results, report)
    return summary, [Drive.open(results / drive) for drive in summary.drives], told[0]


@pytest.mark.parametrize("name", reader_names())
def test_a_good_recording_is_kept_whole(name: str, tmp_path: Path) -> None:
    source(name).write_recording(tmp_path / "ride", pictures(), BENDS, TIMES)
    summary, drives, told = take_in(name, tmp_path / "ride", tmp_path / "drives")
    tolerance = getattr(source(name), "TOLERANCE", 1e-7)
    assert (summary.kept, summary.quarantined, told) == (FRAMES, {}, FRAMES)
    assert {drive.recording for drive in drives} == {"ride"}, "never split between training and validation"
    np.testing.assert_allclose(np.concatenate([drive.curvature for drive in drives]), BENDS, atol=tolerance)
    np.testing.assert_allclose(np.concatenate([drive.speed for drive in drives]), 10.0, atol=1e-4)
    for drive in drives:
        assert (np.diff(drive.timestamp) > 0).all()
        np.testing.assert_allclose(np.diff(drive.timestamp), getattr(source(name), "STEP", 0.1), atol=1e-6)
    seen = [drive.image(index) for drive in drives for index in range(len(drive))]
    assert max(np.abs(image.astype(int) - wanted).mean() for image, wanted in zip(seen, pictures(), strict=True)) < 6
    books = json.loads((tmp_path / "drives" / "ingest.json").read_text())
    assert books["recordings"][0]["kept"] == FRAMES


@pytest.mark.parametrize("name", reader_names())
def test_a_mirrored_recording_gives_mirrored_drives(name: str, tmp_path: Path) -> None:
    """Left is positive: who steers to the left in the mirror steers to the right."""
    source(name).write_recording(tmp_path / "ride", pictures(), BENDS, TIMES)
    source(name).write_recording(tmp_path / "mirror" / "ride", pictures(True), [-bend for bend in BENDS], TIMES)
    _, plain, _ = take_in(name, tmp_path / "ride", tmp_path / "drives")
    _, mirrored, _ = take_in(name, tmp_path / "mirror" / "ride", tmp_path / "mirrored drives")
    for one, other in zip(plain, mirrored, strict=True):
        np.testing.assert_allclose(one.curvature, -other.curvature, atol=1e-7)
        np.testing.assert_allclose(one.executed, -other.executed, atol=1e-6)
        assert np.abs(one.image(0)[:, ::-1].astype(int) - other.image(0)).mean() < 6
    first = np.concatenate([drive.curvature for drive in plain])
    assert np.sign(first[2]) == np.sign(BENDS[2])


@pytest.mark.parametrize("name", reader_names())
def test_what_is_bad_is_counted_with_its_reason_and_the_rest_is_kept(name: str, tmp_path: Path) -> None:
    source(name).write_recording(tmp_path / "ride", pictures(), BENDS, TIMES)
    expected = source(name).spoil(tmp_path / "ride")
    summary, drives, told = take_in(name, tmp_path / "ride", tmp_path / "drives")
    assert summary.quarantined == expected
    config = IngestConfig(reader=name, folders=(str(tmp_path / "ride"),), options=options_of(name))
    total = count_frames(find_recordings(config))
    assert summary.kept + sum(expected.values()) == total == told, "never silently dropped"
    assert summary.kept == sum(map(len, drives)) > 0
    rows = [
        row
        for path in (tmp_path / "drives").glob("*/quarantine.csv")
        for row in csv.DictReader(path.open(encoding="utf-8"))
    ]
    assert sum(int(row["frames"]) for row in rows) == sum(expected.values())
    assert {row["reason"] for row in rows} == set(expected)
    assert all(row["place"] and row["detail"] for row in rows)


@pytest.mark.parametrize("name", reader_names())
def test_a_folder_without_recordings_is_said_in_words(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, words in ((tmp_path / "empty", "give a"), (tmp_path / "nothing", "is not there")):
        with pytest.raises(LiquidlaneError, match=words) as caught:
            take_in(name, folder, tmp_path / "drives")
        assert str(folder) in str(caught.value)
    assert not (tmp_path / "drives").exists()


@pytest.mark.parametrize("name", reader_names())
def test_options_are_checked(name: str) -> None:
    assert make_options(name, {}) == get_reader(name).Options()
    with pytest.raises(LiquidlaneError, match="nonsense"):
        make_options(name, {"nonsense": 1})


def test_wrong_names_and_keys_are_guessed() -> None:
    with pytest.raises(LiquidlaneError, match="did you mean 'udacity'"):
        get_reader("udacitiy")
    with pytest.raises(LiquidlaneError, match="there are airsim, .*udacity"):
        get_reader("zzz")
    with pytest.raises(LiquidlaneError, match="did you mean 'wheelbase'"):
        make_options("udacity", {"weelbase": 2.5})
    with pytest.raises(LiquidlaneError, match=r"folders is empty"):
        find_recordings(IngestConfig())


def test_recordings_of_one_name_stay_apart(tmp_path: Path) -> None:
    for place in ("monday", "tuesday"):
        source("udacity").write_recording(tmp_path / place / "ride", pictures(), BENDS, TIMES)
    config = IngestConfig(folders=(str(tmp_path / "monday"), str(tmp_path / "tuesday" / "ride")))
    summary = ingest(config, tmp_path / "drives")
    assert [recording.name for recording in summary.recordings] == ["ride", "ride-2"]
    assert len({Drive.open(tmp_path / "drives" / drive).recording for drive in summary.drives}) == 2


def test_the_fingerprint_follows_the_files(tmp_path: Path) -> None:
    source("udacity").write_recording(tmp_path / "ride", pictures(), BENDS, TIMES)
    config = IngestConfig(folders=(str(tmp_path / "ride"),))
    before = fingerprint_sources(config)
    assert fingerprint_sources(config) == before
    next((tmp_path / "ride" / "IMG").iterdir()).unlink()
    assert fingerprint_sources(config) != before


@pytest.mark.parametrize("name", reader_names())
def test_pieces_do_the_same_in_another_process(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source(name).write_recording(tmp_path / "ride", pictures(), BENDS, TIMES)
    config = IngestConfig(reader=name, folders=(str(tmp_path / "ride"),), options=options_of(name), longest=1.5)
    alone = ingest(config, tmp_path / "alone", workers=1)
    monkeypatch.setattr("pipeline.ingestion.ingest.ENOUGH_TO_SHARE", 1)
    monkeypatch.setattr("pipeline.ingestion.ingest.run_units", run_pickled)
    shared = ingest(config, tmp_path / "shared", workers=2)
    assert shared.recordings[0].table == alone.recordings[0].table
    assert len(alone.drives) > (0 if name == "simulator" else 1)
    for drive in alone.drives:
        one, other = (Drive.open(tmp_path / place / drive) for place in ("alone", "shared"))
        assert (one.checksum, one.facts) == (other.checksum, other.facts)


def run_pickled(function: Any, units: list[Any], **_: Any) -> list[Any]:
    """Do units as a worker would get them."""
    return [function(pickle.loads(pickle.dumps(unit))) for unit in reversed(units)][::-1]
