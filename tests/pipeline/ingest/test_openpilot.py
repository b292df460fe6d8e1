"""openpilot: logs written with comma.ai's schema by the reference implementation, of the ways that years have seen."""

import bz2
import math
from pathlib import Path

import numpy as np
import pytest

from pipeline.ingest.openpilot import Options, find_recordings
from pipeline.ingestion.reader import Recording
from pipeline.ingestion.recognition import recognise
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.device_film import write_device_film
from tests.pipeline.ingest.openpilot_source import (
    BOOT,
    RATIO,
    SPEED,
    WHEELBASE,
    Message,
    car_message,
    cut_within,
    frame_messages,
    head,
    message,
    pose_message,
    segment_messages,
    without,
    write_log,
    write_recording,
)
from tests.pipeline.ingest.recorded import take_in

TIMES = [round(0.05 * index, 3) for index in range(200)]
BENDS = [0.01 * math.sin(time) for time in TIMES]
WHOLE = slice(0, 200)


def pictures(count: int, size: tuple[int, int] = (16, 24)) -> list[np.ndarray]:
    return [np.full((*size, 3), 40 + index % 200, np.uint8) for index in range(count)]


def write_segment(place: Path, messages: list[Message], count: int, *, video: str = "qcamera.ts") -> None:
    """Write a log and a video; place is the log's path, the video's name begins as the log's does."""
    write_log(place, messages)
    beside = place.parent / place.name.replace("rlog", video).replace("qlog", video)
    path = beside.with_name(beside.name.split(video)[0] + video)
    write_device_film(path, pictures(count))


def only(recordings: list[Recording]) -> tuple[np.ndarray, str]:
    """Give (time, speed, curvature, executed) of the only recording's shots, and what was found."""
    (recording,) = recordings
    shots = recording.tracks[0].shots
    rows = [(shot.timestamp - BOOT, shot.speed, shot.curvature, shot.executed) for shot in shots]
    return np.array(rows).reshape(-1, 4), "; ".join([*recording.assumptions, *recording.findings])


@pytest.mark.parametrize("name", ["rlog", "rlog.bz2", "rlog.zst", "qlog.bz2", "qlog.zst", "qlog"])
def test_logs_packed_in_any_way(name: str, tmp_path: Path) -> None:
    write_segment(tmp_path / "0000008c--8e7a3c1b3d--0" / name, segment_messages(TIMES, BENDS, WHOLE, 0), 200)
    summary, (drive,) = take_in("openpilot", tmp_path, tmp_path / "out")
    assert (summary.kept, summary.recordings[0].name) == (200, "0000008c--8e7a3c1b3d")
    np.testing.assert_allclose(drive.curvature, BENDS, atol=1e-6)
    assert drive.image(150)[0, 0, 0] == pytest.approx(190, abs=3)


