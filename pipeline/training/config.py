"""Settings of training and of its tracking. Imports no torch."""

from typing import Any, Literal

from pydantic import Field, model_validator

from simulator.config import Config


class TrackingConfig(Config):
    """Where the progress of trainings is logged besides the checkpoint's own history."""

    mode: Literal["online", "offline", "off"] = Field(
        default="offline",
        description="wandb: offline writes a run to disk that `wandb sync` can upload, online needs an account and a "
        "network, off logs nothing",
    )
    project: str = Field(default="liquidlane", min_length=1, description="wandb's project")
    folder: str = Field(
        default="data/tracking", min_length=1, description="where wandb writes its runs, below the experiment's folder"
    )
    timeout: float = Field(default=20.0, gt=0, description="longest wait for wandb's server [s]")

    @model_validator(mode="before")
    @classmethod
    def _read_short_forms(cls, given: Any) -> Any:
        """Accept `tracking: offline` for its mode, and YAML's reading of a bare `off`, which is False."""
        values = {"mode": given} if isinstance(given, (str, bool)) else given
        if isinstance(values, dict) and values.get("mode") is False:
            values = {**values, "mode": "off"}
        return values


class TrainConfig(Config):
    """How a model learns from clips."""

    epochs: int = Field(default=8, ge=1, description="passes over the drives")
    batch: int = Field(default=32, ge=1, description="clips per step")
    learning_rate: float = Field(default=2e-3, gt=0, le=1, description="peak of the one-cycle schedule (AdamW)")
    head_learning_rate: float = Field(default=1.0, gt=0, le=10, description="factor on it for the convolutional head")
    warm_up: float = Field(default=0.15, gt=0, lt=1, description="share of the steps before the peak")
    weight_decay: float = Field(default=1e-4, ge=0, le=1, description="of the convolutional head; neurons have none")
    clip_norm: float = Field(default=1.0, gt=0, description="longest gradient")
    alpha: float = Field(default=1.0, ge=0, le=5, description="a step counts exp(alpha * |20 * curvature|)")
    auxiliary_weight: float = Field(default=0.3, ge=0, description="weight of what the eyes must tell about the lane")
    burn_in: int = Field(default=2, ge=0, description="first steps of a clip that don't count, for models with memory")
    precision: Literal["auto", "bfloat16", "float32"] = Field(
        default="auto", description="of the convolutional head; auto: bfloat16 where the processor multiplies it"
    )
    loader_workers: int = Field(
        default=0, ge=0, le=16, description="processes that prepare clips; 0 prepares them between the steps"
    )
