"""The road camera of a comma device: its intrinsics by the device or its sensor, its tilt by what the device learned.

Focal lengths are those of openpilot's common/transformations/camera.py. A device sees in which direction it travels and
tells it as the roll, pitch and yaw of that direction; a camera that looks down has positive pitch, as here.
"""

import math
from collections.abc import Sequence

import numpy as np

from pipeline.openpilot.log import SegmentLog
from pipeline.signals.assumed import Assumed
from simulator.camera import Camera

BY_SENSOR = {"ar0231": (1928, 1208, 2648.0), "ox03c10": (1928, 1208, 2648.0), "os04c10": (1344, 760, 1141.5)}
BY_DEVICE = {"neo": (1164, 874, 910.0), "tici": (1928, 1208, 2648.0)}
"""Width, height and focal length [px] of the full picture."""
ASPECT = 0.01  # how much the shape of a picture made smaller may differ
AHEAD, HEIGHT = 1.6, 1.22  # before the rear axle, above the road [m]


def find_camera(logs: Sequence[SegmentLog], size: tuple[int, int] | None, assumed: Assumed) -> Camera | None:
    """Give the camera of pictures of this (height, width) [px]; None if the device or its tilt is not known."""
    sensor = next((log.sensor for log in logs if log.sensor in BY_SENSOR), "")
    device = next((log.device for log in logs if log.device in BY_DEVICE), "")
    native = BY_SENSOR.get(sensor) or BY_DEVICE.get(device)
    directions = [direction for log in logs for direction in log.directions]
    height, width = size or (0, 0)
    if native is None or not width or abs(width / height * native[1] / native[0] - 1) > ASPECT:
        assumed.note("camera", "unknown", "", "the log does not say a device that takes pictures of this shape")
        return None
    if not directions:
        assumed.note("camera", "unknown", "", "the device had not learned its tilt yet")
        return None
    learned = next((log.height for log in reversed(logs) if math.isfinite(log.height)), None)
    if learned is None:
        assumed.note("camera height", HEIGHT, "m", "the log does not say it")
    assumed.note("camera", f"{AHEAD} m before the rear axle", "", "the log does not say it")
    _, pitch, yaw = np.median(np.array(directions), axis=0).tolist()
    focal = native[2] * width / native[0]
    across, below = (width - 1) / 2, (height - 1) / 2
    return Camera(width, height, focal, focal, across, below, x=AHEAD, z=learned or HEIGHT, pitch=pitch, yaw=yaw)
