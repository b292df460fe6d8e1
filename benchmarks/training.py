"""Where the time of training goes, and how many frames a second reach a weight update.

Run `python benchmarks/training.py [height width]`. First one step of each model, stage by stage, in thread CPU time
(medians, models alternating); then our liquid cells against ncps', and a frame at the wheel; then whole trainings, one
thread each, in as many processes at once as there are cores (at most two), loading and augmentation included.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from pipeline.augment import AugmentConfig
from pipeline.dataset import ClipBatch, ClipDataset, DatasetConfig, collate
from pipeline.drive import Drive, DriveWriter, Frame, LaneRecord, encode_jpeg
from pipeline.eyes import multiplies_bfloat16
from pipeline.liquid.cfc import CfC
from pipeline.liquid.ltc import LTC
from pipeline.liquid.wiring import Wiring
from pipeline.loss import measure_loss
from pipeline.models import make_model
from pipeline.policy import LearnedPolicy
from pipeline.sequence import Output, SequenceModel
from simulator.camera import Camera
from simulator.world import Observation

BATCH, STEPS, ROUNDS = 32, 16, 9
EYES = {(32, 100): "light", (78, 200): "paper"}
STAGES = ("data", "augment", "eyes", "controller", "loss", "backward", "optimiser")


def models_of(eyes: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """Give the models of one size: title → name and settings."""
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
        features = timed("eyes", lambda: self.model.look(batch.images))
        output = timed("controller", lambda: self.model.decide(features, batch.speed, batch.dt))
        loss = timed("loss", lambda: self._loss(output, batch))
        self.optimiser.zero_grad()
        timed("backward", loss.backward)
        timed(
            "optimiser", lambda: (torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0), self.optimiser.step())
        )
        return spent

    @staticmethod
    def _loss(output: Output, batch: ClipBatch) -> torch.Tensor:
        driving, auxiliary = measure_loss(output, batch, alpha=1.0, burn_in=2).means()
        return driving + 0.3 * auxiliary


def print_stages(steps: dict[str, Steps]) -> None:
    """Print where the time of a step goes."""
    rounds = [{title: step.run() for title, step in steps.items()} for _ in range(ROUNDS + 1)][1:]
    print(f"CPU milliseconds of one step of {BATCH} clips of {STEPS} frames, one thread")
    print(f"{'':10s}" + "".join(f"{stage:>12s}" for stage in (*STAGES, "all", "frames/s")))
    for title in steps:
        medians = [max(statistics.median(r[title][stage] for r in rounds), 0.0) for stage in STAGES]
        whole = sum(medians)
        numbers = [f"{1e3 * value:12.1f}" for value in (*medians, whole)]
        print(f"{title:10s}" + "".join(numbers) + f"{BATCH * STEPS / whole:12,.0f}")


def print_cells() -> None:
    """Print the time of our cells, forward and backward, against ncps' own."""
    from ncps import torch as ncps_torch
    from ncps.wirings import NCP

    features, dt = torch.randn(BATCH, STEPS, 32), torch.full((BATCH, STEPS), 0.05)
    wiring = Wiring.ncp(32)
    ways: dict[str, Callable[[], torch.Tensor]] = {}
    for title, ours, theirs in (("ltc", LTC(wiring), ncps_torch.LTC), ("cfc", CfC(wiring), ncps_torch.CfC)):
        rival = theirs(32, NCP(12, 6, 1, 6, 4, 6, 6, seed=20190120))
        ways[f"{title}, ours"] = lambda cell=ours: cell(features, dt)[0]
        ways[f"{title}, ncps"] = lambda cell=rival: cell(features)[0]
    spent: dict[str, list[float]] = {title: [] for title in ways}
    for _ in range(ROUNDS + 1):
        for title, way in ways.items():
            start = time.thread_time()
            way().square().sum().backward()
            spent[title].append(time.thread_time() - start)
    medians = {title: 1e3 * statistics.median(values[1:]) for title, values in spent.items()}
    print(f"\nneurons alone, forward and backward, {BATCH} x {STEPS}, 32 features (ncps: without time spans)")
    for cell in ("ltc", "cfc"):
        own, rival_time = medians[f"{cell}, ours"], medians[f"{cell}, ncps"]
        print(f"{cell}: ours {own:.1f} ms, ncps {rival_time:.1f} ms, ratio {rival_time / own:.1f}")


