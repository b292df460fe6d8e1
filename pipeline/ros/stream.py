"""The pictures of one topic, one after the other out of the bag, which is opened again for each way through it."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.picture import BadPictureError
from pipeline.ros.bag import Bag, Topic
from pipeline.ros.bag_files import BagFiles
from pipeline.ros.picture import decode_message
from pipeline.ros.unpacked import Unpacked
from pipeline.video.in_order import InOrder, Picture
from simulator.errors import LiquidlaneError


class PictureStream:
    """Gives the pictures of a topic.

    Args:
        files: of the bag.
        unpacked: what they were unpacked to.
        topic: of the pictures.
        record: (N,) the record times of those that can be read [ns], rising; several may be equal.
    """

    def __init__(self, files: BagFiles, unpacked: Unpacked, topic: Topic, record: NDArray[np.int64]) -> None:
        self._files, self._unpacked, self._topic, self._record = files, unpacked, topic, record
        self._messages = InOrder(self._open_at)

    def __reduce__(self) -> tuple[type["PictureStream"], tuple[BagFiles, Unpacked, Topic, NDArray[np.int64]]]:
        return PictureStream, (self._files, self._unpacked, self._topic, self._record)

    def load(self, index: int) -> Picture:
        """Give a picture.

        Raises:
            BadPictureError: if it can't be read or used.
        """
        assert self._topic.codec is not None
        try:
            data = self._messages.load(index)
            assert isinstance(data, bytes)
            message: Any = self._topic.codec.read(data)
        except BadPictureError:
            raise
        except LiquidlaneError as error:  # the file was taken away meanwhile
            raise BadPictureError("bag unreadable", str(error)) from None
        except Exception as error:  # the library lets through whatever a damaged message causes
            raise BadPictureError("message unreadable", f"{type(error).__name__}: {error}"[:200]) from None
        return decode_message(message, self._topic.type)

    def _open_at(self, index: int) -> Iterator[tuple[int, Picture]]:
        """Give (index, bytes of the message) from a message at or before the one asked for.

        Messages are known by their record times, and by their order among those of the same time: what can't be read
        on this way through the bag never shifts the others.
        """
        record, last = self._record, len(self._record) - 1
        time = int(record[index])
        at = int(np.searchsorted(record, time, "left"))
        final = b""
        with Bag(self._files, self._unpacked) as bag:
            for _, moment, data in bag.messages([self._topic.name], time):
                if at <= last and moment > record[at]:
                    at = max(at, int(np.searchsorted(record, moment, "left")))
                if at > last:
                    break
                if moment != record[at]:
                    continue
                if at == last:
                    final = data
                    break
                yield at, data
                at += 1
        if at == last and final:  # given with the bag closed, since nobody asks for more
            yield at, final


class BagPicture:
    """Loads one picture when called."""

    __slots__ = ("index", "stream")

    def __init__(self, stream: PictureStream, index: int) -> None:
        self.stream, self.index = stream, index

    def __call__(self) -> Picture:
        """Give it; see `PictureStream.load`."""
        return self.stream.load(self.index)
