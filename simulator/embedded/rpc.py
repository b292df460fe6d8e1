"""MessagePack-RPC as CARLA speaks it: requests in, one reply each, errors that name the method.

A request is [0, id, method, [metadata, arguments...]], a reply [1, id, error, result].
"""

import inspect
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from selectors import BaseSelector
from typing import TYPE_CHECKING, Any

import msgpack

from simulator.embedded.connection import Budget, Connection
from simulator.embedded.framing import Framer, FramingError, unpack
from simulator.embedded.values import BadValueError, show
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from simulator.embedded.simulation import Simulation

REQUEST, REPLY = 0, 1
LARGEST_REPLIES = 1 << 16
LONGEST_WITHHELD = 0.2
"""Seconds that a reply which nobody waits for may wait for another to go along."""
MOST_UNKNOWN = 100
MOST_ARGUMENTS = 16
_CODING_ERRORS = (TypeError, ValueError, IndexError, KeyError, AttributeError, ArithmeticError)

log = logging.getLogger(__name__)

Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Method:
    """A remote method. readers: of its arguments in order; the last `optional` of them may be missing.

    void: it answers nothing. bare: its answer goes out as it is, without CARLA's frame around a result.
    """

    name: str
    function: Callable[..., Any]
    readers: tuple[Reader, ...]
    optional: int
    void: bool
    bare: bool

    def call(self, simulation: "Simulation", arguments: list[Any]) -> Any:
        """Read the arguments and run it; gives the framed result."""
        most = len(self.readers)
        if not most - self.optional <= len(arguments) <= most:
            raise BadValueError(f"takes {most} arguments, not {len(arguments)}")
        values = []
        for place, (read, argument) in enumerate(zip(self.readers, arguments, strict=False), start=1):
            try:
                values.append(read(argument))
            except (BadValueError, LiquidlaneError) as error:
                if self.bare:
                    raise BadValueError(f"argument {place}: {error}") from error
                # the client shows its user this text, but not that of an error of the call itself
                return write_failure(f"function {self.name!r}: argument {place}: {error}", self.void)
        try:
            result = self.function(simulation, *values)
        except LiquidlaneError as error:
            return write_failure(str(error), self.void)
        if self.bare:
            return result
        return [[False]] if self.void else write_success(result)


def write_success(value: Any) -> list[Any]:
    """Frame what a method gives."""
    return [[1, value]]


def write_failure(message: str, void: bool = False) -> list[Any]:
    """Frame what went wrong, as the client shows it to its user."""
    return [[True if void else 0, [message]]]


METHODS: dict[str, Method] = {}
_unknown: set[str] = set()


