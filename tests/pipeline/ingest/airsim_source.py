"""Writes logs as AirSim's recorder does for a car: tab-separated, times in ms, poses north-east-down."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.drive import encode_jpeg
from tests.pipeline.ingest.recorded import spoil_pictures

WHEELBASE, MAXIMUM_ANGLE, SPEED = 2.9, 50.0, 10.0
HEADER = (
    "VehicleName\tTimeStamp\tPOS_X\tPOS_Y\tPOS_Z\tQ_W\tQ_X\tQ_Y\tQ_Z\tThrottle\tSteering\tBrake\tGear\tHandbrake\tRPM\t"
    "Speed\tImageFile"
)


def steering_of(curvature: float) -> float:
    """Give AirSim's steering, positive to the right."""
    return -float(np.degrees(np.arctan(curvature * WHEELBASE))) / MAXIMUM_ANGLE


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    (folder / "images").mkdir(parents=True)
    rows = [HEADER]
    heading = 0.0  # clockwise, from north
    for image, curvature, time in zip(images, curvatures, times, strict=True):
        stamp = 1654000000000 + round(time * 1000)
        name = f"img_PhysXCar_0_0_{stamp}.jpg"
        (folder / "images" / name).write_bytes(encode_jpeg(image))
        turn = f"{np.cos(heading / 2):.9f}\t0\t0\t{np.sin(heading / 2):.9f}"
        rows.append(
            f"PhysXCar\t{stamp}\t0\t0\t-0.5\t{turn}\t0.5\t{steering_of(curvature):.10f}\t0\t3\t0\t2400\t{SPEED}\t"
            f"images\\{name}"
        )
        heading -= curvature * SPEED * 0.1
    (folder / "airsim_rec.txt").write_text("\r\n".join(rows) + "\r\n")


def spoil(folder: Path) -> dict[str, int]:
    counts = spoil_pictures(sorted((folder / "images").iterdir()))
    rows = (folder / "airsim_rec.txt").read_text().splitlines()
    rows[14] = rows[14].rsplit("\t", 5)[0]
    rows[20], rows[21] = rows[21], rows[20]
    rows.append(rows[-1])
    (folder / "airsim_rec.txt").write_text("\n".join(rows))
    return counts | {"row unreadable": 1, "time out of order": 1, "time repeated": 1}
