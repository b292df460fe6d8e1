"""How fast clips come out of drives: each step alone, ways to do the same side by side, in frames per CPU-second.

Run `python benchmarks/input.py [height width]`. Ways alternate in one process; medians of thread CPU time; quote the
ratios. The albumentations column is what the same look costs with its own transforms.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import albumentations
import cv2
import numpy as np
import torch

from pipeline.augmentation.augment import AugmentConfig
from pipeline.dataset.cache import cache_frames
from pipeline.dataset.dataset import ClipDataset, DatasetConfig, collate
from pipeline.drives.drive import Drive, DriveWriter, Frame, LaneRecord, encode_jpeg
from simulator.camera import Camera

BATCH, STEPS, ROUNDS = 32, 16, 15


def write_drive(folder: Path, frames: int) -> Drive:
    """Write a drive of blurred noise, about as hard to compress as a road."""
    random = np.random.default_rng(0)
    camera = Camera.from_fov(200, 78, 1.2, pitch=0.05)
    facts = {"road": "generated:1"}
    with DriveWriter(folder, name="d", recording="r", source="benchmark", camera=camera, facts=facts) as writer:
        for index in range(frames):
            coarse = random.integers(0, 256, (10, 25, 3), np.uint8)
            image = cv2.resize(coarse, (200, 78), interpolation=cv2.INTER_CUBIC)
            lane = LaneRecord(0.0, 0.0, 0.01, 3.5)
            writer.append(Frame(index * 0.05, 8.0, 0.01, 0.01, encode_jpeg(np.asarray(image, np.uint8)), lane))
        return writer.finish()


def albumentations_alone() -> Callable[[np.ndarray], np.ndarray]:
    """Make the same look from albumentations' own transforms; its noise is the same in all frames of a clip."""
    compose = albumentations.Compose(
        [
            albumentations.RandomGamma((64, 157), p=1),
            albumentations.RandomBrightnessContrast(0.14, 0.4, p=1),
            albumentations.ToGray(p=0.3),
            albumentations.MultiplicativeNoise((0.8, 1.2), per_channel=True, p=1),
            albumentations.Illumination(mode="linear", p=1),
            albumentations.GaussNoise((0.0, 0.04), p=1),
        ]
    )
    return lambda images: np.asarray(compose(images=images)["images"])


def measure(ways: dict[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    """Give the frames per CPU-second of each way, from alternating rounds."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for round_number in range(ROUNDS + 2):
        for name, (work, _) in ways.items():
            start = time.thread_time()
            work()
            if round_number >= 2:
                spent[name].append(time.thread_time() - start)
    return {name: frames / statistics.median(spent[name]) for name, (_, frames) in ways.items()}


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    size = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) == 3 else (32, 100)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        drive = write_drive(folder / "d", 1024)

        def open_clips(**augment: float) -> ClipDataset:
            config = AugmentConfig(**augment) if augment else None  # type: ignore[arg-type]
            return ClipDataset([drive], DatasetConfig(), size, cache=folder / "cache", augment=config)

        plain, varied, moved = open_clips(), open_clips(mirror=0.5), open_clips(mirror=0.5, moved=1.0)
        rival = albumentations_alone()

        def batch(clips: ClipDataset) -> Callable[[], object]:
            return lambda: collate([clips[index] for index in range(BATCH)])

        def rival_batch() -> object:
            clips = [plain[index] for index in range(BATCH)]
            looks = [np.ascontiguousarray(clip.images.transpose(0, 2, 3, 1)) for clip in clips]
            return np.stack([rival(look) for look in looks])

        frames = BATCH * STEPS
        caches = iter(range(10_000))
        rates = measure(
            {
                "JPEG decoded from Parquet": (lambda: [drive.image(index) for index in range(256)], 256),
                "cache built": (lambda: cache_frames(drive, folder / str(next(caches)), size), len(drive)),
                "batch from the cache, as it is": (batch(plain), frames),
                "batch, varied (default, half mirrored)": (batch(varied), frames),
                "batch, varied and all seen from the side": (batch(moved), frames),
                "batch, varied by albumentations alone": (rival_batch, frames),
            }
        )
    reference = rates["batch, varied by albumentations alone"]
    print(f"{size[0]} x {size[1]} px, batches of {BATCH} clips of {STEPS} frames, one thread")
    for title, rate in rates.items():
        print(f"{title:45s} {rate:9,.0f} frames per CPU-second   {rate / reference:5.1f} x albumentations alone")


if __name__ == "__main__":
    main()
