"""Bags of every kind, whole and damaged; written by the rosbags library, but for one real bag without a camera."""

import importlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.drive import Drive
from pipeline.ingest.rosbag import Options, find_recordings
from pipeline.ingest_books import IngestSummary
from pipeline.ingestion import IngestConfig, count_frames, ingest
from pipeline.recognition import recognise
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest import rosbag_source
from tests.pipeline.ingest.recorded import DRIVES, plain_pictures, real, take_in
from tests.pipeline.ingest.rosbag_source import (
    CAMERA,
    DRIVE,
    FIRST_KINDS,
    SECOND_KINDS,
    BagWriter,
    stamp_of,
)

FRAMES = 30
TIMES = [round(0.1 * index, 3) for index in range(FRAMES)]
BENDS = [0.03 * float(np.sin(index / 4)) for index in range(FRAMES)]
IMAGES = [np.full((16, 24, 3), 40 + 4 * index, np.uint8) for index in range(FRAMES)]


def write(place: Path, kind: str, first: int = 0, last: int = FRAMES) -> Path:
    """Write a bag; ROS 1 is a file, ROS 2 a folder."""
    path = place / "ride.bag" if kind in FIRST_KINDS else place / "ride"
    rosbag_source.write_recording(path, IMAGES[first:last], BENDS[first:last], TIMES[first:last], kind)
    return path


def shades(drives: Sequence[Drive]) -> list[int]:
    return [round(float(drive.image(index).mean())) for drive in drives for index in range(len(drive))]


def check_whole(summary: IngestSummary, drives: Sequence[Drive]) -> None:
    assert (summary.kept, summary.quarantined) == (FRAMES, {})
    np.testing.assert_allclose(np.concatenate([drive.curvature for drive in drives]), BENDS, atol=1e-7)
    assert np.abs(np.array(shades(drives)) - [40 + 4 * index for index in range(FRAMES)]).max() <= 1


@pytest.mark.parametrize("kind", [*SECOND_KINDS, *FIRST_KINDS])
def test_every_kind_of_bag_gives_the_same_drive(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path, kind)
    assert recognise(path).reader == "rosbag"
    check_whole(*take_in("rosbag", path, tmp_path / "out"))


@pytest.mark.parametrize("kind", ["sqlite3", "mcap", "mcap zstd", "sqlite3 message zstd", "sqlite3 file zstd"])
def test_a_bag_without_its_metadata(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path, kind)
    (path / "metadata.yaml").unlink()
    summary, drives = take_in("rosbag", path, tmp_path / "out")
    check_whole(summary, drives)
    assert "no metadata.yaml" in " ".join(summary.recordings[0].findings)
    (file,) = path.iterdir()
    check_whole(*take_in("rosbag", file, tmp_path / "single"))


def test_splits_are_one_recording(tmp_path: Path) -> None:
    for number, (first, last) in enumerate([(0, 12), (12, 20), (20, FRAMES)]):
        path = write(tmp_path / f"{number}", "bag", first, last)
        (tmp_path / "all").mkdir(exist_ok=True)
        shutil.move(path, tmp_path / "all" / f"run_2024-05-01-12-00-0{number}_{number}.bag")
    summary, drives = take_in("rosbag", tmp_path / "all", tmp_path / "out")
    assert [recording.name for recording in summary.recordings] == ["all"]
    check_whole(summary, drives)


def test_splits_of_a_folder_that_metadata_describes(tmp_path: Path) -> None:
    """One of them is gone: a gap, and it is told. Numbers count: 10 comes after 9."""
    path = write(tmp_path, "mcap", 0, 10)
    (path / "ride.mcap").rename(path / "ride_9.mcap")
    for number, first in ((10, 10), (11, 20)):
        other = write(tmp_path / f"{number}", "mcap", first, first + 10)
        shutil.move(other / "ride.mcap", path / f"ride_{number}.mcap")
    metadata = path / "metadata.yaml"
    names = "".join(f"  - ride_{number}.mcap\n" for number in (9, 10, 11))
    metadata.write_text(metadata.read_text().replace("  - ride.mcap\n", names))
    check_whole(*take_in("rosbag", path, tmp_path / "out"))
    (path / "ride_10.mcap").unlink()
    summary, drives = take_in("rosbag", path, tmp_path / "fewer")
    assert (summary.kept, len(drives)) == (20, 2)
    assert "1 files that metadata.yaml names are not there, such as ride_10.mcap" in summary.recordings[0].findings


def test_two_runs_of_one_name_are_two_recordings(tmp_path: Path) -> None:
    for number, name in enumerate(("run_2024-05-01-12-00-00_0", "run_2024-05-02-12-00-00_0")):
        path = write(tmp_path / f"{number}", "bag")
        (tmp_path / "all").mkdir(exist_ok=True)
        shutil.move(path, tmp_path / "all" / f"{name}.bag")
    summary, _ = take_in("rosbag", tmp_path / "all", tmp_path / "out")
    assert [recording.kept for recording in summary.recordings] == [FRAMES, FRAMES]


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


def write_large(place: Path, kind: str, count: int = 80) -> Path:
    """Write pictures of noise, so that a chunk of 1 MB holds a few; the left half tells the number of each."""
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (160, 160, 3), np.uint8) for _ in range(count)]
    for index, image in enumerate(images):
        image[:, :80] = 2 * index
    path = place / ("ride.bag" if kind in FIRST_KINDS else "ride")
    rosbag_source.write_recording(path, images, [0.01] * count, [0.1 * index for index in range(count)], kind)
    return path


