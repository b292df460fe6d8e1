"""Donkeycar's tubs: version 2 (`manifest.json`, catalogs, `images/`) and version 1 (`record_12.json` beside pictures).

The angle is normalised, -1 to 1, positive to the right; there is no speed unless the car has an encoder. A donkey car
is a small model: its lengths and speeds are given as those of a full-size car, by an assumed scale, which leaves yaw
rates and the look of the road as they are.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from pipeline.files.recording_files import Files, read_lines
from pipeline.ingestion.reader import LeftOutError, Recognition, Recording, Shot, Track, read_shots
from pipeline.signals.assumed import Assumed
from pipeline.signals.clock import is_conversion
from pipeline.signals.curvature import from_steer
from pipeline.signals.motion import compare_with_motion
from simulator.config import Config
from simulator.errors import LiquidlaneError

MANIFEST = "manifest.json"
CATALOG = re.compile(r"catalog_(\d+)\.catalog")
RECORD = re.compile(r"record_(\d+)\.json")
IMAGE, ANGLE, MODE = "cam/image_array", "user/angle", "user/mode"
SPEEDS = ("enc/speed", "pos/speed")  # of an encoder, and of the donkey simulator [m/s]
YAW_RATE = "imu/gyr_z"  # about the axis that points up, so left is positive

Record = dict[str, Any]


class Options(Config):
    """What a tub does not say."""

    wheelbase: float = Field(0.17, gt=0, description="Assumed distance of the car's axles [m].")
    maximum_angle: float = Field(20.0, gt=0, lt=90, description="Assumed angle of the wheels at angle 1 [degrees].")
    scale: float = Field(16.0, gt=0, description="Lengths and speeds are multiplied by it; 1 keeps the model car's.")
    speed: float = Field(0.6, gt=0, description="Assumed speed of the car, where the tub holds none [m/s].")
    rate: float = Field(20.0, gt=0, description="Assumed frames a second, where the stamps are no times [1/s].")
    pilot: bool = Field(False, description="Also take frames that a model steered.")


@dataclass(slots=True)
class Tub:
    """Where a tub's records are: entries (place, text) to be read one by one, and what is known of the whole."""

    folder: Path
    entries: Callable[[], Iterator[tuple[str, str]]]
    deleted: frozenset[int] = frozenset()
    findings: list[str] = field(default_factory=list)


def recognise(files: Files) -> Recognition:
    """Look for a manifest of five lines, or records."""
    for path in files.named(MANIFEST):
        if IMAGE in _beginning(path) and any(CATALOG.fullmatch(name.rpartition("/")[2]) for name in files.names):
            return Recognition(1.0, f"a tub of version 2: {MANIFEST} names {IMAGE}, with catalogs")
    records = files.matching(r"(.*/)?record_\d+\.json")
    if records and IMAGE in _beginning(records[0]):
        return Recognition(0.95, f"a tub of version 1: records such as {records[0].name}")
    if any(CATALOG.fullmatch(name.rpartition("/")[2]) for name in files.names):
        return Recognition(0.7, "catalogs without their manifest")
    return Recognition(0.0, f"no {MANIFEST} with catalogs, no record_*.json")


