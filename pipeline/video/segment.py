"""The video of one of a recording's segments: how many pictures it has, and each when its turn comes."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pipeline.drives.picture import BadPictureError
from pipeline.files.recording_files import is_inside
from pipeline.ingestion.reader import Flaw
from pipeline.video.frames import VideoFrames, index_video
from simulator.errors import LiquidlaneError


class SegmentVideo:
    """A video that may be missing or damaged: its pictures then are, one by one, and the other segments are read.

    name: for the books ("40/video.hevc"). count: of its pictures. size: (height, width) [px], None if unknown.
    """

    def __init__(self, path: Path | None, name: str, root: Path) -> None:
        self.name = name
        self.count, self.size = 0, None
        self._frames: VideoFrames | None = None
        self._wrong: BadPictureError | None = None
        if path is None:
            return
        if not is_inside(path, root):
            self._wrong = BadPictureError("link out of the folder", f"{name} leads out of {root.name}")
            return
        try:
            index = index_video(path)
        except LiquidlaneError as error:
            self._wrong = BadPictureError("video unreadable", str(error))
            return
        self._frames, self.count, self.size = VideoFrames(index), len(index), index.size

    def load(self, number: int) -> bytes:
        """Give a picture.

        Raises:
            FileNotFoundError: if there is no video.
            BadPictureError: if the picture or the video is damaged, or the video ends before it.
        """
        if self._wrong is not None:
            raise self._wrong
        if self._frames is None:
            raise FileNotFoundError
        if not 0 <= number < self.count:
            raise BadPictureError("picture missing", f"{self.name} has {self.count} pictures, no number {number}")
        return self._frames.load(number)

    def loader(self, number: int) -> "partial[bytes]":
        """Give what loads a picture."""
        return partial(self.load, number)

    def unclaimed(self, known: int, reason: str, detail: str) -> list[Flaw]:
        """Say how many pictures there are beyond those that a log knows; none if it knows them all."""
        over = self.count - known
        return (
            [Flaw(self.name, self.name, reason, f"{over} of {self.count} pictures: {detail}", over)] if over > 0 else []
        )


def usual_video_size(videos: Sequence[SegmentVideo]) -> tuple[int, int] | None:
    """Give the (height, width) [px] that most pictures have; None if no video can be read."""
    sizes: Counter[tuple[int, int]] = Counter()
    for video in videos:
        if video.size is not None:
            sizes[video.size] += video.count
    return sizes.most_common(1)[0][0] if sizes else None
