"""comma2k19: its real minute without the video, and routes written by its README with videos from x265."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.ingest.comma2k19 import Options, find_recordings
from pipeline.ingestion.recognition import recognise
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.comma2k19_source import PITCH, SPEED, YAW, headings_of, save, write_recording, write_segment
from tests.pipeline.ingest.device_film import write_device_film
from tests.pipeline.ingest.recorded import DRIVES, real, take_in

REAL = DRIVES / "comma2k19_signals"
TIMES = np.arange(200) * 0.05
BENDS = 0.01 * np.sin(TIMES)
WIDE = (48, 64)  # near the shape of the device's camera


def pictures(count: int, size: tuple[int, int] = (16, 24)) -> list[np.ndarray]:
    return [np.full((*size, 3), 40 + index % 200, np.uint8) for index in range(count)]


def write_wheel(late: float = 0.0, right: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Give the wheel's times and degrees; the motion comes so much [s] after it."""
    moments = np.arange(-0.5, 10.5, 0.012)
    degrees = np.degrees(15.4 * np.arctan(2.7 * 0.01 * np.sin(moments + late)))
    return moments, -degrees if right else degrees


@real
def test_the_real_minute_by_hand() -> None:
    """Its SOURCE.md: 1,200 frames, speed 8.0 to 19.8 m/s, wheel left positive (+0.77 with the pose's yaw rate)."""
    (recording,) = find_recordings(REAL, Options())
    (track,) = recording.tracks
    assert recording.name == "b0c9d2329ad1606b_2018-08-02--08-34-47" and len(track.shots) == 1200
    told = " ".join(recording.findings)
    assert "steering agrees with the motion (correlation +0.77)" in told
    assert "logs and frames have one clock" in told and "speed by the pose at 1 frames" in told
    assert "Toyota RAV4 2016" in recording.assumptions[0] and "steering ratio 16.88" in recording.assumptions[0]
    speeds = np.array([shot.speed for shot in track.shots])
    assert (round(speeds.min(), 1), round(speeds.max(), 1)) == (7.9, 19.8)
    folder = track.shots[0].place.split("/")[0]
    values = np.load(next(REAL.rglob("CAN/speed/value")))[:, 0]
    moments = np.load(next(REAL.rglob("CAN/speed/t")))
    at = track.shots[700].timestamp
    assert folder == "40" and track.shots[700].speed == pytest.approx(np.interp(at, moments, values), abs=1e-9)


@real
def test_the_real_minute_turns_as_its_gyroscope_and_its_wheel_say() -> None:
    """The pose's curvature times speed is the gyroscope's rate; by the wheel it is the same bend, slip apart."""
    (track,) = find_recordings(REAL, Options())[0].tracks
    times, speeds, bends = np.array([(shot.timestamp, shot.speed, shot.curvature) for shot in track.shots]).T
    gyro = -np.load(next(REAL.rglob("IMU/gyro/value")))[:, 2]
    moments = np.load(next(REAL.rglob("IMU/gyro/t")))
    smooth = np.ones(40) / 40
    measured = np.convolve(np.interp(times, moments, gyro), smooth, "valid")
    told = np.convolve(bends * speeds, smooth, "valid")
    assert np.corrcoef(measured, told)[0, 1] > 0.95
    assert np.abs(measured - told - np.median(measured - told)).max() < 0.004
    (steered,) = find_recordings(REAL, Options(curvature="steering"))[0].tracks
    wheel = np.convolve([shot.curvature for shot in steered.shots[1:]], smooth, "valid")
    assert np.corrcoef(wheel, np.convolve(bends[1:], smooth, "valid"))[0, 1] > 0.8


@real
def test_without_a_video_it_is_recognised_and_refused_in_words(tmp_path: Path) -> None:
    found = recognise(REAL)
    assert found.reader == "comma2k19" and "no video" in found.reason
    with pytest.raises(LiquidlaneError, match="1200 × picture missing"):
        take_in("comma2k19", REAL, tmp_path / "out")


