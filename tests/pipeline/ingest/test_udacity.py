"""Udacity recordings: real ones counted by hand, and every way in which their logs are known to differ."""

import csv
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.augmentation.viewpoint import curvature_that_returns
from pipeline.drives.drive import Drive, encode_jpeg
from pipeline.ingestion.ingest import IngestConfig, IngestSummary, ingest
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.recorded import DRIVES, real
from tests.pipeline.ingest.udacity_source import picture_name, row_of, steering_of, write_recording


def take_in(folder: Path, results: Path, **options: Any) -> tuple[IngestSummary, list[Drive]]:
    summary = ingest(IngestConfig(folders=(str(folder),), options=options), results)
    return summary, [Drive.open(results / drive) for drive in summary.drives]


@pytest.fixture(scope="module")
def msh(tmp_path_factory: pytest.TempPathFactory) -> tuple[IngestSummary, list[Drive]]:
    return take_in(DRIVES / "udsim_msh8261", tmp_path_factory.mktemp("msh"), cameras=["center", "left", "right"])


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> tuple[IngestSummary, list[Drive]]:
    return take_in(DRIVES / "udsim_udacity_official_part", tmp_path_factory.mktemp("official"))


@real
def test_a_real_log_without_header(msh: tuple[IngestSummary, list[Drive]]) -> None:
    """By hand: 741 rows, 12 pauses over 0.5 s, 126.29 s in all, 68 % zero steering, standing still at first."""
    summary, drives = msh
    assert (summary.kept, summary.quarantined) == (3 * 741, {})
    center = [drive for drive in drives if drive.facts["camera"] == "center"]
    assert (len(center), len(drives)) == (13, 39)
    last = center[-1]
    assert last.facts["start"] + last.timestamp[-1] == pytest.approx(126.29, abs=1e-3)
    curvature = np.concatenate([drive.curvature for drive in center])
    assert (curvature == 0).mean() == pytest.approx(0.68, abs=0.005)
    assert center[0].speed[0] == pytest.approx(7.833976e-05 * 0.44704)
    assert center[0].image_size == (160, 320)
    stored = center[0].jpeg(0)
    assert stored == (DRIVES / "udsim_msh8261" / "IMG" / "center_2020_08_28_14_37_29_694.jpg").read_bytes()


@real
def test_a_real_log_with_header_and_missing_pictures(official: tuple[IngestSummary, list[Drive]]) -> None:
    """By hand: 8,036 rows, 400 center pictures, a jump of 24.5 s after the second row and four more pauses."""
    summary, drives = official
    assert summary.kept == 400
    assert summary.quarantined == {"picture missing": 7636}
    assert [len(drive) for drive in drives][:2] == [2, 26]
    assert len(drives) == 6
    assert drives[1].facts["start"] == pytest.approx(24.65)
    curvature = np.concatenate([drive.curvature for drive in drives])
    assert curvature.min() == pytest.approx(-np.tan(np.radians(25 * 0.5784606)) / 2.7, rel=0.01)
    assert summary.recordings[0].assumptions == [
        "wheelbase 2.7 m, since the log does not say which car it was",
        "maximum angle 25 degrees, since the log holds normalised steering only",
    ]


@real
@pytest.mark.parametrize("recording", ["msh", "official"])
def test_the_sign_agrees_with_what_the_pictures_show(recording: str, request: pytest.FixtureRequest) -> None:
    """A car that turns left sees the far scene move right."""
    _, drives = request.getfixturevalue(recording)
    turned, moved = [], []
    window = cv2.createHanningWindow((320, 35), cv2.CV_32F)
    for drive in drives:
        if drive.facts["camera"] != "center":
            continue
        far = [cv2.cvtColor(drive.image(i), cv2.COLOR_RGB2GRAY)[40:75].astype(np.float32) for i in range(len(drive))]
        for i in range(1, len(drive)):
            (right, _), confidence = cv2.phaseCorrelate(far[i - 1], far[i], window)
            if confidence > 0.2:
                moved.append(right)
                turned.append(drive.curvature[i - 1] * drive.speed[i] * (drive.timestamp[i] - drive.timestamp[i - 1]))
    assert np.corrcoef(turned, moved)[0, 1] > 0.85


@real
def test_side_cameras_steer_back_to_the_middle(msh: tuple[IngestSummary, list[Drive]]) -> None:
    _, drives = msh
    by_camera = {camera: [d for d in drives if d.facts["camera"] == camera] for camera in ("center", "left", "right")}
    for center, left, right in zip(*by_camera.values(), strict=True):
        back = curvature_that_returns(1.0, 0.0, center.speed, 2.0)
        assert (back < 0).all()
        np.testing.assert_allclose(left.curvature, center.curvature + back, atol=1e-6)
        np.testing.assert_allclose(right.curvature, center.curvature - back, atol=1e-6)
        np.testing.assert_array_equal(left.executed, center.executed)
        assert left.facts["training_only"]
        assert left.facts["assumed"]["lateral_offset"] == -right.facts["assumed"]["lateral_offset"] == 1.0
        assert left.facts["start"] == center.facts["start"]
        assert left.recording == center.recording


