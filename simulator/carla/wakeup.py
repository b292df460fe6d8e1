"""Ticks a world whose Traffic Manager may lose a wake-up, and wakes it again.

In the `carla` client up to 0.9.16 the Traffic Manager's thread and `world.tick()` tell each other to go on without
holding the lock that the other waits under (`TrafficManagerLocal::SynchronousTick` and `Run`). A word said between
the other's look and its falling asleep is lost; then both wait for ever, whatever the server: carla issue 9172, mended
by pull request 9344 after 0.9.16. Switching the synchronous mode off says the same word again, and switching it back
on leaves all as it was. The Traffic Manager's own port takes that word; its Python calls don't, since they wait for
the lock that the sleeping tick holds, and hold Python's meanwhile.
"""

import logging
import socket
import threading
import time
from typing import Any

import msgpack

PATIENCE = 1.0
"""Seconds after which a tick that the server has answered counts as asleep; a Traffic Manager takes milliseconds."""
ANSWER_TIMEOUT = 5.0

_log = logging.getLogger(__name__)


class WakingTick:
    """`world.tick()` that does not stand still for ever. woken: how often it had to wake the Traffic Manager.

    All of the world's ticks have to go through here. A thread looks on. It acts only if the tick's frame is there and
    the tick has not come back for `patience` seconds: a slow server is waited for as ever, and so is whoever calls
    `tick` seldom.
    """

    def __init__(self, world: Any, port: int, patience: float = PATIENCE) -> None:
        """Watch over a `carla.World` whose cars a synchronous Traffic Manager of this client drives, at its port."""
        self.woken = 0
        self._world, self._port, self._patience = world, port, patience
        self._frame = int(world.get_snapshot().frame)
        self._ticking: tuple[float, int] | None = None
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="waking-tick", daemon=True)
        self._thread.start()

    def tick(self, timeout: float = 0.0) -> int:
        """See `carla.World.tick`; gives the new frame's number. timeout: [s], 0 is the client's."""
        self._ticking = time.monotonic(), self._frame
        try:
            self._frame = int(self._world.tick(timeout))
        finally:
            self._ticking = None
        return self._frame

    def close(self) -> None:
        """Look on no more; before the world or its Traffic Manager are given up."""
        self._closed.set()
        self._thread.join()

    def _look_on(self) -> None:
        last = 0.0
        while not self._closed.wait(self._patience / 4):
            ticking = self._ticking
            if ticking is None or time.monotonic() - max(ticking[0], last) < self._patience:
                continue
            if self._world.get_snapshot().frame > ticking[1] and self._ticking is ticking:
                self._wake(ticking[1] + 1)
                last = time.monotonic()

    def _wake(self, frame: int) -> None:
        try:
            wake(self._port)
        except OSError as error:
            _log.warning("the Traffic Manager at port %d sleeps and does not listen: %s", self._port, error)
            return
        self.woken += 1
        say = _log.warning if self.woken == 1 else _log.debug
        say(
            "the Traffic Manager slept through frame %d and was woken after %g s: the carla client loses a wake-up "
            "now and then (carla issue 9172); driving goes on",
            frame,
            self._patience,
        )


def wake(port: int) -> None:
    """Wake the synchronous Traffic Manager that listens at a port of this machine. It must be asleep.

    Raises:
        OSError: if nobody answers.
    """
    calls = [[0, 1, "set_synchronous_mode", [False]], [0, 2, "set_synchronous_mode", [True]]]
    with socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT) as connection:
        connection.sendall(b"".join(msgpack.packb(call) for call in calls))
        answers, left = msgpack.Unpacker(), len(calls)
        while left > 0:
            data = connection.recv(4096)
            if not data:
                raise ConnectionError("it closed the connection")
            answers.feed(data)
            left -= sum(1 for _ in answers)
