"""KITTI raw: its real names, times, records and calibration; the pictures of the real set here are pointers."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.ingest.kitti import Options, _read_motion, find_recordings
from pipeline.ingestion.ingest import IngestConfig
from pipeline.ingestion.ingest import find_recordings as find_all
from pipeline.ingestion.recognition import recognise
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest import kitti_source
from tests.pipeline.ingest.recorded import DRIVES, plain_pictures, real, take_in

SKELETON = DRIVES / "kitti_raw_skeleton"


@real
def test_the_real_set_without_pictures_is_understood_and_refused_in_words(tmp_path: Path) -> None:
    """By hand: 108 stamps, one OXTS record (vf 13.1727 m/s, wu -0.018809331 rad/s), one pointer called .png."""
    (recording,) = find_recordings(SKELETON, Options())
    (track,) = recording.tracks
    assert recording.name == "2011_09_26_drive_0001_sync"
    assert len(track.shots) == 108
    moments, speed, rate, unread = _read_motion(recording.folder)
    assert (speed.tolist(), rate.tolist(), unread) == ([13.172716663769], [-0.018809330937153], 0)
    assert moments[0] - track.shots[0].timestamp == pytest.approx(0.964389445 - 0.961661696, abs=1e-6)
    assert "108 pictures' times, 1 records of motion" in recording.findings
    assert recognise(SKELETON).reader == "kitti"
    with pytest.raises(LiquidlaneError, match="kitti_raw_skeleton"):
        take_in("kitti", SKELETON, tmp_path)


@real
def test_the_real_calibration(tmp_path: Path) -> None:
    """P_rect_02 of the day: 721.5377 px, centre 609.5593, 172.854; camera 02 stands 6 cm to the left of 00."""
    (recording,) = find_recordings(SKELETON, Options())
    camera = recording.tracks[0].camera
    assert camera is not None
    assert (camera.width, camera.height, camera.fx, camera.cx, camera.cy) == (1242, 375, 721.5377, 609.5593, 172.854)
    assert camera.y == pytest.approx(0.06, abs=0.005)
    (right,) = find_recordings(SKELETON, Options(camera="03"))
    assert right.tracks[0].camera is not None
    assert right.tracks[0].camera.y == pytest.approx(0.06 - 0.53, abs=0.01)


def test_standstill_has_no_curvature_and_is_set_aside(tmp_path: Path) -> None:
    kitti_source.write_recording(
        tmp_path / "d", [np.zeros((16, 24, 3), np.uint8)] * 40, [0.01] * 40, np.arange(40) / 10
    )
    for index in range(10):
        path = tmp_path / "d" / "oxts" / "data" / f"{index:010d}.txt"
        path.write_text(path.read_text().replace(" 10 ", " 0.2 ", 1))
    summary, drives = take_in("kitti", tmp_path / "d", tmp_path / "out")
    assert summary.quarantined == {"value not finite": 10}
    assert sum(map(len, drives)) == 30
    assert "slower than 1 m/s" in " ".join(
        find_all(IngestConfig(reader="kitti", folders=(str(tmp_path / "d"),)))[0].findings
    )


def test_a_drive_without_motion_is_refused(tmp_path: Path) -> None:
    (tmp_path / "d" / "image_02" / "data").mkdir(parents=True)
    (tmp_path / "d" / "image_02" / "timestamps.txt").write_text("2011-09-26 13:02:25.9\n")
    (tmp_path / "d" / "image_02" / "data" / "0000000000.png").write_bytes(plain_pictures(1)[0])
    with pytest.raises(LiquidlaneError, match=r"holds no oxts/timestamps\.txt"):
        find_recordings(tmp_path / "d", Options())
