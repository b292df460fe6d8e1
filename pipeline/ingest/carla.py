"""Pictures from CARLA with labels in a table, in JSON, or in their names.

A table or JSON names the picture and its steer, and may name time, speed, throttle, brake; names of pictures are
`NNNNNNNN_MAIN_s_t_b.jpg` (the camera, steer, throttle, brake, as in Packt's book), where the number counts ticks. Steer
is CARLA's: -1 to 1, positive to the right, 1 being the largest angle of the car's wheels.

A recorder log of CARLA (`*.log`) holds no pictures: it is replayed on a server, with a camera on a car; see
`pipeline.video.recorder_log`.
"""

import math
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from pipeline.augmentation.viewpoint import curvature_that_returns
from pipeline.files.labels import JSONS, PICTURE_KEY, TABLES, Values, pick, read_labels
from pipeline.files.recording_files import Files
from pipeline.ingestion.reader import Recognition, Recording, Shot, Track, read_shots
from pipeline.signals.assumed import Assumed
from pipeline.signals.clock import seconds_per_unit
from pipeline.signals.curvature import from_steer
from pipeline.video.recorder_log import ReplayOptions, read_recording
from simulator.errors import LiquidlaneError

PICTURE = r"\.(?:jpe?g|png)"
NUMBER = r"(-?\d*\.?\d+(?:e-?\d+)?)"
IN_NAME = re.compile(rf"(\d+)_(MAIN|LEFT|RIGHT)_{NUMBER}_{NUMBER}_{NUMBER}(?:_[A-Z]+)*{PICTURE}", re.IGNORECASE)
SIDES = {"MAIN": 0.0, "LEFT": 1.0, "RIGHT": -1.0}
RECORDER_START = b"CARLA_RECORDER"

IMAGES = (PICTURE_KEY, "image", "filename", "file", "image_path", "image_file", "img", "path", "rgb", "center", "name")
STEERS = ("steer", "steering", "steer_angle", "steering_angle", "angle", "value")
TIMES = ("timestamp", "time", "elapsed_seconds", "seconds", "sim_time")
NUMBERS = ("frame", "frame_id", "frame_number", "tick", "index")
SPEEDS = {"speed": 1.0, "speed_mps": 1.0, "velocity": 1.0, "speed_ms": 1.0, "speed_kmh": 1 / 3.6, "speed_mph": 0.44704}
KNOWN = (*IMAGES, *STEERS, *TIMES, *NUMBERS, *SPEEDS)
UNNAMED = ("image", "steer", "throttle", "brake")

CameraName = Literal["MAIN", "LEFT", "RIGHT"]


class Options(ReplayOptions):
    """What the labels do not say."""

    cameras: tuple[CameraName, ...] = Field(("MAIN",), min_length=1, description="Which cameras in pictures' names.")
    maximum_angle: float = Field(70.0, gt=0, lt=90, description="Assumed angle of the wheels at steer 1 [degrees].")
    wheelbase: float = Field(2.87, gt=0, description="Assumed distance of the axles [m].")
    rate: float = Field(20.0, gt=0, description="Assumed pictures of a camera a second, without times [1/s].")
    speed: float = Field(8.0, gt=0, description="Assumed speed [m/s], where none is given.")
    side_offset: float = Field(1.0, gt=0, description="Assumed distance of LEFT and RIGHT from the middle [m].")
    return_seconds: float = Field(
        2.0, gt=0, description="Side cameras are labelled to be in the middle after this [s]."
    )


class _Clock(NamedTuple):
    """How times come about: `unit` [s] of what TIMES names, or `step` of numbers from one picture to the next."""

    unit: float | None
    step: float
    rate: float

    def time(self, values: Values, index: int) -> float:
        """Give the time [s] of a label."""
        if self.unit is not None:
            return float(pick(values, TIMES)) * self.unit
        return _number_of(values, index) / self.step / self.rate


