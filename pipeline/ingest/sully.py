"""Sully Chen's format: `data.txt` with a picture's name and a steering-wheel angle a line, beside the pictures.

Lines are "12.jpg 3.020000", in the later set "12.jpg 3.020000,2018-07-01 17:09:44:912". The angle is the steering
wheel's, positive to the right; in degrees, in copies also in radians. There is no speed, and in the first set no time.
"""

import math
import re
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field

from pipeline.files.recording_files import Files, read_lines
from pipeline.ingestion.reader import Recognition, Recording, Shot, Track, read_shots
from pipeline.signals.assumed import Assumed
from pipeline.signals.curvature import from_steering_wheel
from simulator.config import Config
from simulator.errors import LiquidlaneError

LOG = "data.txt"
LINE = re.compile(r"(\S.*?\.(?:jpe?g|png))[\s,;]+([-+.\deE]+|nan|inf)(?:\s*,\s*(\d{4}-.*?))?\s*", re.IGNORECASE)
MOST_RADIANS = 12.6  # no steering wheel turns more than two rounds to a side
DEGREE_STEP = 0.05  # sensors of steering wheels resolve 0.1 degrees; the same in radians is 0.0017


class Options(Config):
    """What the recording does not say."""

    unit: Literal["auto", "degrees", "radians"] = Field("auto", description="Unit of the angles.")
    steering_ratio: float = Field(15.0, gt=0, description="Assumed ratio of the steering wheel's angle to the wheels'.")
    wheelbase: float = Field(2.67, gt=0, description="Assumed distance of the axles [m].")
    rate: float = Field(30.0, gt=0, description="Assumed frames a second, where lines hold no time [1/s].")
    speed: float = Field(10.0, gt=0, description="Assumed speed [m/s].")


class _Line(NamedTuple):
    """One line as it stands."""

    picture: str
    angle: float
    time: str

    @classmethod
    def read(cls, text: str) -> "_Line":
        found = LINE.fullmatch(text.strip())
        if found is None:
            raise ValueError("no picture's name and angle")
        return cls(found[1], float(found[2]), found[3] or "")


def recognise(files: Files) -> Recognition:
    """Look for the log and at its first line."""
    for log in files.named(LOG):
        try:
            first = next(read_lines(log), (0, ""))[1]
        except OSError:
            continue
        if LINE.fullmatch(first.strip()):
            return Recognition(0.9, f"{LOG} with lines such as {first.strip()[:40]!r}")
    return Recognition(0.0, f"no {LOG} with a picture's name and an angle a line")


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read each log in the folder and below, or one log.

    Raises:
        LiquidlaneError: if there is none.
    """
    files = Files(folder.parent if folder.is_file() else folder)
    logs = [folder.resolve()] if folder.is_file() else files.named(LOG)
    if not logs:
        raise LiquidlaneError(f"{folder} and the folders in it hold no {LOG}; give a recording's folder")
    return [_read_recording(log, files, options) for log in logs]


def _read_recording(log: Path, files: Files, options: Options) -> Recording:
    assumed = Assumed(options)
    lines = list(read_lines(log))
    angles, timed = _survey([text for _, text in lines])
    scale = _radians_per_unit(angles, options, assumed)
    ratio = assumed.take("steering_ratio", "", "the log holds the steering wheel's angle")
    wheelbase = assumed.take("wheelbase", "m", "the log does not say which car it was")
    speed = assumed.take("speed", "m/s", "the log holds none")
    rate = 0.0 if timed else assumed.take("rate", "frames/s", "the log holds no time")

    def read(text: str, index: int, place: str) -> Shot:
        line = _Line.read(text)
        # the wheel's angle is positive to the right, the curvature to the left
        curvature = float(from_steering_wheel(-line.angle * scale, ratio, wheelbase))
        time = _clock(line.time) if timed else index / rate
        return Shot(place, time, speed, curvature, curvature, line.picture, files.picture(line.picture, log.parent))

    shots, flaws = read_shots(((f"{log.name}:{number}", text) for number, text in lines), read)
    track = Track("camera", None, {"assumed": assumed.facts}, shots, flaws)
    return Recording(log.parent.name, log.parent, [track], assumed.sentences)


def _survey(lines: list[str]) -> tuple[list[float], bool]:
    """Give the finite angles of the lines that can be read, and whether most of these hold a time."""
    angles, times = [], 0
    for text in lines:
        try:
            line = _Line.read(text)
        except ValueError:
            continue
        times += bool(line.time)
        if math.isfinite(line.angle):
            angles.append(line.angle)
    return angles, times > len(angles) / 2


def _radians_per_unit(angles: list[float], options: Options, assumed: Assumed) -> float:
    """Say what one unit of the angles is [rad].

    Radians are recognised by small numbers in small steps; where the numbers leave it open, they are degrees, as in the
    original set.
    """
    unit = options.unit
    if unit == "auto":
        steps = np.abs(np.diff(angles))
        steps = steps[steps > 1e-9]
        small = max(map(abs, angles), default=0.0) <= MOST_RADIANS
        unit = "radians" if small and len(steps) and np.median(steps) < DEGREE_STEP else "degrees"
        assumed.note("unit", unit, "", f"the angles reach {max(map(abs, angles), default=0.0):.4g}")
    return 1.0 if unit == "radians" else math.pi / 180


def _clock(text: str) -> float:
    """Give the wall clock [s] of "2018-07-01 17:09:44:912"."""
    day, _, fraction = text.rpartition(":" if text.count(":") > 2 else ".")
    moment = datetime.strptime(day or text, "%Y-%m-%d %H:%M:%S")
    return (moment - datetime(1970, 1, 1)).total_seconds() + (float(f"0.{fraction}") if day else 0.0)
