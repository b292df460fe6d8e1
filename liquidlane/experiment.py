"""One experiment, one file: the configs of all stages put together, checked across stages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator
from typing_extensions import Self

from evaluation.benchmark import BenchmarkConfig
from evaluation.open_loop_error import OpenLoopConfig
from evaluation.replay_config import ReplayConfig
from liquidlane.config_file import read_config
from pipeline.augmentation.augment import AugmentConfig
from pipeline.collection.collect import CollectConfig, DaggerConfig
from pipeline.dataset.split import DatasetConfig
from pipeline.ingestion.ingest import IngestConfig
from pipeline.training.config import TrackingConfig, TrainConfig
from simulator.config import Config
from simulator.errors import LiquidlaneError
from simulator.world_config import WorldConfig


class Experiment(Config):
    """Everything that a run depends on. What a file leaves out has its default."""

    name: str = Field("quick", pattern=r"^[A-Za-z0-9._-]+$", description="Name of the report's folder.")
    seed: int = Field(0, ge=0, description="Seed of drives, splits and worlds.")
    seeds: tuple[int, ...] = Field(
        (0,), min_length=1, description="Seeds of training: each model is trained once a seed."
    )
    folder: Path = Field(Path(), description="Holds data/ and checkpoints/.")
    workers: int | None = Field(None, ge=1, description="Processes at once; default is one for each usable core.")
    world: WorldConfig = WorldConfig()
    collect: CollectConfig | None = Field(None, description="Drives from the simulator; absent: none.")
    recordings: tuple[IngestConfig, ...] = Field((), description="Recorded drives to ingest.")
    dataset: DatasetConfig = DatasetConfig()
    augment: AugmentConfig = AugmentConfig()
    models: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="What is trained: a name of your choice → settings of the model. The model is the one of that name "
        "in pipeline/models, or the one that `model:` names.",
    )
    train: TrainConfig = TrainConfig()
    dagger: DaggerConfig | None = Field(None, description="Rounds of driving and relabelling; absent: none.")
    dagger_train: TrainConfig = Field(
        TrainConfig(epochs=5, learning_rate=1.2e-3), description="Training after each such round."
    )
    benchmark: BenchmarkConfig | None = Field(None, description="Closed-loop test; absent: none.")
    open_loop: OpenLoopConfig | None = Field(None, description="Error on recordings; absent: none.")
    replay: ReplayConfig | None = Field(None, description="Closed loop on recordings; absent: none.")
    tracking: TrackingConfig = TrackingConfig()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError(f"seeds {self.seeds}: one stands there twice; give each once")
        if self.models and self.collect is None and not self.recordings:
            raise ValueError("models can't learn without drives; add `collect:` or `recordings:`")
        if self.dagger is not None and self.dagger.rounds and self.collect is None:
            raise ValueError("dagger needs the expert's drives to start from; add `collect:` or leave dagger out")
        if self.open_loop is not None and not self.models:
            raise ValueError("open_loop tests models on recordings; add `models:`")
        if self.replay is not None and not self.recordings:
            raise ValueError("replay drives recordings again; add `recordings:` or leave replay out")
        return self

    def check_models(self) -> None:
        """Check the settings of each model, which needs torch.

        Raises:
            LiquidlaneError: for an unknown model, key or value, with the nearest right one.
        """
        from pipeline.models import make_config

        for label, settings in self.models.items():
            name, overrides = split_model(label, settings)
            try:
                make_config(name, overrides)
            except LiquidlaneError as error:
                raise LiquidlaneError(f"models.{label}: {error}") from error


def split_model(label: str, settings: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Give the model's name in pipeline/models and its overrides."""
    overrides = {key: value for key, value in settings.items() if key != "model"}
    return str(settings.get("model", label)), overrides


def load_experiment(path: Path, overrides: Sequence[str] = ()) -> Experiment:
    """Read an experiment from a YAML file, with `key.subkey=value` overrides.

    Raises:
        LiquidlaneError: if something in it is wrong; says where, and what would be right.
    """
    return read_config(Experiment, path, overrides)
