"""A bare client of the wire, for what the official one would never send."""

import socket
import struct
from typing import Any

import msgpack


class Wire:
    """One RPC connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._unpacker = msgpack.Unpacker()
        self._id = 0

    def call(self, method: str, *arguments: Any) -> tuple[str | None, Any]:
        """Call a method; gives error and result."""
        self._id += 1
        self.socket.sendall(msgpack.packb([0, self._id, method, [[False], *arguments]]))
        while True:
            for message in self._unpacker:
                kind, number, error, result = message
                assert (kind, number) == (1, self._id)
                return error, result
            data = self.socket.recv(1 << 20)
            if not data:
                raise ConnectionError("closed by the server")
            self._unpacker.feed(data)

    def close(self) -> None:
        self.socket.close()


def subscribe(token: bytes) -> socket.socket:
    """Connect to the stream that a token names."""
    stream_id, port = struct.unpack("<IHBB16s", token)[:2]
    return subscribe_to(port, struct.pack("<I", stream_id))


def subscribe_to(port: int, greeting: bytes) -> socket.socket:
    """Connect to a stream port and send some bytes."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    connection.sendall(greeting)
    return connection


def is_closed(connection: socket.socket) -> bool:
    """Tell whether the server hangs up, reading all it still sends."""
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def read_message(connection: socket.socket) -> bytes:
    """Read one message of a stream."""
    return read_exactly(connection, struct.unpack("<I", read_exactly(connection, 4))[0])


def read_exactly(connection: socket.socket, size: int) -> bytes:
    """Read so many bytes."""
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError("closed by the server")
        data += more
    return data
