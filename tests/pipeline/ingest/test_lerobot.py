"""LeRobot's data sets in their versions and with what is wrong with them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.drives.format import encode_jpeg
from pipeline.ingest.lerobot import Options, find_recordings
from pipeline.ingestion.recognition import recognise
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest import lerobot_source
from tests.pipeline.ingest.filmed import write_video
from tests.pipeline.ingest.lerobot_source import CAMERA, DATA, VIDEO
from tests.pipeline.ingest.recorded import take_in

FRAMES, FPS = 40, 10
IMAGES = [np.full((16, 24, 3), 40 + 4 * number, np.uint8) for number in range(FRAMES)]
TIMES = [number / FPS for number in range(FRAMES)]
BENDS = [0.02 * float(np.sin(number / 6)) for number in range(FRAMES)]
DATA_FILE, FILM = DATA.format(chunk_index=0, file_index=0), VIDEO.format(video_key=CAMERA, chunk_index=0, file_index=0)


@pytest.fixture()
def ride(tmp_path: Path) -> Path:
    lerobot_source.write_recording(tmp_path / "ride", IMAGES, BENDS, TIMES)
    return tmp_path / "ride"


def change_info(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "meta" / "info.json"
    info = json.loads(path.read_text())
    change(info)
    path.write_text(json.dumps(info))


def test_each_episode_is_a_recording_and_its_pictures_are_its_own(ride: Path, tmp_path: Path) -> None:
    summary, drives = take_in("lerobot", ride, tmp_path / "out")
    assert [recording.name for recording in summary.recordings] == ["ride-000000", "ride-000001"]
    for number, drive in enumerate(drives):
        for index in range(20):
            assert abs(int(drive.image(index).mean()) - (40 + 4 * (20 * number + index))) < 3
        np.testing.assert_allclose(drive.curvature, BENDS[20 * number :][:20], atol=1e-6)
    assert "LeRobot v3.0, 2 episodes, 10 pictures a second" in summary.recordings[0].findings
    assumptions = " ".join(summary.recordings[0].assumptions)
    assert "steering unit normalised" in assumptions and "left negative" in assumptions


def as_2_1(folder: Path, *, pictures: bool = False) -> None:
    """Make of the data set what LeRobot wrote before 3.0: an episode a file; or with pictures in Parquet."""
    table = pq.read_table(folder / DATA_FILE)
    for number in range(2):
        part = table.slice(20 * number, 20)
        images = IMAGES[20 * number :][:20]
        if pictures:
            held = [
                {"bytes": encode_jpeg(image), "path": f"frame_{index:06d}.png"} for index, image in enumerate(images)
            ]
            part = part.append_column(
                CAMERA, pa.array(held, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
            )
        else:
            name = f"videos/chunk-000/{CAMERA}/episode_{number:06d}.mp4"
            options = lerobot_source.film_options(images)
            write_video(folder / name, images, TIMES[:20], rate=FPS, **options)
        pq.write_table(part, folder / "data" / "chunk-000" / f"episode_{number:06d}.parquet", row_group_size=7)
    (folder / DATA_FILE).unlink()
    (folder / FILM).unlink()
    (folder / "meta" / "episodes" / "chunk-000" / "file-000.parquet").unlink()
    rows = [{"episode_index": number, "tasks": ["Keep the lane."], "length": 20} for number in (1, 0)]
    (folder / "meta" / "episodes.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def change(info: dict[str, Any]) -> None:
        info["codebase_version"] = "v2.1"
        info["data_path"] = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
        info["video_path"] = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"
        if pictures:
            info["features"][CAMERA]["dtype"], info["video_path"] = "image", None

    change_info(folder, change)


@pytest.mark.parametrize("pictures", [False, True])
def test_the_format_before_3(pictures: bool, ride: Path, tmp_path: Path) -> None:
    as_2_1(ride, pictures=pictures)
    assert recognise(ride).reader == "lerobot"
    summary, drives = take_in("lerobot", ride, tmp_path / "out")
    assert (summary.kept, summary.quarantined) == (FRAMES, {})
    np.testing.assert_allclose(np.concatenate([drive.curvature for drive in drives]), BENDS, atol=1e-6)
    seen = [int(drive.image(index).mean()) for drive in drives for index in range(20)]
    assert np.abs(np.array(seen) - [image.mean() for image in IMAGES]).max() < 3


def test_the_camera_that_looks_ahead(ride: Path, tmp_path: Path) -> None:
    def change(info: dict[str, Any]) -> None:
        feature = info["features"].pop(CAMERA)
        depth = {**feature, "info": {"is_depth_map": True}}
        cameras = {"observation.images.left": feature, CAMERA: feature, "observation.images.front_depth": depth}
        info["features"] |= cameras

    change_info(ride, change)
    recordings = find_recordings(ride, Options())
    assert any(sentence.startswith(f"camera {CAMERA}, since of observation") for sentence in recordings[0].assumptions)
    with pytest.raises(LiquidlaneError, match=r"no camera 'rear'; it has observation\.images\.left, observation"):
        find_recordings(ride, Options(camera="rear"))
    with pytest.raises(LiquidlaneError, match="list of episodes can't be read"):
        find_recordings(ride, Options(camera="left"))


def test_numbers_are_named_with_options(ride: Path) -> None:
    (first, _) = find_recordings(
        ride, Options(steering_column="observation.state.steering", steering_unit="normalised")
    )
    assert all(shot.curvature == 0 for shot in first.tracks[0].shots), "the state's steering is 0, the action's is not"

    def change(info: dict[str, Any]) -> None:
        info["features"]["action"]["names"] = ["a", "b"]
        info["features"]["observation.state"]["names"] = None

    change_info(ride, change)
    with pytest.raises(LiquidlaneError, match=r"no steering, curvature or yaw rate"):
        find_recordings(ride, Options())
    (first, _) = find_recordings(ride, Options(steering_column="action.a", steering_unit="normalised", left="negative"))
    np.testing.assert_allclose([shot.curvature for shot in first.tracks[0].shots], BENDS[:20], atol=1e-6)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / FILM).unlink(), "picture missing"),
        (lambda folder: (folder / FILM).write_bytes(b"version https://git-lfs.github.com/spec/v1\n"), "video unre"),
        (lambda folder: (folder / DATA_FILE).write_bytes(b"PAR1"), "episode unreadable"),
        (lambda folder: change_info(folder, lambda info: info.update(data_path="../{chunk_index}.parquet")), "epi"),
        (lambda folder: change_info(folder, lambda info: info.update(data_path="{chunk_index:9999999999d}")), "epi"),
    ],
)
def test_what_is_lost_is_counted(spoil: Callable[[Path], object], reason: str, ride: Path, tmp_path: Path) -> None:
    spoil(ride)
    with pytest.raises(LiquidlaneError, match=rf"no usable frame: 20 × {reason}"):
        take_in("lerobot", ride, tmp_path / "out")


def test_a_short_video_costs_only_what_it_does_not_show(ride: Path, tmp_path: Path) -> None:
    write_video(ride / FILM, IMAGES[:33], TIMES[:33], rate=FPS, **lerobot_source.film_options(IMAGES))
    summary, _ = take_in("lerobot", ride, tmp_path / "out")
    assert (summary.kept, summary.quarantined) == (33, {"picture missing": 7})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda info: info.update(codebase_version="v1.6"), r"version v1\.6"),
        (lambda info: info.update(fps=0), "0.0 pictures a second"),
        (lambda info: info.pop("features"), "can't be read"),
        (lambda info: info["features"].pop(CAMERA), "no feature that is a picture"),
    ],
)
def test_what_is_wrong_is_said_in_words(change: Callable[[dict[str, Any]], None], words: str, ride: Path) -> None:
    change_info(ride, change)
    with pytest.raises(LiquidlaneError, match=words):
        find_recordings(ride, Options())
