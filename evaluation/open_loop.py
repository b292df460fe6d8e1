"""Error on recordings, beside predictors that need no training. It does not rank drivers (see `compare` for that)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.work.whole_file import writing_aside
from simulator.camera import Camera
from simulator.errors import LiquidlaneError
from simulator.world import Observation, Policy

FORMAT_VERSION = 2
"""2 knows the source of each recording."""
TRIVIAL = ("zero", "last_value")
RESET_SUFFIX = ", reset every frame"
NOMINAL_FOV = 1.2
"""Horizontal field of view assumed where a recording's camera is unknown [rad]; only the image's size is used then."""


class Recording(Protocol):
    """What is read of a `pipeline.drives.drive.Drive`."""

    name: str
    recording: str
    source: str
    camera: Camera | None
    image_size: tuple[int, int]
    timestamp: NDArray[np.float64]
    speed: NDArray[np.float64]
    curvature: NDArray[np.float64]

    @property
    def period(self) -> float:
        """Nominal seconds between two frames."""

    def image(self, index: int) -> NDArray[np.uint8]:
        """Give a decoded picture."""

    def __len__(self) -> int: ...


@dataclass(frozen=True)
class Prediction:
    """What a predictor said on a recorded drive, frame by frame.

    predictor: its name; "ncp@1" is the model ncp trained with seed 1. drive, recording: of the frames. source: the
    reader that the recording came by. timestamp: (N,) [s]. label, predicted: (N,) [1/m].
    """

    predictor: str
    drive: str
    recording: str
    source: str
    timestamp: NDArray[np.float64]
    label: NDArray[np.float64]
    predicted: NDArray[np.float64]

    def __post_init__(self) -> None:
        shapes = {array.shape for array in (self.timestamp, self.label, self.predicted)}
        if len(shapes) != 1 or self.timestamp.ndim != 1:
            raise ValueError(f"prediction of {self.predictor} on {self.drive}: shapes {shapes} are not one (N,)")
        if not (np.isfinite(self.label).all() and np.isfinite(self.predicted).all()):
            raise ValueError(f"prediction of {self.predictor} on {self.drive}: holds a value that is not finite")

    @property
    def model(self) -> str:
        """The predictor's name without its training seed."""
        name, _, rest = self.predictor.partition("@")
        return name + RESET_SUFFIX * rest.endswith(RESET_SUFFIX)

    @property
    def training_seed(self) -> str:
        """What follows the @ in the predictor's name, or nothing."""
        return self.predictor.partition("@")[2].removesuffix(RESET_SUFFIX)


def predict(policy: Policy, drive: Recording, name: str, *, reset_every_frame: bool = False) -> Prediction:
    """Show a recorded drive to a policy, which does not steer it.

    Args:
        policy: who predicts.
        drive: its pictures, speeds and times.
        name: of the predictor; with `reset_every_frame` it gets a suffix.
        reset_every_frame: forget everything before each frame, which shows what the policy's memory is worth.

    Raises:
        LiquidlaneError: if the policy can't use the drive's pictures.
    """
    height, width = drive.image_size
    camera = drive.camera or Camera.from_fov(width, height, NOMINAL_FOV)
    policy.reset(1, camera, drive.period)
    predicted = np.zeros(len(drive))
    start = float(drive.timestamp[0]) if len(drive) else 0.0
    for frame in range(len(drive)):
        if reset_every_frame:
            policy.forget(0)
        seen = Observation(drive.image(frame), float(drive.speed[frame]), float(drive.timestamp[frame]) - start)
        predicted[frame] = policy.act([seen], [])[0].curvature or 0.0
    return _make(name + RESET_SUFFIX * reset_every_frame, drive, predicted)


def predict_zero(drive: Recording) -> Prediction:
    """Predict straight on, always."""
    return _make("zero", drive, np.zeros(len(drive)))


def predict_last_value(drive: Recording) -> Prediction:
    """Predict the label of the frame before: what a predictor gets that may peek at the wheel but not at the road."""
    return _make("last_value", drive, np.concatenate([[0.0], drive.curvature[:-1]])[: len(drive)])


def predict_trivially(drives: Sequence[Recording]) -> list[Prediction]:
    """Give the predictions of all trivial predictors on all drives."""
    return [predictor(drive) for predictor in (predict_zero, predict_last_value) for drive in drives]


def _make(name: str, drive: Recording, predicted: NDArray[np.float64]) -> Prediction:
    return Prediction(name, drive.name, drive.recording, drive.source, drive.timestamp, drive.curvature, predicted)


def save_predictions(path: Path, predictions: Sequence[Prediction]) -> None:
    """Write predictions to one Parquet file, a drive a row, so that a reader sees the whole file or none."""
    facts = ("predictor", "drive", "recording", "source")
    columns = {name: pa.array([getattr(each, name) for each in predictions], pa.string()) for name in facts}
    for name in ("timestamp", "label", "predicted"):
        columns[name] = pa.array([getattr(each, name) for each in predictions], pa.list_(pa.float64()))
    table = pa.table(columns).replace_schema_metadata({"predictions_version": str(FORMAT_VERSION)})
    with writing_aside(path) as aside:
        pq.write_table(table, aside, compression="zstd")


def load_predictions(path: Path) -> list[Prediction]:
    """Read what `save_predictions` wrote.

    Raises:
        LiquidlaneError: if the file is missing, damaged or of another format version.
    """
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise LiquidlaneError(f"{path}: can't be read as predictions ({error}); delete it and run again") from error
    version = (table.schema.metadata or {}).get(b"predictions_version")
    if version != str(FORMAT_VERSION).encode():
        raise LiquidlaneError(
            f"{path}: predictions of format version {version!r}, this program reads {FORMAT_VERSION}; "
            "delete it and run again"
        )
    arrays = ("timestamp", "label", "predicted")
    return [
        Prediction(
            **{name: table[name][row].as_py() for name in ("predictor", "drive", "recording", "source")},
            **{name: table[name][row].values.to_numpy(zero_copy_only=False) for name in arrays},
        )
        for row in range(table.num_rows)
    ]
