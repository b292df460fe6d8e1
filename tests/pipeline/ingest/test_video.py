"""Videos with logs of every shape that people write; films are FFmpeg's own, one is real with a log made for it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.ingest.video import Options, find_recordings
from pipeline.ingestion.recognition import recognise
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.filmed import write_video
from tests.pipeline.ingest.recorded import DRIVES, real, take_in
from tests.pipeline.ingest.video_source import degrees_of

FRAMES = 80
IMAGES = [np.full((16, 24, 3), 40 + number, np.uint8) for number in range(FRAMES)]
TIMES = [0.05 * number for number in range(FRAMES)]
BENDS = [0.02 * float(np.sin(time)) for time in TIMES]


def film(folder: Path, times: Sequence[float] | None = TIMES, name: str = "drive.mp4") -> Path:
    write_video(folder / name, IMAGES, times, options={"crf": "20"})
    return folder / name


def shots_of(folder: Path, **options: Any) -> tuple[np.ndarray, Any]:
    """Give (frames, 4) of time, speed, curvature, executed, and the recording."""
    (recording,) = find_recordings(folder, Options(**options))
    (track,) = recording.tracks
    rows = [(shot.timestamp, shot.speed, shot.curvature, shot.executed) for shot in track.shots]
    return np.array(rows), recording


def table(folder: Path, header: str, *columns: Sequence[object], name: str = "drive.csv", separator: str = ",") -> None:
    rows = [separator.join(map(str, row)) for row in zip(*columns, strict=True)]
    (folder / name).write_text("\n".join([header, *rows] if header else rows))


def test_signals_of_another_rate_are_brought_to_the_pictures(tmp_path: Path) -> None:
    film(tmp_path)
    moments = np.arange(0, 4.2, 0.012)
    table(tmp_path, "time,curvature,speed_kmh", moments, 0.02 * np.sin(moments), 36 + 3.6 * moments)
    values, recording = shots_of(tmp_path)
    np.testing.assert_allclose(values[:, 2], BENDS, atol=1e-6)
    np.testing.assert_allclose(values[:, 1], 10 + np.array(TIMES), atol=1e-6)
    assert any("speed column speed_kmh" in sentence for sentence in recording.assumptions)


def test_a_slow_sensor_is_interpolated_but_not_over_a_hole(tmp_path: Path) -> None:
    film(tmp_path)
    moments = np.arange(0, 5, 0.01)
    seconds = [time if number % 100 == 0 else "" for number, time in enumerate(moments)]  # a GPS, once a second
    table(tmp_path, "time,curvature,gps_speed [m/s]", moments, moments, seconds)
    values, _ = shots_of(tmp_path)
    np.testing.assert_allclose(values[:, 1], TIMES, atol=1e-6)
    holed = [time if not 1 < time < 3 else "" for time in moments]
    table(tmp_path, "time,curvature,speed", moments, holed, [9.0] * len(moments))
    values, _ = shots_of(tmp_path)
    inside = (np.array(TIMES) > 1.01) & (np.array(TIMES) < 2.99)
    assert np.isnan(values[inside, 2]).all() and np.isfinite(values[~inside, 2]).all()


def test_a_rate_that_varies_is_the_files_own(tmp_path: Path) -> None:
    times = [0.05 * number + 0.03 * (number % 2) for number in range(FRAMES)]
    film(tmp_path, times, "drive.mkv")
    table(tmp_path, "time,curvature", *[np.arange(0, 4.2, 0.01)] * 2)
    values, _ = shots_of(tmp_path)
    np.testing.assert_allclose(values[:, 0], times, atol=1e-6)
    np.testing.assert_allclose(values[:, 2], times, atol=1e-6)


@pytest.mark.parametrize(
    ("shape", "name"),
    [("list", "drive.json"), ("lines", "drive.jsonl"), ("columns", "drive.json"), ("numbers", "drive.json")],
)
def test_json_of_any_shape(shape: str, name: str, tmp_path: Path) -> None:
    film(tmp_path)
    rows = [{"t": time, "curvature": bend, "speed": 9.0} for time, bend in zip(TIMES, BENDS, strict=True)]
    content = {
        "list": json.dumps(rows),
        "lines": "\n".join(map(json.dumps, rows)),
        "columns": json.dumps({"t": TIMES, "curvature": BENDS, "speed": [9.0] * FRAMES}),
        "numbers": json.dumps({str(number): {"curvature": bend, "speed": 9.0} for number, bend in enumerate(BENDS)}),
    }
    (tmp_path / name).write_text(content[shape])
    values, _ = shots_of(tmp_path)
    np.testing.assert_allclose(values[:, 2], BENDS, atol=1e-6)
    assert (values[:, 1] == 9).all()


def test_a_row_a_picture_without_a_header(tmp_path: Path) -> None:
    film(tmp_path)
    table(tmp_path, "", [degrees_of(bend) for bend in BENDS], [20.0] * FRAMES, separator=";")
    values, recording = shots_of(tmp_path, steering_column="1", steering_unit="degrees", speed_column="2")
    np.testing.assert_allclose(values[:, 2], BENDS, atol=1e-6)
    assert (values[:, 1] == 20).all()
    assert any("a row a picture" in sentence for sentence in recording.assumptions)
    with pytest.raises(LiquidlaneError, match=r"no column that is known .* in a table without a header by number"):
        find_recordings(tmp_path, Options())


def test_pictures_by_number_some_without_a_row(tmp_path: Path) -> None:
    film(tmp_path)
    kept = [*range(20), *range(50, FRAMES)]
    table(tmp_path, "frame,curvature", kept, [BENDS[number] for number in kept])
    values, _ = shots_of(tmp_path)
    assert np.isnan(values[20:50, 2]).all()
    np.testing.assert_allclose(values[kept, 2], [BENDS[number] for number in kept], atol=1e-9)


def test_a_clock_of_its_own_begins_with_the_video_and_an_offset_moves_it(tmp_path: Path) -> None:
    film(tmp_path)
    moments = np.arange(0, 4.4, 0.02)
    dates = [f"2026-05-01T12:00:{moment:09.6f}Z" for moment in moments]
    table(tmp_path, "time,curvature", dates, 0.01 * moments)
    values, recording = shots_of(tmp_path)
    np.testing.assert_allclose(values[:, 2], 0.01 * np.array(TIMES), atol=1e-6)
    assert any("log and video begin together" in sentence for sentence in recording.assumptions)
    values, _ = shots_of(tmp_path, offset=-0.3)  # the log began earlier: the first picture shows its 0.3 s
    np.testing.assert_allclose(values[:, 2], 0.01 * (np.array(TIMES) + 0.3), atol=1e-6)
    nanoseconds = (1.7e18 + moments * 1e9).astype(np.int64)
    table(tmp_path, "timestamp,curvature", nanoseconds, 0.01 * moments)
    values, _ = shots_of(tmp_path)
    np.testing.assert_allclose(values[:, 2], 0.01 * np.array(TIMES), atol=1e-6)


@pytest.mark.parametrize(
    ("header", "column", "options", "sign"),
    [
        ("steering_wheel_angle_deg", [degrees_of(bend) for bend in BENDS], {}, 1),
        ("steering_angle", [degrees_of(bend) for bend in BENDS], {"left": "negative"}, -1),
        ("steering_wheel_angle", [np.radians(degrees_of(bend)) for bend in BENDS], {}, 1),
        ("front_wheel_angle_rad", [np.arctan(2.7 * bend) for bend in BENDS], {}, 1),
        ("steer", [-np.degrees(np.arctan(2.7 * bend)) / 25 for bend in BENDS], {}, 1),
        ("steering", [np.degrees(np.arctan(2.7 * bend)) / 25 for bend in BENDS], {"left": "positive"}, 1),
        ("whatever", [bend * 1000 for bend in BENDS], {"curvature_column": "whatever"}, 1000),
    ],
)
def test_units_and_signs(
    header: str, column: Sequence[float], options: dict[str, Any], sign: float, tmp_path: Path
) -> None:
    film(tmp_path)
    table(tmp_path, f"time,{header}", TIMES, column)
    values, recording = shots_of(tmp_path, **options)
    np.testing.assert_allclose(values[:, 2], sign * np.array(BENDS), atol=1e-6)
    assert any("speed 10 m/s" in sentence for sentence in recording.assumptions)


def test_steering_is_compared_with_the_yaw_rate(tmp_path: Path) -> None:
    film(tmp_path)
    late = [0.02 * float(np.sin(time - 0.2)) for time in TIMES]
    table(
        tmp_path,
        "time,steer,yaw_rate [deg/s],speed",
        TIMES,
        [np.degrees(np.arctan(2.7 * bend)) / 25 for bend in BENDS],
        np.degrees(np.array(late) * 8.0),
        [8.0] * FRAMES,
    )
    values, recording = shots_of(tmp_path)
    assert any("OPPOSITE" in sentence for sentence in recording.findings), "steer was written left positive"
    np.testing.assert_allclose(values[:, 3], late, atol=1e-6)
    _, recording = shots_of(tmp_path, left="positive")
    assert any("agrees with the motion" in sentence and "ms after" in sentence for sentence in recording.findings)


def test_only_a_yaw_rate(tmp_path: Path) -> None:
    film(tmp_path)
    table(tmp_path, "time,yaw_rate,speed", TIMES, np.array(BENDS) * 8, [8.0] * FRAMES)
    values, _ = shots_of(tmp_path)
    np.testing.assert_allclose(values[:, 2], BENDS, atol=1e-9)
    table(tmp_path, "time,yaw_rate", TIMES, BENDS)
    with pytest.raises(LiquidlaneError, match="yaw rate and no speed"):
        find_recordings(tmp_path, Options())


def test_videos_find_their_logs(tmp_path: Path) -> None:
    for name in ("one", "two"):
        film(tmp_path, name=f"{name}.mp4")
        table(tmp_path, "time,curvature", TIMES, BENDS, name=f"{name}_signals.csv")
    film(tmp_path, name="three.mp4")
    recordings = find_recordings(tmp_path, Options())
    assert [recording.name for recording in recordings] == ["one", "two"]
    assert "three.mp4 has no log of signals and is left out" in recordings[0].findings
    assert [one.name for one in find_recordings(tmp_path / "two.mp4", Options())] == ["two"]
    assert [one.name for one in find_recordings(tmp_path / "one_signals.csv", Options())] == ["one"]
    (both,) = find_recordings(tmp_path, Options(log="one_signals.csv"))
    assert len(both.tracks) == 3, "videos of one log are one recording: never split between training and validation"
    assert recognise(tmp_path / "two.mp4").reader == "video"


def test_what_is_wrong_is_said_in_words(tmp_path: Path) -> None:
    film(tmp_path)
    with pytest.raises(LiquidlaneError, match=r"drive\.mp4 has no log of signals; give a table or JSON"):
        find_recordings(tmp_path, Options())
    table(tmp_path, "time,curvature", TIMES, BENDS)
    with pytest.raises(LiquidlaneError, match=r"no column 'wheel' \(steering_column\); it has time, curvature"):
        find_recordings(tmp_path, Options(steering_column="wheel"))
    (tmp_path / "drive.mp4").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(LiquidlaneError, match=r"drive\.mp4 can't be read as a video"):
        find_recordings(tmp_path, Options())


@real
def test_a_real_film(tmp_path: Path) -> None:
    """The film is real (sound first, 221 pictures); its log is made here, 10 a second."""
    (path,) = (DRIVES / "mp4_highway").rglob("*.mp4")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "highway.mp4").write_bytes(path.read_bytes())
    moments = np.arange(0, 9, 0.1)
    table(tmp_path / "d", "time,curvature,speed_mph", moments, 1e-4 * moments, [65.0] * 90)
    summary, (drive,) = take_in("video", tmp_path / "d", tmp_path / "out")
    assert (summary.kept, summary.quarantined, drive.image_size) == (221, {}, (540, 960))
    np.testing.assert_allclose(drive.curvature, 1e-4 * drive.timestamp, atol=1e-9)
    assert drive.speed[0] == pytest.approx(29.0576)