def images(count: int) -> list[np.ndarray]:
    return [np.full((16, 24, 3), 40 + index, np.uint8) for index in range(count)]


PREFIXES = ["IMG/", "", "/home/me/My Data/IMG/", "C:\\Users\\Me\\Desktop\\IMG\\", "C:/Users/Me/IMG/", "IMG\\"]
HEADERS = [
    "",
    "center,left,right,steering,throttle,brake,speed\n",
    "Center, Left, Right, Steering, Throttle, Brake, Speed\n",
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prefix=st.sampled_from(PREFIXES),
    header=st.sampled_from(HEADERS),
    separator=st.sampled_from([",", ", ", " ,  "]),
    newline=st.sampled_from(["\n", "\r\n"]),
    mark=st.booleans(),
    blank=st.booleans(),
    end=st.booleans(),
)
def test_all_known_ways_to_write_a_log(
    tmp_path_factory: pytest.TempPathFactory, prefix: str, header: str, separator: str, newline: str, mark: bool,
    blank: bool, end: bool,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("udacity") / "ride"
    times, bends = [0.0, 0.1, 0.2], [0.01, 0.0, -0.02]
    write_recording(folder, images(3), bends, times)
    rows = [row_of(time, bend, prefix, separator) for time, bend in zip(times, bends, strict=True)]
    text = header + "\n".join(rows) + ("\n" if end else "") + ("\n  \n" if blank else "")
    log = folder / "driving_log.csv"
    log.write_bytes((b"\xef\xbb\xbf" if mark else b"") + text.replace("\n", newline).encode())
    summary, (drive,) = take_in(folder, folder.parent / "drives")
    assert (summary.kept, summary.quarantined) == (3, {})
    np.testing.assert_allclose(drive.curvature, bends, atol=1e-7)
    np.testing.assert_allclose(drive.timestamp, times, atol=1e-6)
    np.testing.assert_allclose(drive.speed, 10, atol=1e-4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 5))
def test_rubbish_in_a_log_is_counted_and_not_fatal(
    tmp_path_factory: pytest.TempPathFactory, rubbish: bytes, at: int
) -> None:
    folder = tmp_path_factory.mktemp("udacity") / "ride"
    times = [0.1 * index for index in range(6)]
    write_recording(folder, images(6), [0.01] * 6, times)
    log = folder / "driving_log.csv"
    rows = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*rows[:at], rubbish + b"\n", *rows[at:]]))
    summary, _ = take_in(folder, folder.parent / "drives")
    assert summary.kept == 6
    text = rubbish.decode(errors="replace").replace("\0", "")
    text = text if at else text.removeprefix("\ufeff")
    assert sum(summary.quarantined.values()) == sum(bool(line.strip()) for line in re.split("\r\n|\r|\n", text))


def test_a_line_without_end_costs_one_row(tmp_path: Path) -> None:
    write_recording(tmp_path / "ride", images(2), [0.0, 0.0], [0.0, 0.1])
    with (tmp_path / "ride" / "driving_log.csv").open("a") as log:
        log.write("x" * 200_000)
    assert take_in(tmp_path / "ride", tmp_path / "drives")[0].quarantined == {"row unreadable": 1}


def test_columns_are_found_by_the_header(tmp_path: Path) -> None:
    write_recording(tmp_path / "ride", images(2), [0.02, 0.02], [0.0, 0.1])
    log = tmp_path / "ride" / "driving_log.csv"
    rows = ["speed,steering,center,left,right"]
    rows += [
        f"22.3694,{steering_of(0.02)}," + ",".join(picture_name(camera, time) for camera in ("center", "left", "right"))
        for time in (0.0, 0.1)
    ]
    log.write_text("\n".join(rows))
    _, (drive,) = take_in(tmp_path / "ride", tmp_path / "drives")
    np.testing.assert_allclose(drive.curvature, 0.02)
    log.write_text("center,left,right,steering\n" + log.read_text())
    with pytest.raises(LiquidlaneError, match="has no column speed"):
        take_in(tmp_path / "ride", tmp_path / "other")


