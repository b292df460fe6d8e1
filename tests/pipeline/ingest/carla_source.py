"""Writes pictures with a table of labels, as scripts on CARLA's client do."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.drive import encode_jpeg
from tests.pipeline.ingest.recorded import spoil_pictures

WHEELBASE, MAXIMUM_ANGLE = 2.87, 70.0


def steer_of(curvature: float) -> float:
    """Give CARLA's steer, positive to the right."""
    return -float(np.degrees(np.arctan(curvature * WHEELBASE))) / MAXIMUM_ANGLE


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    (folder / "rgb").mkdir(parents=True)
    rows = ["timestamp,image,steer,throttle,speed_kmh"]
    for index, (image, curvature, time) in enumerate(zip(images, curvatures, times, strict=True)):
        (folder / "rgb" / f"{index:06d}.jpg").write_bytes(encode_jpeg(image))
        rows.append(f"{412.5 + time:.4f},{index:06d}.jpg,{steer_of(curvature):.10f},0.4,36.0")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")


def spoil(folder: Path) -> dict[str, int]:
    counts = spoil_pictures([folder / "rgb" / f"{index:06d}.jpg" for index in range(12)])
    rows = (folder / "labels.csv").read_text().splitlines()
    rows[14] = rows[14].replace(",0.4,", ",").replace(".jpg,", ".jpg,7")
    rows[20], rows[21] = rows[21], rows[20]
    (folder / "labels.csv").write_text("\n".join(rows))
    return counts | {"row unreadable": 1, "time out of order": 1}
