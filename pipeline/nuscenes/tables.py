"""nuScenes' tables: which picture of a camera belongs to which scene and log, and where the camera is on the car.

They are lists of rows in JSON that name each other by tokens; `sample_data.json` and `ego_pose.json` have millions of
rows, of which only those of one camera are kept.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.files.json_rows import read_rows
from pipeline.ingestion.reader import Flaw
from simulator.camera import Camera
from simulator.errors import LiquidlaneError

SAMPLE_DATA = "sample_data.json"
LARGEST_TIME = 1 << 62  # [µs]


@dataclass(frozen=True, slots=True)
class Picture:
    """A row of a camera: its time [µs], file, pose, camera, and the size [px] that the table states."""

    place: str
    time: int
    filename: str
    ego_pose: str
    sensor: str
    size: tuple[int, int]


@dataclass(slots=True)
class Scene:
    """Twenty seconds of a log, and the pictures of one camera in it."""

    name: str
    log: str
    pictures: list[Picture] = field(default_factory=list)


@dataclass(slots=True)
class Tables:
    """What the tables of a version tell of one camera. scenes: by name. sensors: rows of calibrated_sensor by token."""

    folder: Path
    scenes: dict[str, Scene]
    sensors: dict[str, dict[str, Any]]
    flaws: list[Flaw] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


def read_tables(folder: Path, channel: str) -> Tables:
    """Read the tables in a version's folder, such as v1.0-mini.

    Raises:
        LiquidlaneError: if one is not there or can't be read.
    """
    sensors = _read(folder, "sensor", lambda row: (row["token"], row["channel"]))
    own = {token for token, name in sensors.items() if name == channel}
    calibrated = _read(
        folder, "calibrated_sensor", lambda row: (row["token"], row) if row["sensor_token"] in own else None
    )
    if not calibrated:
        known = ", ".join(sorted({str(name) for name in sensors.values() if str(name).startswith("CAM")}))
        raise LiquidlaneError(f"{folder} knows no camera {channel}; it has {known or 'none'}")
    logs = _read(folder, "log", lambda row: (row["token"], str(row["logfile"]))) if _has(folder, "log") else {}
    names: dict[str, Scene] = {}
    for token, (name, log) in _read(
        folder, "scene", lambda row: (row["token"], (str(row["name"]), row.get("log_token")))
    ).items():
        names[token] = Scene(name, logs.get(log, "") or name)
    samples = _read(folder, "sample", lambda row: (row["token"], row["scene_token"]))
    tables = Tables(folder, {scene.name: scene for scene in names.values()}, calibrated)
    _read_pictures(tables, {token: names[scene] for token, scene in samples.items() if scene in names})
    return tables


def _has(folder: Path, name: str) -> bool:
    return (folder / f"{name}.json").is_file()


def _read(folder: Path, name: str, take: Callable[[dict[str, Any]], tuple[str, Any] | None]) -> dict[str, Any]:
    """Read a small table into a mapping; rows that can't be read are passed over, as nobody can name them."""
    path = folder / f"{name}.json"
    found: dict[str, Any] = {}
    try:
        for _, row in read_rows(path):
            try:
                pair = take(row)
                if pair is not None:
                    found[pair[0]] = pair[1]
            except (KeyError, TypeError):
                continue
    except OSError as error:
        raise LiquidlaneError(f"{path} can't be read ({error.strerror}); unpack the metadata of the data set") from None
    except ValueError as error:
        raise LiquidlaneError(f"{folder}: {error}; unpack the metadata of the data set again") from None
    return found


def _read_pictures(tables: Tables, scenes: dict[str, Scene]) -> None:
    """Read the camera's rows of sample_data into their scenes."""
    path = tables.folder / SAMPLE_DATA
    try:
        for number, row in read_rows(path):
            if not isinstance(row, dict) or row.get("calibrated_sensor_token") not in tables.sensors:
                continue
            place = f"{SAMPLE_DATA}[{number}]"
            try:
                scene = scenes[row["sample_token"]]
                scene.pictures.append(_picture(row, place))
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                what = f"no {error}" if isinstance(error, KeyError) else str(error)
                tables.flaws.append(Flaw(place, str(row.get("filename", ""))[:200], "row unreadable", what))
    except OSError as error:
        raise LiquidlaneError(f"{path} can't be read ({error.strerror}); unpack the metadata of the data set") from None
    except ValueError as error:
        tables.findings.append(f"{error}; unpack the metadata of the data set again")
    for scene in tables.scenes.values():
        scene.pictures.sort(key=lambda picture: picture.time)


def _picture(row: dict[str, Any], place: str) -> Picture:
    time = row["timestamp"]
    if isinstance(time, bool) or not isinstance(time, int) or not 0 <= time < LARGEST_TIME:
        raise ValueError(f"timestamp {str(time)[:40]} is no time in µs")
    size = (int(row.get("height") or 0), int(row.get("width") or 0))
    return Picture(
        place, time, str(row["filename"]), str(row.get("ego_pose_token")), row["calibrated_sensor_token"], size
    )


def read_poses(folder: Path, tokens: Collection[str]) -> dict[str, tuple[float, float, float]]:
    """Give x, y [m] and the heading [rad] of some ego poses; those that can't be read are missing."""
    found: dict[str, tuple[float, float, float]] = {}
    wanted = set(tokens)
    try:
        for _, row in read_rows(folder / "ego_pose.json"):
            if isinstance(row, dict) and row.get("token") in wanted:
                try:
                    turn = _matrix([float(part) for part in row["rotation"]])
                    x, y = (float(part) for part in row["translation"][:2])
                    found[row["token"]] = (x, y, math.atan2(turn[1, 0], turn[0, 0]))
                except (KeyError, TypeError, ValueError, OverflowError):
                    continue
    except (OSError, ValueError):
        return found
    return found


def make_camera(row: dict[str, Any], size: tuple[int, int]) -> Camera | None:
    """Give a camera from its row of calibrated_sensor: pictures are rectified, the car's axes are ours.

    Args:
        row: of the table.
        size: (height, width) of its pictures [px].
    """
    try:
        (fx, _, cx), (_, fy, cy), _ = ((float(part) for part in line) for line in row["camera_intrinsic"])
        x, y, z = (float(part) for part in row["translation"])
        axes = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
        turn = _matrix([float(part) for part in row["rotation"]]) @ axes.T
        yaw, pitch = math.atan2(turn[1, 0], turn[0, 0]), -math.asin(float(np.clip(turn[2, 0], -1, 1)))
        roll = math.atan2(turn[2, 1], turn[2, 2])
        numbers = (fx, fy, cx, cy, x, y, z, roll, pitch, yaw)
        if not all(map(math.isfinite, numbers)):
            return None
        return Camera(size[1], size[0], fx, fy, cx, cy, x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw)
    except (KeyError, TypeError, ValueError, OverflowError, LiquidlaneError):
        return None


def _matrix(quaternion: list[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Give the rotation (3, 3) of a quaternion w, x, y, z."""
    w, x, y, z = quaternion
    length = math.sqrt(w * w + x * x + y * y + z * z)
    if not length > 0:
        raise ValueError(f"{quaternion} is no rotation")
    w, x, y, z = w / length, x / length, y / length, z / length
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
