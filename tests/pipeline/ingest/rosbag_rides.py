"""Small rides as bags, and what must come out of them whole."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.drives.drive import Drive
from pipeline.ingestion.books import IngestSummary
from tests.pipeline.ingest import rosbag_source
from tests.pipeline.ingest.rosbag_source import (
    FIRST_KINDS,
)

FRAMES = 30
TIMES = [round(0.1 * index, 3) for index in range(FRAMES)]
BENDS = [0.03 * float(np.sin(index / 4)) for index in range(FRAMES)]
IMAGES = [np.full((16, 24, 3), 40 + 4 * index, np.uint8) for index in range(FRAMES)]


def write(place: Path, kind: str, first: int = 0, last: int = FRAMES) -> Path:
    """Write a bag; ROS 1 is a file, ROS 2 a folder."""
    path = place / "ride.bag" if kind in FIRST_KINDS else place / "ride"
    rosbag_source.write_recording(path, IMAGES[first:last], BENDS[first:last], TIMES[first:last], kind)
    return path


def shades(drives: Sequence[Drive]) -> list[int]:
    return [round(float(drive.image(index).mean())) for drive in drives for index in range(len(drive))]


def check_whole(summary: IngestSummary, drives: Sequence[Drive]) -> None:
    assert (summary.kept, summary.quarantined) == (FRAMES, {})
    np.testing.assert_allclose(np.concatenate([drive.curvature for drive in drives]), BENDS, atol=1e-7)
    assert np.abs(np.array(shades(drives)) - [40 + 4 * index for index in range(FRAMES)]).max() <= 1


def write_large(place: Path, kind: str, count: int = 80) -> Path:
    """Write pictures of noise, so that a chunk of 1 MB holds a few; the left half tells the number of each."""
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (160, 160, 3), np.uint8) for _ in range(count)]
    for index, image in enumerate(images):
        image[:, :80] = 2 * index
    path = place / ("ride.bag" if kind in FIRST_KINDS else "ride")
    rosbag_source.write_recording(path, images, [0.01] * count, [0.1 * index for index in range(count)], kind)
    return path


def check_marks(drives: Sequence[Drive]) -> None:
    """See that each picture stands at its time."""
    for drive in drives:
        start = round(float(drive.facts["start"]) * 10)
        marks = [float(drive.image(index)[:, :60].mean()) for index in range(len(drive))]
        assert np.abs(np.array(marks) - 2 * (start + np.arange(len(drive)))).max() < 2
