"""Writes routes as comma2k19 has them, by its README: NumPy writes arrays, SciPy makes quaternions, x265 the video."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from tests.pipeline.ingest.device_film import decode_films, write_device_film

SPEED, WHEELBASE, RATIO = 10.0, 2.7, 15.4
TOLERANCE = 2e-4  # the yaw rate is a difference of headings
BOOT = 46408.5  # [s] after the device started
LONG = 30  # frames from which there is a second segment
PITCH, YAW = np.radians(3.0), np.radians(-1.0)  # how the camera is mounted: it looks down, and to the right
LATITUDE, LONGITUDE = np.radians(37.7), np.radians(-122.5)
UP = np.array([np.cos(LATITUDE) * np.cos(LONGITUDE), np.cos(LATITUDE) * np.sin(LONGITUDE), np.sin(LATITUDE)])
EAST = np.array([-np.sin(LONGITUDE), np.cos(LONGITUDE), 0.0])
NORTH = np.cross(UP, EAST)
FLAT = 1 - 1 / 298.257223563  # WGS 84: shorter half axis over longer
PLACE = 6378137.0 / np.sqrt(1 - (1 - FLAT**2) * np.sin(LATITUDE) ** 2) * UP * (1, 1, FLAT**2)


def save(path: Path, values: NDArray[np.float64]) -> None:
    """Write an array under a name without an ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.save(file, values)


def headings_of(times: NDArray[np.float64], rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the headings whose differences are these yaw rates, as nearly as there are any."""
    differences = np.stack([np.gradient(row, times) for row in np.eye(len(times))], axis=1)
    return np.asarray(np.linalg.lstsq(differences, rates, rcond=None)[0])


def orientations(headings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give quaternions (w, x, y, z) that turn the camera's forward, right, down into ECEF."""
    axes = np.array([[1, 0, 0], [0, -1, 0], [0, 0, -1.0]])  # forward, right, down in forward, left, up
    mounted = Rotation.from_euler("ZY", [YAW, PITCH]) * Rotation.from_matrix(axes)
    level = Rotation.from_matrix(np.stack([EAST, NORTH, UP], axis=1))
    whole = level * Rotation.from_euler("z", headings[:, None]) * mounted
    return np.roll(whole.as_quat(), 1, axis=1)


def write_segment(
    folder: Path,
    images: Sequence[NDArray[np.uint8]],
    times: NDArray[np.float64],
    headings: NDArray[np.float64],
    wheel: Sequence[NDArray[np.float64]],
    clock: float = 0.0,
) -> None:
    """Write a segment; wheel: times [s] and degrees, left positive. clock: what the logs' clock is ahead [s]."""
    folder.mkdir(parents=True)
    write_device_film(folder / "video.hevc", images)
    directions = np.cos(headings)[:, None] * EAST + np.sin(headings)[:, None] * NORTH
    pose = {
        "times": times + BOOT,
        "positions": PLACE + np.zeros((len(times), 1)),
        "velocities": SPEED * directions,
        "orientations": orientations(headings),
    }
    for name, values in pose.items():
        save(folder / "global_pose" / f"frame_{name}", values)
    moments, degrees = wheel
    logs = {"CAN/speed": np.full((len(moments), 1), SPEED), "CAN/steering_angle": degrees}
    logs["IMU/gyro"] = np.asfortranarray(np.zeros((len(moments), 3)))
    for name, values in logs.items():
        save(folder / "processed_log" / name / "t", moments + BOOT + clock)
        save(folder / "processed_log" / name / "value", values)


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    """Write a route (two segments unless short) whose car logs unevenly at 83 Hz, from 37 ms after the first frame."""
    moments, bends = np.array(times), np.array(curvatures)
    random = np.random.default_rng(3)
    logged = np.cumsum(random.uniform(0.004, 0.02, int(100 * (moments[-1] + 1)))) + 0.037
    logged = logged[logged < moments[-1] + 0.1]
    degrees = np.degrees(RATIO * np.arctan(WHEELBASE * np.interp(logged, moments, bends)))
    count = len(images)
    edges = [0, count // 2, count] if count >= LONG else [0, count]
    for number, part in enumerate(map(slice, edges, edges[1:])):
        own = (logged < moments[part][-1] + 0.04) & (logged >= moments[part][0])
        heading = headings_of(moments[part], SPEED * bends[part])
        write_segment(folder / str(number), images[part], moments[part], heading, (logged[own], degrees[own]))


def decode_bare(folder: Path) -> int:
    """Decode all pictures to RGB; for benchmarks."""
    return decode_films(folder, "video.hevc")


def spoil(folder: Path) -> dict[str, int]:
    """Cut the frames' times short, spoil two of them, and lose the second video."""
    place = folder / "0" / "global_pose" / "frame_times"
    times = np.load(place)
    times[5] = np.nan
    times[8] += 0.25
    save(place, times[:-3])
    second = folder / "1" / "video.hevc"
    second.unlink()
    lost = len(np.load(folder / "1" / "global_pose" / "frame_times"))
    return {"no time for the picture": 3, "value not finite": 1, "time out of order": 1, "picture missing": lost}
