"""Where a LeRobot data set keeps what: versions 2.0, 2.1 and 3.0 of its format, by `meta/info.json`.

Source: huggingface/lerobot, `src/lerobot/datasets/utils.py` and `scripts/convert_dataset_v21_to_v30.py` (Apache-2.0).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.files.recording_files import is_inside, read_lines
from simulator.errors import LiquidlaneError

INFO, STATS, TASKS = "meta/info.json", "meta/stats.json", "meta/tasks.parquet"
EPISODES_2, TASKS_2, EPISODES_STATS_2 = "meta/episodes.jsonl", "meta/tasks.jsonl", "meta/episodes_stats.jsonl"
FILE = "chunk-{chunk_index:03d}/file-{file_index:03d}"
EPISODES_3, DATA_3, VIDEO_3 = (
    f"meta/episodes/{FILE}.parquet",
    f"data/{FILE}.parquet",
    "videos/{video_key}/" + FILE + ".mp4",
)
DATA_2 = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
VIDEO_2 = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"
CHUNK_SIZE, DATA_MEGABYTES, VIDEO_MEGABYTES = 1000, 100, 200
DEFAULT_FEATURES = {
    "timestamp": "float32",
    "frame_index": "int64",
    "episode_index": "int64",
    "index": "int64",
    "task_index": "int64",
}
PLACE = re.compile(r"\{\w+(?::0?\d{0,2}d)?\}")  # such as {chunk_index:03d}
LONGEST_TEMPLATE = 1000
LARGEST_INFO = 64 << 20  # [bytes]
BROKEN = (pa.ArrowException, OSError, ValueError, KeyError, TypeError, NotImplementedError)
"""What reading a damaged Parquet file may raise."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode.

    data, video: its files, None if the template leads out of the data set. begin: where it begins in its video [s].
    """

    index: int
    length: int
    data: Path | None
    video: Path | None
    begin: float


@dataclass(frozen=True, slots=True)
class DataSet:
    """What `meta/info.json` says. fps: pictures a second. features: name → {"dtype", "shape", "names"}."""

    root: Path
    version: str
    fps: float
    features: dict[str, dict[str, Any]]
    info: dict[str, Any]

    @property
    def cameras(self) -> dict[str, str]:
        """Names of the features that are pictures, without maps of depth → "video" or "image"."""
        found = {}
        for name, feature in self.features.items():
            about = {**(feature.get("info") or {}), **(feature.get("video_info") or {})}
            depth = about.get("is_depth_map") or about.get("video.is_depth_map")
            if feature.get("dtype") in ("video", "image") and not depth:
                found[name] = str(feature["dtype"])
        return found


def open_data_set(info_path: Path) -> DataSet:
    """Read `meta/info.json`.

    Raises:
        LiquidlaneError: if it can't be read, or the version is another.
    """
    try:
        if info_path.stat().st_size > LARGEST_INFO:
            raise ValueError("too large")
        info = json.loads(info_path.read_text(encoding="utf-8-sig"))
        version, fps = str(info["codebase_version"]), float(info["fps"])
        features = {str(name): dict(feature) for name, feature in info["features"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LiquidlaneError(f"{info_path} can't be read ({error!r}); fetch the data set again") from None
    if not version.startswith(("v2", "v3")):
        raise LiquidlaneError(f"{info_path} is of version {version}, not 2.0, 2.1 or 3.0; convert it with LeRobot")
    if not 0 < fps < 1000:
        raise LiquidlaneError(f"{info_path} has {fps} pictures a second; fetch the data set again")
    return DataSet(info_path.parent.parent, version, fps, features, info)


def read_episodes(data: DataSet, camera: str) -> list[Episode]:
    """Give the episodes in order of their number.

    Raises:
        LiquidlaneError: if the list of episodes can't be read.
    """
    rows = _rows_3(data, camera) if data.version.startswith("v3") else _rows_2(data)
    try:
        episodes = [_episode(data, camera, row) for row in rows]
    except BROKEN as error:
        raise LiquidlaneError(f"{data.root}: the list of episodes can't be read ({error!r}); fetch it again") from None
    return sorted(episodes, key=lambda episode: episode.index)


def _rows_2(data: DataSet) -> Iterator[dict[str, Any]]:
    for _, text in read_lines(data.root / EPISODES_2):
        row = json.loads(text)
        if not isinstance(row, dict):
            raise ValueError(text[:80])
        yield row


def _rows_3(data: DataSet, camera: str) -> Iterator[dict[str, Any]]:
    paths = sorted((data.root / "meta" / "episodes").glob("*/*.parquet"))
    if not paths:
        raise LiquidlaneError(f"{data.root} has no meta/episodes/chunk-000/file-000.parquet; fetch the data set again")
    wanted = ["episode_index", "length", "data/chunk_index", "data/file_index"]
    wanted += [f"videos/{camera}/{name}" for name in ("chunk_index", "file_index", "from_timestamp")]
    for path in paths:
        held = set(pq.read_schema(path).names)
        yield from pq.read_table(path, columns=[name for name in wanted if name in held]).to_pylist()


def _episode(data: DataSet, camera: str, row: dict[str, Any]) -> Episode:
    index, length = int(row["episode_index"]), int(row["length"])
    chunk = max(1, int(data.info.get("chunks_size") or CHUNK_SIZE))
    names = {"video_key": camera, "episode_index": index, "episode_chunk": index // chunk}
    three = data.version.startswith("v3")
    if three:
        names |= {"chunk_index": int(row["data/chunk_index"]), "file_index": int(row["data/file_index"])}
    path = _fill(data, data.info.get("data_path") or (DATA_3 if three else DATA_2), names)
    video, begin = None, 0.0
    if data.features[camera].get("dtype") == "video":
        if three:
            names |= {name: int(row[f"videos/{camera}/{name}"]) for name in ("chunk_index", "file_index")}
            begin = float(row[f"videos/{camera}/from_timestamp"])
        video = _fill(data, data.info.get("video_path") or (VIDEO_3 if three else VIDEO_2), names)
    return Episode(index, length, path, video, begin)


def _fill(data: DataSet, template: Any, names: dict[str, Any]) -> Path | None:
    """Fill a template of a path; None if it can't be filled or leads out of the data set."""
    text = str(template)
    if len(text) > LONGEST_TEMPLATE or set(re.findall(r"[{}]", PLACE.sub("", text))):
        return None  # a place of ten thousand million digits would be made, too
    try:
        path = data.root / text.format(**names)
    except (KeyError, ValueError):
        return None
    return path if is_inside(path, data.root) else None
