"""AirSim: no real recording could be had; these logs are written after the recorder's header and a cookbook's."""

from pathlib import Path

import numpy as np
import pytest

from simulator.errors import LiquidlaneError
from tests.pipeline.ingest import airsim_source
from tests.pipeline.ingest.recorded import plain_pictures, take_in

TIMES = [0.1 * index for index in range(80)]
BENDS = [0.04 * float(np.sin(time * 2)) for time in TIMES]
IMAGES = [np.full((16, 24, 3), 90, np.uint8)] * 80


def test_the_pose_tells_what_was_driven(tmp_path: Path) -> None:
    airsim_source.write_recording(tmp_path / "ride", IMAGES, BENDS, TIMES)
    summary, (drive,) = take_in("airsim", tmp_path / "ride", tmp_path / "drives")
    np.testing.assert_allclose(drive.executed[5:-5], np.roll(BENDS, 1)[5:-5], atol=0.006)
    (finding,) = summary.recordings[0].findings
    assert "agrees with the motion (correlation +0.99)" in finding and finding.endswith("by the pose")


def test_a_log_with_the_wrong_sign_is_found_out(tmp_path: Path) -> None:
    airsim_source.write_recording(tmp_path / "ride", IMAGES, BENDS, TIMES)
    log = tmp_path / "ride" / "airsim_rec.txt"
    rows = [row.split("\t") for row in log.read_text().splitlines()]
    for row in rows[1:]:
        row[10] = str(-float(row[10]))
    log.write_text("\n".join("\t".join(row) for row in rows))
    summary, _ = take_in("airsim", tmp_path / "ride", tmp_path / "drives")
    assert "OPPOSITE to the motion" in summary.recordings[0].findings[0]


def test_the_cookbooks_log(tmp_path: Path) -> None:
    (tmp_path / "ride" / "images").mkdir(parents=True)
    rows = ["Timestamp\tSpeed (kmph)\tThrottle\tSteering\tBrake\tGear\tImageName"]
    for index, data in enumerate(plain_pictures(5)):
        (tmp_path / "ride" / "images" / f"img_{index}.png").write_bytes(data)
        rows.append(f"{93683464 + index * 100}\t36\t0.4\t0.5\t0.0\t3\timg_{index}.png")
    (tmp_path / "ride" / "airsim_rec.txt").write_text("\n".join(rows))
    _, (drive,) = take_in("airsim", tmp_path / "ride", tmp_path / "drives")
    np.testing.assert_allclose(drive.speed, 10.0)
    np.testing.assert_allclose(drive.timestamp, np.arange(5) * 0.1, atol=1e-9)
    np.testing.assert_allclose(drive.curvature, -np.tan(np.radians(25)) / 2.9)


def test_several_vehicles_and_pictures(tmp_path: Path) -> None:
    airsim_source.write_recording(tmp_path / "ride", IMAGES[:6], BENDS[:6], TIMES[:6])
    log = tmp_path / "ride" / "airsim_rec.txt"
    header, *rows = log.read_text().splitlines()
    (tmp_path / "ride" / "images" / "depth.pfm").write_bytes(b"Pf\n24 16\n-1\n")
    rows = [row + ";images/depth.pfm" for row in rows]
    others = [row.replace("PhysXCar\t", "Other\t", 1) for row in rows]
    log.write_text("\n".join([header, *(row for pair in zip(rows, others, strict=True) for row in pair)]))
    summary, (drive,) = take_in("airsim", tmp_path / "ride", tmp_path / "drives")
    assert len(drive) == 6
    assert "only the rows of PhysXCar are read" in summary.recordings[0].findings
    with pytest.raises(LiquidlaneError, match=r"holds no vehicle 'Truck'; it holds PhysXCar, Other"):
        take_in("airsim", tmp_path / "ride", tmp_path / "b", vehicle="Truck")
    with pytest.raises(LiquidlaneError, match="6 × not a picture"):
        take_in("airsim", tmp_path / "ride", tmp_path / "c", picture=1)


def test_a_drones_log_is_refused_in_words(tmp_path: Path) -> None:
    header = "VehicleName\tTimeStamp\tPOS_X\tPOS_Y\tPOS_Z\tQ_W\tQ_X\tQ_Y\tQ_Z\tImageFile"
    (tmp_path / "airsim_rec.txt").write_text(f"{header}\nSimpleFlight\t1\t0\t0\t0\t1\t0\t0\t0\timg.png\n")
    with pytest.raises(LiquidlaneError, match="has no column Steering"):
        take_in("airsim", tmp_path, tmp_path / "drives")
