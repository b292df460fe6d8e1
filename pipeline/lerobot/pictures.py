"""Where the pictures of a LeRobot data set are: in videos, by time, or in Parquet files, by row."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipeline.drives.picture import BadPictureError
from pipeline.files.recording_files import PictureFile, is_inside
from pipeline.lerobot.layout import BROKEN, DataSet, Episode
from pipeline.video.frames import VideoFrames, index_video
from pipeline.video.in_order import InOrder
from simulator.errors import LiquidlaneError

PICTURES_AT_ONCE = 16


class Pictures:
    """Finds pictures of a camera in videos and Parquet files; each file is indexed once."""

    def __init__(self, camera: str) -> None:
        self.camera = camera
        self._videos: dict[Path, VideoFrames | LiquidlaneError] = {}

    def video(self, path: Path) -> VideoFrames:
        """Give a video.

        Raises:
            LiquidlaneError: if it can't be read.
        """
        if path not in self._videos:
            try:
                self._videos[path] = VideoFrames(index_video(path))
            except LiquidlaneError as error:
                self._videos[path] = error
        found = self._videos[path]
        if isinstance(found, LiquidlaneError):
            raise found
        return found

    def in_parquet(self, path: Path, root: Path) -> InOrder:
        """Give the pictures that a Parquet file holds, by row."""
        return InOrder(partial(_rows_of_pictures, path, root, self.camera))


def _rows_of_pictures(path: Path, root: Path, camera: str, begin: int) -> Iterator[tuple[int, bytes]]:
    """Give the pictures of a column from a row on; they are {"bytes", "path"} as Hugging Face's Image has it."""
    try:
        with pq.ParquetFile(path) as file:
            row = 0
            for group in range(file.metadata.num_row_groups):
                count = file.metadata.row_group(group).num_rows
                if row + count > begin:
                    for batch in file.iter_batches(PICTURES_AT_ONCE, row_groups=[group], columns=[camera]):
                        for picture in batch.column(0).to_pylist():
                            if row >= begin:
                                yield row, _picture_bytes(picture, root)
                            row += 1
                else:
                    row += count
    except BROKEN as error:
        raise BadPictureError("picture damaged", f"{path.name}: {error}") from None


def _picture_bytes(picture: Any, root: Path) -> bytes:
    data = picture.get("bytes") if isinstance(picture, dict) else picture
    if isinstance(data, bytes):
        return data
    named = picture.get("path") if isinstance(picture, dict) else None
    if not named or not is_inside(root / str(named), root):
        raise BadPictureError("picture missing", f"neither bytes nor a file of the data set: {named!r}")
    return PictureFile(root / str(named), root)()


def _absent(detail: str, number: int = 0, *, reason: str = "picture missing") -> bytes:
    """Load nothing, whatever the number."""
    raise BadPictureError(reason, detail)


def find_pictures(
    data: DataSet, episode: Episode, pictures: Pictures, rows: NDArray[np.intp], shown: NDArray[np.float64]
) -> tuple[Callable[[int], Any], tuple[int, int] | None]:
    """Give what loads the picture of each frame of an episode, and their size if it is known."""
    if data.cameras[pictures.camera] == "image":
        assert episode.data is not None
        held = pictures.in_parquet(episode.data, data.root)
        return partial(_load_row, held, rows), None
    if episode.video is None or not episode.video.is_file():
        lost = episode.video.relative_to(data.root).as_posix() if episode.video else "its video's path can't be made"
        return partial(_absent, lost), None
    try:
        frames = pictures.video(episode.video)
    except LiquidlaneError as error:
        return partial(_absent, str(error), reason="video unreadable"), None
    index = frames.index
    wanted = episode.begin + shown
    stamps = index.times if index.timed else np.arange(len(index)) / data.fps
    after = np.clip(np.searchsorted(stamps, wanted), 1, max(1, len(stamps) - 1))
    near = np.where(wanted - stamps[after - 1] <= stamps[np.minimum(after, len(stamps) - 1)] - wanted, after - 1, after)
    near = np.minimum(near, len(stamps) - 1)
    there = np.abs(stamps[near] - wanted) <= 0.5 / data.fps
    return partial(_load_shown, frames, near, there, wanted), index.size


def _load_row(held: InOrder, rows: NDArray[np.intp], number: int) -> Any:
    """Load the picture of a frame from its row."""
    return held.load(int(rows[number]))


def _load_shown(
    frames: VideoFrames, near: NDArray[np.intp], there: NDArray[np.bool_], wanted: NDArray[np.float64], number: int
) -> Any:
    """Load the picture that a video shows at a frame's time, if it shows one."""
    if not there[number]:
        return _absent(f"{frames.index.path.name} shows nothing at {wanted[number]:.3f} s")
    return frames.load(int(near[number]))
