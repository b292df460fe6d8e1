"""CARLA: a real table without a header, Packt's names, JSON in its shapes, recorder logs."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.augmentation.viewpoint import curvature_that_returns
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.carla_source import MAXIMUM_ANGLE, WHEELBASE
from tests.pipeline.ingest.recorded import DRIVES, plain_pictures, real, take_in


def curvature_of(steer: float) -> float:
    return float(np.tan(np.radians(-steer * MAXIMUM_ANGLE)) / WHEELBASE)


def write_pictures(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True)
    for name, data in zip(names, plain_pictures(len(names)), strict=True):
        (folder / name).write_bytes(data)


@real
def test_the_real_set(tmp_path: Path) -> None:
    """By hand: 100 rows, pictures 0.jpg to 49.jpg; steer of these -0.005 to 0.025; no time, no speed."""
    summary, (drive,) = take_in("carla", DRIVES / "carla_haptic_part", tmp_path)
    assert (summary.kept, summary.quarantined) == (50, {"picture missing": 50})
    assert drive.curvature.min() == pytest.approx(curvature_of(0.025))
    assert drive.curvature.max() == pytest.approx(curvature_of(-0.005))
    np.testing.assert_allclose(np.diff(drive.timestamp), 0.05, atol=1e-9)
    assert drive.image_size == (480, 640)
    assert drive.jpeg(49) == (DRIVES / "carla_haptic_part" / "images" / "49.jpg").read_bytes()


def test_names_as_in_packts_book(tmp_path: Path) -> None:
    """Three cameras take turns, a tick each; the steer is in the name (after names in the book's repository)."""
    cameras = ["RIGHT", "MAIN", "LEFT"]
    steers = [0.0, 0.1, -0.0, -0.2, 0.25, 0.3, 0.0, -1.0, 1.0]
    names = [f"{78458 + i:08d}_{cameras[i % 3]}_{steer:f}_0.500000_0.000000.jpg" for i, steer in enumerate(steers)]
    write_pictures(tmp_path / "fine", [*names, "00099999_MAIN_x_0_0.jpg"])
    summary, (drive,) = take_in("carla", tmp_path / "fine", tmp_path / "drives")
    assert (summary.kept, summary.quarantined) == (3, {})
    np.testing.assert_allclose(drive.curvature, [curvature_of(steer) for steer in (0.1, 0.25, -1.0)])
    np.testing.assert_allclose(drive.timestamp, [0, 0.05, 0.1], atol=1e-9)
    _, (left,) = take_in("carla", tmp_path / "fine", tmp_path / "left", cameras=["LEFT"])
    back = float(curvature_that_returns(1.0, 0.0, 8.0, 2.0))
    np.testing.assert_allclose(left.curvature, [curvature_of(steer) + back for steer in (-0.0, 0.3, 1.0)], atol=1e-7)
    assert back < 0 and left.facts["training_only"]


SHAPES = {
    "list": json.dumps,
    "named list": lambda rows: json.dumps({"frames": rows}, indent=1),
    "by name": lambda rows: json.dumps({row["image"]: {"control": {"steer": row["steer"]}} for row in rows}),
    "numbers by name": lambda rows: json.dumps({row["image"]: row["steer"] for row in rows}),
    "lines": lambda rows: "\n".join(json.dumps(row) for row in rows),
    "lines, one broken": lambda rows: "\n".join([*(json.dumps(row) for row in rows), '{"image": "5.pn']),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_json_in_its_shapes(tmp_path: Path, shape: str) -> None:
    names = [f"frame_{index}.png" for index in range(5)]
    steers = [0.0, 0.1, -0.1, 0.5, -0.5]
    write_pictures(tmp_path / "ride" / "images", names)
    rows = [{"image": name, "steer": steer} for name, steer in zip(names, steers, strict=True)]
    (tmp_path / "ride" / "labels.json").write_text(SHAPES[shape](rows))
    summary, (drive,) = take_in("carla", tmp_path / "ride", tmp_path / "drives")
    np.testing.assert_allclose(drive.curvature, [curvature_of(steer) for steer in steers])
    assert summary.quarantined == ({"row unreadable": 1} if "broken" in shape else {})


def test_a_json_file_a_picture(tmp_path: Path) -> None:
    names = [f"{index}.jpg" for index in range(12)]
    write_pictures(tmp_path / "ride", names)
    for index in range(12):
        (tmp_path / "ride" / f"{index}.json").write_text(json.dumps({"Steer": 0.01 * index, "Frame": 300 + 2 * index}))
    (tmp_path / "ride" / "4.json").write_text("{")
    summary, (drive,) = take_in("carla", tmp_path / "ride", tmp_path / "drives")
    assert (summary.kept, summary.quarantined) == (11, {"row unreadable": 1})
    np.testing.assert_allclose(drive.curvature, [curvature_of(0.01 * i) for i in range(12) if i != 4])
    assert drive.jpeg(10) == plain_pictures(12)[11], "10.json comes after 9.json"


def test_gaps_in_numbers_are_gaps_in_time(tmp_path: Path) -> None:
    numbers = [0, 1, 2, 3, 4, 30, 31]
    write_pictures(tmp_path / "ride" / "rgb", [f"{number:05d}.png" for number in numbers])
    rows = ["image,steer", *(f"{number:05d}.png,0.1" for number in numbers)]
    (tmp_path / "ride" / "steering.csv").write_text("\n".join(rows))
    _, drives = take_in("carla", tmp_path / "ride", tmp_path / "drives")
    assert [len(drive) for drive in drives] == [5, 2]
    assert drives[1].facts["start"] == pytest.approx(30 * 0.05)


@pytest.mark.parametrize("unit", [1.0, 1e3, 1e6, 1e9])
def test_times_in_any_unit(tmp_path: Path, unit: float) -> None:
    write_pictures(tmp_path / "ride", [f"{index}.jpg" for index in range(10)])
    rows = ["timestamp;image;steer", *(f"{(7 + index * 0.05) * unit:.4f};{index}.jpg;0,1" for index in range(10))]
    (tmp_path / "ride" / "labels.csv").write_text("\n".join(rows))
    _, (drive,) = take_in("carla", tmp_path / "ride", tmp_path / "drives")
    np.testing.assert_allclose(drive.timestamp, np.arange(10) * 0.05, atol=1e-6)


def test_a_damaged_recorder_log_is_refused_in_words(tmp_path: Path) -> None:
    """Whole ones: `test_recorder_log.py`."""
    (tmp_path / "test1.log").write_bytes(b"\x01\x00\x0e\x00CARLA_RECORDER" + bytes(100))
    with pytest.raises(LiquidlaneError, match=r"test1.log is damaged at byte \d+"):
        take_in("carla", tmp_path, tmp_path / "drives")
