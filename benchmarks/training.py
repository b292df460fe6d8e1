"""Where the time of training goes, and how many frames a second reach a weight update.

Run `python benchmarks/training.py [height width]`. First one step of each model, stage by stage, in thread CPU time
(medians, models alternating); then a frame at the wheel; then whole trainings, one thread each, in as many processes at
once as there are cores (at most two), loading and augmentation included.
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
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from liquidlane.step_times import BATCH, STEPS, Steps, models_of, open_clips, tabulate_stages, write_drive
from pipeline.augmentation.augment import AugmentConfig
from pipeline.driver.eyes import multiplies_bfloat16
from pipeline.driver.policy import LearnedPolicy
from pipeline.driver.sequence import SequenceModel
from pipeline.models import make_model
from simulator.camera import Camera
from simulator.world import Observation

EYES = {(32, 100): "light", (78, 200): "paper"}


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


def train_alone(
    folder: Path, title: str, name: str, settings: dict[str, Any], size: tuple[int, int], epochs: int, gate: Any
) -> None:
    """Train in a process of its own; all start together, and the clock runs from the first step's end."""
    from pipeline.training.config import TrainConfig
    from pipeline.training.train import train

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
        print(f"{size[0]} x {size[1]} px, head in {precision}, load of the machine {os.getloadavg()[0]:.1f}")
        print(f"CPU milliseconds of one step of {BATCH} clips of {STEPS} frames, one thread")
        made = {title: make_model(*model) for title, model in models_of(EYES[size]).items()}
        print(tabulate_stages({title: Steps(model, plain, varied) for title, model in made.items()}))
        print_driving(made)
        print_trainings(folder, size, epochs=12 if size == (32, 100) else 2)
        print(f"load of the machine {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
