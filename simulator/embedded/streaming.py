"""Streams of sensor messages: a client names a stream by its token, connects, and gets what is sent from then on."""

import logging
import secrets
import socket
import time
from collections.abc import Sequence
from selectors import BaseSelector

from simulator.embedded.connection import Budget, Buffer, Connection
from simulator.embedded.protocol import MESSAGE_SIZE, STREAM_ID, WORLD_STREAM, pack_token
from simulator.errors import LiquidlaneError

SUBSCRIPTION_TIMEOUT = 0.2
DROP_IMAGES_ABOVE = 16 << 20

log = logging.getLogger(__name__)


class StreamConnection(Connection):
    """A client's subscription to one stream: it sends the stream's id and then only reads."""

    def __init__(
        self, sock: socket.socket, selector: BaseSelector, address: str, budget: Budget, streams: "Streams"
    ) -> None:
        super().__init__(sock, selector, address, budget)
        self._streams = streams
        self._greeting = b""
        self.stream_id: int | None = None

    @property
    def pending(self) -> int:
        """See `Connection`: bytes of an id that is not whole yet."""
        return len(self._greeting) % STREAM_ID.size

    def received(self, data: bytes) -> None:
        """Take the stream's id; more than that is no client's of ours."""
        self._greeting += data
        if len(self._greeting) > STREAM_ID.size:
            self.fail(f"a subscription is 4 bytes, not {len(self._greeting)}")
        elif len(self._greeting) == STREAM_ID.size:
            self.started = True
            self._streams.subscribe(self, STREAM_ID.unpack(self._greeting)[0])

    def close(self) -> None:
        """Close it and end its subscription."""
        super().close()
        self._streams.unsubscribe(self)


class Streams:
    """All streams of a server.

    Ids start at a random place, and an unknown id is refused: a client of an earlier server keeps trying to
    reconnect to its streams, and must not get another one's images.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._next_id = 2 + secrets.randbelow(1 << 30)
        self._subscribers: dict[int, list[StreamConnection]] = {WORLD_STREAM: []}
        self._expected: dict[int, float] = {}

    def open(self) -> int:
        """Make a stream; gives its id."""
        stream_id = self._next_id
        self._next_id += 1
        self._subscribers[stream_id] = []
        return stream_id

    def end(self, stream_id: int) -> None:
        """End a stream and its subscriptions."""
        self._expected.pop(stream_id, None)
        for connection in self._subscribers.pop(stream_id, []):
            connection.close()

    def token(self, stream_id: int) -> bytes:
        """Name a stream to a client."""
        return pack_token(stream_id, self._port)

    def expect(self, stream_id: int) -> bytes:
        """Name a stream to a client that is about to subscribe: until it has, or 0.2 s passed, ticks wait.

        Raises:
            LiquidlaneError: if there is no such stream.
        """
        if stream_id not in self._subscribers:
            raise LiquidlaneError(f"there is no stream {stream_id}; its actor was destroyed or never had one")
        self._expected[stream_id] = time.monotonic() + SUBSCRIPTION_TIMEOUT
        return self.token(stream_id)

    def awaited(self) -> float:
        """Tell how many seconds a tick still has to wait for subscriptions; 0 if it need not."""
        if not self._expected:
            return 0.0
        now = time.monotonic()
        self._expected = {stream_id: until for stream_id, until in self._expected.items() if until > now}
        return max(self._expected.values(), default=now) - now

    def subscribe(self, connection: StreamConnection, stream_id: int) -> None:
        """Let a connection have a stream's messages, or close it if there is no such stream."""
        if stream_id not in self._subscribers:
            connection.close()
            return
        self._expected.pop(stream_id, None)
        connection.stream_id = stream_id
        self._subscribers[stream_id].append(connection)

    def unsubscribe(self, connection: StreamConnection) -> None:
        """Forget a connection."""
        if connection.stream_id is None:
            return
        subscribers = self._subscribers.get(connection.stream_id, [])
        if connection in subscribers:
            subscribers.remove(connection)

    def wanted(self, stream_id: int) -> bool:
        """Tell whether anybody gets this stream's messages."""
        return bool(self._subscribers.get(stream_id))

    def send(self, stream_id: int, parts: Sequence[Buffer], droppable: bool = False) -> None:
        """Send one message to all subscribers; a droppable one skips those who leave more than 16 MiB unread."""
        size = sum(map(len, parts))
        message = [MESSAGE_SIZE.pack(size), *parts]
        for connection in tuple(self._subscribers.get(stream_id, ())):
            if not (droppable and connection.backlog > DROP_IMAGES_ABOVE):
                connection.send(message)