@real
def test_the_real_minute_with_a_video_is_kept_whole(tmp_path: Path) -> None:
    """A stand-in for the video that the set here lacks, of the right shape: every frame finds its time."""
    segment = next(REAL.rglob("global_pose")).parent
    place = tmp_path / "Chunk_1" / segment.parent.name.replace("|", "_") / segment.name
    shutil.copytree(segment, place)
    write_device_film(place / "video.hevc", pictures(1200, WIDE))
    summary, drives = take_in("comma2k19", tmp_path / "Chunk_1", tmp_path / "out")
    assert summary.kept == 1200 and not summary.quarantined
    camera = drives[0].camera
    assert camera is not None
    assert (round(np.degrees(camera.pitch), 1), round(np.degrees(camera.yaw), 1)) == (3.8, 0.8)
    assert camera.fx == pytest.approx(910 * 64 / 1164)
    shown = [drive.image(index).mean() for drive in drives for index in range(len(drive))]
    np.testing.assert_allclose(shown, [40 + index % 200 for index in range(1200)], atol=3)


def test_a_chunk_of_routes_with_missing_segments(tmp_path: Path) -> None:
    """Two routes; one lacks its second minute, which splits it. Names with | are those of a file system that has it."""
    heading = headings_of(TIMES, SPEED * BENDS)
    for name, numbers in {"99c94dc769b5d96e|2018-05-01--08-13-53": (3, 10, 12), "0123456789abcdef_x": (0,)}.items():
        for order, number in enumerate(numbers):
            own = TIMES + 10 * order + (60 if number == 12 else 0)
            moments, degrees = write_wheel()
            wheel = (moments + own[0], degrees)
            write_segment(tmp_path / "Chunk_3" / name / str(number), pictures(200), own, heading, wheel)
    summary, drives = take_in("comma2k19", tmp_path / "Chunk_3", tmp_path / "out")
    assert [recording.name for recording in summary.recordings] == [
        "0123456789abcdef_x",
        "99c94dc769b5d96e_2018-05-01--08-13-53",
    ]
    civic = summary.recordings[1]
    assert civic.kept == 600 and "Honda Civic" in civic.assumptions[0] and "2.7 m" in civic.assumptions[0]
    assert [len(drive) for drive in drives if drive.recording == civic.name] == [400, 200]
    assert "wheelbase 2.7 m, since the device is none" in summary.recordings[0].assumptions[0]
    drive = next(drive for drive in drives if drive.recording == civic.name)
    np.testing.assert_allclose(drive.curvature[:200], BENDS, atol=1e-4)
    assert drive.image(250)[0, 0, 0] == pytest.approx(40 + 50, abs=3), "number 50 of the second segment"


def test_one_segment_is_read_by_its_own_folder(tmp_path: Path) -> None:
    write_recording(tmp_path / "route", pictures(40), BENDS[:40], TIMES[:40].tolist())
    (recording,) = find_recordings(tmp_path / "route" / "1", Options())
    assert recording.name == "route" and len(recording.tracks[0].shots) == 20


@pytest.mark.parametrize("late", [0.0, 0.21])
def test_how_late_the_motion_is(late: float, tmp_path: Path) -> None:
    heading = headings_of(TIMES, SPEED * BENDS)
    write_segment(tmp_path / "0", pictures(200), TIMES, heading, write_wheel(late))
    told = " ".join(find_recordings(tmp_path, Options())[0].findings)
    assert f"the motion comes {late * 1000:.0f} ms after it, 1.0" in told


def test_a_wheel_whose_left_is_right_is_told(tmp_path: Path) -> None:
    heading = headings_of(TIMES, SPEED * BENDS)
    write_segment(tmp_path / "0", pictures(200), TIMES, heading, write_wheel(right=True))
    assert "OPPOSITE" in " ".join(find_recordings(tmp_path, Options())[0].findings)


def speeds_of(folder: Path, clock: float) -> None:
    """Let the car speed up and slow down, by a log whose clock is so much ahead."""
    moments = np.arange(-0.5, 10.5, 0.012)
    save(folder / "processed_log" / "CAN" / "speed" / "t", moments + 46408.5 + clock)
    save(folder / "processed_log" / "CAN" / "speed" / "value", 12 + 3 * np.sin(1.3 * moments))
    velocity = np.load(folder / "global_pose" / "frame_velocities")
    save(folder / "global_pose" / "frame_velocities", velocity / SPEED * (12 + 3 * np.sin(1.3 * TIMES))[:, None])