def recognise(files: Files) -> Recognition:
    """Look for names, then for labels of pictures that are there, then for recorder logs."""
    named = sum(IN_NAME.fullmatch(name.rpartition("/")[2]) is not None for name in files.names)
    if named:
        return Recognition(0.95, f"{named} pictures named like NNNNNNNN_MAIN_s_t_b.jpg")
    labels = next((path for path in _label_files(files) if _labels_pictures(path, files)), None)
    if labels is not None:
        told = any("carla" in part.lower() for part in files.root.parts[-2:])
        return Recognition(0.8 if told else 0.6, f"{labels.name} gives a steer for pictures that are there")
    if _recorder_logs(files):
        return Recognition(0.9, "a recorder log of CARLA, to be replayed on a server")
    return Recognition(0.0, "no labels of pictures, and no pictures named by their steer")


def _recorder_logs(files: Files) -> list[Path]:
    found = []
    for path in files.matching(r".*\.(log|rec)"):
        with path.open("rb") as file:
            if RECORDER_START in file.read(64):
                found.append(path)
    return found


def _label_files(files: Files) -> list[Path]:
    """Give the tables and JSON files; of JSON files that lie beside pictures of their names, the folder."""
    found: dict[Path, None] = {}
    for path in files.matching(rf".*({'|'.join(re.escape(ending) for ending in (*TABLES, *JSONS))})"):
        beside = path.suffix.lower() == ".json" and _picture_beside(path, files) is not None
        found[path.parent if beside else path] = None
    return list(found)


def _picture_beside(path: Path, files: Files) -> Path | None:
    """Give the picture that has the same name as a JSON file but for the ending."""
    for ending in (".jpg", ".png", ".jpeg"):
        if (found := files.find(path.stem + ending)) is not None:
            return found
    return None


def _labels(place: Path, files: Files) -> Iterator[tuple[str, Values]]:
    """Give the labels of a file, or of all JSON files in a folder."""
    if not place.is_dir():
        yield from read_labels(place, KNOWN, UNNAMED)
        return
    own = [path for path in files.matching(r".*\.json") if path.parent == place]
    for path in sorted(own, key=lambda path: (_last_number(path.stem), path.stem)):
        picture = _picture_beside(path, files)
        if picture is not None:
            try:
                values = dict(next(read_labels(path, KNOWN, UNNAMED), ("", {}))[1])
            except ValueError as error:
                values = {"error": str(error)}
            yield path.name, {**values, PICTURE_KEY: picture.name}


