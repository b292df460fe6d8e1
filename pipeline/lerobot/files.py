"""Writes a LeRobot data set's files: Parquet and mp4, one of each an episode (2.1) or many episodes in each (3.0)."""

import json
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from av.video.frame import PictureType
from numpy.typing import NDArray

from pipeline.lerobot.layout import (
    CHUNK_SIZE,
    DATA_2,
    DATA_3,
    DATA_MEGABYTES,
    EPISODES_2,
    EPISODES_3,
    EPISODES_STATS_2,
    INFO,
    STATS,
    TASKS,
    TASKS_2,
    VIDEO_2,
    VIDEO_3,
    VIDEO_MEGABYTES,
)
from pipeline.lerobot.statistics import Statistics, plain, put_together
from pipeline.work.whole_file import write_text

CAMERA = "observation.images.front"
CODING = {
    "crf": "16",
    "preset": "veryfast",
    "bf": "0",
    "x264-params": "keyint=2:min-keyint=1:scenecut=0",
    "forced-idr": "1",
}
"""Every second picture stands alone, as LeRobot's own videos have it, so that any is found quickly."""
REPORTED_TOGETHER = 32


class EpisodeFiles:
    """Takes episodes one after the other and says in which files, from where to where, each of them is."""

    def __init__(self, folder: Path, fps: int, size: tuple[int, int], version: str) -> None:
        self._folder, self._fps, self._size, self._three = folder, fps, size, version.startswith("3")
        self._data: pq.ParquetWriter | None = None
        self._video: Any = None
        self._stream: Any = None
        self._places = {"data": (0, 0), "video": (0, 0)}
        self._paths: dict[str, Path] = {}
        self._in_video = 0  # pictures in the video under way
        self._bytes = 0  # of numbers in the Parquet file under way
        self._episodes = self._rows = 0

    def add(
        self, table: pa.Table, pictures: Iterable[NDArray[np.uint8]], report: Callable[[int], None] | None
    ) -> dict[str, Any]:
        """Write an episode; give what 3.0 keeps of its place."""
        if self._data is None:
            self._data = pq.ParquetWriter(self._open("data", DATA_3, DATA_2), table.schema, compression="snappy")
        if self._video is None:
            self._begin_video(self._open("video", VIDEO_3, VIDEO_2))
        begin = self._in_video
        self._data.write_table(table, row_group_size=max(1, table.num_rows))
        self._bytes += table.nbytes
        self._film(pictures, report)
        place = {
            **dict(zip(("data/chunk_index", "data/file_index"), self._places["data"], strict=True)),
            "dataset_from_index": self._rows,
            "dataset_to_index": self._rows + table.num_rows,
            f"videos/{CAMERA}/chunk_index": self._places["video"][0],
            f"videos/{CAMERA}/file_index": self._places["video"][1],
            f"videos/{CAMERA}/from_timestamp": begin / self._fps,
            f"videos/{CAMERA}/to_timestamp": self._in_video / self._fps,
            "meta/episodes/chunk_index": 0,
            "meta/episodes/file_index": 0,
        }
        self._rows += table.num_rows
        self._episodes += 1
        if not self._three or self._bytes >= DATA_MEGABYTES << 20:
            self._end_data()
        if not self._three or self._paths["video"].stat().st_size >= VIDEO_MEGABYTES << 20:
            self._end_video()
        return place if self._three else {}

    def _open(self, what: str, three: str, two: str) -> Path:
        """Give the path of a new file."""
        chunk, file = self._places[what]
        number = self._episodes
        name = two.format(episode_chunk=number // CHUNK_SIZE, episode_index=number, video_key=CAMERA)
        if self._three:
            name = three.format(chunk_index=chunk, file_index=file, video_key=CAMERA)
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._paths[what] = path
        return path

    def _begin_video(self, path: Path) -> None:
        height, width = self._size
        self._video = av.open(str(path), "w")
        self._stream = self._video.add_stream("libx264", rate=self._fps, options=CODING)
        self._stream.height, self._stream.width = height, width
        self._stream.pix_fmt = "yuv444p" if height % 2 or width % 2 else "yuv420p"  # colours of two by two pixels
        self._stream.codec_context.time_base = Fraction(1, self._fps)
        self._in_video = 0

    def _film(self, pictures: Iterable[NDArray[np.uint8]], report: Callable[[int], None] | None) -> None:
        waiting = 0
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.time_base, frame.pts = Fraction(1, self._fps), self._in_video
            if number == 0:
                frame.pict_type = PictureType.I
            self._video.mux(self._stream.encode(frame))
            self._in_video += 1
            waiting += 1
            if report and waiting == REPORTED_TOGETHER:
                report(waiting)
                waiting = 0
        if report and waiting:
            report(waiting)

    def _end_data(self) -> None:
        if self._data is not None:
            self._data.close()
            self._data, self._bytes = None, 0
            self._places["data"] = _next(self._places["data"])

    def _end_video(self) -> None:
        if self._video is not None:
            self._video.mux(self._stream.encode())
            self._video.close()
            self._video = None
            self._places["video"] = _next(self._places["video"])

    def close(self) -> None:
        """Finish the files under way."""
        self._end_data()
        self._end_video()


def _next(place: tuple[int, int]) -> tuple[int, int]:
    chunk, file = place
    return (chunk + 1, 0) if file == CHUNK_SIZE - 1 else (chunk, file + 1)


def write_meta(
    folder: Path,
    version: str,
    fps: int,
    features: dict[str, dict[str, Any]],
    task: str,
    rows: list[dict[str, Any]],
    statistics: list[dict[str, Statistics]],
) -> None:
    """Write what is in `meta/` of a data set whose episodes are `rows`."""
    three = version.startswith("3")
    (folder / "meta").mkdir(exist_ok=True)
    frames = sum(row["length"] for row in rows)
    pixels = features[CAMERA]["shape"]
    features = {**features, CAMERA: {**features[CAMERA], "info": _about_video(fps, pixels)}}
    info = {
        "codebase_version": f"v{version}",
        "robot_type": "car",
        "total_episodes": len(rows),
        "total_frames": frames,
        "total_tasks": 1,
        "chunks_size": CHUNK_SIZE,
        "fps": fps,
        "splits": {"train": f"0:{len(rows)}"},
        "data_path": DATA_3 if three else DATA_2,
        "video_path": VIDEO_3 if three else VIDEO_2,
        "features": features,
    }
    whole = {name: put_together([part[name] for part in statistics]) for name in statistics[0]}
    if three:
        info |= {"data_files_size_in_mb": DATA_MEGABYTES, "video_files_size_in_mb": VIDEO_MEGABYTES}
        _write_episodes(folder, rows, statistics)
        _write_tasks(folder / TASKS, [task])
        write_text(folder / STATS, json.dumps(plain(whole), indent=4) + "\n")
    else:
        info |= {"total_videos": len(rows), "total_chunks": (len(rows) - 1) // CHUNK_SIZE + 1}
        described = [{"episode_index": number, "stats": plain(part)} for number, part in enumerate(statistics)]
        _write_lines(folder / EPISODES_2, rows)
        _write_lines(folder / EPISODES_STATS_2, described)
        _write_lines(folder / TASKS_2, [{"task_index": 0, "task": task}])
    write_text(folder / INFO, json.dumps(info, indent=4) + "\n")


def _about_video(fps: int, shape: list[int]) -> dict[str, Any]:
    height, width, channels = shape
    return {
        "video.height": height,
        "video.width": width,
        "video.codec": "h264",
        "video.pix_fmt": "yuv444p" if height % 2 or width % 2 else "yuv420p",
        "video.fps": fps,
        "video.channels": channels,
        "has_audio": False,
        "is_depth_map": False,
    }


def _write_episodes(folder: Path, rows: list[dict[str, Any]], statistics: list[dict[str, Statistics]]) -> None:
    whole = [
        {**row, **{f"stats/{name}/{key}": value for name, own in plain(part).items() for key, value in own.items()}}
        for row, part in zip(rows, statistics, strict=True)
    ]
    path = folder / EPISODES_3.format(chunk_index=0, file_index=0)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(whole), path)


def _write_tasks(path: Path, tasks: list[str]) -> None:
    """Write the tasks as pandas does whose index is the task, since LeRobot looks tasks up by that index."""
    index = {"name": "task", "field_name": "task", "pandas_type": "unicode", "numpy_type": "object", "metadata": None}
    number = {"name": "task_index", "field_name": "task_index", "pandas_type": "int64", "numpy_type": "int64"}
    about = {
        "index_columns": ["task"],
        "column_indexes": [{**index, "name": None, "field_name": None, "metadata": {"encoding": "UTF-8"}}],
        "columns": [{**number, "metadata": None}, index],
        "creator": {"library": "pyarrow", "version": pa.__version__},
        "pandas_version": "2.2.0",
    }
    table = pa.table({"task_index": pa.array(range(len(tasks)), pa.int64()), "task": pa.array(tasks, pa.string())})
    pq.write_table(table.replace_schema_metadata({b"pandas": json.dumps(about).encode()}), path)


def _write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    write_text(path, "".join(json.dumps(row) + "\n" for row in rows))
