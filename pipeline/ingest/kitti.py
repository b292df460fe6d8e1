"""KITTI raw: `image_02/data/0000000000.png` beside `image_02/timestamps.txt` and `oxts/` of the inertial system.

There is no steering: curvature is the yaw rate over the forward speed (fields wu and vf of OXTS; its axes are forward,
left, up, so left is positive as here). Cameras: 00 and 01 are grey, 02 and 03 in colour, 02 is the left one.
"""

from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.files.recording_files import Files, PictureFile, read_lines
from pipeline.ingestion.reader import Recognition, Recording, Shot, Track
from pipeline.signals.assumed import Assumed
from pipeline.signals.curvature import from_yaw_rate
from pipeline.signals.resample import at_frames
from simulator.camera import Camera
from simulator.config import Config
from simulator.errors import LiquidlaneError

FIELDS = 25  # of an OXTS record; five numbers about its quality follow
FORWARD_SPEED, YAW_RATE = 8, 22  # vf [m/s], wu [rad/s]
DRIVE = r"(?P<drive>(?:.*/)?)image_0[0-3]/timestamps\.txt"
CALIBRATION = "calib_cam_to_cam.txt"
AHEAD, HEIGHT = 1.1, 1.65
"""Where the cameras stand, by the data set's drawing of the car: before the inertial system, above the ground [m]."""


class Options(Config):
    """What to read."""

    camera: Literal["00", "01", "02", "03"] = Field("02", description="Which camera's pictures are taken.")


def recognise(files: Files) -> Recognition:
    """Look for pictures' times and for the inertial system's."""
    images, motion = (
        files.matching(r"(.*/)?image_0[0-3]/timestamps\.txt"),
        files.matching(r"(.*/)?oxts/timestamps\.txt"),
    )
    if images and motion:
        return Recognition(0.95, "image_0N/ and oxts/ with timestamps.txt")
    return Recognition(0.3 if motion else 0.0, "oxts/ without pictures" if motion else "no image_0N/ beside oxts/")


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read each drive in the folder and below.

    Raises:
        LiquidlaneError: if there is none.
    """
    files = Files(folder)
    stamps = files.matching(rf"(.*/)?image_{options.camera}/timestamps\.txt")
    if not stamps:
        raise LiquidlaneError(
            f"{folder} and the folders in it hold no image_{options.camera}/timestamps.txt; give a drive's folder, "
            "such as 2011_09_26_drive_0001_sync"
        )
    return [_read_recording(stamp.parent.parent, files, options) for stamp in stamps]


def _read_recording(drive: Path, files: Files, options: Options) -> Recording:
    log = drive / f"image_{options.camera}" / "timestamps.txt"
    times = _read_times(log)
    moments, speed, rate, unread = _read_motion(drive)
    speeds = at_frames(moments, speed, times)
    curvature = from_yaw_rate(at_frames(moments, rate, times), speeds)
    pictures = {path.stem: path for path in files.matching(rf".*image_{options.camera}/data/\d+\.(png|jpe?g)")}
    below = {stem: path for stem, path in pictures.items() if path.is_relative_to(drive)}
    shots = []
    for index, time in enumerate(times.tolist()):
        name = f"{index:010d}"
        place, bend = f"{log.parent.name}/timestamps.txt:{index + 1}", float(curvature[index])
        picture = PictureFile(below.get(name), files.root)
        shots.append(Shot(place, time, float(speeds[index]), bend, bend, f"{name}.png", picture))
    assumed = Assumed(options)
    camera = _read_camera(drive, files, options)
    if camera is None:
        assumed.note("camera", "unknown", "", f"there is no {CALIBRATION} beside the drive or above it")
    findings = [f"{len(times)} pictures' times, {len(moments)} records of motion"]
    findings += [f"{unread} records of motion can't be read"] if unread else []
    findings += ["no curvature where the car is slower than 1 m/s: the yaw rate over it is noise"]
    track = Track(f"image_{options.camera}", camera, {"camera": options.camera, "assumed": assumed.facts}, shots)
    return Recording(drive.name, drive, [track], assumed.sentences, findings)


def _read_times(path: Path) -> NDArray[np.float64]:
    """Read one wall clock time a line [s]; what is no time is NaN."""
    return np.array([_seconds(text) for _, text in read_lines(path)])


def _seconds(text: str) -> float:
    """Give the seconds of "2011-09-26 13:02:25.961178112"."""
    whole, _, fraction = text.strip().partition(".")
    try:
        moment = datetime.strptime(whole, "%Y-%m-%d %H:%M:%S")
        return (moment - datetime(1970, 1, 1)).total_seconds() + (float(f"0.{fraction}") if fraction else 0.0)
    except ValueError:
        return np.nan


def _read_motion(drive: Path) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], int]:
    """Read times [s], forward speeds [m/s], yaw rates [rad/s], and how many records can't be read."""
    log = drive / "oxts" / "timestamps.txt"
    if not log.is_file():
        raise LiquidlaneError(f"{drive} holds no oxts/timestamps.txt, so that nothing is known of its motion")
    rows, unread = [], 0
    for index, time in enumerate(_read_times(log).tolist()):
        path = drive / "oxts" / "data" / f"{index:010d}.txt"
        if not path.is_file():
            continue
        cells = " ".join(text for _, text in read_lines(path)).split()
        try:
            if len(cells) < FIELDS:
                raise ValueError
            rows.append((time, float(cells[FORWARD_SPEED]), float(cells[YAW_RATE])))
        except ValueError:
            unread += 1
    values = np.array(rows, float).reshape(len(rows), 3)
    return values[:, 0], values[:, 1], values[:, 2], unread


def _read_camera(drive: Path, files: Files, options: Options) -> Camera | None:
    """Read the rectified camera from the calibration of the drive's day, which lies beside the drive or above it."""
    found = files.named(CALIBRATION)
    near = [path for path in found if drive.is_relative_to(path.parent)] or (found if len(found) == 1 else [])
    if not near:
        return None
    lines = dict(text.split(":", 1) for _, text in read_lines(near[0]) if ":" in text)
    try:
        projection = np.array(lines[f"P_rect_{options.camera}"].split(), float).reshape(3, 4)
        width, height = (round(float(cell)) for cell in lines[f"S_rect_{options.camera}"].split())
        (fx, _, cx, shift), (_, fy, cy, _), _ = projection.tolist()
        # the projection's last column is fx times how far the camera stands to the left of camera 00
        return Camera(width, height, fx, fy, cx, cy, x=AHEAD, y=shift / fx, z=HEIGHT)
    except (KeyError, ValueError, ZeroDivisionError, LiquidlaneError):
        return None
