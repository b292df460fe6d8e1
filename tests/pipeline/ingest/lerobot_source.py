"""Writes data sets in LeRobot's format 3.0, and 2.1, by the schema of its own source (huggingface/lerobot).

LeRobot itself isn't installed with the tests; layout, names and types of columns follow `src/lerobot/datasets/` and
`scripts/convert_dataset_v21_to_v30.py`. Videos are FFmpeg's own.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from tests.pipeline.ingest.filmed import decode_video, write_video

OPTIONS = {"group": "dataset"}
TOLERANCE = 1e-6
CAMERA = "observation.images.front"
SPEED, WHEELBASE, MAXIMUM_ANGLE = 10.0, 2.7, 25.0
KEYS, LARGE = 5, 100
DATA = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"


def steer_of(curvature: float) -> float:
    """Give a command in -1 to 1, right positive."""
    return -math.degrees(math.atan(curvature * WHEELBASE)) / MAXIMUM_ANGLE


def info_of(images: Sequence[NDArray[np.uint8]], fps: int, episodes: int) -> dict[str, Any]:
    height, width = images[0].shape[:2]
    scalars = {
        "timestamp": "float32",
        **dict.fromkeys(("frame_index", "episode_index", "index", "task_index"), "int64"),
    }
    return {
        "codebase_version": "v3.0",
        "robot_type": "car",
        "total_episodes": episodes,
        "total_frames": len(images),
        "total_tasks": 1,
        "chunks_size": 1000,
        "data_files_size_in_mb": 100,
        "video_files_size_in_mb": 200,
        "fps": fps,
        "splits": {"train": f"0:{episodes}"},
        "data_path": DATA,
        "video_path": VIDEO,
        "features": {
            "action": {"dtype": "float32", "shape": [2], "names": ["steering", "throttle"]},
            "observation.state": {"dtype": "float32", "shape": [2], "names": {"axes": ["speed", "steering"]}},
            CAMERA: {"dtype": "video", "shape": [height, width, 3], "names": ["height", "width", "channels"]},
            **{name: {"dtype": dtype, "shape": [1], "names": None} for name, dtype in scalars.items()},
        },
    }


def table_of(curvatures: Sequence[float], lengths: Sequence[int], fps: int) -> pa.Table:
    vectors = pa.list_(pa.float32(), 2)
    within = [number for length in lengths for number in range(length)]
    count = len(curvatures)
    return pa.table(
        {
            "action": pa.array([[steer_of(bend), 0.3] for bend in curvatures], vectors),
            "observation.state": pa.array([[SPEED, 0.0]] * count, vectors),
            "timestamp": pa.array([number / fps for number in within], pa.float32()),
            "frame_index": pa.array(within, pa.int64()),
            "episode_index": pa.array([e for e, length in enumerate(lengths) for _ in range(length)], pa.int64()),
            "index": pa.array(range(count), pa.int64()),
            "task_index": pa.array([0] * count, pa.int64()),
        }
    )


def film_options(images: Sequence[NDArray[np.uint8]]) -> dict[str, Any]:
    small = images[0].shape[0] < LARGE
    keys = {"crf": "4", "bf": "0", "x264-params": f"scenecut=0:keyint={KEYS}:min-keyint={KEYS}"}
    return {"pixels": "yuv444p" if small else "yuv420p", "options": keys if small else {"preset": "veryfast"}}


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    """Write two episodes, one after the other in one video and one Parquet file."""
    fps = round(1 / (times[1] - times[0]))
    lengths = [len(images) // 2, len(images) - len(images) // 2]
    (folder / "meta" / "episodes" / "chunk-000").mkdir(parents=True)
    (folder / "data" / "chunk-000").mkdir(parents=True)
    (folder / "meta" / "info.json").write_text(json.dumps(info_of(images, fps, 2), indent=4))
    begins = [0, lengths[0]]
    write_video(
        folder / VIDEO.format(video_key=CAMERA, chunk_index=0, file_index=0),
        images,
        [number / fps for number in range(len(images))],
        rate=fps,
        **film_options(images),
    )
    pq.write_table(table_of(curvatures, lengths, fps), folder / DATA.format(chunk_index=0, file_index=0))
    episodes = {
        "episode_index": [0, 1],
        "tasks": [["Keep the lane."]] * 2,
        "length": lengths,
        "data/chunk_index": [0, 0],
        "data/file_index": [0, 0],
        "dataset_from_index": begins,
        "dataset_to_index": [lengths[0], len(images)],
        f"videos/{CAMERA}/chunk_index": [0, 0],
        f"videos/{CAMERA}/file_index": [0, 0],
        f"videos/{CAMERA}/from_timestamp": [begin / fps for begin in begins],
        f"videos/{CAMERA}/to_timestamp": [lengths[0] / fps, len(images) / fps],
        "meta/episodes/chunk_index": [0, 0],
        "meta/episodes/file_index": [0, 0],
    }
    pq.write_table(pa.table(episodes), folder / "meta" / "episodes" / "chunk-000" / "file-000.parquet")


def decode_bare(folder: Path) -> int:
    """Decode all pictures to RGB, as fast as PyAV does it; for benchmarks."""
    return decode_video(folder / VIDEO.format(video_key=CAMERA, chunk_index=0, file_index=0))


def spoil(folder: Path) -> dict[str, int]:
    """Damage a picture, which costs those that build on it; lose the speeds of a second, of which one can be held."""
    film = folder / VIDEO.format(video_key=CAMERA, chunk_index=0, file_index=0)
    with av.open(str(film)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    film.write_bytes(film.read_bytes().replace(packets[11], b"\xff" * len(packets[11])))
    path = folder / DATA.format(chunk_index=0, file_index=0)
    rows = pq.read_table(path).to_pylist()
    for number in range(30, 40):
        rows[number]["observation.state"][0] = math.nan
    pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(path)), path)
    return {"picture damaged": 4, "value not finite": 9}
