"""Drives along a drawn line, cheap to make: the right curvature can be read off each picture."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.dataset import ClipDataset, DatasetConfig
from pipeline.drives.drive import Drive, DriveWriter, Frame, LaneRecord, encode_jpeg
from simulator.camera import Camera
from simulator.randomness import make_generator

CAMERA = Camera.from_fov(200, 78, 1.2, x=0.5, z=1.4, pitch=0.05)
PERIOD = 0.05


def draw_road(offset: float, curvature: float, camera: Camera = CAMERA) -> NDArray[np.uint8]:
    """Draw a bright line of constant curvature on dark flat ground, (height, width, 3)."""
    rows, columns = np.mgrid[0 : camera.height, 0 : camera.width].astype(float)
    ground = np.linalg.inv(camera.ground_to_image()) @ np.stack([columns.ravel(), rows.ravel(), np.ones(rows.size)])
    with np.errstate(divide="ignore", invalid="ignore"):
        forward, left = (ground[:2] / ground[2]).reshape(2, *rows.shape)
    below = (rows > camera.height * 0.4) & (forward > 0) & (forward < 60)
    line = -offset + curvature * forward**2 / 2
    image = np.full((*rows.shape, 3), 60, np.uint8)
    image[~below] = (120, 150, 200)
    image[below & (np.abs(left - line) < 0.3)] = 230
    return image


def write_drive(folder: Path, seed: int, frames: int = 80) -> Drive:
    """Write a drive that sways about a winding line; the label leads back to it."""
    random = make_generator(seed, "drawn drive")
    phases = random.uniform(0, 2 * np.pi, 4)
    with DriveWriter(
        folder, name=folder.name, recording=f"drawn {seed}", source="test", camera=CAMERA, facts={"road": f"{seed}"}
    ) as writer:
        for index in range(frames):
            time = index * PERIOD
            curvature = 0.02 * np.sin(0.9 * time + phases[0]) + 0.01 * np.sin(2.1 * time + phases[1])
            offset = 0.5 * np.sin(1.3 * time + phases[2])
            label = curvature - 0.02 * offset
            lane = LaneRecord(offset=offset, heading=0.0, curvature=curvature, width=3.5)
            jpeg = encode_jpeg(draw_road(offset, curvature))
            writer.append(Frame(time, 10.0, label, label, jpeg, lane))
        return writer.finish()


def make_clips(
    folder: Path, *, drives: int = 2, frames: int = 80, input_size: tuple[int, int] = (32, 100)
) -> ClipDataset:
    """Write some drives and give their clips, not varied; cached beside them."""
    written = [write_drive(folder / f"drive{seed}", seed, frames) for seed in range(drives)]
    return ClipDataset(written, DatasetConfig(length=8, stride=8), input_size, cache=folder / "cache")
