"""One client's TCP connection: never waits, and never lets what a client does not read pile up."""

import logging
import selectors
import socket
from collections import deque
from collections.abc import Sequence

Buffer = bytes | memoryview

RECEIVE_SIZE = 1 << 20
LARGEST_BACKLOG = 64 << 20

log = logging.getLogger(__name__)


class Connection:
    """A non-blocking socket in a selector, with what could not be sent yet.

    Subclasses say what arriving bytes mean in `received`.
    """

    def __init__(self, sock: socket.socket, selector: selectors.BaseSelector, address: str) -> None:
        self.address = address
        self.closed = False
        self._socket = sock
        self._selector = selector
        self._waiting: deque[memoryview] = deque()
        self.backlog = 0
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(sock, selectors.EVENT_READ, self)

    def received(self, data: bytes) -> None:
        """Take bytes that arrived."""
        raise NotImplementedError

    def ready(self, events: int) -> None:
        """Read and write what can be, as the selector saw it."""
        if events & selectors.EVENT_WRITE:
            self._flush()
        if events & selectors.EVENT_READ and not self.closed:
            try:
                data = self._socket.recv(RECEIVE_SIZE)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self.received(data)
            else:
                self.close()

    def send(self, parts: Sequence[Buffer]) -> None:
        """Send a message given in parts; what does not fit into the socket now is kept for later.

        A client that leaves more than 64 MiB unread is closed (a single message may be larger).
        """
        if self.closed:
            return
        sent = 0
        if not self._waiting:
            try:
                sent = self._socket.sendmsg(parts)
            except BlockingIOError:
                pass
            except OSError:
                self.close()
                return
        rest = sum(map(len, parts)) - sent
        if rest == 0:
            return
        if self.backlog and self.backlog + rest > LARGEST_BACKLOG:
            self.fail(f"{(self.backlog + rest) >> 20} MiB wait unread")
            return
        if not self._waiting:
            self._selector.modify(self._socket, selectors.EVENT_READ | selectors.EVENT_WRITE, self)
        self._waiting.append(memoryview(b"".join(parts))[sent:])
        self.backlog += rest

    def _flush(self) -> None:
        """Send what waits, as far as the socket takes it."""
        while self._waiting:
            first = self._waiting[0]
            try:
                sent = self._socket.send(first)
            except BlockingIOError:
                return
            except OSError:
                self.close()
                return
            self.backlog -= sent
            if sent < len(first):
                self._waiting[0] = first[sent:]
                return
            self._waiting.popleft()
        self._selector.modify(self._socket, selectors.EVENT_READ, self)

    def fail(self, reason: str) -> None:
        """Close it and say why."""
        log.warning("closed %s: %s", self.address, reason)
        self.close()

    def close(self) -> None:
        """Close it; may be called again."""
        if self.closed:
            return
        self.closed = True
        self._selector.unregister(self._socket)
        self._socket.close()
        self._waiting.clear()
        self.backlog = 0
