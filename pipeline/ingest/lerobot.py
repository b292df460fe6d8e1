"""LeRobot's data sets, formats 2.0, 2.1 and 3.0: `meta/info.json`, signals in Parquet, pictures in mp4 or Parquet.

An episode becomes a recording. Which feature is the steering or the speed is told by the names of its numbers (`action`
goes before `observation`), units and signs as for logs beside videos; options name what names do not tell. What was
exported by `liquidlane drives export` comes back as the recordings, cameras and times that it was.
"""

from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import Field

from pipeline.files.recording_files import Files
from pipeline.ingestion.reader import Flaw, Recognition, Recording, Shot, Track
from pipeline.lerobot.layout import BROKEN, INFO, DataSet, Episode, open_data_set, read_episodes
from pipeline.lerobot.origin import Origin, read_origin
from pipeline.lerobot.pictures import Pictures, find_pictures
from pipeline.signals.assumed import Assumed
from pipeline.signals.columns import known_names
from pipeline.signals.log import SignalLog
from pipeline.signals.mapping import ColumnOptions, Mapping
from simulator.errors import LiquidlaneError

FRONT = ("front", "center", "centre", "forward", "main", "wide", "image")
"""What the camera that looks ahead is called, the surest first."""
RECORDED_TIME = "recorded_time"
MOST_FINDINGS = 4
NUMBERS = ("float32", "float64", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")


class Options(ColumnOptions):
    """Which camera and which numbers, where their names do not tell."""

    camera: str = Field("", description="Which camera, such as observation.images.front or front.")
    group: Literal["episode", "dataset"] = Field(
        "episode", description="What is a recording, whose parts are never split between training and validation."
    )


def recognise(files: Files) -> Recognition:
    """Look for meta/info.json with a version and features."""
    for path in _infos(files):
        try:
            data = open_data_set(path)
        except LiquidlaneError as error:
            return Recognition(0.6, str(error))
        return Recognition(1.0, f"{INFO} says LeRobot {data.version}, {len(data.cameras)} cameras")
    return Recognition(0.0, f"no {INFO}")


def _infos(files: Files) -> list[Path]:
    return [path for path in files.named("info.json") if path.parent.name == "meta"]


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read all data sets in a folder and below.

    Raises:
        LiquidlaneError: if there is none, it can't be read, or the camera or a column that is named is not in it.
    """
    files = Files(folder if folder.is_dir() else folder.resolve().parent.parent)
    infos = _infos(files)
    if not infos:
        raise LiquidlaneError(f"{folder} and the folders in it hold no {INFO}; give a data set's folder")
    recordings = []
    for path in infos:
        try:
            recordings += _read_data_set(open_data_set(path), options)
        except BROKEN as error:
            raise LiquidlaneError(f"{path.parent.parent} can't be read ({error!r}); fetch the data set again") from None
    return recordings


def _read_data_set(data: DataSet, options: Options) -> list[Recording]:
    camera = _choose_camera(data, options)
    episodes = read_episodes(data, camera)
    if not episodes:
        raise LiquidlaneError(f"{data.root} holds no episode; fetch the data set again")
    columns = _columns_of(data, options)
    origin = read_origin(data.root)
    pictures = Pictures(camera)
    tracks: dict[str, list[Track]] = {}
    assumed, findings = Assumed(options), list[str]()
    if len(data.cameras) > 1:
        assumed.note("camera", camera, "", f"of {', '.join(data.cameras)} it looks ahead by its name")
    tables = _Tables()
    for episode in episodes:
        name = f"{data.root.name}-{episode.index:06d}"
        name = data.root.name if options.group == "dataset" or len(episodes) == 1 else name
        name = origin.recording(episode.index, name)
        track = _read_episode(data, episode, columns, tables, pictures, origin, options, assumed, findings)
        tracks.setdefault(name, []).append(track)
    findings = [f"LeRobot {data.version}, {len(episodes)} episodes, {data.fps:g} pictures a second", *findings]
    return [Recording(name, data.root, own, assumed.sentences, findings) for name, own in tracks.items()]


def _choose_camera(data: DataSet, options: Options) -> str:
    cameras = list(data.cameras)
    if not cameras:
        raise LiquidlaneError(f"{data.root} holds no feature that is a picture; a data set with a camera is needed")
    if options.camera:
        found = [name for name in cameras if options.camera in (name, name.rpartition(".")[2])]
        if not found:
            raise LiquidlaneError(f"{data.root} has no camera {options.camera!r}; it has {', '.join(cameras)}")
        return found[0]
    ends = [name.rpartition(".")[2].lower() for name in cameras]
    ranks = [next((rank for rank, word in enumerate(FRONT) if word in end), len(FRONT)) for end in ends]
    return cameras[min(range(len(cameras)), key=lambda place: ranks[place])]


def _columns_of(data: DataSet, options: Options) -> dict[str, tuple[str, int]]:
    """Give for each column's name, short ("speed") and whole ("observation.state.speed"), its feature and place.

    Of several short names alike, `action` comes first, since it is what the driver wanted.
    """
    short: dict[str, tuple[str, int]] = {}
    whole: dict[str, tuple[str, int]] = {}
    ordered = sorted(data.features, key=lambda name: not name.startswith("action"))
    for name in ordered:
        feature = data.features[name]
        if feature.get("dtype") not in NUMBERS or name in ("index", "frame_index", "timestamp", RECORDED_TIME):
            continue
        for place, inner in enumerate(_names_of(name, feature)):
            whole[f"{name}.{inner}".lower()] = name, place
            short.setdefault(inner.lower(), (name, place))
    wanted = options.named_columns()
    return {name: place for name, place in {**whole, **short}.items() if name in wanted or known_names([name])}


def _names_of(name: str, feature: dict[str, Any]) -> list[str]:
    """Give the names of a feature's numbers; those of a single number is the end of the feature's."""
    names = feature.get("names")
    if isinstance(names, dict):
        names = next((value for value in names.values() if isinstance(value, list)), list(names))
    shape = feature.get("shape") or [1]
    if not isinstance(names, list) or not names:
        only = list(shape) == [1]
        return [name.rpartition(".")[2]] if only else []
    return [str(inner) for inner in names]


class _Tables:
    """Reads numbers of a Parquet file, keeping the last file, since its episodes come one after the other."""

    def __init__(self) -> None:
        self._last: tuple[Path, dict[str, NDArray[np.float64]]] | None = None

    def read(self, path: Path, features: set[str]) -> dict[str, NDArray[np.float64]]:
        """Give feature → (rows, numbers)."""
        if self._last is None or self._last[0] != path:
            table = pq.read_table(path, columns=sorted(features & set(pq.read_schema(path).names)))
            self._last = path, {name: _numbers(table[name]) for name in table.column_names}
        return self._last[1]


def _numbers(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Give (rows, numbers) of a column of numbers or of lists that are all of one length."""
    array = column.combine_chunks()
    rows = len(array)
    if pa.types.is_nested(array.type):
        array = array.flatten()
    values = np.asarray(array.to_numpy(zero_copy_only=False), np.float64)
    return values.reshape(rows, -1) if rows else np.zeros((0, 1))


def _read_episode(
    data: DataSet,
    episode: Episode,
    columns: dict[str, tuple[str, int]],
    tables: _Tables,
    pictures: Pictures,
    origin: Origin,
    options: Options,
    assumed: Assumed,
    findings: list[str],
) -> Track:
    """Read an episode's numbers and find its pictures; what can't be read is a flaw that costs all its frames."""
    name = f"episode_{episode.index:06d}"
    try:
        if episode.data is None:
            raise ValueError("its path can't be made, or leads out of the data set")
        wanted = {feature for feature, _ in columns.values()}
        numbers = tables.read(episode.data, wanted | {"timestamp", "frame_index", "episode_index", RECORDED_TIME})
        rows = np.flatnonzero(numbers["episode_index"][:, 0] == episode.index)
        if len(rows) == 0:
            raise ValueError(f"{episode.data.name} holds no row of it")
        own = {feature: values[rows] for feature, values in numbers.items()}
        shown = _times_of(own, data.fps)
    except BROKEN as error:
        flaw = Flaw(name, "", "episode unreadable", str(error) or repr(error), max(0, episode.length))
        return Track(name, None, {}, (), [flaw])
    held = {key: own[feature][:, place] for key, (feature, place) in columns.items() if place < own[feature].shape[1]}
    log = SignalLog(episode.data, {"timestamp [s]": shown - shown[0], **held}, 0)
    mapping = Mapping(log, options, assumed)
    speed, curvature, executed = mapping.at_pictures(shown - shown[0])
    findings += [sentence for sentence in mapping.findings if len(findings) < MOST_FINDINGS]
    times = own[RECORDED_TIME][:, 0] if RECORDED_TIME in own else shown
    load, size = find_pictures(data, episode, pictures, rows, shown)
    shots = [
        Shot(f"{name}[{number}]", *values, f"{name}[{number}]", partial(load, number))
        for number, values in enumerate(
            zip(times.tolist(), speed.tolist(), curvature.tolist(), executed.tolist(), strict=True)
        )
    ]
    camera = origin.camera(episode.index)
    camera = camera if camera is not None and size in ((camera.height, camera.width), None) else None
    facts = {"episode": episode.index, "assumed": assumed.facts}
    return Track(name, camera, facts, shots, in_order=True, size=size)


def _times_of(numbers: dict[str, NDArray[np.float64]], fps: float) -> NDArray[np.float64]:
    """Give the times of an episode's frames [s]: as exact as their numbers, where the stamps (float32) agree."""
    stamps = numbers["timestamp"][:, 0]
    if "frame_index" in numbers:
        counted = numbers["frame_index"][:, 0] / fps
        if np.allclose(counted, stamps, rtol=1e-6, atol=1e-4):
            return np.asarray(counted)
    if not np.isfinite(stamps).all():
        raise ValueError("a time is not finite")
    return stamps
