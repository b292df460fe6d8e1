"""Small drives whose every value tells its index."""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline.drives.drive import Drive, DriveWriter, Frame, LaneRecord, encode_jpeg
from simulator.camera import Camera

CAMERA = Camera.from_fov(48, 32, 1.2, x=0.5, pitch=0.05)


def picture(index: int, height: int = 32, width: int = 48) -> bytes:
    image = np.full((height, width, 3), 40, np.uint8)
    image[:, index % width] = (200, index % 256, 90)
    return encode_jpeg(image)


def frame(index: int, **changes: Any) -> Frame:
    values: dict[str, Any] = {
        "timestamp": index * 0.05,
        "speed": 8.0 + index,
        "curvature": 0.001 * index,
        "executed": -0.001 * index,
        "jpeg": picture(index),
        "lane": LaneRecord(0.1 * index, 0.01, 0.02, 3.5),
    }
    return Frame(**{**values, **changes})


def start(folder: Path) -> DriveWriter:
    facts = {"road": "generated:7", "weather": {"sun": 40.0}}
    return DriveWriter(folder, name="d", recording="r", source="test", camera=CAMERA, facts=facts)


def write(folder: Path, frames: int) -> Drive:
    with start(folder) as writer:
        for index in range(frames):
            writer.append(frame(index))
    return Drive.open(folder)