@pytest.mark.parametrize("clock", [0.35, -0.6])
def test_a_log_with_another_clock_is_brought_to_the_frames(clock: float, tmp_path: Path) -> None:
    heading = headings_of(TIMES, SPEED * BENDS)
    write_segment(tmp_path / "0", pictures(200), TIMES, heading, write_wheel(), clock)
    speeds_of(tmp_path / "0", clock)
    (recording,) = find_recordings(tmp_path, Options(curvature="steering"))
    assert f"clock is {clock:+.2f} s from the frames'" in " ".join(recording.findings)
    speeds, bends = np.array([(shot.speed, shot.curvature) for shot in recording.tracks[0].shots]).T
    np.testing.assert_allclose(speeds[20:-20], 12 + 3 * np.sin(1.3 * TIMES[20:-20]), atol=0.05)
    np.testing.assert_allclose(bends[20:-20], BENDS[20:-20], atol=2e-4)
    (given,) = find_recordings(tmp_path, Options(curvature="steering", offset=clock))
    np.testing.assert_allclose([shot.curvature for shot in given.tracks[0].shots][20:-20], BENDS[20:-20], atol=1e-6)


def test_the_camera_is_known_by_its_shape_and_its_motion(tmp_path: Path) -> None:
    heading = headings_of(TIMES, SPEED * BENDS)
    write_segment(tmp_path / "0", pictures(200, WIDE), TIMES, heading, write_wheel())
    camera = find_recordings(tmp_path, Options())[0].tracks[0].camera
    assert camera is not None
    assert (camera.pitch, camera.yaw) == (pytest.approx(PITCH, abs=1e-6), pytest.approx(YAW, abs=1e-6))
    forward = camera.project(np.array([[1e6, 0.0, camera.z]]))[0]  # where the car goes is above the middle, to the left
    assert forward[1] < camera.cy and forward[0] < camera.cx


def test_without_a_pose_the_gyroscope_or_the_wheel_tells(tmp_path: Path) -> None:
    heading = headings_of(TIMES, SPEED * BENDS)
    write_segment(tmp_path / "0", pictures(200), TIMES, heading, write_wheel())
    (tmp_path / "0" / "global_pose" / "frame_orientations").unlink()
    moments = np.load(tmp_path / "0" / "processed_log" / "IMU" / "gyro" / "t") - 46408.5
    about = np.stack([0 * moments, 0 * moments, -SPEED * 0.01 * np.sin(moments)], axis=1)
    save(tmp_path / "0" / "processed_log" / "IMU" / "gyro" / "value", np.asfortranarray(about))
    (recording,) = find_recordings(tmp_path, Options())
    assert "curvature by the gyroscope" in recording.findings
    np.testing.assert_allclose([shot.curvature for shot in recording.tracks[0].shots], BENDS, atol=1e-5)
    (tmp_path / "0" / "processed_log" / "IMU" / "gyro" / "value").write_bytes(b"no array")
    (recording,) = find_recordings(tmp_path, Options())
    assert "curvature by the steering wheel: there is none by the pose" in recording.findings
    assert "IMU/gyro/value can't be read" in " ".join(recording.findings)
    np.testing.assert_allclose([shot.curvature for shot in recording.tracks[0].shots], BENDS, atol=1e-5)


def test_a_car_that_stands_is_steered_by_its_wheel(tmp_path: Path) -> None:
    heading = headings_of(TIMES, SPEED * BENDS)
    write_segment(tmp_path / "0", pictures(200), TIMES, heading, write_wheel())
    moments = np.load(tmp_path / "0" / "processed_log" / "CAN" / "speed" / "t")
    save(tmp_path / "0" / "processed_log" / "CAN" / "speed" / "value", np.where(moments < 46413.5, 0.0, SPEED))
    (recording,) = find_recordings(tmp_path, Options())
    assert "by the steering wheel at 100 frames where it is unknown" in " ".join(recording.findings)
    assert np.isfinite([shot.curvature for shot in recording.tracks[0].shots]).all()


def test_links_that_lead_out_are_not_read(tmp_path: Path) -> None:
    write_recording(tmp_path / "route", pictures(20), BENDS[:20], TIMES[:20].tolist())
    outside = tmp_path / "outside"
    video, speed = tmp_path / "route/0/video.hevc", tmp_path / "route/0/processed_log/CAN/speed/value"
    for number, path in enumerate((video, speed)):
        path.rename(f"{outside}{number}")
        path.symlink_to(f"{outside}{number}")
    (recording,) = find_recordings(tmp_path / "route", Options())
    assert "speed/value can't be read (it is a link that leads out of the folder)" in " ".join(recording.findings)
    with pytest.raises(LiquidlaneError, match="20 × link out of the folder"):
        take_in("comma2k19", tmp_path / "route", tmp_path / "out")
