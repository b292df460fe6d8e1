"""Bags of every kind, whole and damaged; written by the rosbags library, but for one real bag without a camera."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.ingest.rosbag import Options, find_recordings
from pipeline.ingestion.ingest import IngestConfig, ingest
from pipeline.ingestion.reader import make_options
from pipeline.ingestion.recognition import recognise
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.recorded import DRIVES, plain_pictures, real, take_in
from tests.pipeline.ingest.rosbag_rides import FRAMES, TIMES, check_whole, write
from tests.pipeline.ingest.rosbag_source import (
    CAMERA,
    DRIVE,
    FIRST_KINDS,
    SECOND_KINDS,
    BagWriter,
    stamp_of,
)


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
    assert make_options("rosbag", {"cameras": cameras[0]}) == Options(cameras=cameras[:1])
    with pytest.raises(LiquidlaneError, match=r"has no /fornt.*did you mean /front/image_raw/compressed"):
        find_recordings(tmp_path / "ride", Options(cameras=("/fornt/image_raw/compressed",)))


def test_a_folder_whose_name_means_something_in_an_address(tmp_path: Path) -> None:
    path = write(tmp_path, "sqlite3").rename(tmp_path / "run #3 50%25?")
    check_whole(*take_in("rosbag", path, tmp_path / "out"))


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
