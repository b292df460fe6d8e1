"""Writes recordings in Sully Chen's format, after his `data.txt`."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.drive import encode_jpeg
from tests.pipeline.ingest.recorded import spoil_pictures

OPTIONS = {"speed": 10.0, "rate": 10.0}
RATIO, WHEELBASE = 15.0, 2.67


def degrees_of(curvature: float) -> float:
    """Give the steering wheel's angle, positive to the right."""
    return -float(np.degrees(np.arctan(curvature * WHEELBASE))) * RATIO


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    folder.mkdir(parents=True)
    lines = []
    for index, (image, curvature) in enumerate(zip(images, curvatures, strict=True)):
        (folder / f"{index}.jpg").write_bytes(encode_jpeg(image))
        lines.append(f"{index}.jpg {degrees_of(curvature):.8f}")
    (folder / "data.txt").write_text("\n".join(lines))


def spoil(folder: Path) -> dict[str, int]:
    counts = spoil_pictures([folder / f"{index}.jpg" for index in range(12)])
    lines = (folder / "data.txt").read_text().splitlines()
    lines[13] = "13.jpg left"
    lines[14] = "14.jpg nan"
    (folder / "data.txt").write_text("\n".join(lines))
    return counts | {"row unreadable": 1, "value not finite": 1}
