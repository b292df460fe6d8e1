"""The Udacity self-driving simulator: `driving_log.csv` beside a folder `IMG` with three cameras' pictures.

Columns: center, left, right (paths, often of another machine), steering (-1 to 1, right positive), throttle, brake,
speed [mph]; with or without a header. The time stands only in the pictures' names. Steering is normalised, so the
curvature rests on an assumed wheelbase and maximum angle, and the side cameras' on an assumed distance.
"""

import csv
import math
import re
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline.reader import Flaw, Recognition, Recording, Shot, Track
from pipeline.recording_files import Files
from pipeline.viewpoint import curvature_that_returns
from simulator.config import Config
from simulator.errors import LiquidlaneError

LOG = "driving_log.csv"
COLUMNS = ("center", "left", "right", "steering", "throttle", "brake", "speed")
MILES_PER_HOUR = 0.44704  # [m/s]
TIME = re.compile(r"(\d{4})_(\d{2})_(\d{2})_(\d{2})_(\d{2})_(\d{2})_(\d{1,3})(?=\.\w+$)")
SIDES = {"center": 0.0, "left": 1.0, "right": -1.0}

Camera = Literal["center", "left", "right"]


class Options(Config):
    """What the recording does not say."""

    cameras: tuple[Camera, ...] = Field(("center",), min_length=1, description="Which cameras become drives.")
    wheelbase: float = Field(2.7, gt=0, description="Assumed distance of the axles [m].")
    maximum_angle: float = Field(25.0, gt=0, lt=90, description="Assumed angle of the wheels at steering 1 [degrees].")
    side_offset: float = Field(1.0, gt=0, description="Assumed distance of the side cameras from the middle [m].")
    return_seconds: float = Field(
        2.0, gt=0, description="Side cameras are labelled to be in the middle after this [s]."
    )


def recognise(files: Files) -> Recognition:
    """Look for the log."""
    logs = files.named(LOG)
    if not logs:
        return Recognition(0.0, f"no {LOG}")
    return Recognition(0.9, f"{LOG}")


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read the log in a folder, or the logs in the folders right below it.

    Raises:
        LiquidlaneError: if there is no log, or it can't be read.
    """
    logs = [folder / LOG] if (folder / LOG).is_file() else sorted(folder.glob(f"*/{LOG}"))
    if not logs:
        raise LiquidlaneError(f"{folder} holds no {LOG}, nor does a folder right below it; give a recording's folder")
    return [_read_recording(log, options) for log in logs]


def _read_recording(log: Path, options: Options) -> Recording:
    try:
        text = log.read_text(encoding="utf-8-sig", errors="replace").replace("\0", "")
    except OSError as error:
        raise LiquidlaneError(f"{log} can't be read ({error.strerror}); check the file and its permissions") from None
    rows = [(f"{LOG}:{number}", row) for number, row in _numbered_rows(text)]
    columns: tuple[str, ...] = COLUMNS
    if rows and "steering" in [cell.strip().lower() for cell in rows[0][1]]:
        columns = tuple(cell.strip().lower() for cell in rows.pop(0)[1])
        missing = set(COLUMNS) - {"throttle", "brake"} - set(columns)
        if missing:
            raise LiquidlaneError(f"{log} has no column {', '.join(sorted(missing))}; its header must name all of them")
    pictures = _index_pictures(log.parent)
    tracks = [_read_track(camera, rows, columns, pictures, options) for camera in options.cameras]
    assumptions = [
        f"wheelbase {options.wheelbase:g} m and maximum angle {options.maximum_angle:g} degrees are assumed, "
        "since the log holds normalised steering only"
    ]
    if set(options.cameras) - {"center"}:
        assumptions.append(
            f"side cameras are assumed {options.side_offset:g} m from the middle, and labelled to lead back in "
            f"{options.return_seconds:g} s"
        )
    return Recording(log.resolve().parent.name, log.parent, tracks, assumptions)


def _numbered_rows(text: str) -> list[tuple[int, list[str]]]:
    """Give the line number and cells of each line that is not blank; one broken line must not eat the next."""
    return [(number, _split_cells(line)) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def _split_cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line], skipinitialspace=True), [])
    except csv.Error:  # such as a cell of 130 kB
        return [line]


def _index_pictures(folder: Path) -> dict[str, Path]:
    """Give the pictures by their bare names: the paths in a log are another machine's."""
    files = [path for place in (folder, *folder.glob("[Ii][Mm][Gg]")) for path in place.iterdir() if path.is_file()]
    return {path.name: path for path in files}


def _read_track(
    camera: Camera,
    rows: list[tuple[str, list[str]]],
    columns: tuple[str, ...],
    pictures: dict[str, Path],
    options: Options,
) -> Track:
    shots: list[Shot] = []
    flaws: list[Flaw] = []
    for place, cells in rows:
        try:
            shots.append(_read_row(place, dict(zip(columns, cells, strict=False)), camera, pictures, options))
        except (KeyError, ValueError) as error:
            flaws.append(Flaw(place, "", "row unreadable", f"{error} in {','.join(cells)[:200]!r}"))
    facts: dict[str, Any] = {
        "camera": camera,
        "assumed": {"wheelbase": options.wheelbase, "maximum_angle_degrees": options.maximum_angle},
    }
    if camera != "center":
        facts["assumed"] |= {
            "lateral_offset": SIDES[camera] * options.side_offset,
            "return_seconds": options.return_seconds,
        }
        facts["training_only"] = True  # nobody drove this label
    return Track(camera, None, facts, shots, flaws)


def _read_row(place: str, values: dict[str, str], camera: Camera, pictures: dict[str, Path], options: Options) -> Shot:
    steering, speed = float(values["steering"]), float(values["speed"]) * MILES_PER_HOUR
    if not (-1.001 <= steering <= 1.001 and math.isfinite(speed)):
        raise ValueError(f"steering {steering} or speed {speed} m/s out of range")
    name = re.split(r"[/\\]", values[camera].strip().strip('"'))[-1]
    if not name:
        raise ValueError(f"no picture of the {camera} camera")
    # the angle is positive to the right, the curvature to the left
    executed = math.tan(math.radians(-steering * options.maximum_angle)) / options.wheelbase + 0.0  # never -0
    aside = SIDES[camera] * options.side_offset
    correction = curvature_that_returns(aside, 0.0, speed, options.return_seconds)
    curvature = executed + float(correction)
    load = partial(_load, pictures.get(name), name)
    return Shot(place, _time_in(name), speed, curvature, executed, name, load)


def _time_in(name: str) -> float:
    """Give the wall clock [s] in a picture's name, such as center_2016_12_01_13_30_48_287.jpg."""
    found = TIME.search(name)
    if not found:
        raise ValueError(f"no time in the name {name!r}")
    *whole, milliseconds = found.groups()
    moment = datetime(*map(int, whole))  # type: ignore[arg-type]
    return (moment - datetime(1970, 1, 1)).total_seconds() + int(milliseconds.ljust(3, "0")) / 1000


def _load(path: Path | None, name: str) -> bytes:
    if path is None:
        raise FileNotFoundError(name)
    return path.read_bytes()
