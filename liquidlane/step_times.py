"""Where the time of a training step goes, stage by stage, on this machine: `liquidlane bench train`."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from liquidlane.display import print_result
from pipeline.augmentation.augment import AugmentConfig
from pipeline.dataset.dataset import ClipBatch, ClipDataset, DatasetConfig, collate
from pipeline.driver.eyes import multiplies_bfloat16
from pipeline.driver.sequence import Output, SequenceModel
from pipeline.drives.drive import Drive, DriveWriter, Frame, LaneRecord, encode_jpeg
from pipeline.liquid.backend import explain_backend
from pipeline.models import make_model
from pipeline.training.loss import measure_loss
from simulator.camera import Camera

BATCH, STEPS, ROUNDS = 32, 16, 9
STAGES = ("data", "augment", "head", "recurrent", "loss", "back recurrent", "back head", "optimiser")
SIZES = {"light": (32, 100), "paper": (78, 200)}


def models_of(eyes: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Give the models of one head: title → name and settings."""
    titles = {
        "ncp-cfc": ("ncp", {"cell": "cfc"}),
        "ncp-ltc": ("ncp", {"cell": "ltc"}),
        "lstm": ("lstm", {}),
        "cnn": ("cnn", {}),
    }
    return {title: (name, settings | {"eyes": eyes}) for title, (name, settings) in titles.items()}


def write_drive(folder: Path, frames: int) -> Drive:
    """Write a drive of blurred noise, about as hard to compress as a road."""
    random = np.random.default_rng(0)
    camera = Camera.from_fov(200, 78, 1.2, pitch=0.05)
    with DriveWriter(
        folder, name="d", recording="r", source="benchmark", camera=camera, facts={"road": "generated:1"}
    ) as writer:
        for index in range(frames):
            coarse = random.integers(0, 256, (10, 25, 3), np.uint8)
            image = np.asarray(cv2.resize(coarse, (200, 78), interpolation=cv2.INTER_CUBIC), np.uint8)
            lane = LaneRecord(0.0, 0.0, 0.01, 3.5)
            writer.append(Frame(index * 0.05, 8.0, 0.01, 0.01, encode_jpeg(image), lane))
        return writer.finish()


def open_clips(drive: Path, cache: Path, size: tuple[int, int], augment: AugmentConfig | None) -> ClipDataset:
    """Open a drive's clips at the size of a head."""
    return ClipDataset(
        [Drive.open(drive)], DatasetConfig(length=STEPS, stride=STEPS), size, cache=cache, augment=augment
    )


class Steps:
    """One model's training step, cut into stages."""

    def __init__(self, model: SequenceModel, plain: ClipDataset, varied: ClipDataset) -> None:
        self.model, self.plain, self.varied = model, plain, varied
        self.model.eyes.half_precision = multiplies_bfloat16()
        self.optimiser = torch.optim.AdamW(model.parameters(), 1e-4)

    def run(self) -> dict[str, float]:
        """Take one step and give the CPU seconds of each stage."""
        spent: dict[str, float] = {}

        def timed(stage: str, work: Callable[[], Any]) -> Any:
            start = time.thread_time()
            result = work()
            spent[stage] = time.thread_time() - start
            return result

        timed("data", lambda: collate([self.plain[index] for index in range(BATCH)]))
        batch: ClipBatch = timed("augment", lambda: collate([self.varied[index] for index in range(BATCH)]))
        spent["augment"] -= spent["data"]
        features = timed("head", lambda: self.model.look(batch.images))
        seen = features.detach().requires_grad_()
        output = timed("recurrent", lambda: self.model.decide(seen, batch.speed, batch.dt))
        loss = timed("loss", lambda: self._loss(output, batch))
        self.optimiser.zero_grad()
        timed("back recurrent", loss.backward)
        timed("back head", lambda: features.backward(seen.grad))
        timed(
            "optimiser", lambda: (torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0), self.optimiser.step())
        )
        return spent

    @staticmethod
    def _loss(output: Output, batch: ClipBatch) -> torch.Tensor:
        driving, auxiliary = measure_loss(output, batch, alpha=1.0, burn_in=2).means()
        return driving + 0.3 * auxiliary


def tabulate_stages(steps: dict[str, Steps], rounds: int = ROUNDS) -> str:
    """Take steps of all models in turn and tabulate the medians; the first round warms up."""
    runs = [{title: step.run() for title, step in steps.items()} for _ in range(rounds + 1)][1:]
    heads = (*STAGES, "all", "frames/s", "recurrent share")
    lines = [f"{'':10s}" + "".join(f"{head:>16s}" for head in heads)]
    for title in steps:
        medians = {stage: max(statistics.median(run[title][stage] for run in runs), 0.0) for stage in STAGES}
        whole = sum(medians.values())
        share = (medians["recurrent"] + medians["back recurrent"]) / whole
        numbers = "".join(f"{1e3 * value:16.2f}" for value in (*medians.values(), whole))
        lines.append(f"{title:10s}{numbers}{BATCH * STEPS / whole:16,.0f}{100 * share:14.1f} %")
    return "\n".join(lines)


def print_step_times(eyes: str, models: list[str] | None = None) -> None:
    """Print the table of one head, for all models or those named."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    size = SIZES[eyes]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_drive(folder / "d", BATCH * STEPS * 2 + STEPS)
        plain = open_clips(folder / "d", folder / "cache", size, None)
        varied = open_clips(folder / "d", folder / "cache", size, AugmentConfig(mirror=0.5))
        chosen = {title: model for title, model in models_of(eyes).items() if not models or title in models}
        steps = {title: Steps(make_model(*model), plain, varied) for title, model in chosen.items()}
        precision, backend = "bfloat16" if multiplies_bfloat16() else "float32", explain_backend()
        print_result(
            f"CPU milliseconds of a step of {BATCH} clips of {STEPS} frames, {size[0]} x {size[1]} px, one thread, "
            f"head in {precision}, liquid cells in {backend.name} ({backend.reason})"
        )
        print_result(tabulate_stages(steps))
