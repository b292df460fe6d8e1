"""Starts, watches and ends a CARLA server, or finds one that runs already. Does not import carla."""

import contextlib
import importlib.metadata
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from simulator.errors import LiquidlaneError
from simulator.world_config import WorldConfig

CARLA_VERSION = "0.9.16"
_END_TIMEOUT = 3.0
_REMEDY = "start a CARLA server there, or set server: embedded"


class Server:
    """A CARLA server at an address; ours to end if we started it."""

    def __init__(
        self,
        host: str,
        port: int,
        process: "subprocess.Popen[bytes] | None" = None,
        log: "IO[bytes] | None" = None,
        embedded: bool = False,
    ) -> None:
        """Take an address and, where we started it, the process and the file that gets its messages."""
        self.host = host
        self.port = port
        self.embedded = embedded
        self._process = process
        self._log = log

    @property
    def address(self) -> str:
        """host:port."""
        return f"{self.host}:{self.port}"

    @property
    def ours(self) -> bool:
        """Whether we started it."""
        return self._process is not None

    def fate(self) -> str:
        """Say in words what became of the process, or nothing if it runs or is not ours."""
        if self._process is None or self._process.poll() is None:
            return ""
        return f" (its process ended with code {self._process.returncode}{_last_words(self._log)})"

    def close(self) -> None:
        """End the process if it is ours, at once if it does not end by itself. May be called twice."""
        if self._process is not None:
            _end(self._process, group=not self.embedded)
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None


def launch(config: WorldConfig, logs: Path | None = None) -> Server:
    """Give the server that the config names, started if need be.

    logs: the folder of recorder logs of an embedded server; None is its own.

    Raises:
        LiquidlaneError: if the client is of another version, nothing answers at the address, or the start fails.
    """
    check_version("carla client", importlib.metadata.version("carla"), "install carla==" + CARLA_VERSION)
    if config.server == "embedded":
        return _start_embedded(config.start_timeout, logs)
    if Path(config.server).is_file():
        return _start_local(Path(config.server), config.start_timeout)
    host, port = _parse_address(config.server)
    _check_port(host, port, config.call_timeout)
    return Server(host, port)


def check_version(who: str, version: str, remedy: str) -> None:
    """Raise LiquidlaneError unless the version is the one whose wire protocol and physics we know."""
    if version != CARLA_VERSION:
        raise LiquidlaneError(f"the {who} is version {version}, but {CARLA_VERSION} is needed; {remedy}")


def _parse_address(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise LiquidlaneError(
            f"server {address!r} is neither 'embedded' nor 'host:port' nor an existing file; write for example "
            "127.0.0.1:2000"
        )
    return host, int(port)


def _check_port(host: str, port: int, timeout: float) -> None:
    try:
        socket.create_connection((host, port), timeout).close()
    except OSError as error:
        raise LiquidlaneError(f"nothing listens at {host}:{port} ({error.strerror or error}); {_REMEDY}") from error


def _start_embedded(timeout: float, logs: Path | None = None) -> Server:
    """Start this project's own server; it ends when our end of its standard input closes, however we end."""
    log = tempfile.TemporaryFile()  # noqa: SIM115  (the Server closes it)
    command = [
        sys.executable,
        "-m",
        "simulator.embedded",
        "--port",
        "0",
        *(["--logs", str(logs)] if logs is not None else []),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
    try:
        line = _read_line(process, timeout)
        ready = json.loads(line)
        host, port, version = str(ready["host"]), int(ready["port"]), str(ready["version"])
        check_version("embedded server", version, "reinstall this project")
    except (ValueError, KeyError, TypeError) as error:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.5)  # one whose output has ended takes a moment to be gone
        code = process.poll()
        _end(process)
        what = f"was not ready within {timeout} s" if code is None else f"ended with code {code} at its start"
        raise LiquidlaneError(
            f"the embedded server {what}{_last_words(log)}; run 'liquidlane doctor', or raise start_timeout on a slow "
            "machine"
        ) from error
    except BaseException:
        _end(process)
        raise
    return Server(host, port, process, log, embedded=True)


def _read_line(process: "subprocess.Popen[bytes]", timeout: float) -> bytes:
    """Read one line of the process's output; what there is of it if the process ends or the time is up."""
    assert process.stdout is not None
    deadline = time.monotonic() + timeout
    line = b""
    while not line.endswith(b"\n"):
        left = max(deadline - time.monotonic(), 0.0)
        if not select.select([process.stdout], [], [], left)[0]:
            break
        byte = os.read(process.stdout.fileno(), 4096)
        if not byte:
            break
        line += byte
    return line


def _start_local(script: Path, timeout: float) -> Server:
    """Start a CARLA installed on this machine (CarlaUE4.sh) without a window, on a free port."""
    port = find_free_port()
    log = tempfile.TemporaryFile()  # noqa: SIM115  (the Server closes it)
    command = [str(script.resolve()), "-RenderOffScreen", "-nosound", f"-carla-rpc-port={port}"]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)
    except OSError as error:
        log.close()
        raise LiquidlaneError(
            f"{script} can't be started ({error.strerror}); give the path of CarlaUE4.sh and make it executable"
        ) from error
    server = Server("127.0.0.1", port, process, log)
    deadline = time.monotonic() + timeout
    while True:
        try:
            _check_port("127.0.0.1", port, 1.0)
            return server
        except LiquidlaneError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                fate = server.fate() or _last_words(log)
                server.close()
                raise LiquidlaneError(
                    f"{script} did not open port {port} within {timeout} s{fate}; see that it runs by itself"
                ) from error
        time.sleep(0.2)


def find_free_port() -> int:
    """Give a port that is free together with the next one, which CARLA streams on."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 1))
                return port


def _end(process: "subprocess.Popen[bytes]", group: bool = False) -> None:
    """End a process that we started: by end of input, then SIGTERM, then SIGKILL.

    group: send the signals to its whole process group (CarlaUE4.sh does not mind its input, and its child does the
    work).
    """

    def send(number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number) if group else process.send_signal(number)

    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    if group:
        send(signal.SIGTERM)
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            process.wait(_END_TIMEOUT)
            break
        except subprocess.TimeoutExpired:
            send(number)
    process.wait()
    if group:
        send(signal.SIGKILL)
    if process.stdout is not None:
        process.stdout.close()


def _last_words(log: "IO[bytes] | None") -> str:
    """Quote the last line that a server wrote."""
    if log is None:
        return ""
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return f", saying {lines[-1].strip()!r}" if lines else ""
