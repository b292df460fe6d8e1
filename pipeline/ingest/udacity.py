"""Udacity: the simulator's `driving_log.csv` beside `IMG`, and `interpolated.csv` of the reader for its ROS bags.

The simulator's columns: center, left, right (paths, often of another machine), steering (-1 to 1, right positive),
throttle, brake, speed [mph]; with or without a header. The time stands only in the pictures' names. Steering is
normalised, so the curvature rests on an assumed wheelbase and maximum angle, and the side cameras' on an assumed
distance.

`interpolated.csv` has a header: timestamp [ns], frame_id, filename, angle (of the steering wheel [rad], left positive,
as ROS has it), speed [m/s].
"""

import math
import re
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline.augmentation.viewpoint import curvature_that_returns
from pipeline.files.recording_files import Files
from pipeline.files.tables import Table, open_table
from pipeline.ingestion.reader import Recognition, Recording, Shot, Track, read_shots
from pipeline.signals.assumed import Assumed
from pipeline.signals.curvature import from_steer, from_steering_wheel
from simulator.config import Config
from simulator.errors import LiquidlaneError

LOG, INTERPOLATED = "driving_log.csv", "interpolated.csv"
COLUMNS = ("center", "left", "right", "steering", "throttle", "brake", "speed")
INTERPOLATED_COLUMNS = ("timestamp", "filename", "angle", "speed")
MILES_PER_HOUR = 0.44704  # [m/s]
TIME = re.compile(r"(\d{4})_(\d{2})_(\d{2})_(\d{2})_(\d{2})_(\d{2})_(\d{1,3})(?=\.\w+$)")
SIDES = {"center": 0.0, "left": 1.0, "right": -1.0}
KNOWN = (*COLUMNS, *INTERPOLATED_COLUMNS)
NO_CAR = "the log does not say which car it was"

CameraName = Literal["center", "left", "right"]


class Options(Config):
    """What the recording does not say."""

    cameras: tuple[CameraName, ...] = Field(("center",), min_length=1, description="Which cameras become drives.")
    wheelbase: float = Field(2.7, gt=0, description="Assumed distance of the axles [m].")
    maximum_angle: float = Field(25.0, gt=0, lt=90, description="Assumed angle of the wheels at steering 1 [degrees].")
    steering_ratio: float = Field(
        14.8, gt=0, description="Assumed ratio of the steering wheel's angle to the wheels' (interpolated.csv)."
    )
    rate: float = Field(10.0, gt=0, description="Assumed frames a second, where no picture's name holds a time [1/s].")
    side_offset: float = Field(1.0, gt=0, description="Assumed distance of the side cameras from the middle [m].")
    return_seconds: float = Field(
        2.0, gt=0, description="Side cameras are labelled to be in the middle after this [s]."
    )


def recognise(files: Files) -> Recognition:
    """Look for one of the logs and at its first line."""
    for log in files.named(LOG):
        first = _first_row(log)
        if sum(re.search(r"\.(jpe?g|png)$", cell.strip(), re.IGNORECASE) is not None for cell in first) >= 1:
            return Recognition(0.95, f"{LOG} with pictures and steering")
        if "steering" in [cell.strip().lower() for cell in first]:
            return Recognition(0.95, f"{LOG} with a header")
        return Recognition(0.6, f"{LOG}, whose first line is not understood")
    for log in files.named(INTERPOLATED):
        if set(INTERPOLATED_COLUMNS) <= {cell.strip().lower() for cell in _first_row(log)}:
            return Recognition(0.95, f"{INTERPOLATED} with timestamp, filename, angle, speed")
    return Recognition(0.0, f"no {LOG} or {INTERPOLATED}")


