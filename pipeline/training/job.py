"""The training stage: one unit a model and seed, in workers, each a checkpoint that is kept by its fingerprint."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.augmentation.augment import AugmentConfig
from pipeline.dataset.split import DatasetConfig, Segment
from pipeline.training.config import TrackingConfig, TrainConfig
from pipeline.work.artifact import Artifact, Recipe, canonical_json
from pipeline.work.executor import report_progress
from pipeline.work.job import Job
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:  # torch and pyarrow are imported in workers only
    from pipeline.drives.drive import Drive

VERSION = 3


@dataclass(frozen=True, slots=True)
class TrainUnit:
    """One model to train with one seed. Plain values.

    label: the folder's readable name. model, overrides: from pipeline/models, JSON text. drives: folders of all drives
    to learn from and validate on. split_seed: decides which validate. inputs: fingerprints of what the drives belong
    to. start: the checkpoint that training goes on from, or None.
    """

    label: str
    model: str
    overrides: str
    seed: int
    config: TrainConfig
    dataset: DatasetConfig
    split_seed: int
    augment: AugmentConfig
    drives: tuple[Path, ...]
    inputs: tuple[str, ...]
    cache: Path
    tracking: TrackingConfig
    start: Artifact | None = None

    def recipe(self) -> Recipe:
        """Say what the checkpoint depends on."""
        config = {
            "model": self.model,
            "overrides": self.overrides,
            "seed": self.seed,
            "train": self.config.model_dump(mode="json", exclude={"loader_workers"}),
            "dataset": self.dataset.model_dump(mode="json"),
            "split_seed": self.split_seed,
            "augment": self.augment.model_dump(mode="json"),
        }
        inputs = self.inputs + ((self.start.fingerprint,) if self.start else ())
        return Recipe("train", VERSION, config, inputs)

    @staticmethod
    def pack(overrides: dict[str, Any]) -> str:
        """Write a model's overrides as the one JSON text that `overrides` holds."""
        return canonical_json(overrides)


def train_jobs(units: Sequence[TrainUnit], root: Path) -> list[Job]:
    """Plan a job per unit; each gives a checkpoint. A killed training goes on after its last whole epoch."""
    jobs = []
    for unit in units:
        passes = 1 + unit.config.epochs * unit.dataset.length / unit.dataset.stride  # the first decodes
        amount = round(passes * sum(map(count_frames, unit.drives)))
        jobs.append(Job(root, unit.label, unit.recipe(), train_unit, unit, amount=amount, resumable=True))
    return jobs


def count_frames(drive: Path) -> int:
    """Give the number of frames of a finished drive, 0 if it is not there."""
    try:
        return int(json.loads((drive / "manifest.json").read_text())["frames"])
    except (OSError, ValueError, KeyError):
        return 0


def _check_weights(config: DatasetConfig, drives: Sequence["Drive"]) -> None:
    """Refuse a weight of a source that no drive has."""
    sources = sorted({drive.source for drive in drives})
    for source in config.weights:
        if source not in sources:
            raise LiquidlaneError(f"dataset.weights names {source}, but the drives come from {', '.join(sources)}")


def train_unit(unit: TrainUnit, folder: Path) -> None:
    """Open the drives, cut clips and train into a folder."""
    from pipeline.dataset.dataset import ClipDataset, split_drives
    from pipeline.drives.drive import Drive
    from pipeline.models import make_model
    from pipeline.training.train import train

    overrides = json.loads(unit.overrides)
    input_size = make_model(unit.model, overrides).input_size
    drives = [Drive.open(path, verify=False) for path in unit.drives]
    _check_weights(unit.dataset, drives)
    split = split_drives(drives, unit.dataset, unit.split_seed)

    def cut(segments: Sequence[Segment], augment: AugmentConfig | None) -> ClipDataset:
        return ClipDataset(
            segments,
            unit.dataset,
            input_size,
            cache=unit.cache,
            augment=augment,
            seed=unit.seed,
            report=report_progress,
        )

    training = cut(split.training, unit.augment)
    validation = cut(split.validation, None) if split.validation else None
    train(
        unit.config,
        unit.model,
        overrides,
        training,
        validation,
        unit.seed,
        folder,
        start=unit.start.path if unit.start else None,
        camera=split.training[0].drive.camera,
        tracking=unit.tracking,
        report=report_progress,
    )
