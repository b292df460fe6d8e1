"""Pictures that come out of a stream: loaded one after the other, begun again where one is asked out of order."""

from collections.abc import Callable, Generator, Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.picture import BadPictureError

Picture = bytes | NDArray[np.uint8]
FARTHEST_SKIP = 64
"""Frames that are rather passed over than sought."""


class InOrder:
    """Gives picture `index` of a stream, holding one at a time.

    Args:
        open_at: gives (index, picture) from a frame at or before the one asked for, in order. An index may be missing
            (that picture is lost); an exception of the stream is a damaged picture, and all later ones are too.
    """

    def __init__(self, open_at: Callable[[int], Iterator[tuple[int, Picture]]]) -> None:
        self._open_at = open_at
        self._stream: Iterator[tuple[int, Picture]] | None = None
        self._at: tuple[int, Picture] | None = None

    def __reduce__(self) -> tuple[type["InOrder"], tuple[Callable[[int], Iterator[tuple[int, Picture]]]]]:
        return InOrder, (self._open_at,)  # another process opens the stream by itself

    def close(self) -> None:
        """Let go of the stream; the next picture opens it again."""
        if isinstance(self._stream, Generator):
            self._stream.close()
        self._stream = self._at = None

    def load(self, index: int) -> Picture:
        """Give a picture.

        Raises:
            BadPictureError: if the stream does not hold it.
        """
        if self._at is not None and self._at[0] == index:
            return self._at[1]
        if self._stream is None or self._at is None or not self._at[0] < index <= self._at[0] + FARTHEST_SKIP:
            self._stream, self._at = self._open_at(index), None
        for at in self._stream:
            self._at = at
            if at[0] >= index:
                break
        if self._at is None or self._at[0] != index:
            raise BadPictureError("picture missing", f"the stream does not hold frame {index}")
        return self._at[1]
