"""Our drives as LeRobot's data sets: what LeRobot's loader asks of them, and the way back."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.drives.drive import Drive, DriveWriter, Frame, encode_jpeg
from pipeline.ingestion.recognition import recognise
from pipeline.lerobot.export import export_drives
from simulator.camera import Camera
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.recorded import take_in

FPS, FRAMES, PAUSE_AT = 20, 50, 30
CAMERA = "observation.images.front"
VIEW = Camera.from_fov(64, 48, 1.2, z=1.4, pitch=0.05)
QUANTILES = ("q01", "q10", "q50", "q90", "q99")


def image(number: int, height: int = 48, width: int = 64) -> np.ndarray:
    picture = np.full((height, width, 3), (60 + number % 90, 120, 200 - number % 90), np.uint8)
    picture[:, (2 * number) % width :][:, :4] = (250, 30, 30)
    return picture


def drive(folder: Path, name: str, *, fps: float = FPS, height: int = 48, executed: bool = True) -> Drive:
    """Write a drive whose times are a little uneven, with a pause before frame 30."""
    camera = VIEW if height == VIEW.height else None
    facts = {"road": "generated:3"}
    with DriveWriter(folder, name=name, recording="tuesday", source="test", camera=camera, facts=facts) as writer:
        for number in range(FRAMES):
            time = number / fps + 0.004 * (number % 3) + (0.4 if number >= PAUSE_AT else 0)
            bend = 0.02 * float(np.sin(number / 9))
            driven = 0.9 * bend if executed else float("nan")
            writer.append(Frame(time, 8 + number / 25, bend, driven, encode_jpeg(image(number, height))))
    return Drive.open(folder)


@pytest.fixture()
def drives(tmp_path: Path) -> list[Drive]:
    return [drive(tmp_path / "drives" / name, name) for name in ("a", "b")]


@pytest.mark.parametrize("version", ["3.0", "2.1"])
def test_there_and_back(version: Any, drives: list[Drive], tmp_path: Path) -> None:
    told: list[int] = []
    exported = export_drives(drives, tmp_path / "set", version=version, report=told.append)
    assert (exported.episodes, exported.frames, exported.fps, sum(told)) == (4, 100, FPS, 100)
    assert exported.off == pytest.approx(0.008)
    assert recognise(tmp_path / "set").reader == "lerobot"
    summary, back = take_in("lerobot", tmp_path / "set", tmp_path / "back")
    assert (summary.kept, summary.quarantined) == (100, {})
    assert [one.recording for one in back] == ["tuesday"] * 4
    for number, one in enumerate(back):
        source = drives[number // 2]
        part = slice(0, PAUSE_AT) if number % 2 == 0 else slice(PAUSE_AT, FRAMES)
        np.testing.assert_allclose(one.speed, source.speed[part], rtol=1e-6)
        np.testing.assert_allclose(one.curvature, source.curvature[part], atol=1e-8)
        np.testing.assert_allclose(one.executed, source.executed[part], atol=1e-8)
        np.testing.assert_allclose(np.diff(one.timestamp), np.diff(source.timestamp[part]), atol=1e-6)
        assert one.camera == VIEW
        for index in range(len(one)):
            wanted = source.image(index + (part.start or 0)).astype(int)
            assert np.abs(one.image(index) - wanted).mean() < 6
            assert np.abs(one.image(index) - np.roll(wanted, 4, axis=1)).mean() > 6, "no other frame would do"


def item(root: Path, number: int) -> tuple[dict[str, Any], np.ndarray]:
    """Load a frame the way LeRobot 0.4 does: dataset_reader.py, then video_utils.py's `decode_video_frames_pyav`."""
    info = json.loads((root / "meta" / "info.json").read_text())
    rows = [row for path in sorted((root / "data").glob("*/*.parquet")) for row in pq.read_table(path).to_pylist()]
    row = rows[number]
    episodes = [
        one
        for path in sorted((root / "meta" / "episodes").glob("*/*.parquet"))
        for one in pq.read_table(path).to_pylist()
    ]
    episode = episodes[row["episode_index"]]
    assert episode["episode_index"] == row["episode_index"] and row["index"] == number
    assert episode["dataset_from_index"] + row["frame_index"] == number < episode["dataset_to_index"]
    names = {
        "chunk_index": episode[f"videos/{CAMERA}/chunk_index"],
        "file_index": episode[f"videos/{CAMERA}/file_index"],
    }
    path = root / info["video_path"].format(video_key=CAMERA, **names)
    wanted = episode[f"videos/{CAMERA}/from_timestamp"] + float(np.float32(row["timestamp"]))
    found: list[tuple[float, np.ndarray]] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        container.seek(round(wanted / stream.time_base) - 1, backward=True, any_frame=False, stream=stream)
        for frame in container.decode(stream):
            found.append((float(frame.pts * stream.time_base), frame.to_ndarray(format="rgb24")))
            if found[-1][0] >= wanted:
                break
    time, picture = min(found, key=lambda one: abs(one[0] - wanted))
    assert abs(time - wanted) <= 1e-4, "LeRobot's tolerance"
    return row, picture