def test_png_pictures_are_encoded_once(tmp_path: Path) -> None:
    folder = tmp_path / "ride"
    write_recording(folder, images(3), [0.0] * 3, [0.0, 0.1, 0.2])
    for path in (folder / "IMG").glob("center_*.jpg"):
        image = np.random.default_rng(0).integers(0, 256, (16, 24, 3), np.uint8)
        path.unlink()
        cv2.imwrite(str(path.with_suffix(".png")), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    log = folder / "driving_log.csv"
    log.write_text(log.read_text().replace(".jpg", ".png"))
    first = sorted((folder / "IMG").glob("*.png"))[0]
    first.write_bytes(first.read_bytes()[:-20])
    summary, (drive,) = take_in(folder, tmp_path / "drives")
    assert (summary.kept, summary.quarantined) == (2, {"picture damaged": 1})
    assert np.abs(drive.image(0).astype(int) - image).mean() < 6, "red is red"


def test_a_wrong_clock_costs_one_frame_and_not_all_that_follow(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.2, 5000.0, 0.4, 0.5, 0.3, 0.6]
    write_recording(tmp_path / "ride", images(8), [0.0] * 8, times)
    summary, (drive,) = take_in(tmp_path / "ride", tmp_path / "drives")
    assert summary.quarantined == {"time out of order": 2}
    np.testing.assert_allclose(drive.timestamp, [0.0, 0.1, 0.2, 0.4, 0.5, 0.6], atol=1e-6)


def test_pauses_cut_and_the_clock_goes_on(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.59, 1.1, 1.2, 7.0]
    write_recording(tmp_path / "ride", images(6), [0.0] * 6, times)
    _, drives = take_in(tmp_path / "ride", tmp_path / "drives")
    assert [len(drive) for drive in drives] == [3, 2, 1]
    assert [drive.facts["start"] for drive in drives] == pytest.approx([0.0, 1.1, 7.0])
    assert all(drive.timestamp[0] == 0 for drive in drives)


def test_a_recording_without_a_usable_frame_says_what_was_found(tmp_path: Path) -> None:
    write_recording(tmp_path / "ride", images(3), [0.0] * 3, [0.0, 0.1, 0.2])
    for path in (tmp_path / "ride" / "IMG").iterdir():
        path.unlink()
    with pytest.raises(LiquidlaneError, match=r"ride holds no usable frame: 3 × picture missing .*driving_log.csv:1"):
        take_in(tmp_path / "ride", tmp_path / "drives")
    assert not (tmp_path / "drives").exists() or not list((tmp_path / "drives").iterdir())
    (tmp_path / "ride" / "driving_log.csv").write_text("")
    with pytest.raises(LiquidlaneError, match="no row at all"):
        take_in(tmp_path / "ride", tmp_path / "drives")


def test_names_without_time_are_counted_at_an_assumed_rate(tmp_path: Path) -> None:
    folder = tmp_path / "ride"
    (folder / "IMG").mkdir(parents=True)
    for index, image in enumerate(images(5)):
        (folder / "IMG" / f"center_{index}.jpg").write_bytes(encode_jpeg(image))
    rows = [f"IMG/center_{index}.jpg,,,0.1,0,0,9" for index in range(5)]
    (folder / "driving_log.csv").write_text("\n".join(rows))
    summary, (drive,) = take_in(folder, tmp_path / "drives", rate=5)
    np.testing.assert_allclose(drive.timestamp, np.arange(5) / 5)
    assert "rate 5 frames/s as given, since neither the log nor a picture's name holds a time" in (
        summary.recordings[0].assumptions
    )
    rows[2] = "IMG/center_2019_01_01_00_00_00_000.jpg,,,0.1,0,0,9"
    (folder / "driving_log.csv").write_text("\n".join(rows))
    with pytest.raises(LiquidlaneError, match="no time in the name 'center_0.jpg'"):
        take_in(folder, tmp_path / "other")


def test_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    write_recording(tmp_path / "ride", images(2), [0.02, 0.02], [0.0, 0.1])
    log = tmp_path / "ride" / "driving_log.csv"
    log.write_text(log.read_text().replace(", ", ";").replace(".", ",").replace(",jpg", ".jpg"))
    summary, (drive,) = take_in(tmp_path / "ride", tmp_path / "drives")
    assert summary.kept == 2
    np.testing.assert_allclose(drive.curvature, 0.02, atol=1e-6)


@real
def test_a_real_interpolated_log(tmp_path: Path) -> None:
    """By hand: 7,346 rows, of which the first 20 have their pictures, standing still.

    122 rows have the very time of the row before. At four steps back of 6 to 40 s the simulation was set back and went
    on for a long time: these are new runs and cost no frame.
    """
    summary, drives = take_in(DRIVES / "udreader_static", tmp_path)
    assert summary.kept == 20
    assert summary.quarantined == {"picture missing": 7346 - 20 - 122, "time repeated": 122}
    assert len(drives) == 1
    assert drives[0].image_size == (720, 1280)
    assert (drives[0].speed == 0).all()
    assert drives[0].duration == pytest.approx(
        (max(stamps := [int(path.stem) for path in (DRIVES / "udreader_static").rglob("*.jpg")]) - min(stamps)) / 1e9
    )


def test_the_books_name_the_line_of_the_log(tmp_path: Path) -> None:
    write_recording(tmp_path / "ride", images(4), [0.0] * 4, [0.0, 0.1, 0.2, 0.3])
    (tmp_path / "ride" / "IMG" / picture_name("center", 0.2)).write_bytes(b"")
    take_in(tmp_path / "ride", tmp_path / "drives")
    (row,) = csv.DictReader((tmp_path / "drives" / "ride" / "quarantine.csv").open())
    assert row["place"] == "driving_log.csv:3"
    assert row["picture"] == picture_name("center", 0.2)
    assert row["reason"] == "picture empty"
