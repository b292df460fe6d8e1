"""Logs trainings to wandb: losses, a validation clip with curvatures, config, versions. Never needed to train."""

import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from pipeline.training.config import TrackingConfig
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from pipeline.dataset.dataset import ClipDataset
    from pipeline.driver.sequence import SequenceModel


class Tracker:
    """One run of wandb around one training; does nothing without a config or when it is off.

    config: where to log. name: of the run. facts: settings of the training.

    Raises:
        LiquidlaneError: when online tracking was asked for and wandb's server can't be reached in time.
    """

    def __init__(self, config: TrackingConfig | None, name: str, facts: dict[str, Any]) -> None:
        self.config = config or TrackingConfig(mode="off")
        self.name, self.facts = name, facts
        self._run: Any = None

    def __enter__(self) -> Self:
        if self.config.mode != "off":
            self._run = self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._run is not None:
            self._run.finish(exit_code=int(kind is not None))

    def _start(self) -> Any:
        from pathlib import Path

        import wandb

        from pipeline.driver.checkpoint import PACKAGES, find_commit
        from pipeline.work.artifact import installed_versions

        config, mode = self.config, self.config.mode
        assert mode != "off"
        Path(config.folder).mkdir(parents=True, exist_ok=True)
        settings = wandb.Settings(
            init_timeout=config.timeout, silent=True, console="off", disable_git=True, x_disable_stats=True
        )
        code = {"commit": find_commit(), "versions": installed_versions(PACKAGES)}
        try:
            return wandb.init(
                project=config.project,
                name=self.name,
                mode=mode,
                dir=config.folder,
                config=self.facts | code,
                settings=settings,
            )
        except (wandb.errors.Error, OSError) as error:
            if mode == "online":
                raise LiquidlaneError(
                    f"wandb could not start within {config.timeout:.0f} s ({_first_line(error)}); log in with `wandb "
                    "login`, check the network, or set tracking.mode to offline"
                ) from error
            warnings.warn(f"this training is not tracked: wandb could not start ({_first_line(error)})", stacklevel=2)
            return None

    def log_epoch(self, row: dict[str, Any], model: "SequenceModel", validation: "ClipDataset | None") -> None:
        """Log a row of history and how the model sees the first validation clip."""
        if self._run is None:
            return
        values: dict[str, Any] = {name: value for name, value in row.items() if value is not None}
        if validation is not None:
            import wandb

            values["clip"] = wandb.Image(draw_clip(model, validation))
        self._run.log(values)


def draw_clip(model: "SequenceModel", clips: "ClipDataset", index: int = 0, columns: int = 4) -> NDArray[np.uint8]:
    """Draw frames of a clip with the right curvature (green) and the model's (red) as bars from the middle.

    Returns:
        (rows * H, columns * W, 3) uint8 RGB. A bar of half the width is 0.05 per metre; left is positive.
    """
    import torch

    from pipeline.dataset.dataset import collate

    batch = collate([clips[index]])
    was_training = model.training
    model.eval()
    with torch.no_grad():
        predicted = model(batch.images, batch.speed, batch.dt).curvature[0].numpy()
    model.train(was_training)
    frames = batch.images[0].permute(0, 2, 3, 1).numpy().copy()
    chosen = np.linspace(0, len(frames) - 1, columns * max(len(frames) // columns // 2, 1)).round().astype(int)
    for t in chosen:
        _draw_bar(frames[t], 1, float(batch.curvature[0, t]), (0, 200, 0))
        _draw_bar(frames[t], 4, float(predicted[t]), (230, 0, 0))
    rows = np.split(frames[chosen], len(chosen) // columns)
    return np.concatenate([np.concatenate(list(row), axis=1) for row in rows])


def _draw_bar(image: NDArray[np.uint8], top: int, curvature: float, colour: tuple[int, int, int]) -> None:
    middle = image.shape[1] // 2
    reach = int(np.clip(round(curvature / 0.05 * middle), -middle, middle))
    first, last = sorted((middle - reach, middle))
    image[top : top + 2, first : max(last, first + 1)] = colour


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
