"""nuScenes' CAN bus expansion: `can_bus/scene-0001_pose.json` and others, lists of messages with `utime` in µs.

pose, 50 Hz: `vel` [m/s] and `rotation_rate` [rad/s] in the car's axes (forward, left, up). steeranglefeedback, 100 Hz:
`value`, the steering wheel's angle [rad], left positive (the first README had it the wrong way round, corrected in
2020). vehicle_monitor, 2 Hz: `steering`, the same in degrees. zoesensors has raw values without a unit: not used.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.files.recording_files import Files

FloatArray = NDArray[np.float64]

WITHOUT = frozenset([*range(161, 169), *range(170, 177), *range(309, 315)])
"""Scenes of whose cars nothing was logged, by the data set's own list."""
LARGEST = 64 << 20  # [bytes]


@dataclass(slots=True)
class Series:
    """Samples of one or more values: times (N,) [s], values (N, M)."""

    times: FloatArray
    values: FloatArray


@dataclass(slots=True)
class CanBus:
    """What is known of a scene.

    motion: speed [m/s] and yaw rate [rad/s]. steering: the steering wheel's angle [rad]. tabled: the motion is not of
    messages, but of the tables' poses.
    """

    motion: Series | None = None
    steering: Series | None = None
    tabled: bool = False
    findings: list[str] = field(default_factory=list)


def read_can_bus(scene: str, files: Files) -> CanBus:
    """Read the messages of a scene, such as "scene-0061"."""
    number = scene.rpartition("-")[2]
    if number.isdigit() and int(number) in WITHOUT:
        return CanBus(findings=[f"{scene} has no CAN bus data, by the data set's own list"])
    can = CanBus()
    can.motion = _read(scene, "pose", files, can, lambda row: (float(row["vel"][0]), float(row["rotation_rate"][2])))
    can.steering = _read(scene, "steeranglefeedback", files, can, lambda row: (float(row["value"]),))
    if can.steering is None:
        can.steering = _read(scene, "vehicle_monitor", files, can, lambda row: (math.radians(float(row["steering"])),))
    return can


def _read(
    scene: str, message: str, files: Files, can: CanBus, take: Callable[[dict[str, Any]], tuple[float, ...]]
) -> Series | None:
    """Read the messages of one kind; None if there is none."""
    found = files.named(f"{scene}_{message}.json")
    if not found:
        return None
    rows: list[tuple[float, ...]] = []
    unread = 0
    for row in _load(found[0], can):
        try:
            rows.append((int(row["utime"]) / 1e6, *take(row)))
        except (KeyError, TypeError, ValueError, IndexError, OverflowError):
            unread += 1
    if unread:
        can.findings.append(f"{unread} messages of {found[0].name} can't be read")
    if not rows:
        return None
    table = np.array(rows)
    return Series(table[:, 0], table[:, 1:])


def _load(path: Path, can: CanBus) -> list[Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"larger than {LARGEST >> 20} MB")
        content = json.loads(path.read_text(encoding="utf-8-sig", errors="replace"))
    except (OSError, ValueError, RecursionError) as error:
        can.findings.append(f"{path.name} can't be read ({str(error)[:100]})")
        return []
    return content if isinstance(content, list) else []
