"""Our drives as a LeRobot data set, in format 3.0 or 2.1: signals in Parquet, pictures in mp4, statistics.

LeRobot knows one rate: frame `n` of an episode is at `n / fps`. Pauses split a drive into episodes; the times that were
recorded are kept as the feature `recorded_time`, and what LeRobot has no place for in `meta/liquidlane.json`.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pipeline.drives.drive import Drive
from pipeline.lerobot.files import CAMERA, EpisodeFiles, write_meta
from pipeline.lerobot.layout import DEFAULT_FEATURES
from pipeline.lerobot.origin import write_origin
from pipeline.lerobot.statistics import Statistics, describe_numbers, describe_pictures, sampled
from pipeline.work.artifact import PART_SUFFIX
from pipeline.work.whole_file import explain_write_error
from simulator.errors import LiquidlaneError

Version = Literal["3.0", "2.1"]
TASK = "Keep the lane."
LONGEST_STEP = 1.5  # frames; a longer one begins another episode
MOST_OFF = 0.2  # by which a drive's rate may differ from the data set's
ACTION = ("curvature_per_m", "speed_mps")
STATE = ("speed_mps", "yaw_rate_radps")
RECORDED_TIME = "recorded_time"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written. fps: frames a second. off: the most that a frame's time of `n / fps` is off its own [s]."""

    folder: Path
    episodes: int
    frames: int
    fps: int
    off: float


