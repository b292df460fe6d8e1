"""AirSim: `airsim_rec.txt` (tab-separated, with a header) beside `images/`.

Steering is -1 to 1, positive to the right. Poses are north-east-down, so their yaw is clockwise. Speed is in m/s in the
logs of AirSim's own recorder, in km/h where the header says so. Times are in ms. Logs of drones hold no steering.
"""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.files.recording_files import Files
from pipeline.files.tables import Table, open_table
from pipeline.ingestion.reader import Recognition, Recording, Shot, Track, read_shots
from pipeline.signals.assumed import Assumed
from pipeline.signals.clock import seconds_per_unit
from pipeline.signals.curvature import from_steer, from_yaw_rate
from pipeline.signals.motion import compare_with_motion, yaw_rate_of_headings
from simulator.config import Config
from simulator.errors import LiquidlaneError

LOG = "airsim_rec.txt"
KNOWN = ("timestamp", "imagefile", "imagename", "steering")
SPEEDS = {"speed": 1.0, "speed (m/s)": 1.0, "speed (kmph)": 1 / 3.6, "speed (km/h)": 1 / 3.6, "speed (mph)": 0.44704}
QUATERNION = ("q_w", "q_x", "q_y", "q_z")

Row = dict[str, str]


class Options(Config):
    """What the log does not say."""

    maximum_angle: float = Field(50.0, gt=0, lt=90, description="Assumed angle of the wheels at steering 1 [degrees].")
    wheelbase: float = Field(2.9, gt=0, description="Assumed distance of the axles [m].")
    picture: int = Field(0, ge=0, description="Which of several pictures of a row, counted from 0.")
    vehicle: str = Field("", description="Of several vehicles in the log, whose rows; empty takes the first one's.")


def recognise(files: Files) -> Recognition:
    """Look for the log and its header."""
    for log in files.named(LOG):
        columns = set(open_table(log, KNOWN).columns or ())
        if "steering" in columns:
            return Recognition(0.95, f"{LOG} with steering")
        if columns:
            return Recognition(0.7, f"{LOG} without steering, of a drone perhaps")
    return Recognition(0.0, f"no {LOG} with a header")


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read each log in the folder and below, or one log.

    Raises:
        LiquidlaneError: if there is none, or it holds no steering.
    """
    files = Files(folder.parent if folder.is_file() else folder)
    logs = [folder.resolve()] if folder.is_file() else files.named(LOG)
    if not logs:
        raise LiquidlaneError(f"{folder} and the folders in it hold no {LOG}; give a recording's folder")
    return [_read_recording(log, files, options) for log in logs]


def _read_recording(log: Path, files: Files, options: Options) -> Recording:
    table = open_table(log, KNOWN)
    columns = set(table.columns or ())
    picture_key = next((key for key in ("imagefile", "imagename") if key in columns), None)
    speed_key = next((key for key in SPEEDS if key in columns), None)
    needed = {"Steering": "steering", "TimeStamp": "timestamp", "Speed": speed_key, "ImageFile": picture_key}
    for what, key in needed.items():
        if key is None or key not in columns:
            raise LiquidlaneError(f"{log} has no column {what} in its header; a car's log of AirSim has it")
    assert picture_key is not None and speed_key is not None
    assumed = Assumed(options)
    angle = assumed.take("maximum_angle", "degrees", "the log holds normalised steering only")
    wheelbase = assumed.take("wheelbase", "m", "the log does not say which car it was")
    vehicle, rows = _rows_of_one_vehicle(table, options)
    unit = seconds_per_unit(np.array([_or_nan(table, row.get("timestamp", "")) for _, row in rows]))
    motion: list[tuple[float, float, float]] = []
    driven = _driven(table, [row for _, row in rows], unit, speed_key)

    def read(row: Row, index: int, place: str) -> Shot:
        steer, speed = table.number(row["steering"]), table.number(row[speed_key]) * SPEEDS[speed_key]
        if not -1.001 <= steer <= 1.001:
            raise ValueError(f"steering {steer} out of range")
        pictures = [name for name in re.split(r"[;,]", row[picture_key]) if name.strip()]
        if options.picture >= len(pictures):
            raise ValueError(f"{len(pictures)} pictures, none with number {options.picture}")
        name = pictures[options.picture].strip()
        curvature = float(from_steer(-steer, angle, wheelbase))  # AirSim's steering is positive to the right
        executed = float(driven[index]) if math.isfinite(driven[index]) else curvature
        time = table.number(row["timestamp"]) * unit
        motion.append((time, curvature, float(driven[index])))
        return Shot(place, time, speed, curvature, executed, name, files.picture(name, log.parent))

    shots, flaws = read_shots(rows, read)
    findings = [f"only the rows of {vehicle} are read"] if vehicle else []
    agreement = compare_with_motion(*zip(*motion, strict=True)) if motion else None
    if agreement is not None:
        findings.append(f"{agreement}, by the pose")
    facts: dict[str, Any] = {"camera": "camera", "assumed": assumed.facts}
    return Recording(
        log.parent.name, log.parent, [Track("camera", None, facts, shots, flaws)], assumed.sentences, findings
    )


def _rows_of_one_vehicle(table: Table, options: Options) -> tuple[str, list[tuple[str, Row]]]:
    """Give the rows of the vehicle wanted, and its name if the log holds several."""
    rows = list(table.places(()))
    names = list(dict.fromkeys(row.get("vehiclename", "") for _, row in rows))
    wanted = options.vehicle or (names[0] if names else "")
    if wanted not in names and options.vehicle:
        raise LiquidlaneError(f"{table.path} holds no vehicle {wanted!r}; it holds {', '.join(names)}")
    return (wanted if len(names) > 1 else ""), [entry for entry in rows if entry[1].get("vehiclename", "") == wanted]


def _driven(table: Table, rows: list[Row], unit: float, speed_key: str) -> NDArray[np.float64]:
    """Give the curvature driven [1/m] from the poses, (rows,), NaN where unknown."""
    keys = ("timestamp", speed_key, *QUATERNION)
    cells = [[_or_nan(table, row.get(key, "")) for key in keys] for row in rows]
    values = np.array(cells).reshape(len(rows), len(keys))
    driven = np.full(len(rows), np.nan)
    known = np.isfinite(values).all(axis=1)
    if known.sum() < 3:
        return driven
    times, speeds, w, x, y, z = values[known].T
    heading = -np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))  # north-east-down: clockwise
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = yaw_rate_of_headings(times * unit, heading)
    driven[known] = from_yaw_rate(rate, speeds * SPEEDS[speed_key])
    return driven


def _or_nan(table: Table, cell: str) -> float:
    try:
        return table.number(cell)
    except ValueError:
        return math.nan
