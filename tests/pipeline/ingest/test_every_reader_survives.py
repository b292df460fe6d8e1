"""Whatever is in the files, a reader ends with a sentence or with books that add up: never a crash, never a hang."""

import importlib
import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ingestion.ingest import IngestConfig, count_frames, find_recordings, ingest
from pipeline.ingestion.reader import reader_names
from pipeline.ingestion.recognition import rank_readers
from simulator.errors import LiquidlaneError

FRAMES = 14
MOST_CUTS = 250
PICTURES = (".jpg", ".jpeg", ".png")
BAD_NUMBERS = (b"nan", b"inf", b"-1e999", b"9" * 400, b"1_0", "٣".encode(), b'"', b"\0", b"null", b"[]", b"{" * 50_000)
FUZZED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
numbers = itertools.count()


@pytest.fixture(scope="module", params=reader_names())
def good(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Write a small good recording of each source."""
    folder = tmp_path_factory.mktemp("good") / "ride"
    source = importlib.import_module(f"tests.pipeline.ingest.{request.param}_source")
    images = [np.full((16, 24, 3), 40 + index, np.uint8) for index in range(FRAMES)]
    source.write_recording(folder, images, [0.01] * FRAMES, [0.1 * index for index in range(FRAMES)])
    return request.param, folder


def copy_of(folder: Path) -> Path:
    """Copy a recording, so that one example leaves nothing for the next."""
    place = folder.parent / f"copy {next(numbers)}" / "ride"
    shutil.copytree(folder, place)
    return place


def files_of(folder: Path, *, pictures: bool) -> list[Path]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in paths if (path.suffix.lower() in PICTURES) == pictures]


def survives(name: str, folder: Path) -> int:
    """Look at a recording; give the frames kept, or -1 if it is refused in words."""
    rank_readers(folder)
    config = IngestConfig(reader=name, folders=(str(folder),))
    told: list[int] = []
    try:
        total = count_frames(find_recordings(config))
        summary = ingest(config, folder.parent / "drives", told.append, dry_run=True, workers=1)
    except LiquidlaneError as error:
        assert "\n" not in str(error)[:40] and len(str(error)) > 20
        return -1
    finally:
        shutil.rmtree(folder.parent, ignore_errors=True)
    assert sum(told) == total
    if not summary.refused:
        assert summary.kept + sum(summary.quarantined.values()) == total
    return summary.kept


def cuts(size: int) -> Iterator[int]:
    yield from range(0, size, max(1, size // MOST_CUTS))


def test_logs_cut_off_anywhere(good: tuple[str, Path]) -> None:
    name, folder = good
    kept = []
    for log in files_of(folder, pictures=False)[:2]:
        data = log.read_bytes()
        for cut in cuts(len(data)):
            place = copy_of(folder)
            (place / log.relative_to(folder)).write_bytes(data[:cut])
            kept.append(survives(name, place))
    assert not kept or max(kept) <= FRAMES


@FUZZED
@given(data=st.data())
def test_logs_with_flipped_bits(good: tuple[str, Path], data: st.DataObject) -> None:
    name, folder = good
    logs = files_of(folder, pictures=False)
    if not logs:
        return
    place = copy_of(folder)
    log = place / data.draw(st.sampled_from(logs)).relative_to(folder)
    content = bytearray(log.read_bytes())
    for at in data.draw(st.lists(st.integers(0, 8 * len(content) - 1), min_size=1, max_size=12)):
        content[at // 8] ^= 1 << at % 8
    log.write_bytes(content)
    survives(name, place)


@FUZZED
@given(data=st.data())
def test_logs_of_random_bytes(good: tuple[str, Path], data: st.DataObject) -> None:
    name, folder = good
    logs = files_of(folder, pictures=False)
    if not logs:
        return
    place = copy_of(folder)
    log = place / data.draw(st.sampled_from(logs)).relative_to(folder)
    content = data.draw(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)))
    begin = data.draw(st.integers(0, len(log.read_bytes())))
    log.write_bytes(log.read_bytes()[:begin] + content)
    survives(name, place)


@FUZZED
@given(data=st.data())
def test_pictures_with_any_damage_cost_only_themselves(good: tuple[str, Path], data: st.DataObject) -> None:
    name, folder = good
    pictures = files_of(folder, pictures=True)
    if not pictures:
        return
    place = copy_of(folder)
    picture = place / data.draw(st.sampled_from(pictures)).relative_to(folder)
    content = bytearray(picture.read_bytes())
    for at in data.draw(st.lists(st.integers(0, 8 * len(content) - 1), max_size=8)):
        content[at // 8] ^= 1 << at % 8
    picture.write_bytes(bytes(content)[: data.draw(st.integers(0, len(content)))])
    assert survives(name, place) >= FRAMES - 1


def test_numbers_no_log_should_hold(good: tuple[str, Path]) -> None:
    name, folder = good
    for log in files_of(folder, pictures=False)[:2]:
        data = log.read_bytes()
        digits = [index for index in range(len(data)) if data[index : index + 1].isdigit()]
        for bad in (
            b"nan",
            b"inf",
            b"-1e999",
            b"9" * 400,
            b"1_0",
            "٣".encode(),
            b'"',
            b"\0",
            b"null",
            b"[]",
            b"{" * 50_000,
        ):
            for at in digits[:: max(1, len(digits) // 12)]:
                place = copy_of(folder)
                (place / log.relative_to(folder)).write_bytes(data[:at] + bad + data[at + 1 :])
                survives(name, place)


def test_folders_where_files_should_be(good: tuple[str, Path]) -> None:
    name, folder = good
    for path in [*files_of(folder, pictures=False)[:2], *files_of(folder, pictures=True)[:1]]:
        place = copy_of(folder)
        inside = place / path.relative_to(folder)
        inside.unlink()
        inside.mkdir()
        survives(name, place)
