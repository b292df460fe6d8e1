"""Writes tables and messages as nuScenes' schema and its CAN bus expansion document them; the data may not be had here.

No writer of the format is public: the rows follow docs/schema_nuscenes.md and can_bus/README.md of the devkit.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.drive import encode_jpeg
from tests.pipeline.ingest.recorded import spoil_pictures

SPEED, WHEELBASE, RATIO = 10.0, 2.588, 15.4
TOLERANCE = 1e-6
START = 1_531_883_530_000_000  # [µs]
FOCAL = 1266.417
DOWN = 0.02  # [rad], the camera's pitch


def write_table(folder: Path, name: str, rows: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(rows, indent=0))


def sensor_rows(width: int, height: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Give the rows of two sensors: a camera in front that looks down a little, and a lidar."""
    sensors = [
        {"token": "sensor-cam", "channel": "CAM_FRONT", "modality": "camera"},
        {"token": "sensor-lidar", "channel": "LIDAR_TOP", "modality": "lidar"},
    ]
    # camera axes (right, down, ahead) in the car's axes (ahead, left, up), pitched about the left axis
    level, pitched = np.array([0.5, -0.5, 0.5, -0.5]), np.array([math.cos(DOWN / 2), 0, math.sin(DOWN / 2), 0])
    intrinsic = [[FOCAL, 0, width / 2], [0, FOCAL, height / 2], [0, 0, 1]]
    turn = product(pitched, level)
    calibrated = [
        {
            "token": "calibrated-cam",
            "sensor_token": "sensor-cam",
            "translation": [1.7, 0.0159, 1.511],
            "rotation": turn.tolist(),
            "camera_intrinsic": intrinsic,
        },
        {
            "token": "calibrated-lidar",
            "sensor_token": "sensor-lidar",
            "translation": [0.9, 0, 1.8],
            "rotation": [1, 0, 0, 0],
            "camera_intrinsic": [],
        },
    ]
    return sensors, calibrated


def product(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Multiply two quaternions w, x, y, z."""
    w, x, y, z = one
    a, b, c, d = other
    return np.array(
        [
            w * a - x * b - y * c - z * d,
            w * b + x * a + y * d - z * c,
            w * c - x * d + y * a + z * b,
            w * d + x * c - y * b + z * a,
        ]
    )


def pose_rows(curvatures: Sequence[float], times: Sequence[float]) -> list[dict[str, Any]]:
    """Give the poses of a car that drives the curvatures: exact arcs between the times."""
    rows, x, y, heading = [], 100.0, 200.0, 0.7
    for index, time in enumerate(times):
        rows.append(
            {
                "token": f"pose-{index}",
                "timestamp": START + round(time * 1e6),
                "translation": [x, y, 0.0],
                "rotation": [math.cos(heading / 2), 0.0, 0.0, math.sin(heading / 2)],
            }
        )
        if index + 1 < len(times):
            step = SPEED * (times[index + 1] - time)
            middle = heading + curvatures[index] * step / 2
            x, y = x + step * math.cos(middle), y + step * math.sin(middle)
            heading += curvatures[index] * step
    return rows


def write_recording(
    folder: Path,
    images: Sequence[NDArray[np.uint8]],
    curvatures: Sequence[float],
    times: Sequence[float],
    scene: str = "scene-0001",
) -> None:
    tables, can = folder / "v1.0-mini", folder / "can_bus"
    height, width = images[0].shape[:2]
    sensors, calibrated = sensor_rows(width, height)
    write_table(tables, "sensor", sensors)
    write_table(tables, "calibrated_sensor", calibrated)
    write_table(
        tables, "log", [{"token": "log", "logfile": folder.name, "vehicle": "n015", "location": "boston-seaport"}]
    )
    write_table(tables, "scene", [{"token": "scene", "name": scene, "log_token": "log", "nbr_samples": 1}])
    write_table(tables, "sample", [{"token": "sample", "timestamp": START, "scene_token": "scene"}])
    write_table(tables, "ego_pose", pose_rows(curvatures, times))
    rows = []
    for index, (image, time) in enumerate(zip(images, times, strict=True)):
        stamp = START + round(time * 1e6)
        key = index % 6 == 0
        name = f"{'samples' if key else 'sweeps'}/CAM_FRONT/n015__CAM_FRONT__{stamp}.jpg"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(encode_jpeg(image))
        row = {
            "token": f"data-{index}",
            "sample_token": "sample",
            "ego_pose_token": f"pose-{index}",
            "calibrated_sensor_token": "calibrated-cam",
            "filename": name,
            "fileformat": "jpg",
            "width": width,
            "height": height,
            "timestamp": stamp,
            "is_key_frame": key,
        }
        lidar = {**row, "token": f"lidar-{index}", "calibrated_sensor_token": "calibrated-lidar"}
        rows += [row, {**lidar, "filename": f"sweeps/LIDAR_TOP/{index}.bin"}]
    write_table(tables, "sample_data", rows[::-1])  # in no order, as there
    poses = [
        {
            "utime": START + round(time * 1e6),
            "vel": [SPEED, 0.0, 0.0],
            "rotation_rate": [0.01, -0.02, SPEED * curvature],
            "accel": [0.1, 0.2, 9.8],
        }
        for curvature, time in zip(curvatures, times, strict=True)
    ]
    wheel = [
        {"utime": row["utime"], "value": RATIO * math.atan(curvature * WHEELBASE)}
        for row, curvature in zip(poses, curvatures, strict=True)
    ]
    write_table(can, f"{scene}_pose", poses)
    write_table(can, f"{scene}_steeranglefeedback", wheel)


def spoil(folder: Path) -> dict[str, int]:
    pictures = [*(folder / "samples").rglob("*.jpg"), *(folder / "sweeps").rglob("*.jpg")]
    counts = spoil_pictures(sorted(pictures, key=lambda path: path.name))
    path = folder / "v1.0-mini" / "sample_data.json"
    rows = {row["token"]: row for row in json.loads(path.read_text())}
    del rows["data-14"]["timestamp"]
    rows["data-15"]["sample_token"] = "nobody's"
    rows["data-21"]["timestamp"] = rows["data-20"]["timestamp"]
    path.write_text(json.dumps(list(rows.values())))
    pose = folder / "can_bus" / "scene-0001_pose.json"
    messages = json.loads(pose.read_text())
    pose.write_text(json.dumps(messages[:30]))
    # the last message still serves the picture a step later
    return counts | {"row unreadable": 2, "time repeated": 1, "value not finite": 9}
