"""A whole training step, ours against the same net with ncps in a plain Lightning loop.

Run `python benchmarks/training_rival.py [light | paper]`. The rival is what one writes first: the same convolutions in
their usual memory layout, the whole batch at once, ncps' cell without time spans, Lightning as it comes. Both train on
the same prepared batches, in turn, one thread; the time runs from step to step, so that Lightning's own is included.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import statistics
import sys
import time
import warnings
from typing import Any

import pytorch_lightning as pl
import torch
from ncps import torch as ncps_torch
from ncps.wirings import NCP
from torch import Tensor, nn

from pipeline.dataset.dataset import ClipBatch
from pipeline.driver.eyes import multiplies_bfloat16
from pipeline.driver.sequence import AUXILIARY_SCALES
from pipeline.models import make_model
from pipeline.training.config import TrainConfig
from pipeline.training.module import TrainModule
from pipeline.training.train import _make_trainer

BATCH, STEPS, ROUNDS = 32, 16, 3
SIZES = {"light": (32, 100), "paper": (78, 200)}


class Clock(pl.Callback):
    """Notes the CPU time when each step has ended."""

    def __init__(self) -> None:
        self.marks: list[float] = []

    def on_train_batch_end(self, *_: Any) -> None:
        """Note the time."""
        self.marks.append(time.thread_time())


class Rival(pl.LightningModule):
    """The same net, plainly."""

    def __init__(self, eyes: str, cell: str) -> None:
        super().__init__()
        ours: Any = make_model("ncp", {"eyes": eyes, "cell": cell})
        self.eyes = ours.eyes.to(memory_format=torch.contiguous_format)
        self.auxiliary = nn.Linear(32, len(AUXILIARY_SCALES))
        kind: Any = ncps_torch.LTC if cell == "ltc" else ncps_torch.CfC
        self.cell = kind(32, NCP(12, 6, 1, 6, 4, 6, 6, seed=20190120))

    def training_step(self, batch: ClipBatch, index: int) -> Tensor:
        """Give the loss."""
        images = batch.images.flatten(0, 1).float().contiguous()
        deviation, mean = torch.std_mean(images, (1, 2, 3), keepdim=True)
        features = self.eyes.look((images - mean) / (deviation + 8)).view(BATCH, STEPS, -1)
        told = self.auxiliary(features)
        found = self.cell(features)[0][..., 0]
        weight = torch.exp((20 * batch.curvature).abs())
        driving = (weight * (found - 20 * batch.curvature) ** 2).sum() / weight.sum()
        loss: Tensor = driving + 0.3 * told.square().mean()
        return loss

    def configure_optimizers(self) -> Any:
        """AdamW."""
        return torch.optim.AdamW(self.parameters(), 1e-3)


def make_ours(eyes: str, cell: str, steps: int) -> TrainModule:
    """Give what `liquidlane train` trains."""
    model = make_model("ncp", {"eyes": eyes, "cell": cell})
    model.eyes.half_precision = multiplies_bfloat16()
    return TrainModule(
        model,
        TrainConfig(batch=BATCH),
        steps=steps,
        settings={"round": 0},
        history=[],
        resumed=None,
        begin=lambda epoch: None,
        report=lambda frames: None,
        finish=lambda state: None,
    )


def make_batches(size: tuple[int, int], count: int) -> list[ClipBatch]:
    """Draw batches as `collate` gives them: channels last in memory."""
    height, width = size
    return [
        ClipBatch(
            torch.randint(0, 256, (BATCH, STEPS, height, width, 3), dtype=torch.uint8).permute(0, 1, 4, 2, 3),
            torch.full((BATCH, STEPS), 8.0),
            torch.full((BATCH, STEPS), 0.05),
            0.02 * torch.randn(BATCH, STEPS),
            {name: 0.1 * torch.randn(BATCH, STEPS) for name in AUXILIARY_SCALES},
            torch.ones(BATCH, STEPS),
        )
        for _ in range(count)
    ]


def time_steps(module: pl.LightningModule, trainer: pl.Trainer, batches: list[ClipBatch]) -> list[float]:
    """Train over the batches and give the time of each step but the first."""
    clock = Clock()
    trainer.callbacks.append(clock)  # type: ignore[attr-defined]
    trainer.fit(module, torch.utils.data.DataLoader(batches, batch_size=None))  # type: ignore[arg-type]
    return [after - before for before, after in zip(clock.marks, clock.marks[1:], strict=False)]


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    eyes = sys.argv[1] if len(sys.argv) > 1 else "light"
    count, rounds = (7, ROUNDS) if eyes == "light" else (4, 1)
    batches = make_batches(SIZES[eyes], count)
    print(f"whole training step, {eyes} head, {BATCH} clips of {STEPS} frames, CPU ms, one thread")
    for cell in ("ltc", "cfc"):
        spent: dict[str, list[float]] = {"ours": [], "ncps": []}
        for _ in range(rounds):
            plain = pl.Trainer(
                max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
                enable_model_summary=False,
            )  # fmt: skip
            spent["ours"] += time_steps(make_ours(eyes, cell, count), _make_trainer(TrainConfig(), 1), batches)
            spent["ncps"] += time_steps(Rival(eyes, cell), plain, batches)
        ours, theirs = (1e3 * statistics.median(spent[name]) for name in ("ours", "ncps"))
        print(f"{cell}: ours {ours:8.1f}, ncps in plain Lightning {theirs:8.1f}, ratio {theirs / ours:.2f}")


if __name__ == "__main__":
    main()
