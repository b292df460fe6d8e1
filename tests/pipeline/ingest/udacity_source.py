"""Writes recordings as the Udacity simulator does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.drive import encode_jpeg

START = datetime(2016, 12, 1, 13, 30, 48, 287000)
WHEELBASE, MAXIMUM_ANGLE = 2.7, 25.0


def picture_name(camera: str, time: float, ending: str = "jpg") -> str:
    moment = START + timedelta(seconds=time)
    return f"{camera}_{moment:%Y_%m_%d_%H_%M_%S}_{moment.microsecond // 1000:03d}.{ending}"


def steering_of(curvature: float) -> float:
    return -float(np.degrees(np.arctan(curvature * WHEELBASE))) / MAXIMUM_ANGLE


def row_of(time: float, curvature: float, prefix: str = "/Users/someone/data/IMG/", separator: str = ", ") -> str:
    pictures = [prefix + picture_name(camera, time) for camera in ("center", "left", "right")]
    return separator.join([*pictures, f"{steering_of(curvature):.7f}", "0.5", "0", "22.3694"])


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    """Write a good recording at 10 m/s; all three cameras see the same."""
    (folder / "IMG").mkdir(parents=True)
    rows = []
    for image, curvature, time in zip(images, curvatures, times, strict=True):
        rows.append(row_of(time, curvature))
        for camera in ("center", "left", "right"):
            (folder / "IMG" / picture_name(camera, time)).write_bytes(encode_jpeg(image))
    (folder / "driving_log.csv").write_text("\n".join(rows) + "\n")


def spoil(folder: Path) -> dict[str, int]:
    """Spoil a good recording of at least 30 frames; give how many frames each reason costs."""
    pictures = sorted((folder / "IMG").glob("center_*.jpg"))
    pictures[3].unlink()
    pictures[5].write_bytes(b"")
    pictures[7].write_bytes(pictures[7].read_bytes()[:-200])
    pictures[9].write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    pictures[11].write_bytes(encode_jpeg(np.zeros((20, 30, 3), np.uint8)))
    log = folder / "driving_log.csv"
    rows = log.read_text().splitlines()
    rows[13] = "center.jpg,left.jpg,right.jpg,zero,0,0,0"
    rows[20], rows[21] = rows[21], rows[20]
    rows.append(rows[-1])
    log.write_text("\n".join(rows))
    return {
        "picture missing": 1,
        "picture empty": 1,
        "picture damaged": 1,
        "not a picture": 1,
        "picture of another size": 1,
        "row unreadable": 1,
        "time out of order": 1,
        "time repeated": 1,
    }
