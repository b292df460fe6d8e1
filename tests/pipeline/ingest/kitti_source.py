"""Writes drives as KITTI's raw data has them, by its own dataformat.txt: times, OXTS records, rectified calibration."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.pipeline.ingest.recorded import spoil_pictures

SPEED = 10.0
TOLERANCE = 1e-6
START = datetime(2011, 9, 26, 13, 2, 25)


def stamp(time: float) -> str:
    return f"{START + timedelta(seconds=time):%Y-%m-%d %H:%M:%S.%f}000"


def record(curvature: float) -> str:
    """Give the 30 fields: lat lon alt roll pitch yaw vn ve vf vl vu ax ay az af al au wx wy wz wf wl wu and quality."""
    fields = [49.015, 8.434, 116.4, 0.0, 0.0, 0.0, 0.0, 0.0, SPEED, *[0.1] * 10, 9.8, 0.5, 0.6, curvature * SPEED]
    fields = [*fields[:22], curvature * SPEED]
    return " ".join(f"{field:.12g}" for field in fields) + " 0.02 0.01 4 11 6 6 6"


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    for part in ("image_02/data", "oxts/data"):
        (folder / part).mkdir(parents=True)
    for index, (image, curvature) in enumerate(zip(images, curvatures, strict=True)):
        cv2.imwrite(str(folder / "image_02" / "data" / f"{index:010d}.png"), image[..., ::-1])
        (folder / "oxts" / "data" / f"{index:010d}.txt").write_text(record(curvature))
    for part in ("image_02", "oxts"):
        (folder / part / "timestamps.txt").write_text("\n".join(map(stamp, times)))


def spoil(folder: Path) -> dict[str, int]:
    counts = spoil_pictures(sorted((folder / "image_02" / "data").iterdir()))
    lines = (folder / "image_02" / "timestamps.txt").read_text().splitlines()
    lines[14] = "yesterday"
    lines[20], lines[21] = lines[21], lines[20]
    (folder / "image_02" / "timestamps.txt").write_text("\n".join(lines))
    for index in range(30, 40):
        (folder / "oxts" / "data" / f"{index:010d}.txt").unlink()
    # the record before the hole still serves the frame after it, which is no more than a step away
    return counts | {"value not finite": 1 + 9, "time out of order": 1}
