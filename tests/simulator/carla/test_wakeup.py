"""A Traffic Manager that sleeps through a tick is woken, and one that does not is left alone.

The stand-in for the client has its two threads' flags as `TrafficManagerLocal` has; its port is a real one, and speaks
what the wheel's speaks. That the wheel itself is freed is measured (docs/log.md), since its race can't be forced.
"""

import logging
import socket
import threading
import time
from types import SimpleNamespace

import carla
import msgpack
import pytest

from simulator.carla.wakeup import WakingTick, wake
from simulator.launch import find_free_port

PATIENCE = 0.2


class Sleeper:
    """A world whose `tick` comes back when its Traffic Manager has done a step, and the port of that."""

    def __init__(self) -> None:
        self.frame, self.modes = 10, []
        self.loses, self.server_takes = False, 0.0
        self._begin = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def get_snapshot(self) -> SimpleNamespace:
        return SimpleNamespace(frame=self.frame)

    def tick(self, timeout: float) -> int:
        time.sleep(self.server_takes)
        self.frame += 1
        if self.loses:
            assert self._begin.wait(60.0), "nobody woke it"
            self._begin.clear()
        return self.frame

    def _listen(self) -> None:
        while True:
            connection = self._listener.accept()[0]
            calls = msgpack.Unpacker()
            while data := connection.recv(100):
                calls.feed(data)
                for kind, number, name, (mode,) in calls:
                    assert (kind, name) == (0, "set_synchronous_mode")
                    before = self.modes[-1] if self.modes else True
                    self.modes.append(mode)
                    if before and not mode:
                        self._begin.set()
                    connection.sendall(msgpack.packb([1, number, None, None]))

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def sleeper():
    made = Sleeper()
    yield made
    made.close()


def test_lost_wake_up_is_made_up_for_and_told_once(sleeper: Sleeper, caplog: pytest.LogCaptureFixture) -> None:
    ticking = WakingTick(sleeper, sleeper.port, PATIENCE)
    sleeper.loses = True
    with caplog.at_level(logging.WARNING):
        assert [ticking.tick() for _ in range(3)] == [11, 12, 13]
        ticking.close()
    assert ticking.woken == 3
    assert sleeper.modes == [False, True] * 3
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "slept through frame 11" in caplog.text


def test_slow_server_and_slow_caller_are_left_alone(sleeper: Sleeper) -> None:
    ticking = WakingTick(sleeper, sleeper.port, PATIENCE)
    sleeper.server_takes = 4 * PATIENCE
    ticking.tick()
    time.sleep(4 * PATIENCE)
    sleeper.server_takes = 0.0
    ticking.tick()
    ticking.close()
    assert (ticking.woken, sleeper.modes) == (0, [])


def test_error_of_a_tick_is_the_callers(sleeper: Sleeper) -> None:
    def fail(timeout: float) -> int:
        raise RuntimeError(f"time-out of {timeout}")

    sleeper.tick = fail  # type: ignore[method-assign]
    ticking = WakingTick(sleeper, sleeper.port, PATIENCE)
    with pytest.raises(RuntimeError, match="time-out of 3"):
        ticking.tick(3.0)
    time.sleep(3 * PATIENCE)
    ticking.close()
    assert ticking.woken == 0


def test_nobody_at_the_port_is_told(sleeper: Sleeper) -> None:
    with pytest.raises(OSError, match="refused"):
        wake(find_free_port())


def test_wheel_still_has_the_port_that_wakes() -> None:
    """What is woken through: the wheel's remote call of the same name, sent by the wheel's other end."""
    assert "set_synchronous_mode" in dir(carla.TrafficManager)