def method(
    *readers: Reader, name: str | None = None, optional: int = 0, bare: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function a remote method of its own name; a function that returns None is void."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        key = name or function.__name__
        void = inspect.signature(function).return_annotation is None
        METHODS[key] = Method(key, function, readers, optional, void, bare)
        return function

    return register


def refuse(name: str, why: str, *, void: bool) -> None:
    """Make a method known that always fails, with a sentence that says what to do; see `handlers.refusals`."""

    def refused(simulation: "Simulation", *arguments: Any) -> Any:
        _log_once(name, f"the embedded server does not serve {name}: {why}")
        raise LiquidlaneError(f"the embedded server does not serve {name}: {why}")

    METHODS[name] = Method(name, refused, (_anything,) * MOST_ARGUMENTS, MOST_ARGUMENTS, void, False)


def _anything(value: Any) -> Any:
    return value


class RpcConnection(Connection):
    """A client's requests."""

    def __init__(
        self, sock: socket.socket, selector: BaseSelector, address: str, budget: Budget, simulation: "Simulation"
    ) -> None:
        super().__init__(sock, selector, address, budget)
        self._simulation = simulation
        self._framer = Framer()
        self._pack = msgpack.Packer(unicode_errors="surrogateescape").pack
        self._replies: list[bytes] = []
        self._replies_size = 0
        self._withheld_since: float | None = None

    @property
    def pending(self) -> int:
        """See `Connection`."""
        return self._framer.pending

    def received(self, data: bytes) -> None:
        """Answer each whole request; what is no request ends the connection."""
        awaited = False
        try:
            self._framer.feed(data)
            while (message := self._framer.next()) is not None:
                awaited = self._take(message) or awaited
                if self.closed:
                    return
        except FramingError as error:
            self.fail(str(error))
            return
        if awaited:
            self._send_replies()
        elif self._replies and self._withheld_since is None:
            self._withheld_since = time.monotonic()

    def settle(self, now: float) -> None:
        """Send replies that nobody waits for, if none has come that they could go along with."""
        if self._withheld_since is not None and now > self._withheld_since + LONGEST_WITHHELD:
            self._send_replies()

    def _take(self, message: bytes) -> bool:
        """Answer one message; tells whether the client waits for the reply."""
        try:
            request = _read_request(unpack(message))
        except ValueError as error:
            self._reply([REPLY, 0, f"a request of {len(message)} bytes can't be read: {error}", None])
            return True
        if isinstance(request, str):
            self.fail(f"not a MessagePack-RPC request: {request}")
            return True
        self.started = True
        message_id, name, arguments = request
        failure, result = run(self._simulation, name, arguments[1:])
        # the metadata says [True] where the client drops the reply
        awaited = bool(arguments[0] != [True])
        if not awaited:
            _log_unheard(name, failure, result)
        self._reply([REPLY, message_id, failure, result])
        return awaited

    def _reply(self, value: list[Any]) -> None:
        """Send a reply. Those to requests that came together go out together, since each sending costs."""
        reply = self._pack(value)
        self._replies.append(reply)
        self._replies_size += len(reply)
        if self._replies_size > LARGEST_REPLIES:
            self._send_replies()

    def _send_replies(self) -> None:
        """Send the replies that are ready."""
        if self._replies:
            self.send([b"".join(self._replies)])
            self._replies.clear()
            self._replies_size = 0
            self._withheld_since = None

    def fail(self, reason: str) -> None:
        """Tell the client why, as far as it still listens, and close."""
        if not self.closed and not self.backlog:
            self._replies.append(self._pack([REPLY, 0, f"the embedded server closes this connection: {reason}", None]))
            self._send_replies()
        super().fail(reason)


def _read_request(message: Any) -> tuple[int, str, list[Any]] | str:
    """Give id, method and arguments with the metadata first, or what came instead of a request."""
    if not isinstance(message, list) or len(message) != 4:
        return show(message)
    kind, message_id, name, arguments = message
    if kind != REQUEST or isinstance(message_id, bool) or not isinstance(message_id, int) or not isinstance(name, str):
        return show(message)
    if not isinstance(arguments, list) or not arguments or not isinstance(arguments[0], list):
        return show(message)
    return message_id, name, arguments


def _log_once(name: str, message: str) -> None:
    """Say once that a method is not served: the client drops the answers of calls that it does not wait for."""
    if name not in _unknown and len(_unknown) < MOST_UNKNOWN:
        _unknown.add(name)
        log.warning("%s", message)


def _log_unheard(name: str, failure: str | None, result: Any) -> None:
    """Say what went wrong in a call whose answer the client drops; that it is not served at all is said elsewhere."""
    if name in METHODS and METHODS[name].bare:
        return
    if failure is None and isinstance(result, list) and result and result[0][0] is True:
        failure = result[0][1][0]
    if failure is not None and "does not serve" not in failure and name in METHODS:
        log.warning("%s", failure if name in failure else f"{name}: {failure}")


def run(simulation: "Simulation", name: str, arguments: list[Any]) -> tuple[str | None, Any]:
    """Run a method by name; gives the error of the call itself, and the framed result."""
    found = METHODS.get(name)
    if found is None:
        _log_once(name[:80], f"a client called {name[:80]!r}, which the embedded server has not")
        return f"the embedded server has no function {show(name)} (called with {len(arguments)} arguments)", None
    try:
        return None, found.call(simulation, arguments)
    except BadValueError as error:
        return f"function {name!r}: {error}", None
    except _CODING_ERRORS as error:
        # ours, not the client's: one request is lost, the world lives on
        log.exception("function %r failed", name)
        return f"function {name!r} failed in the server: {error!r}", None