def _first_row(log: Path) -> list[str]:
    try:
        table = open_table(log, KNOWN)
        return list(table.columns or next(table.rows(), (0, []))[1])
    except OSError:
        return []


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read the logs in a folder and below, or one log.

    Raises:
        LiquidlaneError: if there is no log.
    """
    files = Files(folder.parent if folder.is_file() else folder)
    logs = [folder.resolve()] if folder.is_file() else [*files.named(LOG), *files.named(INTERPOLATED)]
    if not logs:
        raise LiquidlaneError(f"{folder} holds no {LOG} or {INTERPOLATED}, however deep; give a recording's folder")
    return [_read_recording(log, files, options) for log in logs]


def _read_recording(log: Path, files: Files, options: Options) -> Recording:
    table = open_table(log, KNOWN)
    assumed = Assumed(options)
    if table.columns and set(INTERPOLATED_COLUMNS) <= set(table.columns):
        tracks = [_read_interpolated(camera, table, files, options, assumed) for camera in options.cameras]
        findings: list[str] = []
    else:
        _check_columns(table)
        timed = any(TIME.search(row.get("center", "").strip()) for _, row in table.places(COLUMNS))
        tracks = [_read_simulator(camera, timed, table, files, options, assumed) for camera in options.cameras]
        findings = [] if timed else ["no picture's name holds a time; times are counted"]
    if set(options.cameras) - {"center"}:
        assumed.take("side_offset", "m", "the log does not say where the side cameras are")
        assumed.take("return_seconds", "s", "nobody drove the side cameras' labels, which lead back to the middle")
    return Recording(log.parent.name, log.parent, tracks, assumed.sentences, findings)


def _check_columns(table: Table) -> None:
    missing = set(COLUMNS) - {"throttle", "brake", "left", "right"} - set(table.columns or COLUMNS)
    if missing:
        raise LiquidlaneError(f"{table.path} has no column {', '.join(sorted(missing))}; its header must name all")


def _facts(camera: CameraName, options: Options, assumed: Assumed) -> dict[str, Any]:
    facts: dict[str, Any] = {"camera": camera, "assumed": dict(assumed.facts)}
    if camera != "center":
        facts["assumed"] |= {
            "lateral_offset": SIDES[camera] * options.side_offset,
            "return_seconds": options.return_seconds,
        }
        facts["training_only"] = True  # nobody drove this label
    return facts


def _seen_from(camera: CameraName, executed: float, speed: float, options: Options) -> float:
    """Give the label that leads back to the middle from where a camera is."""
    if camera == "center":
        return executed
    aside = SIDES[camera] * options.side_offset
    return executed + float(curvature_that_returns(aside, 0.0, speed, options.return_seconds))


def _read_simulator(
    camera: CameraName, timed: bool, table: Table, files: Files, options: Options, assumed: Assumed
) -> Track:
    wheelbase = assumed.take("wheelbase", "m", NO_CAR)
    angle = assumed.take("maximum_angle", "degrees", "the log holds normalised steering only")
    rate = 0.0 if timed else assumed.take("rate", "frames/s", "neither the log nor a picture's name holds a time")

    def read(row: dict[str, str], index: int, place: str) -> Shot:
        steering, speed = table.number(row["steering"]), table.number(row["speed"]) * MILES_PER_HOUR
        if not (-1.001 <= steering <= 1.001 and math.isfinite(speed)):
            raise ValueError(f"steering {steering} or speed {speed} m/s out of range")
        name = _bare_name(row[camera])
        if not name:
            raise ValueError(f"no picture of the {camera} camera")
        executed = float(from_steer(-steering, angle, wheelbase))  # its steering is positive to the right
        time = _time_in(name) if timed else index / rate
        curvature = _seen_from(camera, executed, speed, options)
        return Shot(place, time, speed, curvature, executed, name, files.picture(row[camera], table.path.parent))

    shots, flaws = read_shots(table.places(COLUMNS), read)
    return Track(camera, None, _facts(camera, options, assumed), shots, flaws)


def _read_interpolated(camera: CameraName, table: Table, files: Files, options: Options, assumed: Assumed) -> Track:
    wheelbase = assumed.take("wheelbase", "m", NO_CAR)
    ratio = assumed.take("steering_ratio", "", "the log holds the steering wheel's angle")

    def read(row: dict[str, str], index: int, place: str) -> Shot:
        angle, speed = table.number(row["angle"]), table.number(row["speed"])
        name = row["filename"].strip()
        executed = float(from_steering_wheel(angle, ratio, wheelbase))  # left is positive as here
        curvature = _seen_from(camera, executed, speed, options)
        picture = files.picture(name, table.path.parent)
        return Shot(place, int(row["timestamp"]) / 1e9, speed, curvature, executed, name, picture)

    rows = ((place, row) for place, row in table.places(()) if _camera_of(row) == camera)
    shots, flaws = read_shots(rows, read)
    return Track(camera, None, _facts(camera, options, assumed), shots, flaws)


def _camera_of(row: dict[str, str]) -> str:
    """Say which camera took a picture, by its folder or its frame's name; the middle one if nothing tells."""
    told = f"{row.get('filename', '').rpartition('/')[0]} {row.get('frame_id', '')}".lower()
    return next((side for side in ("left", "right") if side in told), "center")


def _bare_name(written: str) -> str:
    return re.split(r"[/\\]", written.strip().strip('"'))[-1]


def _time_in(name: str) -> float:
    """Give the wall clock [s] in a picture's name, such as center_2016_12_01_13_30_48_287.jpg."""
    found = TIME.search(name)
    if not found:
        raise ValueError(f"no time in the name {name!r}")
    *whole, milliseconds = found.groups()
    moment = datetime(*map(int, whole))  # type: ignore[arg-type]
    return (moment - datetime(1970, 1, 1)).total_seconds() + int(milliseconds.ljust(3, "0")) / 1000
