"""Open loop as jobs: each trained driver predicts the test part of the recordings; trivial predictors stand beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from evaluation.kept_aside import KeptAside
from evaluation.open_loop import Prediction, load_predictions, predict, predict_trivially, save_predictions
from pipeline.dataset.split import Segment
from pipeline.driver.view import StatedCamera, camera_of
from pipeline.training.job import count_frames
from pipeline.work.artifact import Artifact
from pipeline.work.executor import report_progress
from pipeline.work.job import Job
from simulator.camera import Camera
from simulator.errors import LiquidlaneError

VERSION = 2
PREDICTIONS = "predictions.parquet"
TRIVIAL = "trivial"


@dataclass(frozen=True, slots=True)
class OpenLoopUnit:
    """One predictor on all test recordings. name: "ncp@0", or "trivial" for all that need no training."""

    name: str
    checkpoint: Artifact | None
    aside: KeptAside


class SegmentRecording:
    """A piece of a drive, as a recording of its own. cameras: stated for sources that do not know theirs."""

    def __init__(self, segment: Segment, cameras: Mapping[str, StatedCamera] = MappingProxyType({})) -> None:
        drive, chosen = segment.drive, slice(segment.start, segment.stop)
        self._drive, self._start = drive, segment.start
        whole = len(segment) == len(drive)
        self.name = drive.name if whole else f"{drive.name} {segment.start}-{segment.stop}"
        self.recording, self.source = drive.recording, drive.source
        self.camera: Camera | None = camera_of(drive, cameras)
        self.image_size = drive.image_size
        self.period = drive.period
        self.timestamp = drive.timestamp[chosen]
        self.speed = drive.speed[chosen]
        self.curvature = drive.curvature[chosen]

    def image(self, index: int) -> NDArray[np.uint8]:
        """Give a decoded picture."""
        return self._drive.image(self._start + index)

    def __len__(self) -> int:
        return len(self.timestamp)


def open_loop_jobs(trained: Sequence[tuple[str, Artifact]], aside: KeptAside, root: Path) -> list[Job]:
    """Plan a job per trained driver, and one for all trivial predictors. Amounts are frames, at most.

    Args:
        trained: (name, checkpoint) of each driver.
        aside: what is predicted.
        root: of all predictions.
    """
    predictors: list[tuple[str, Artifact | None]] = [(TRIVIAL, None), *trained]
    frames = max(1, round(aside.dataset.test * sum(map(count_frames, aside.drives))))
    jobs = []
    for name, checkpoint in predictors:
        unit = OpenLoopUnit(name, checkpoint, aside)
        recipe = aside.recipe("open_loop", VERSION, {"name": name}, checkpoint)
        jobs.append(Job(root, f"open-loop-{name}", recipe, record_predictions, unit, amount=frames))
    return jobs


def record_predictions(unit: OpenLoopUnit, folder: Path) -> None:
    """Predict, in a worker; a driver with memory is also asked with its memory wiped before every frame."""
    split = unit.aside.split()
    if not split.test:
        raise LiquidlaneError(
            f"no recording is left to test on ({split.statement}); set dataset.test to the share to keep, such as 0.2"
        )
    recordings = [SegmentRecording(segment, unit.aside.dataset.cameras) for segment in split.test]
    if unit.checkpoint is None:
        save_predictions(folder / PREDICTIONS, predict_trivially(recordings))
        return
    from pipeline.driver.checkpoint import load

    policy = load(unit.checkpoint.path)
    predictions: list[Prediction] = []
    for recording in recordings:
        predictions.append(predict(policy, recording, unit.name))
        report_progress(len(recording))
        if policy.neurons is not None:
            predictions.append(predict(policy, recording, f"{unit.name}, no memory", reset_every_frame=True))
    save_predictions(folder / PREDICTIONS, predictions)


def load_all(folders: Sequence[Artifact]) -> list[Prediction]:
    """Load the predictions of all jobs."""
    return [prediction for folder in folders for prediction in load_predictions(folder.path / PREDICTIONS)]