def check_marks(drives: Sequence[Drive]) -> None:
    """See that each picture stands at its time."""
    for drive in drives:
        start = round(float(drive.facts["start"]) * 10)
        marks = [float(drive.image(index)[:, :60].mean()) for index in range(len(drive))]
        assert np.abs(np.array(marks) - 2 * (start + np.arange(len(drive)))).max() < 2


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


def test_a_bag_of_many_cameras_takes_the_one_ahead_or_those_asked_for(tmp_path: Path) -> None:
    cameras = ("/rear/image_raw/compressed", "/front/image_raw/compressed", "/front/depth/image_raw/compressed")
    with BagWriter(tmp_path / "ride") as bag:
        for time in TIMES:
            bag.drive(time, 0.01)
            for shade, camera in enumerate(cameras):
                bag.jpeg(time, plain_pictures(shade + 1)[shade], camera)
    summary, drives = take_in("rosbag", tmp_path / "ride", tmp_path / "out")
    assert {drive.facts["camera"] for drive in drives} == {cameras[1]}
    said = " ".join(summary.recordings[0].assumptions)
    assert cameras[1] in said and cameras[0] in said and f"{DRIVE}:drive.steering_angle as wheels" in said
    both = IngestConfig(reader="rosbag", folders=(str(tmp_path / "ride"),), options={"cameras": cameras[:2]})
    assert {name.rsplit("/", 1)[1] for name in ingest(both, tmp_path / "both").drives} == {"rear-000", "front-000"}
    with pytest.raises(LiquidlaneError, match=r"has no /fornt.*did you mean /front/image_raw/compressed"):
        find_recordings(tmp_path / "ride", Options(cameras=("/fornt/image_raw/compressed",)))


def test_a_folder_whose_name_means_something_in_an_address(tmp_path: Path) -> None:
    path = write(tmp_path, "sqlite3").rename(tmp_path / "run #3 50%25?")
    check_whole(*take_in("rosbag", path, tmp_path / "out"))


def test_a_bag_packed_into_a_bomb_is_refused(tmp_path: Path) -> None:
    zstandard = importlib.import_module("zstandard")
    (tmp_path / "ride.db3.zstd").write_bytes(zstandard.compress(bytes(300 << 20)))
    with pytest.raises(LiquidlaneError, match="unpacks to more than 100 times its size"):
        find_recordings(tmp_path, Options())


@real
def test_a_real_bag_without_a_camera_is_refused_in_words() -> None:
    with pytest.raises(
        LiquidlaneError, match=r"no pictures, but .*/cmd_vel \(geometry_msgs/msg/Twist\).*record a camera"
    ):
        find_recordings(DRIVES / "rosbag2_nocamera", Options())
    assert recognise(DRIVES / "rosbag2_nocamera").reader == "rosbag"


@real
def test_the_real_twists_beside_pictures_of_ours(tmp_path: Path) -> None:
    """578 commands without stamps and without a definition in the bag; every picture gets the last command."""
    (path,) = (DRIVES / "rosbag2_nocamera").rglob("*.db3")
    shutil.copy(path, tmp_path / "real_0.db3")
    begin = 1714557996445048407
    with BagWriter(tmp_path / "pictures") as bag:
        for index in range(300):
            moment = begin + index * 100_000_000
            bag.add(
                CAMERA,
                "sensor_msgs/msg/CompressedImage",
                moment,
                moment,
                data=np.frombuffer(plain_pictures(1)[0], np.uint8),
            )
    shutil.move(tmp_path / "pictures" / "pictures.db3", tmp_path / "real_1.db3")
    shutil.rmtree(tmp_path / "pictures")
    (recording,) = find_recordings(tmp_path, Options())
    rows = [line.split(",") for line in (path.parent / "cmd_vel.csv").read_text().splitlines()]
    assert len(recording.tracks[0].shots) == 300
    said = " ".join([*recording.findings, *recording.assumptions])
    assert "/cmd_vel has no stamps" in said and "/cmd_vel:angular.z as yaw_rate" in said
    speeds = {round(shot.speed, 6) for shot in recording.tracks[0].shots if np.isfinite(shot.speed)}
    assert len(rows) > 100 and len(speeds) > 3


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


def test_options_that_name_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, "sqlite3")
    wrong = {
        "did you mean /drive": Options(steering="/dirve"),
        "did you mean drive.steering_angle": Options(steering="/drive:drive.steering_angel", steering_is="wheels"),
        "not clear what": Options(steering="/drive:drive.jerk"),
        "name it with steering=": Options(steering_factor=-1.0),
        "is meant; name a field": Options(motion="/drive"),
    }
    for words, options in wrong.items():
        with pytest.raises(LiquidlaneError, match=words):
            find_recordings(path, options)
    (flipped,) = find_recordings(
        path, Options(steering="/drive:drive.steering_angle", steering_is="wheels", steering_factor=-1)
    )
    (plain,) = find_recordings(path, Options())
    bends = [[shot.curvature for shot in one.tracks[0].shots] for one in (plain, flipped)]
    np.testing.assert_allclose(bends[0], -np.array(bends[1]))
    assert stamp_of(0.1) - stamp_of(0) == 100_000_000
