"""The training stage: one unit a model and seed, in workers, each a checkpoint that is kept by its fingerprint."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import artifact
from pipeline.artifact import Artifact, Recipe, canonical_json
from pipeline.augment import AugmentConfig
from pipeline.executor import Progress, report_progress, run_units
from pipeline.split import DatasetConfig
from pipeline.train_config import TrackingConfig, TrainConfig

VERSION = 1


@dataclass(frozen=True, slots=True)
class TrainUnit:
    """One model to train with one seed. Plain values.

    label: the folder's readable name. model, overrides: from pipeline/models, JSON text. drives: folders of all drives
    to learn from and validate on. inputs: fingerprints of what the drives belong to. start: the checkpoint that
    training goes on from, or None.
    """

    label: str
    model: str
    overrides: str
    seed: int
    config: TrainConfig
    dataset: DatasetConfig
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
            "train": self.config.model_dump(mode="json"),
            "dataset": self.dataset.model_dump(mode="json"),
            "augment": self.augment.model_dump(mode="json"),
        }
        inputs = self.inputs + ((self.start.fingerprint,) if self.start else ())
        return Recipe("train", VERSION, config, inputs)

    @staticmethod
    def pack(overrides: dict[str, Any]) -> str:
        """Write a model's overrides as the one JSON text that `overrides` holds."""
        return canonical_json(overrides)


def train_all(
    units: Sequence[TrainUnit], root: Path, *, workers: int | None = None, progress: Progress | None = None
) -> list[Artifact]:
    """Train all units whose checkpoint is not on disk yet and give the checkpoints, in the units' order.

    A killed training goes on after its last whole epoch.
    """
    missing = [(unit, root) for unit in units if artifact.find(root, unit.label, unit.recipe()) is None]
    run_units(_train_missing, missing, workers=workers, progress=progress)
    return [Artifact(artifact.folder_of(root, u.label, u.recipe()), u.recipe().fingerprint) for u in units]


def _train_missing(task: tuple[TrainUnit, Path]) -> None:
    """Train one unit, in a worker."""
    unit, root = task
    artifact.reuse_or_make(root, unit.label, unit.recipe(), lambda folder: train_unit(unit, folder), resumable=True)


def train_unit(unit: TrainUnit, folder: Path) -> None:
    """Open the drives, cut clips and train into a folder."""
    import json

    from pipeline.dataset import ClipDataset, split_drives
    from pipeline.drive import Drive
    from pipeline.models import make_model
    from pipeline.train import train

    overrides = json.loads(unit.overrides)
    input_size = make_model(unit.model, overrides).input_size
    drives = [Drive.open(path, verify=False) for path in unit.drives]
    split = split_drives(drives, unit.dataset, unit.seed)
    training = ClipDataset(
        split.training, unit.dataset, input_size, cache=unit.cache, augment=unit.augment, seed=unit.seed
    )
    validation = None
    if split.validation:
        validation = ClipDataset(split.validation, unit.dataset, input_size, cache=unit.cache)
    train(
        unit.config,
        unit.model,
        overrides,
        training,
        validation,
        unit.seed,
        folder,
        start=unit.start.path if unit.start else None,
        tracking=unit.tracking,
        report=report_progress,
    )
