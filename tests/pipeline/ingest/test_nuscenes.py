"""nuScenes: fixtures written by its documentation; the data set's licence keeps real ones away from here."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.files.json_rows import LONGEST_ROW, read_rows
from pipeline.ingest.nuscenes import Options, find_recordings
from pipeline.ingestion.recognition import recognise
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest import nuscenes_source
from tests.pipeline.ingest.nuscenes_source import DOWN, FOCAL, RATIO, SPEED, START
from tests.pipeline.ingest.recorded import take_in

FRAMES = 60
TIMES = [round(index / 12, 6) for index in range(FRAMES)]
BENDS = [0.02 * float(np.sin(time * 2)) for time in TIMES]
IMAGES = [np.full((16, 24, 3), 40 + 3 * index, np.uint8) for index in range(FRAMES)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    nuscenes_source.write_recording(tmp_path / "ride", IMAGES, BENDS, TIMES)
    return tmp_path / "ride"


def change(path: Path, **values: object) -> None:
    """Give all rows of a table other values."""
    path.write_text(json.dumps([{**row, **values} for row in json.loads(path.read_text())]))


def test_a_scene_without_messages_gets_its_motion_from_the_tables(folder: Path) -> None:
    """Poses at 12 Hz give the bends but for what their central differences smooth."""
    shutil.rmtree(folder / "can_bus")
    (recording,) = find_recordings(folder, Options())
    shots = recording.tracks[0].shots[2:-2]
    np.testing.assert_allclose([shot.curvature for shot in shots], BENDS[2:-2], atol=0.004)
    np.testing.assert_allclose([shot.speed for shot in shots], SPEED, rtol=0.01)
    assert "motion of scene-0001 is that of the tables' poses" in " ".join(recording.findings)


@pytest.mark.parametrize("scene", ["scene-0161", "scene-0176", "scene-0314"])
def test_scenes_on_the_data_sets_list_are_reported(scene: str, tmp_path: Path) -> None:
    nuscenes_source.write_recording(tmp_path / "ride", IMAGES, BENDS, TIMES, scene)
    (recording,) = find_recordings(tmp_path / "ride", Options())
    assert f"{scene} has no CAN bus data, by the data set's own list" in recording.findings
    assert f"motion of {scene} is that of the tables' poses" in " ".join(recording.findings)


def test_the_steering_wheel_agrees_and_tells_its_ratio(folder: Path) -> None:
    (recording,) = find_recordings(folder, Options())
    said = " ".join(recording.findings)
    assert "steering agrees with the motion" in said
    assert f"turns {RATIO:.1f} times as far" in said
    (steered,) = find_recordings(folder, Options(label="steering", steering_ratio=RATIO / 2))
    shots = steered.tracks[0].shots
    np.testing.assert_allclose([shot.curvature for shot in shots], 2 * np.array(BENDS), rtol=0.01, atol=1e-9)
    np.testing.assert_allclose([shot.executed for shot in shots], BENDS, atol=1e-9)
    assert "steering ratio 7.7 as given" in " ".join(steered.assumptions)


def test_the_monitors_degrees_where_the_feedback_is_missing(folder: Path) -> None:
    feedback = folder / "can_bus" / "scene-0001_steeranglefeedback.json"
    rows = [
        {"utime": row["utime"], "steering": float(np.degrees(row["value"]))} for row in json.loads(feedback.read_text())
    ]
    feedback.unlink()
    nuscenes_source.write_table(folder / "can_bus", "scene-0001_vehicle_monitor", rows[::6])
    (recording,) = find_recordings(folder, Options(label="steering", steering_ratio=RATIO))
    seen = np.array([shot.curvature for shot in recording.tracks[0].shots[:55]])
    np.testing.assert_allclose(seen, BENDS[:55], atol=0.004)


def test_standing_still_has_no_curvature(folder: Path, tmp_path: Path) -> None:
    pose = folder / "can_bus" / "scene-0001_pose.json"
    rows = json.loads(pose.read_text())
    for row in rows[:20]:
        row["vel"] = [0.3, 0, 0]
    pose.write_text(json.dumps(rows))
    summary, _ = take_in("nuscenes", folder, tmp_path / "out")
    assert summary.quarantined == {"value not finite": 20}
    assert "slower than 1 m/s" in " ".join(summary.recordings[0].findings)


def test_the_camera_is_that_of_the_table(folder: Path) -> None:
    camera = find_recordings(folder, Options())[0].tracks[0].camera
    assert camera is not None
    assert (camera.fx, camera.width, camera.height) == (FOCAL, 24, 16)
    assert (camera.x, camera.y, camera.z) == (1.7, 0.0159, 1.511)
    np.testing.assert_allclose([camera.pitch, camera.yaw, camera.roll], [DOWN, 0, 0], atol=1e-9)


def test_smaller_copies_of_the_pictures_have_an_unknown_camera(folder: Path) -> None:
    change(folder / "v1.0-mini" / "sample_data.json", width=1600, height=900)
    (recording,) = find_recordings(folder, Options())
    assert recording.tracks[0].camera is None
    assert "pictures have (16, 24) px, the table says (900, 1600)" in " ".join(recording.assumptions)


def test_scenes_of_one_log_are_one_recording_and_absent_ones_are_left(folder: Path, tmp_path: Path) -> None:
    """Scene 2 follows a minute later, scene 3 was not unpacked, scene 4 is of another day."""
    tables = folder / "v1.0-mini"
    rows = {
        name: json.loads((tables / f"{name}.json").read_text()) for name in ("scene", "sample", "sample_data", "log")
    }
    rows["log"].append({"token": "other", "logfile": "other day"})
    for number in (2, 3, 4):
        scene, log = f"scene-000{number}", "other" if number == 4 else "log"
        rows["scene"].append({"token": f"s{number}", "name": scene, "log_token": log})
        rows["sample"].append({"token": f"t{number}", "scene_token": f"s{number}", "timestamp": START})
        later = (number - 1) * 60_000_000
        for index in range(FRAMES):
            name = f"sweeps/CAM_FRONT/{scene}_{index}.jpg"
            if number != 3:
                (folder / name).write_bytes(nuscenes_source.encode_jpeg(IMAGES[index]))
            row = next(row for row in rows["sample_data"] if row["token"] == f"data-{index}")
            new = {"token": f"d{number}-{index}", "sample_token": f"t{number}", "filename": name}
            rows["sample_data"].append({**row, **new, "timestamp": row["timestamp"] + later})
        for kind in ("pose", "steeranglefeedback"):
            messages = json.loads((folder / "can_bus" / f"scene-0001_{kind}.json").read_text())
            moved = [{**message, "utime": message["utime"] + later} for message in messages]
            nuscenes_source.write_table(folder / "can_bus", f"{scene}_{kind}", moved)
    for name, table in rows.items():
        nuscenes_source.write_table(tables, name, table)
    summary, drives = take_in("nuscenes", folder, tmp_path / "out")
    assert [(one.name, one.kept) for one in summary.recordings] == [("other day", FRAMES), ("ride", 2 * FRAMES)]
    assert len(drives) == 3
    assert "scenes scene-0001, scene-0002" in summary.recordings[1].findings
    shutil.copytree(tables, folder / "v1.0-trainval")
    twice, _ = take_in("nuscenes", folder, tmp_path / "again")
    assert twice.kept == summary.kept, "the mini version is part of the other"


def test_a_table_that_breaks_off_costs_the_rest_and_is_told(folder: Path) -> None:
    path = folder / "v1.0-mini" / "sample_data.json"
    path.write_text(path.read_text()[:-400])
    (recording,) = find_recordings(folder, Options())
    assert 40 < len(recording.tracks[0].shots) < FRAMES
    assert "sample_data.json can't be read from row" in " ".join(recording.findings)
    (folder / "v1.0-mini" / "sample.json").write_text("[{")
    with pytest.raises(LiquidlaneError, match=r"sample\.json can't be read from row 0 on; unpack the metadata"):
        find_recordings(folder, Options())
    (folder / "v1.0-mini" / "sample.json").unlink()
    with pytest.raises(LiquidlaneError, match=r"sample\.json can't be read"):
        find_recordings(folder, Options())


def test_what_is_missing_is_said_in_words(folder: Path) -> None:
    assert recognise(folder).confidence == 1.0
    with pytest.raises(LiquidlaneError, match="knows no camera CAM_BACK; it has CAM_FRONT"):
        find_recordings(folder, Options(camera="CAM_BACK"))
    shutil.rmtree(folder / "sweeps")
    shutil.rmtree(folder / "samples")
    with pytest.raises(LiquidlaneError, match="holds no picture of CAM_FRONT of its 1 scenes; unpack samples"):
        find_recordings(folder, Options())


def test_long_lists_are_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    rows = [{"token": f"{index:06d}", "text": 'x[]{},"\\' * (index % 50)} for index in range(20_000)]
    path.write_text(json.dumps(rows, indent=1))
    assert path.stat().st_size > 3 * LONGEST_ROW
    assert [row for _, row in read_rows(path)] == rows
    path.write_text("[]")
    assert list(read_rows(path)) == []
    for broken in ("", "{}", "[1, 2", "[1, 2}", '[{"a": ' * 3, "[" * 100_000):
        path.write_text(broken)
        with pytest.raises(ValueError, match="rows.json"):
            list(read_rows(path))