@pytest.mark.parametrize(
    ("first", "second", "route"),
    [
        ("2023-07-27--13-01-19--0/rlog.zst", "2023-07-27--13-01-19--1/rlog.zst", "2023-07-27--13-01-19"),
        ("a2a0_2023--13--9--rlog.bz2", "a2a0_2023--13--10--rlog.bz2", "a2a0_2023--13"),
        ("a2a0|2023--x/2/qlog", "a2a0|2023--x/10/rlog", "a2a0_2023--x"),
    ],
)
def test_segments_of_a_route_are_joined_in_their_order(first: str, second: str, route: str, tmp_path: Path) -> None:
    for order, place in enumerate((first, second)):
        part = slice(100 * order, 100 * order + 100)
        write_segment(tmp_path / place, segment_messages(TIMES, BENDS, part, order), 100)
    summary, (drive,) = take_in("openpilot", tmp_path, tmp_path / "out")
    assert [recording.name for recording in summary.recordings] == [route]
    np.testing.assert_allclose(np.diff(drive.timestamp), 0.05, atol=1e-6)
    np.testing.assert_allclose(drive.curvature, BENDS, atol=1e-6)
    assert [int(drive.image(at)[0, 0, 0]) // 10 for at in (0, 99, 100)] == [4, 13, 4]


def test_a_route_without_its_second_segment_is_two_drives(tmp_path: Path) -> None:
    times = [*TIMES[:100], *(time + 60 for time in TIMES[:100])]
    for order, number in enumerate((0, 2)):
        part = slice(100 * order, 100 * order + 100)
        write_segment(tmp_path / f"route--{number}" / "rlog", segment_messages(times, BENDS, part, number), 100)
    summary, drives = take_in("openpilot", tmp_path, tmp_path / "out")
    assert (len(summary.recordings), [len(drive) for drive in drives]) == (1, [100, 100])


@pytest.mark.parametrize("name", ["rlog", "rlog.bz2", "rlog.zst"])
def test_a_power_cut_costs_what_was_not_logged(name: str, tmp_path: Path) -> None:
    """By hand: cut in the message of frame 150, so that 150 of the video's 200 pictures are known."""
    write_segment(tmp_path / "route--0" / "rlog", segment_messages(TIMES, BENDS, WHOLE, 0), 200)
    place = tmp_path / "route--0" / "rlog"
    data = cut_within(place.read_bytes(), 150)
    place.unlink()
    if name == "rlog.bz2":  # packed by 100,000 bytes of content, as bz2 does at its quickest; the cut loses a block
        data = bz2.compress(data, 1)[:-4]
    write_log(place.with_name("rlog.zst"), [(0, data)]) if name == "rlog.zst" else place.with_name(name).write_bytes(
        data
    )
    summary, _ = take_in("openpilot", tmp_path, tmp_path / "out")
    lost = summary.quarantined["frame not in the log"]
    assert lost + summary.kept == 200 and (lost == 50 or name == "rlog.bz2")
    told = " ".join(summary.recordings[0].findings)
    assert f"0/{name}: " in told and "messages of interest before that" in told


def test_of_a_damaged_rlog_and_a_whole_qlog_the_one_with_more_frames_is_taken(tmp_path: Path) -> None:
    write_segment(tmp_path / "route--0" / "rlog", segment_messages(TIMES, BENDS, WHOLE, 0), 200)
    place = tmp_path / "route--0" / "rlog"
    place.with_name("qlog").write_bytes(place.read_bytes())
    place.write_bytes(cut_within(place.read_bytes(), 20))
    (recording,) = find_recordings(tmp_path, Options())
    assert len(recording.tracks[0].shots) == 200 and not recording.tracks[0].flaws
    assert "0: qlog was taken instead" in " ".join(recording.findings)


def test_old_logs_tell_times_by_the_camera_or_not_at_all(tmp_path: Path) -> None:
    """Before 2019 the encoder told no times, later ones tell them twice; old logs have no small encoder's messages."""
    exposed: list[Message] = [*head(-0.1)]
    for number, time in enumerate(TIMES):
        index = {"frameId": 500 + number, "segmentNum": 0, "segmentId": number}
        stamps = {"frameId": 500 + number, "timestampEof": round((BOOT + time) * 1e9)}
        exposed += [message(time + 0.02, "roadCameraState", stamps), message(time + 0.05, "roadEncodeIdx", index)]
        exposed.append(car_message(time, BENDS[number]))
    write_segment(tmp_path / "old--0" / "rlog.bz2", exposed, 200)
    rows, told = only(find_recordings(tmp_path, Options()))
    np.testing.assert_allclose(rows[:, 0], TIMES, atol=1e-6)
    np.testing.assert_allclose(rows[:, 2], BENDS, atol=1e-6)
    assert "curvature by the steering wheel: there is none by the device's yaw rate" in told
    write_log(tmp_path / "old--0" / "rlog.bz2", without(exposed, "roadCameraState"))
    rows, _ = only(find_recordings(tmp_path, Options()))
    np.testing.assert_allclose(rows[:, 0], np.array(TIMES) + 0.05, atol=1e-6)


def test_newer_logs_tell_the_motion_by_the_pose(tmp_path: Path) -> None:
    """The device is tilted; the car's yaw rate is about the road's axis, not the device's."""
    messages = without(segment_messages(TIMES, BENDS, WHOLE, 0), "liveLocationKalman")
    pitch, yaw = 0.02, -0.01  # as liveCalibration says
    down = (math.sin(pitch) * math.cos(yaw), math.sin(pitch) * math.sin(yaw), math.cos(pitch))
    for time, bend in zip(TIMES, BENDS, strict=True):
        messages.append(pose_message(time, [-bend * SPEED * share for share in down]))
    write_segment(tmp_path / "new--0" / "rlog.zst", messages, 200)
    rows, told = only(find_recordings(tmp_path, Options()))
    np.testing.assert_allclose(rows[:, 2], BENDS, atol=1e-8)
    assert "steering agrees with the motion" in told


@pytest.mark.parametrize("late", [0.0, 0.25])
def test_sign_and_delay_are_told(late: float, tmp_path: Path) -> None:
    messages = without(segment_messages(TIMES, BENDS, WHOLE, 0), "carState")
    grid = np.arange(-0.5, 10.5, 0.01)
    steered = [car_message(float(time), 0.01 * math.sin(time + late)) for time in grid]
    mirrored = [car_message(float(time), -0.01 * math.sin(time + late)) for time in grid]
    write_segment(tmp_path / "a--0" / "rlog.zst", messages + steered, 200)
    assert (
        f"the motion comes {late * 1000:.0f} ms after it, 1.00 times" in only(find_recordings(tmp_path, Options()))[1]
    )
    write_segment(tmp_path / "a--0" / "rlog.zst", messages + mirrored, 200)
    rows, told = only(find_recordings(tmp_path, Options()))
    assert "OPPOSITE" in told
    np.testing.assert_allclose(rows[:, 2], BENDS, atol=1e-6)
    rows, _ = only(find_recordings(tmp_path, Options(curvature="steering")))
    np.testing.assert_allclose(rows[:, 2], -0.01 * np.sin(np.array(TIMES) + late), atol=1e-5)
    np.testing.assert_allclose(rows[:, 3], BENDS, atol=1e-6)


def test_the_car_is_the_logs_unless_the_user_says_otherwise(tmp_path: Path) -> None:
    messages = without(segment_messages(TIMES, BENDS, WHOLE, 0), "liveLocationKalman")
    write_segment(tmp_path / "a--0" / "rlog", messages, 200)
    _, told = only(find_recordings(tmp_path, Options()))
    assert f"HONDA CIVIC 2022, since the log says so: wheelbase {WHEELBASE} m, steering ratio {RATIO}" in told
    rows, told = only(find_recordings(tmp_path, Options(wheelbase=2 * WHEELBASE, steering_ratio=RATIO)))
    np.testing.assert_allclose(rows[:, 2], np.array(BENDS) / 2, atol=1e-5)
    assert "wheelbase 5.34 m as given" in told
    write_segment(tmp_path / "a--0" / "rlog", without(messages, "carParams"), 200)
    assert (
        "wheelbase 2.7 m, since the logs do not say which car it was" in only(find_recordings(tmp_path, Options()))[1]
    )


def test_the_wheels_learned_zero_is_taken_off(tmp_path: Path) -> None:
    messages = without(segment_messages(TIMES, BENDS, WHOLE, 0), "liveLocationKalman", "carState")
    messages += [message(1.0, "liveParameters", {"valid": True, "angleOffsetAverageDeg": 3.0})]
    messages += [message(1.1, "liveParameters", {"valid": False, "angleOffsetAverageDeg": -90.0})]
    turned = math.degrees(RATIO * math.atan(WHEELBASE * 0.01)) + 3.0
    for at in range(1100):
        messages.append(message(at / 100 - 0.5, "carState", {"vEgo": SPEED, "steeringAngleDeg": turned}))
    write_segment(tmp_path / "a--0" / "rlog", messages, 200)
    rows, told = only(find_recordings(tmp_path, Options()))
    np.testing.assert_allclose(rows[:, 2], 0.01, atol=1e-6)
    assert "stands at +3.0 degrees" in told


def test_frames_in_reverse_are_set_aside(tmp_path: Path) -> None:
    messages = without(segment_messages(TIMES, BENDS, WHOLE, 0), "carState")
    for at in range(1100):
        gear = "reverse" if 300 <= at < 400 else "drive"
        messages.append(car_message(at / 100 - 0.5, 0.0, gearShifter=gear))
    write_segment(tmp_path / "a--0" / "rlog", messages, 200)
    summary, _ = take_in("openpilot", tmp_path, tmp_path / "out")
    assert summary.quarantined == {"in reverse": 20}


def test_a_camera_with_its_own_clock_is_brought_to_the_logs(tmp_path: Path) -> None:
    messages = without(segment_messages(TIMES, BENDS, WHOLE, 0), "qRoadEncodeIdx", "roadEncodeIdx")
    for number, time in enumerate(TIMES):
        shifted = {"timestampEof": round((time + 7000) * 1e9), "segmentId": number, "frameId": number}
        messages.append(message(time + 0.05, "roadEncodeIdx", shifted))
    write_segment(tmp_path / "a--0" / "rlog", messages, 200)
    rows, told = only(find_recordings(tmp_path, Options()))
    np.testing.assert_allclose(rows[:, 0], TIMES, atol=1e-5)
    assert "the camera's clock was -6699.950 s behind the log's" in told


def test_messages_of_the_segments_before_and_after_do_not_count(tmp_path: Path) -> None:
    messages = segment_messages(TIMES, BENDS, WHOLE, 3)
    messages += [entry for number in range(5) for entry in frame_messages(10.0 + number / 20, number, 4, 200)]
    messages += [entry for number in (0, 1199) for entry in frame_messages(-0.3, number, 2, 200)]
    write_segment(tmp_path / "a--3" / "rlog", messages, 200)
    rows, _ = only(find_recordings(tmp_path, Options()))
    np.testing.assert_allclose(rows[:, 0], TIMES, atol=1e-6)


def test_which_video_is_taken(tmp_path: Path) -> None:
    messages = segment_messages(TIMES, BENDS, WHOLE, 0)
    write_segment(tmp_path / "a--0" / "rlog", messages, 200, video="fcamera.hevc")
    assert find_recordings(tmp_path, Options())[0].tracks[0].name == "fcamera"
    summary, (drive,) = take_in("openpilot", tmp_path, tmp_path / "full")
    assert summary.kept == 200 and drive.image(120)[0, 0, 0] == pytest.approx(160, abs=3)
    write_segment(tmp_path / "a--0" / "rlog", messages, 190)
    (recording,) = find_recordings(tmp_path, Options())
    assert recording.tracks[0].name == "qcamera" and "camera= chooses" in " ".join(recording.findings)
    summary, _ = take_in("openpilot", tmp_path, tmp_path / "small")
    assert (summary.kept, summary.quarantined) == (190, {"picture missing": 10})
    assert find_recordings(tmp_path, Options(camera="full"))[0].tracks[0].name == "fcamera"


def test_the_camera_is_known_by_sensor_and_calibration(tmp_path: Path) -> None:
    """A twentieth of the tici's picture: 96 x 60 px, 2648 px of focal length become 132."""
    write_log(tmp_path / "a--0" / "rlog", segment_messages(TIMES[:20], BENDS[:20], slice(0, 20), 0))
    write_device_film(tmp_path / "a--0" / "qcamera.ts", pictures(20, (60, 96)))
    camera = find_recordings(tmp_path, Options())[0].tracks[0].camera
    assert camera is not None
    assert (camera.width, camera.height, camera.fx) == (96, 60, pytest.approx(2648 * 96 / 1928))
    assert (camera.pitch, camera.yaw, camera.z) == pytest.approx((0.02, -0.01, 1.3), abs=1e-6)


def test_a_video_that_can_not_be_read_costs_its_pictures(tmp_path: Path) -> None:
    write_recording(tmp_path / "ride", pictures(40), BENDS[:40], TIMES[:40])
    (tmp_path / "ride" / "1" / "qcamera.ts").write_bytes(b"no video" * 99)
    summary, _ = take_in("openpilot", tmp_path / "ride", tmp_path / "out")
    assert (summary.kept, summary.quarantined) == (20, {"video unreadable": 20})


def test_logs_without_videos_are_recognised_and_refused_in_words(tmp_path: Path) -> None:
    write_log(tmp_path / "a--0" / "rlog.zst", segment_messages(TIMES, BENDS, WHOLE, 0))
    assert recognise(tmp_path).reader == "openpilot"
    with pytest.raises(LiquidlaneError, match="200 × picture missing"):
        take_in("openpilot", tmp_path, tmp_path / "out")