def export_drives(
    drives: Sequence[Drive], folder: Path, *, version: Version = "3.0", report: Callable[[int], None] | None = None
) -> Exported:
    """Write drives into a new folder that LeRobot loads; all of it is there in the end, or nothing.

    Args:
        drives: of one size and one rate.
        folder: must not be there yet.
        version: of LeRobot's format.
        report: is told the numbers of frames done.

    Raises:
        LiquidlaneError: if sizes or rates differ, the folder is there already, or the disk is full.
    """
    fps = _common_rate(drives)
    if folder.exists():
        raise LiquidlaneError(f"{folder} is there already; name a folder that is not, with --to")
    aside = folder.with_name(folder.name + PART_SUFFIX)
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir(parents=True)
        exported = _write(drives, aside, fps, version, report)
        aside.replace(folder)
    except OSError as error:
        raise explain_write_error(folder, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Exported(folder, *exported)


def _common_rate(drives: Sequence[Drive]) -> int:
    """Give the one rate [1/s] of drives, which must be of one size."""
    if not drives:
        raise LiquidlaneError("there is no drive to export; see `liquidlane drives list`")
    sizes = {drive.image_size: drive for drive in drives}
    if len(sizes) > 1:
        told = ", ".join(f"{drive.name} {width} x {height} px" for (height, width), drive in sizes.items())
        raise LiquidlaneError(f"a LeRobot data set has pictures of one size, not {told}; export these drives apart")
    rates = [_rate(drive.timestamp) for drive in drives]
    known = [rate for rate in rates if rate]
    fps = max(1, round(float(np.median(known)))) if known else 1
    for drive, rate in zip(drives, rates, strict=True):
        if rate and abs(rate - fps) > MOST_OFF * fps:
            raise LiquidlaneError(
                f"a LeRobot data set has one rate, here {fps} Hz, but {drive.name} has {rate:.1f} Hz; export it apart"
            )
    return fps


def _rate(times: NDArray[np.float64]) -> float:
    """Give the mean rate [1/s] between pauses; 0 for a single frame."""
    steps = np.diff(times)
    return float(1 / steps[steps <= LONGEST_STEP * np.median(steps)].mean()) if len(steps) else 0.0


def _write(
    drives: Sequence[Drive], folder: Path, fps: int, version: Version, report: Callable[[int], None] | None
) -> tuple[int, int, int, float]:
    turned = all(np.isfinite(drive.executed).all() for drive in drives)
    features = _features(drives[0].image_size, turned)
    files = EpisodeFiles(folder, fps, drives[0].image_size, version)
    rows: list[dict[str, Any]] = []
    statistics: list[dict[str, Statistics]] = []
    origins: list[dict[str, Any]] = []
    frames, off = 0, 0.0
    try:
        for drive in drives:
            for part in _episodes(drive, fps):
                number, count = len(rows), len(part)
                table = _table(drive, part, number, frames, fps, turned)
                pictures = describe_pictures(drive.image(int(part[at])) for at in sampled(count))
                place = files.add(table, (drive.image(int(index)) for index in part), report)
                own = {name: describe_numbers(_values(table[name])) for name in table.column_names}
                statistics.append({CAMERA: pictures, **own})
                rows.append({"episode_index": number, "tasks": [TASK], "length": count, **place})
                times = drive.timestamp[part]
                off = max(off, float(np.abs(times - times[0] - np.arange(count) / fps).max()))
                origins.append(_origin(drive, number))
                frames += count
    finally:
        files.close()
    write_meta(folder, version, fps, features, TASK, rows, statistics)
    write_origin(folder, origins)
    return len(rows), frames, fps, off


def _episodes(drive: Drive, fps: int) -> list[NDArray[np.intp]]:
    """Cut a drive at pauses; give the frames of each part."""
    pauses = np.flatnonzero(np.diff(drive.timestamp) > LONGEST_STEP / fps) + 1
    return [part for part in np.split(np.arange(len(drive)), pauses) if len(part)]


def _features(size: tuple[int, int], turned: bool) -> dict[str, dict[str, Any]]:
    state = STATE if turned else STATE[:1]
    return {
        "action": {"dtype": "float32", "shape": [len(ACTION)], "names": list(ACTION)},
        "observation.state": {"dtype": "float32", "shape": [len(state)], "names": list(state)},
        CAMERA: {"dtype": "video", "shape": [*size, 3], "names": ["height", "width", "channels"]},
        RECORDED_TIME: {"dtype": "float64", "shape": [1], "names": None},
        **{name: {"dtype": dtype, "shape": [1], "names": None} for name, dtype in DEFAULT_FEATURES.items()},
    }


def _table(drive: Drive, part: NDArray[np.intp], episode: int, begin: int, fps: int, turned: bool) -> pa.Table:
    """Give an episode's numbers as LeRobot stores them: vectors as lists of fixed length, single numbers bare."""
    count = len(part)
    speed, curvature = drive.speed[part], drive.curvature[part]
    state = [speed, drive.executed[part] * speed] if turned else [speed]
    numbers = np.arange(count)
    return pa.table(
        {
            "action": _vectors([curvature, speed]),
            "observation.state": _vectors(state) if turned else pa.array(speed, pa.float32()),
            RECORDED_TIME: pa.array(drive.timestamp[part], pa.float64()),
            "timestamp": pa.array(numbers / fps, pa.float32()),
            "frame_index": pa.array(numbers, pa.int64()),
            "episode_index": pa.array(np.full(count, episode), pa.int64()),
            "index": pa.array(begin + numbers, pa.int64()),
            "task_index": pa.array(np.zeros(count), pa.int64()),
        }
    )


def _vectors(columns: Sequence[NDArray[np.float64]]) -> pa.Array:
    values = pa.array(np.stack(columns, 1).ravel(), pa.float32())
    return pa.FixedSizeListArray.from_arrays(values, len(columns))


def _values(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Give (rows, numbers)."""
    array = column.combine_chunks()
    flat = array.flatten() if pa.types.is_fixed_size_list(array.type) else array
    return np.asarray(flat.to_numpy(zero_copy_only=False), np.float64).reshape(len(array), -1)


def _origin(drive: Drive, episode: int) -> dict[str, Any]:
    return {
        "episode_index": episode,
        "recording": drive.recording,
        "drive": drive.name,
        "source": drive.source,
        "camera": drive.camera.to_dict() if drive.camera else None,
        "facts": drive.facts,
    }
