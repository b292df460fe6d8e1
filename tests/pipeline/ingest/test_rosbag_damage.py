"""Bags that are cut off, damaged or without an index: what is whole is kept, and what is lost is counted."""

import importlib
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.ingest.rosbag import Options, find_recordings
from pipeline.ingestion.ingest import IngestConfig, count_frames, ingest
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.recorded import take_in
from tests.pipeline.ingest.rosbag_rides import (
    FRAMES,
    check_marks,
    check_whole,
    write,
    write_large,
)


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [("bag", "rosbag reindex"), ("mcap", "mcap recover"), ("sqlite3", r"sqlite3 ride\.db3 \.recover")],
)
def test_a_bag_that_is_cut_off_is_refused_with_its_remedy(kind: str, remedy: str, tmp_path: Path) -> None:
    path = write(tmp_path, kind)
    file = path if path.is_file() else next(path.glob("ride.*"))
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    with pytest.raises(LiquidlaneError, match=rf"{file.name} is cut off.*{remedy}"):
        find_recordings(path, Options())
    file.write_bytes(b"")
    with pytest.raises(LiquidlaneError, match="is empty: nothing was recorded"):
        find_recordings(path, Options())


@pytest.mark.parametrize("kind", ["bag", "bag lz4"])
def test_a_bag_without_an_index_is_read_by_its_chunks(kind: str, tmp_path: Path) -> None:
    """As ROS leaves it after a crash: index_pos is 0, the end is missing, and the name ends with .active."""
    path = write_large(tmp_path, kind)
    data = path.read_bytes()
    at = data.index(b"index_pos=") + len(b"index_pos=")
    path.write_bytes(data[:at] + bytes(8) + data[at + 8 : len(data) * 3 // 4])
    path = path.rename(tmp_path / "ride.bag.active")
    summary, drives = take_in("rosbag", tmp_path, tmp_path / "out")
    assert 25 < summary.kept < 75 and not summary.quarantined
    assert "ride.bag.active has no index that can be used" in " ".join(summary.recordings[0].findings)
    check_marks(drives)


@pytest.mark.parametrize("kind", ["mcap", "mcap zstd"])
def test_an_mcap_that_is_cut_off_is_read_up_to_its_last_whole_chunk(kind: str, tmp_path: Path) -> None:
    path = write_large(tmp_path, kind) / "ride.mcap"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    summary, drives = take_in("rosbag", path, tmp_path / "out")
    assert 25 < summary.kept < 75 and not summary.quarantined
    assert "ride.mcap has no index that can be used" in " ".join(summary.recordings[0].findings)
    check_marks(drives)


def test_an_mcap_without_a_summary(tmp_path: Path) -> None:
    """The footer says that there is none (summary_start 0), as writers may leave it out."""
    path = write_large(tmp_path, "mcap zstd") / "ride.mcap"
    data = bytearray(path.read_bytes())
    data[-28:-12] = bytes(16)  # summary_start and summary_offset_start; then a checksum and eight bytes of magic
    path.write_bytes(data)
    summary, drives = take_in("rosbag", path, tmp_path / "out")
    assert (summary.kept, summary.quarantined) == (80, {})
    check_marks(drives)


def test_one_split_that_is_cut_off_costs_only_itself(tmp_path: Path) -> None:
    for number, (first, last) in enumerate([(0, 20), (20, FRAMES)]):
        path = write(tmp_path / f"{number}", "bag", first, last)
        (tmp_path / "all").mkdir(exist_ok=True)
        shutil.move(path, tmp_path / "all" / f"run_{number}.bag")
    last_one = tmp_path / "all" / "run_1.bag"
    whole = last_one.read_bytes()
    last_one.write_bytes(whole[:-500])
    summary, drives = take_in("rosbag", tmp_path / "all", tmp_path / "by its chunk")
    check_whole(summary, drives)
    last_one.write_bytes(whole[: len(whole) // 2])
    summary, _ = take_in("rosbag", tmp_path / "all", tmp_path / "out")
    assert summary.kept == 20
    assert "run_1.bag is cut off" in " ".join(summary.recordings[0].findings)


@pytest.mark.parametrize("kind", ["mcap zstd", "bag lz4", "bag bz2"])
def test_a_damaged_chunk_costs_only_its_pictures(kind: str, tmp_path: Path) -> None:
    """The chunk in the middle no longer begins as its packing does. What is lost is counted, nothing is mixed up."""
    count = 80
    path = write_large(tmp_path, kind, count)
    file = path if path.is_file() else path / "ride.mcap"
    data = bytearray(file.read_bytes())
    magic = {"mcap zstd": b"\x28\xb5\x2f\xfd", "bag lz4": b"\x04\x22\x4d\x18", "bag bz2": b"BZh9"}[kind]
    at = data.rindex(magic, 0, len(data) // 2)
    data[at : at + 4] = bytes(4)
    file.write_bytes(data)
    summary, drives = take_in("rosbag", path, tmp_path / "out")
    assert count - 40 <= summary.kept < count
    assert summary.kept + sum(summary.quarantined.values()) == count
    assert "message lost" in summary.quarantined
    assert "can't be read" in " ".join(summary.recordings[0].findings)
    check_marks(drives)


def test_a_bag_packed_into_a_bomb_is_refused(tmp_path: Path) -> None:
    zstandard = importlib.import_module("zstandard")
    (tmp_path / "ride.db3.zstd").write_bytes(zstandard.compress(bytes(300 << 20)))
    with pytest.raises(LiquidlaneError, match="unpacks to more than 100 times its size"):
        find_recordings(tmp_path, Options())


@pytest.mark.parametrize("kind", ["mcap zstd", "mcap", "bag lz4", "bag"])
def test_cut_off_anywhere_and_flipped_bits(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A sentence, or books that add up; the contract tests do the same with a database."""
    good = write(tmp_path_factory.mktemp("good"), kind, 0, 12)
    file = good if good.is_file() else good / "ride.mcap"
    content = file.read_bytes()
    place = tmp_path_factory.mktemp("bad") / file.name

    def survives(data: bytes) -> None:
        place.write_bytes(data)
        try:
            total = count_frames(find_recordings(place, Options()))
            config = IngestConfig(reader="rosbag", folders=(str(place),))
            summary = ingest(config, place.parent / "drives", dry_run=True, workers=1)
        except LiquidlaneError as error:
            assert len(str(error)) > 20
            return
        assert summary.refused or summary.kept + sum(summary.quarantined.values()) == total
        assert summary.kept <= 12

    for cut in range(0, len(content), max(1, len(content) // 60)):
        survives(content[:cut])

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(bits=st.lists(st.integers(0, 8 * len(content) - 1), min_size=1, max_size=10))
    def flipped(bits: list[int]) -> None:
        data = bytearray(content)
        for bit in bits:
            data[bit // 8] ^= 1 << bit % 8
        survives(bytes(data))

    flipped()
