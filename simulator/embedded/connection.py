"""One client's TCP connection: never waits, and never lets what a client does not read pile up."""

import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence

Buffer = bytes | memoryview

RECEIVE_SIZE = 1 << 16
LARGEST_BACKLOG = 64 << 20
"""Bytes that a client may leave unread."""
LARGEST_TOTAL = 512 << 20
"""Bytes that wait for all clients together, half-sent and unread."""
PATIENCE = 30.0
"""Seconds that a half-sent message may stand still."""
_ALIVE = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 6))

log = logging.getLogger(__name__)


class Budget:
    """What all connections together may hold in memory."""

    def __init__(self, limit: int = LARGEST_TOTAL) -> None:
        self.limit = limit
        self.used = 0


class Connection:
    """A non-blocking socket in a selector, with what could not be sent yet.

    Subclasses say what arriving bytes mean in `received`, and how much of a message still lacks its rest in `pending`.
    started: whether the client has ever said something whole.
    """

    def __init__(self, sock: socket.socket, selector: selectors.BaseSelector, address: str, budget: Budget) -> None:
        self.address = address
        self.closed = False
        self.started = False
        self._budget = budget
        self._held = 0
        self._heard = time.monotonic()
        self._socket = sock
        self._selector = selector
        self._waiting: deque[memoryview] = deque()
        self.backlog = 0
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _ALIVE:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
        selector.register(sock, selectors.EVENT_READ, self)

    def received(self, data: bytes) -> None:
        """Take bytes that arrived."""
        raise NotImplementedError

    @property
    def pending(self) -> int:
        """Bytes of a message whose rest is still to come."""
        raise NotImplementedError

    def overdue(self, now: float) -> bool:
        """Tell whether a half-sent message stands still for too long."""
        return not self.closed and self.pending > 0 and now - self._heard > PATIENCE

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
                self._heard = time.monotonic()
                self.received(data)
                self._account()
            else:
                self.close()

    def _account(self) -> None:
        """Count what this connection holds; the one that asks for more than all may have is closed."""
        held = 0 if self.closed else self.backlog + self.pending
        self._budget.used += held - self._held
        self._held = held
        if self._budget.used > self._budget.limit and held > 0:
            self.fail(f"all clients together hold {self._budget.used >> 20} MiB of {self._budget.limit >> 20}")

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
        self._account()

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
                self._account()
                return
            self._waiting.popleft()
        self._selector.modify(self._socket, selectors.EVENT_READ, self)
        self._account()

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
        self._account()