def test_lerobots_way_to_a_frame(drives: list[Drive], tmp_path: Path) -> None:
    export_drives(drives, tmp_path / "set")
    for number in (0, 1, 29, 30, 49, 50, 79, 80, 99):
        row, picture = item(tmp_path / "set", number)
        source, frame = drives[number // FRAMES], number % FRAMES
        assert np.abs(picture.astype(int) - source.image(frame)).mean() < 6
        assert row["action"] == pytest.approx([source.curvature[frame], source.speed[frame]], rel=1e-5)
        turning = source.executed[frame] * source.speed[frame]
        assert row["observation.state"] == pytest.approx([source.speed[frame], turning], rel=1e-5)


def test_what_lerobot_casts_and_looks_up_is_as_it_expects(drives: list[Drive], tmp_path: Path) -> None:
    """Columns are those of info.json, but for videos; single numbers bare; tasks by pandas' index; counts add up."""
    export_drives(drives, tmp_path / "set")
    info = json.loads((tmp_path / "set" / "meta" / "info.json").read_text())
    schema = pq.read_schema(next((tmp_path / "set" / "data").glob("*/*.parquet")))
    features = {name: feature for name, feature in info["features"].items() if feature["dtype"] != "video"}
    assert set(schema.names) == set(features)
    for name, feature in features.items():
        number = getattr(pa, feature["dtype"])()
        length = feature["shape"][0]
        assert schema.field(name).type == (number if length == 1 else pa.list_(number, length))
        assert feature["names"] is None or len(feature["names"]) == length
    assert (info["codebase_version"], info["total_episodes"], info["total_frames"]) == ("v3.0", 4, 100)
    assert (info["fps"], info["splits"]) == (FPS, {"train": "0:4"})
    with av.open(str(next((tmp_path / "set" / "videos").rglob("*.mp4")))) as container:
        stream = container.streams.video[0]
        told = info["features"][CAMERA]["info"]
        assert (told["video.height"], told["video.width"]) == (stream.height, stream.width) == (48, 64)
        assert (told["video.codec"], told["video.pix_fmt"]) == (stream.codec.canonical_name, stream.pix_fmt)
        assert stream.average_rate == Fraction(FPS)
    tasks = pq.read_table(tmp_path / "set" / "meta" / "tasks.parquet")
    assert tasks.to_pylist() == [{"task_index": 0, "task": "Keep the lane."}]
    assert json.loads(tasks.schema.metadata[b"pandas"])["index_columns"] == ["task"]


def test_statistics_are_those_of_the_frames(drives: list[Drive], tmp_path: Path) -> None:
    export_drives(drives, tmp_path / "set")
    stats = json.loads((tmp_path / "set" / "meta" / "stats.json").read_text())
    names = {"min", "max", "mean", "std", "count", *QUANTILES}
    info = json.loads((tmp_path / "set" / "meta" / "info.json").read_text())
    assert set(stats) == set(info["features"]) and all(set(own) == names for own in stats.values())
    bends = np.concatenate([one.curvature for one in drives]).astype(np.float32)
    speeds = np.concatenate([one.speed for one in drives]).astype(np.float32)
    for name in ("min", "max", "mean", "std"):
        wanted = [getattr(values.astype(float), name)() for values in (bends, speeds)]
        assert stats["action"][name] == pytest.approx(wanted, rel=1e-6)
    assert stats["action"]["count"] == [100]
    pictures = np.array([one.image(number) for one in drives for number in range(FRAMES)]) / 255
    for name in ("min", "max", "mean", "std"):
        own = np.array(stats[CAMERA][name])
        assert own.shape == (3, 1, 1)
        np.testing.assert_allclose(own.ravel(), getattr(pictures, name)(axis=(0, 1, 2)), atol=1e-9)
    (path,) = (tmp_path / "set" / "meta" / "episodes").glob("*/*.parquet")
    first = pq.read_table(path).to_pylist()[0]
    assert np.shape(first[f"stats/{CAMERA}/q50"]) == (3, 1, 1)
    part = drives[0].curvature[:PAUSE_AT].astype(np.float32).astype(float)
    for name in QUANTILES:
        share = int(name[1:]) / 100
        assert first[f"stats/action/{name}"][0] == pytest.approx(
            float(np.quantile(part.astype(float), share)), abs=1e-9
        )


def test_large_sets_go_on_in_further_files(
    drives: list[Drive], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.lerobot.files.DATA_MEGABYTES", 0)
    monkeypatch.setattr("pipeline.lerobot.files.VIDEO_MEGABYTES", 0)
    monkeypatch.setattr("pipeline.lerobot.files.CHUNK_SIZE", 3)
    export_drives(drives, tmp_path / "set")
    films = sorted((tmp_path / "set").rglob("*.mp4"))
    names = [f"{path.parent.name}/{path.name}" for path in films]
    assert names == [*(f"chunk-000/file-00{number}.mp4" for number in range(3)), "chunk-001/file-000.mp4"]
    summary, back = take_in("lerobot", tmp_path / "set", tmp_path / "back")
    assert (summary.kept, len(back)) == (100, 4)
    np.testing.assert_allclose(back[3].curvature, drives[1].curvature[PAUSE_AT:], atol=1e-8)


def test_what_is_not_known_is_not_made_up(tmp_path: Path) -> None:
    export_drives([drive(tmp_path / "a", "a", executed=False, height=47)], tmp_path / "set")
    info = json.loads((tmp_path / "set" / "meta" / "info.json").read_text())
    assert info["features"]["observation.state"]["names"] == ["speed_mps"]
    summary, back = take_in("lerobot", tmp_path / "set", tmp_path / "back")
    assert summary.kept == FRAMES and back[0].camera is None and back[0].image_size == (47, 64)


def test_what_does_not_fit_is_said_and_nothing_is_left(drives: list[Drive], tmp_path: Path) -> None:
    other = drive(tmp_path / "c", "c", height=40)
    slow = drive(tmp_path / "d", "d", fps=10)
    for wrong, words in (([], "no drive"), ([*drives, other], "pictures of one size"), ([*drives, slow], "one rate")):
        with pytest.raises(LiquidlaneError, match=words):
            export_drives(wrong, tmp_path / "set")
    (tmp_path / "set").mkdir()
    with pytest.raises(LiquidlaneError, match="is there already"):
        export_drives(drives, tmp_path / "set")
    (tmp_path / "drives" / "b" / "frames.parquet").write_bytes(b"")
    with pytest.raises(Exception):  # noqa: B017
        export_drives(drives, tmp_path / "broken")
    assert {path.name for path in tmp_path.iterdir()} == {"drives", "c", "d", "set"}
