"""The thin LightningModule that trains every model with the same line of loss."""

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from pipeline.dataset.dataset import ClipBatch
from pipeline.driver.sequence import SequenceModel
from pipeline.training.config import TrainConfig
from pipeline.training.loss import Loss, measure_loss
from pipeline.training.state import TrainState
from simulator.errors import LiquidlaneError


class TrainModule(pl.LightningModule):
    """Trains a SequenceModel on ClipBatches and keeps a row of history per epoch.

    model: to train. config: how. steps: in all epochs together. resumed: state to go on from. begin: is told each
    epoch's number before its first clip is drawn. report: is told the frames of each finished step. finish: is given
    the state after each epoch.
    """

    def __init__(
        self,
        model: SequenceModel,
        config: TrainConfig,
        *,
        steps: int,
        settings: dict[str, Any],
        history: list[dict[str, Any]],
        resumed: TrainState | None,
        begin: Callable[[int], None],
        report: Callable[[int], None],
        finish: Callable[[TrainState], None],
    ) -> None:
        super().__init__()
        self.automatic_optimization = True
        self.model, self.config, self.steps, self.settings = model, config, steps, settings
        self.history = history
        self.resumed = resumed
        self.begin, self.report, self.finish = begin, report, finish
        self.finished_epochs = resumed.epochs if resumed else 0
        self.burn_in = config.burn_in if model.state_size else 0
        self._sums: dict[str, list[Tensor]] = {"train": [], "validation": []}

    def configure_optimizers(self) -> Any:
        """AdamW with weight decay on eyes and auxiliary heads, none on neurons; one learning-rate cycle."""
        config = self.config
        head = [*self.model.eyes.parameters(), *self.model.auxiliary.parameters()]
        known = {id(parameter) for parameter in head}
        controller = [p for p in self.model.parameters() if id(p) not in known and p.requires_grad]
        peaks = [config.learning_rate * config.head_learning_rate, config.learning_rate]
        optimiser = torch.optim.AdamW(
            [
                {"params": head, "weight_decay": config.weight_decay},
                {"params": controller, "weight_decay": 0.0},
            ],
            lr=config.learning_rate,
        )
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, max_lr=peaks, total_steps=max(self.steps, 2), pct_start=config.warm_up
        )
        if self.resumed:
            optimiser.load_state_dict(self.resumed.optimiser)
            scheduler.load_state_dict(self.resumed.scheduler)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def on_train_epoch_start(self) -> None:
        """Choose the epoch's clips."""
        self._sums["train"].clear()

    def training_step(self, batch: ClipBatch, index: int) -> Tensor:
        """Give the loss of a batch."""
        loss = self._measure(batch)
        driving, auxiliary = loss.means()
        total = driving + self.config.auxiliary_weight * auxiliary
        if not torch.isfinite(total):
            raise LiquidlaneError(
                f"the loss became {total.item()} in step {index + 1} of epoch {self.finished_epochs + 1}; lower "
                f"train.learning_rate (now {self.config.learning_rate}) or look for absurd labels with 'liquidlane "
                "inspect'"
            )
        self._sums["train"].append(torch.stack(loss).detach())
        return total

    def on_train_batch_end(self, outputs: Any, batch: ClipBatch, batch_idx: int) -> None:
        """Tell how many frames are done."""
        self.report(batch.curvature.numel())

    def validation_step(self, batch: ClipBatch, index: int) -> None:
        """Add a batch to the validation loss."""
        self._sums["validation"].append(torch.stack(self._measure(batch)))

    def on_validation_epoch_start(self) -> None:
        """Start a new validation loss."""
        self._sums["validation"].clear()

    def on_train_epoch_end(self) -> None:
        """Write the epoch down (Lightning validates before it comes here) and prepare the next."""
        self.finished_epochs += 1
        (driving, auxiliary), (validation, validation_auxiliary) = self._mean("train"), self._mean("validation")
        optimiser, scheduler = self.trainer.optimizers[0], self.trainer.lr_scheduler_configs[0].scheduler
        self.history.append(
            {
                "round": self.settings["round"],
                "epoch": self.finished_epochs,
                "loss": driving,
                "auxiliary": auxiliary,
                "validation": validation,
                "validation_auxiliary": validation_auxiliary,
                "learning_rate": optimiser.param_groups[1]["lr"],
            }
        )
        self.finish(
            TrainState(
                self.settings,
                self.finished_epochs,
                self.model.state_dict(),
                optimiser.state_dict(),
                scheduler.state_dict(),
                self.history,
            )
        )
        self.begin(self.finished_epochs)

    def _measure(self, batch: ClipBatch) -> Loss:
        output = self.model(batch.images, batch.speed, batch.dt)
        return measure_loss(output, batch, alpha=self.config.alpha, burn_in=self.burn_in)

    def _mean(self, name: str) -> tuple[float | None, float | None]:
        if not self._sums[name]:
            return None, None
        driving, auxiliary = Loss(*torch.stack(self._sums[name]).double().sum(0)).means()
        return float(driving), float(auxiliary)
