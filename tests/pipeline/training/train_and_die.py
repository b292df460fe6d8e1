"""A training that kills itself without warning: `python train_and_die.py FOLDER FRAMES`; run as a child by tests."""

import os
import signal
import sys
from pathlib import Path

from pipeline.augmentation.augment import AugmentConfig
from pipeline.dataset.dataset import ClipDataset, DatasetConfig
from pipeline.drives.drive import Drive
from pipeline.training.config import TrainConfig
from pipeline.training.train import train
from tests.pipeline.drawn_drives import write_drive

CONFIG = TrainConfig(epochs=3, batch=4, burn_in=1)
MODEL, SETTINGS, SEED = "ncp", {"cell": "cfc"}, 5


def open_clips(folder: Path) -> tuple[ClipDataset, ClipDataset]:
    """Give varied clips to train on and a few to validate."""
    config = DatasetConfig(length=6, stride=6)
    augment = AugmentConfig(mirror=0.5, moved=0.5)
    folders = [folder / f"drive{seed}" for seed in range(3)]
    drives = [Drive.open(f) if f.exists() else write_drive(f, seed, frames=40) for seed, f in enumerate(folders)]
    training = ClipDataset(drives[:2], config, (32, 100), cache=folder / "cache", augment=augment, seed=SEED)
    return training, ClipDataset(drives[2:], config, (32, 100), cache=folder / "cache")


def train_until(folder: Path, dies_after: float) -> Path:
    """Train; after so many frames the process is gone (SIGKILL)."""
    done = 0

    def report(frames: int) -> None:
        nonlocal done
        done += frames
        if done >= dies_after:
            os.kill(os.getpid(), signal.SIGKILL)

    training, validation = open_clips(folder / "clips")
    return train(CONFIG, MODEL, SETTINGS, training, validation, SEED, folder / "checkpoint", report=report)


if __name__ == "__main__":
    train_until(Path(sys.argv[1]), float(sys.argv[2]))