def print_driving(models: dict[str, SequenceModel]) -> None:
    """Print how long a frame takes at the wheel: crop, eyes, neurons and bookkeeping."""
    camera = Camera.from_fov(200, 78, 1.2, pitch=0.05)
    image = np.random.default_rng(0).integers(0, 256, (78, 200, 3), np.uint8)
    print("\nat the wheel, microseconds per car and frame, float32, one thread")
    for title, model in models.items():
        policy, medians = LearnedPolicy(model), []
        for cars in (1, 5):
            policy.reset(cars, camera, 0.05)
            spent = []
            for step in range(200):
                seen = [Observation(image, 8.0, 0.05 * step)] * cars
                start = time.thread_time()
                policy.act(seen, [])
                spent.append(time.thread_time() - start)
            medians.append(1e6 * statistics.median(spent) / cars)
        print(f"{title:10s}{medians[0]:9,.0f} with one car, {medians[1]:9,.0f} with five")


def open_clips(drive: Path, cache: Path, size: tuple[int, int], augment: AugmentConfig | None) -> ClipDataset:
    """Open the drive's clips."""
    return ClipDataset(
        [Drive.open(drive)], DatasetConfig(length=STEPS, stride=STEPS), size, cache=cache, augment=augment
    )


def train_alone(
    folder: Path, title: str, name: str, settings: dict[str, Any], size: tuple[int, int], epochs: int, gate: Any
) -> None:
    """Train in a process of its own; all start together, and the clock runs from the first step's end."""
    from pipeline.train import train
    from pipeline.train_config import TrainConfig

    clips = open_clips(folder / "d", folder / "cache", size, AugmentConfig(mirror=0.5))
    marks: list[tuple[float, float]] = []

    def report(frames: int) -> None:
        marks.append((time.perf_counter(), time.process_time()))

    gate.wait()
    train(TrainConfig(epochs=epochs, batch=BATCH), name, settings, clips, None, 0, folder / title, report=report)
    rates = [BATCH * STEPS * (len(marks) - 1) / (last - first) for first, last in zip(marks[0], marks[-1], strict=True)]
    (folder / f"{title}.json").write_text(json.dumps(rates))


def print_trainings(folder: Path, size: tuple[int, int], epochs: int) -> None:
    """Print how many frames a second whole trainings work through."""
    processes = min(2, len(os.sched_getaffinity(0)))
    print(f"\nwhole trainings, {processes} processes of one thread at once, loading and augmentation included")
    context = multiprocessing.get_context("spawn")
    for title, (name, settings) in models_of(EYES[size]).items():
        gate = context.Barrier(processes)
        titles = [f"{title}-{index}" for index in range(processes)]
        workers = [
            context.Process(target=train_alone, args=(folder, t, name, settings, size, epochs, gate)) for t in titles
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        rates = [json.loads((folder / f"{t}.json").read_text()) for t in titles]
        wall, cpu = (sum(rate[index] for rate in rates) for index in (0, 1))
        print(f"{title:10s}{wall:9,.0f} frames/s together; {cpu:9,.0f} if each had a core to itself (by CPU time)")


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    size = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) == 3 else (32, 100)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_drive(folder / "d", BATCH * STEPS * 4 + STEPS)
        plain = open_clips(folder / "d", folder / "cache", size, None)
        varied = open_clips(folder / "d", folder / "cache", size, AugmentConfig(mirror=0.5))
        precision = "bfloat16" if multiplies_bfloat16() else "float32"
        print(f"{size[0]} x {size[1]} px, eyes in {precision}, load of the machine {os.getloadavg()[0]:.1f}")
        made = {title: make_model(*model) for title, model in models_of(EYES[size]).items()}
        print_stages({title: Steps(model, plain, varied) for title, model in made.items()})
        print_cells()
        print_driving(made)
        print_trainings(folder, size, epochs=12 if size == (32, 100) else 2)
        print(f"load of the machine {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
