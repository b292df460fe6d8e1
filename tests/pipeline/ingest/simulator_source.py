"""Writes recordings in our own format."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.drive import DriveWriter, Frame, LaneRecord, encode_jpeg


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    """Write two drives of one recording."""
    half = len(images) // 2
    for name, part in (("a", slice(0, half)), ("b", slice(half, None))):
        with DriveWriter(
            folder / name, name=name, recording="ride", source="simulator", camera=None, facts={"road": "generated:3"}
        ) as writer:
            for image, curvature, time in zip(images[part], curvatures[part], times[part], strict=True):
                lane = LaneRecord(0.0, 0.0, curvature, 3.5)
                writer.append(Frame(time, 10.0, curvature, curvature, encode_jpeg(image), lane))


def spoil(folder: Path) -> dict[str, int]:
    """Flip a byte of one drive, and leave a manifest that can't be read."""
    frames = folder / "a" / "frames.parquet"
    data = bytearray(frames.read_bytes())
    data[100] ^= 1
    frames.write_bytes(data)
    (folder / "c").mkdir()
    (folder / "c" / "manifest.json").write_text("{")
    return {"drive unreadable": 20 + 1}