def _labels_pictures(place: Path, files: Files) -> bool:
    """Say whether one of the first labels has a steer and a picture that is there."""
    try:
        for (_, values), _ in zip(_labels(place, files), range(20), strict=False):
            try:
                float(pick(values, STEERS))
                if files.find(str(pick(values, IMAGES))) is not None:
                    return True
            except (KeyError, ValueError, TypeError):
                continue
    except (OSError, ValueError):
        return False
    return False


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read all labels in the folder and below; each table, JSON or folder of labelled names is a recording.

    Raises:
        LiquidlaneError: if there is none, or a recorder log is damaged.
    """
    files = Files(folder.parent if folder.is_file() else folder)
    named = sorted({path.parent for path in files.matching(rf"(.*/)?{IN_NAME.pattern}")})
    places = (
        [folder.resolve()]
        if folder.is_file()
        else named or [place for place in _label_files(files) if _labels_pictures(place, files)]
    )
    if logs := [path for path in _recorder_logs(files) if not places or path in places]:
        return [read_recording(path, options) for path in logs]
    if not places:
        raise LiquidlaneError(f"{folder} holds no labels of pictures that are there; give a folder of both")
    read = _read_named if named else _read_labelled
    try:
        return [read(place, files, options) for place in places]
    except (OSError, ValueError) as error:
        raise LiquidlaneError(f"{folder} can't be read ({error}); mend the labels") from None


def _read_named(place: Path, files: Files, options: Options) -> Recording:
    """Read the pictures of a folder that are labelled by their names."""
    assumed = Assumed(options)
    names = sorted(path.name for path in files.matching(rf"(.*/)?{IN_NAME.pattern}") if path.parent == place)
    tracks = []
    for camera in options.cameras:
        own = [(name, found) for name in names if (found := IN_NAME.fullmatch(name)) and found[2].upper() == camera]
        entries = [
            (name, {PICTURE_KEY: str(place / name), "frame": float(found[1]), "steer": float(found[3])})
            for name, found in own
        ]
        tracks.append(_read_track(camera, entries, files, place, options, assumed))
    return Recording(place.name, place, tracks, assumed.sentences)


def _read_labelled(place: Path, files: Files, options: Options) -> Recording:
    assumed = Assumed(options)
    near = place if place.is_dir() else place.parent
    track = _read_track("MAIN", list(_labels(place, files)), files, near, options, assumed)
    return Recording(near.name, near, [track], assumed.sentences)


def _read_track(
    camera: CameraName,
    entries: list[tuple[str, Values]],
    files: Files,
    near: Path,
    options: Options,
    assumed: Assumed,
) -> Track:
    angle = assumed.take("maximum_angle", "degrees", "the labels hold normalised steering only")
    wheelbase = assumed.take("wheelbase", "m", "the labels do not say which car it was")
    clock = _survey(entries, options, assumed)
    speed_key = next((key for key in SPEEDS if entries and all(_is_number(v.get(key)) for _, v in entries)), None)
    constant: float = 0.0 if speed_key else assumed.take("speed", "m/s", "the labels hold none for all pictures")
    if camera != "MAIN":
        assumed.take("side_offset", "m", "names do not say where the side cameras are")
        assumed.take("return_seconds", "s", "nobody drove the side cameras' labels, which lead back to the middle")

    def read(values: Values, index: int, place: str) -> Shot:
        steer = float(pick(values, STEERS))
        if not -1.001 <= steer <= 1.001:
            raise ValueError(f"steer {steer} out of range")
        name = str(pick(values, IMAGES))
        speed = constant if speed_key is None else float(values[speed_key]) * SPEEDS[speed_key]
        executed = float(from_steer(-steer, angle, wheelbase))  # CARLA's steer is positive to the right
        aside = SIDES[camera] * options.side_offset
        back = float(curvature_that_returns(aside, 0.0, speed, options.return_seconds)) if aside else 0.0
        picture = files.picture(name, near)
        time = clock.time(values, index)
        return Shot(place, time, speed, executed + back, executed, Path(name).name, picture)

    shots, flaws = read_shots(entries, read)
    facts: dict[str, Any] = {"camera": camera.lower(), "assumed": dict(assumed.facts)}
    if camera != "MAIN":
        facts["training_only"] = True  # nobody drove this label
    return Track(camera.lower(), None, facts, shots, flaws)


def _survey(entries: list[tuple[str, Values]], options: Options, assumed: Assumed) -> _Clock:
    """Find out how times come about."""
    times = [_or_nan(partial(pick, values, TIMES)) for _, values in entries]
    if times and np.isfinite(times).mean() > 0.5:
        unit = seconds_per_unit(np.array(times)[np.isfinite(times)])
        if unit != 1.0:
            assumed.note("time_unit", unit, "s", "with it the pictures are 8 ms to 2 s apart")
        return _Clock(unit, 1.0, 1.0)
    numbers = np.array([_number_of(values, index) for index, (_, values) in enumerate(entries)])
    steps = np.diff(np.unique(numbers))
    rate = assumed.take("rate", "pictures/s", "the labels hold no time")
    return _Clock(None, float(np.median(steps)) if len(steps) else 1.0, rate)


def _number_of(values: Values, index: int) -> float:
    """Give the number of a picture: its label says it, or its name, or else its place."""
    told = _or_nan(partial(pick, values, NUMBERS))
    if math.isfinite(told):
        return told
    number = _last_number(Path(str(values.get(PICTURE_KEY) or values.get("image") or "")).stem)
    return number if number >= 0 else float(index)


def _last_number(stem: str) -> float:
    found = re.findall(r"\d+", stem)
    return float(found[-1][-15:]) if found else -1.0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _or_nan(give: Any) -> float:
    try:
        return float(give())
    except (KeyError, ValueError, TypeError):
        return math.nan
