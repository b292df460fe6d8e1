"""Reads one thing after another out of a packet's bytes."""

import struct
from typing import Any

from simulator.embedded.recorder.layout import COUNT, PLACE, Addition


class Cursor:
    """Reads one thing after another out of bytes.

    Raises, in all its methods:
        IndexError: if there is not that much left.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def left(self) -> int:
        """How many bytes are not read yet."""
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        """Read so many bytes."""
        if size > self.left:
            raise IndexError(f"{size} bytes wanted, {self.left} left")
        self._at += size
        return self._data[self._at - size : self._at]

    def unpack(self, layout: struct.Struct) -> tuple[Any, ...]:
        """Read a struct."""
        return layout.unpack(self.take(layout.size))

    def count(self) -> int:
        """Read a 16-bit number."""
        return int(self.unpack(COUNT)[0])

    def text(self) -> str:
        """Read a text; bytes that are no UTF-8 become question marks."""
        return self.take(self.count()).decode("utf-8", "replace")

    def addition(self) -> Addition:
        """Read an actor that came to be."""
        actor_id, kind, *place, uid = self.unpack(PLACE)
        blueprint = self.text()
        attributes = tuple((self.take(1)[0], self.text(), self.text()) for _ in range(self.count()))
        location, rotation = tuple(place[:3]), tuple(place[3:])
        return Addition(actor_id, kind, location, rotation, uid, blueprint, attributes)
