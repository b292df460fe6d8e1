"""Writes single shots as JetRacer's notebook for road following does: `x_y_uuid.jpg`."""

import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.drive import encode_jpeg
from tests.pipeline.ingest.recorded import spoil_pictures

OPTIONS = {"speed": 10.0 / 16}
TOLERANCE = 0.005  # a target is a whole pixel of 24
STEP = 0.05
SCALED_WHEELBASE, MAXIMUM_ANGLE, GAIN = 0.17 * 16, 20.0, 0.75


def name_of(curvature: float, time: float, width: int) -> str:
    steer = -float(np.degrees(np.arctan(curvature * SCALED_WHEELBASE))) / MAXIMUM_ANGLE / GAIN
    target = round(width / 2 + steer * width / 2)
    ticks = 139_000_000_000_000_000 + round(time * 1e7)
    made = uuid.UUID(
        fields=(ticks & 0xFFFFFFFF, (ticks >> 32) & 0xFFFF, (ticks >> 48) | 0x1000, 0x80, 0, 0x50284AA60909)
    )
    return f"{target}_9_{made}.jpg"


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    folder.mkdir(parents=True)
    for image, curvature, time in zip(images, curvatures, times, strict=True):
        (folder / name_of(curvature, time, image.shape[1])).write_bytes(encode_jpeg(image))


def spoil(folder: Path) -> dict[str, int]:
    paths = sorted(folder.iterdir())
    counts = spoil_pictures(paths, missing=False)
    paths[13].rename(folder / f"99_{paths[13].name.split('_', 1)[1]}")
    return counts | {"row unreadable": 1}