def _beginning(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(4096)
    except OSError:
        return ""


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read each tub in the folder and below.

    Raises:
        LiquidlaneError: if there is none.
    """
    files = Files(folder)
    catalogs = files.matching(r"(.*/)?catalog_\d+\.catalog")
    records = files.matching(r"(.*/)?record_\d+\.json")
    tubs = [_second_version(place, files) for place in sorted({path.parent for path in catalogs})]
    tubs += [_first_version(place, records) for place in sorted({path.parent for path in records})]
    if not tubs:
        raise LiquidlaneError(f"{folder} and the folders in it hold no catalog and no record; give a tub's folder")
    return [_read_tub(tub, files, options) for tub in tubs]


def _second_version(folder: Path, files: Files) -> Tub:
    """Find the catalogs: those that the manifest lists, and those that it should have listed."""
    findings: list[str] = []
    there = {path.name: path for path in files.matching(r"(.*/)?catalog_\d+\.catalog") if path.parent == folder}
    last: dict[str, Any] = {}
    try:
        lines = [text for _, text in read_lines(folder / MANIFEST)]
        last = next(value for text in reversed(lines) if "deleted_indexes" in (value := json.loads(text)))
    except (OSError, ValueError, TypeError, StopIteration):
        findings.append(f"{MANIFEST} is missing or can't be read, so no record counts as deleted")
    paths = last.get("paths")
    listed = [str(path) for path in paths] if isinstance(paths, list) else []
    unlisted = sorted(set(there) - set(listed))
    if unlisted and last:
        findings.append(f"{', '.join(unlisted)} not listed in {MANIFEST}, read all the same")
    if absent := [name for name in listed if name not in there]:
        findings.append(f"{', '.join(absent)} listed in {MANIFEST}, but not there")
    in_order = sorted(there.values(), key=lambda path: int(path.stem.partition("_")[2]))
    deleted = last.get("deleted_indexes")
    indexes = frozenset(index for index in deleted if isinstance(index, int)) if isinstance(deleted, list) else ()

    def entries() -> Iterator[tuple[str, str]]:
        for path in in_order:
            for number, text in read_lines(path):
                yield f"{path.name}:{number}", text

    return Tub(folder, entries, frozenset(indexes), findings)


def _first_version(folder: Path, records: list[Path]) -> Tub:
    own = [path for path in records if path.parent == folder]
    own.sort(key=lambda path: int(path.stem.partition("_")[2]))

    def entries() -> Iterator[tuple[str, str]]:
        for path in own:
            yield path.name, " ".join(text for _, text in read_lines(path))

    return Tub(folder, entries)


def _read_record(text: str, place: str) -> Record:
    """Read one record; its index is its own, or in the name of its file."""
    record = json.loads(text)
    if not isinstance(record, dict):
        raise ValueError("no JSON object")
    if "_index" not in record and (found := RECORD.fullmatch(place)):
        record["_index"] = int(found[1])
    return record


def _survey(tub: Tub) -> tuple[list[float], str, bool]:
    """Give the times that records hold, what all of them hold as speed ("" if nothing), and whether there is an IMU."""
    times: list[float] = []
    speeds = set(SPEEDS)
    turning = False
    for place, text in tub.entries():
        try:
            record = _read_record(text, place)
        except (ValueError, RecursionError):
            continue
        speeds &= {key for key in speeds if isinstance(record.get(key), int | float)}
        turning = turning or isinstance(record.get(YAW_RATE), int | float)
        try:
            times.append(_time_of(record))
        except (KeyError, ValueError, TypeError, OverflowError):
            continue
    return times, min(speeds, default="") if times else "", turning


def _time_of(record: Record) -> float:
    """Give the time [s] that a record holds."""
    for key in ("_timestamp_ms", "milliseconds"):
        if key in record:
            return float(record[key]) / 1000
    moment = datetime.fromisoformat(str(record["timestamp"]))
    return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()


def _read_tub(tub: Tub, files: Files, options: Options) -> Recording:
    assumed = Assumed(options)
    wheelbase = assumed.take("wheelbase", "m", "a tub does not say which car it was")
    angle = assumed.take("maximum_angle", "degrees", "a tub holds normalised steering only")
    scale = assumed.take("scale", "", "it is a model car; its lengths and speeds are given as a full-size car's")
    times, speed_key, turning = _survey(tub)
    counted = len(times) < 2 or is_conversion(np.array(times))
    if counted and times:
        lasts = max(times) - min(times)
        tub.findings.append(f"{len(times)} stamps within {lasts:.1f} s are of a conversion, so times are counted")
    rate = assumed.take("rate", "frames/s", "there are no times of the drive") if counted else 0.0
    constant = None if speed_key else assumed.take("speed", "m/s", "the tub holds none")
    motion: list[tuple[float, float, float]] = []

    def read(entry: str, index: int, place: str) -> Shot:
        record = _read_record(entry, place)
        steer, own = float(record[ANGLE]), int(record.get("_index", index))
        if not -1.001 <= steer <= 1.001:
            raise ValueError(f"{ANGLE} {steer} out of range")
        curvature = float(from_steer(-steer, angle, wheelbase * scale))  # a tub's angle is positive to the right
        time = own / rate if counted else _time_of(record)
        speed = (constant if constant is not None else float(record[speed_key])) * scale
        name = str(record[IMAGE])
        if turning:
            motion.append((time, curvature, float(record.get(YAW_RATE, math.nan))))
        if own in tub.deleted:
            raise LeftOutError("deleted by its owner", f"index {own} is in deleted_indexes", name)
        if str(record.get(MODE, "user")) != "user" and not options.pilot:
            raise LeftOutError("steered by a pilot", f"{MODE} is {record[MODE]}", name)
        return Shot(place, time, speed, curvature, curvature, name, files.picture(name, tub.folder))

    shots, flaws = read_shots(tub.entries(), read)
    agreement = compare_with_motion(*zip(*motion, strict=True)) if motion else None
    if agreement is not None:  # the unit of the gyroscope depends on the driver of the sensor
        tub.findings.append(f"{replace(agreement, scale=None)}, by the gyroscope")
    facts = {"camera": "camera", "assumed": assumed.facts}
    tracks = [Track("camera", None, facts, shots, flaws)]
    return Recording(tub.folder.name, tub.folder, tracks, assumed.sentences, tub.findings)
