"""Sully Chen's format: the real set counted by hand, degrees told from radians, times of the later set."""

from pathlib import Path

import numpy as np
import pytest

from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.recorded import DRIVES, plain_pictures, real, take_in


def write(folder: Path, lines: list[str]) -> Path:
    folder.mkdir()
    for index, data in enumerate(plain_pictures(len(lines))):
        (folder / f"{index}.jpg").write_bytes(data)
    (folder / "data.txt").write_text("\n".join(lines))
    return folder


@real
def test_the_real_set(tmp_path: Path) -> None:
    """By hand: 101 lines, the last without an end, 0.jpg to 100.jpg all there; angles from -2.22 to 11.7 degrees."""
    summary, (drive,) = take_in("sully", DRIVES / "sully_abhinav", tmp_path)
    assert (summary.kept, summary.quarantined) == (101, {})
    assert drive.curvature.min() == pytest.approx(-np.tan(np.radians(11.7 / 15)) / 2.67)
    assert drive.curvature.max() == pytest.approx(np.tan(np.radians(2.22 / 15)) / 2.67)
    assert drive.image_size == (256, 455)
    assert drive.duration == pytest.approx(100 / 30)
    assert drive.jpeg(100) == (DRIVES / "sully_abhinav" / "100.jpg").read_bytes()
    assert "speed 10 m/s, since the log holds none" in summary.recordings[0].assumptions


@real
@pytest.mark.parametrize("unit", ["auto", "radians"])
def test_the_same_set_in_radians_gives_the_same(tmp_path: Path, unit: str) -> None:
    original = DRIVES / "sully_abhinav"
    copy = tmp_path / "copy"
    copy.mkdir()
    lines = []
    for line in (original / "data.txt").read_text().splitlines():
        name, angle = line.split()
        lines.append(f"{name} {np.radians(float(angle)):.8f}")
        (copy / name).write_bytes((original / name).read_bytes())
    (copy / "data.txt").write_text("\n".join(lines))
    _, (drive,) = take_in("sully", original, tmp_path / "a")
    summary, (other,) = take_in("sully", copy, tmp_path / "b", unit=unit)
    np.testing.assert_allclose(other.curvature, drive.curvature, atol=1e-8)
    assert any("unit radians" in sentence for sentence in summary.recordings[0].assumptions) == (unit == "auto")


def test_lines_with_times(tmp_path: Path) -> None:
    stamps = ["2018-07-01 17:09:44:912", "2018-07-01 17:09:44:945", "2018-07-01 17:09:45:003"]
    folder = write(tmp_path / "ride", [f"{index}.jpg 1.0,{stamp}" for index, stamp in enumerate(stamps)])
    summary, (drive,) = take_in("sully", folder, tmp_path / "drives")
    np.testing.assert_allclose(drive.timestamp, [0, 0.033, 0.091], atol=1e-6)
    assert not any("rate" in sentence for sentence in summary.recordings[0].assumptions)


def test_broken_lines_cost_one_frame_each(tmp_path: Path) -> None:
    folder = write(tmp_path / "ride", ["0.jpg 1.0", "1.jpg", "2.jpg 1,5 x y", "3.jpg -2.5", "", "nothing at all"])
    summary, (drive,) = take_in("sully", folder, tmp_path / "drives")
    assert (len(drive), summary.quarantined) == (2, {"row unreadable": 3})
    np.testing.assert_allclose(drive.timestamp, [0, 3 / 30], err_msg="a row that is lost leaves its time")


def test_no_log(tmp_path: Path) -> None:
    with pytest.raises(LiquidlaneError, match=r"hold no data\.txt"):
        take_in("sully", tmp_path, tmp_path / "drives")
