"""The loop: one thread that listens, answers, and moves the world's clock."""

import logging
import os
import resource
import selectors
import signal
import socket
import time
from collections.abc import Callable

from simulator.embedded import handlers
from simulator.embedded.connection import PATIENCE, Budget, Connection
from simulator.embedded.readiness import compile_motion
from simulator.embedded.recorder.folder import LogFolder
from simulator.embedded.rpc import RpcConnection
from simulator.embedded.simulation import Simulation
from simulator.embedded.start import Start
from simulator.embedded.streaming import StreamConnection, Streams
from simulator.errors import LiquidlaneError

MOST_CONNECTIONS = 512
"""Clients' connections of both kinds; each listening sensor is one of its own."""
LAST_PORT = 65535
SWEEP = 0.25
"""Seconds between two looks for half-sent messages that stand still, and for replies that wait for company."""
__all__ = ["Server", "handlers"]

log = logging.getLogger(__name__)


class Server:
    """Two listeners, one for remote methods and one for streams, and the world behind them.

    Raises:
        LiquidlaneError: if a port is taken.
    """

    def __init__(
        self, host: str, port: int, stream_port: int = 0, start: Start | None = None, logs: LogFolder | None = None
    ) -> None:
        self._selector = selectors.DefaultSelector()
        self._running = True
        self._rpc_listener = _listen(host, port)
        self._stream_listener = _listen(host, stream_port)
        self._streams = Streams(self._stream_listener.getsockname()[1])
        self._simulation = Simulation(self._streams, start, logs)
        self._selector.register(self._rpc_listener, selectors.EVENT_READ, self._accept_rpc)
        self._selector.register(self._stream_listener, selectors.EVENT_READ, self._accept_stream)
        self._budget = Budget()
        self._last_tick = self._last_sweep = time.monotonic()
        self._most = _connection_limit()

    def get_ready(self) -> None:
        """Do beforehand what would take long at a client's first call."""
        world_map = self._simulation.episode.world_map
        compile_motion(world_map.terrain)
        world_map.compile_renderer()

    @property
    def port(self) -> int:
        """Where clients connect."""
        return int(self._rpc_listener.getsockname()[1])

    def end_with(self, descriptor: int) -> None:
        """End when this file (a pipe or a socket) has nothing more to read."""

        def drain() -> None:
            try:
                data = os.read(descriptor, 4096)
            except OSError:
                data = b""
            if not data:
                self._selector.unregister(descriptor)
                self.stop()

        self._selector.register(descriptor, selectors.EVENT_READ, drain)

    def end_on_signals(self) -> None:
        """End on SIGTERM and SIGINT."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        self._selector.register(reading, selectors.EVENT_READ, lambda: os.read(reading, 4096))

    def stop(self) -> None:
        """Leave the loop soon."""
        self._running = False

    def run(self) -> None:
        """Serve until stopped, then close everything."""
        while self._running:
            for key, events in self._selector.select(self._patience()):
                if isinstance(key.data, Connection):
                    self._attend(key.data, events)
                else:
                    key.data()
            self._simulation.begin_round()
            try:
                self._move_clock()
            except Exception:
                log.exception("frame %d failed in the server", self._simulation.frame)
            self._sweep()
        self._close()

    def _attend(self, connection: Connection, events: int) -> None:
        """Let a connection read and write. A mistake of ours in it costs that client its connection, not the world."""
        if connection.closed:
            return
        try:
            connection.ready(events)
        except Exception:
            log.exception("the connection of %s failed in the server", connection.address)
            connection.close()

    def _sweep(self) -> None:
        """End connections that stand still in the middle of a message; send what was withheld."""
        now = time.monotonic()
        if now < self._last_sweep + SWEEP:
            return
        self._last_sweep = now
        for connection in self._connections():
            if isinstance(connection, RpcConnection):
                connection.settle(now)
            if connection.overdue(now):
                connection.fail(f"{connection.pending} bytes of a message, and nothing more for {PATIENCE:g} s")

    def _connections(self) -> list[Connection]:
        """Give all clients' connections, the oldest first."""
        return [key.data for key in self._selector.get_map().values() if isinstance(key.data, Connection)]

    def _patience(self) -> float:
        """Tell how long to wait for clients before the clock has to move [s], or someone may have waited too long."""
        if self._simulation.settings.synchronous_mode:
            return self._streams.awaited() if self._simulation.tick_waits else SWEEP
        return min(max(self._last_tick + self._simulation.period - time.monotonic(), 0.0), SWEEP)

    def _move_clock(self) -> None:
        """Tick if a client asked and all who are about to subscribe have, or if the free-running clock is due."""
        if self._simulation.settings.synchronous_mode:
            self._simulation.run_due_tick()
            return
        now = time.monotonic()
        if now >= self._last_tick + self._simulation.period:
            self._simulation.run_freely(now - self._last_tick)
            self._last_tick = now

    def _accept_rpc(self) -> None:
        self._accept(
            self._rpc_listener,
            lambda sock, name: RpcConnection(sock, self._selector, name, self._budget, self._simulation),
        )

    def _accept_stream(self) -> None:
        self._accept(
            self._stream_listener,
            lambda sock, name: StreamConnection(sock, self._selector, name, self._budget, self._streams),
        )

    def _accept(self, listener: socket.socket, connect: Callable[[socket.socket, str], Connection]) -> None:
        """Take one waiting client. When all places are taken, the oldest that never said a word has to go."""
        try:
            sock, address = listener.accept()
        except OSError as error:
            log.warning("could not accept a client: %s", error)
            time.sleep(0.01)  # it would be tried again at once
            return
        name = f"{address[0]}:{address[1]}"
        connection = connect(sock, name)
        open_ones = self._connections()
        if len(open_ones) > self._most:
            silent = next((each for each in open_ones if not each.started), connection)
            silent.fail(f"all {self._most} places for clients are taken")

    def _close(self) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, Connection):
                key.data.close()
        self._simulation.recorder.stop()
        self._rpc_listener.close()
        self._stream_listener.close()
        self._selector.close()


def _connection_limit() -> int:
    """Give how many connections this process may have open at once."""
    return max(8, min(MOST_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 64))


def _listen(host: str, port: int) -> socket.socket:
    """Open a listener; port 0 picks a free one."""
    if not 0 <= port <= LAST_PORT:
        raise LiquidlaneError(f"there is no port {port}; give one from 1 to {LAST_PORT}, or 0 for a free one")
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except OSError as error:
        listener.close()
        raise LiquidlaneError(
            f"port {port} at {host} can't be opened ({error.strerror}); end what uses it or give port 0 for a free one"
        ) from error
    listener.setblocking(False)
    return listener
