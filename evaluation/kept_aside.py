"""The part of all drives that is kept aside for testing, as jobs on recordings need it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.dataset.split import DatasetConfig, Split, split_drives
from pipeline.drives.drive import Drive
from pipeline.work.artifact import Artifact, Recipe


@dataclass(frozen=True, slots=True)
class KeptAside:
    """Says which drives are tested on; plain values, so that it travels to a worker.

    groups: what the drives belong to. drives: all of them. dataset: says which part is kept for the test. split_seed:
    the same as in training.
    """

    groups: tuple[Artifact, ...]
    drives: tuple[Path, ...]
    dataset: DatasetConfig
    split_seed: int

    def recipe(self, stage: str, version: int, values: dict[str, Any], checkpoint: Artifact | None) -> Recipe:
        """Say what the results of a driver depend on: this part, its checkpoint, and further values."""
        prints = [group.fingerprint for group in self.groups] + ([checkpoint.fingerprint] if checkpoint else [])
        values = {**values, "dataset": self.dataset.model_dump(mode="json"), "split_seed": self.split_seed}
        return Recipe(stage, version, values, tuple(prints))

    def split(self) -> Split:
        """Open the drives and split them."""
        drives = [Drive.open(path, verify=False) for path in self.drives]
        return split_drives(drives, self.dataset, self.split_seed)
