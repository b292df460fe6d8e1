"""Starts the embedded server and says when it is ready."""

import ipaddress
import json
import os
import stat
import sys
from pathlib import Path

from simulator.embedded.protocol import VERSION
from simulator.embedded.recorder.folder import DEFAULT as DEFAULT_LOGS
from simulator.embedded.recorder.folder import LogFolder
from simulator.embedded.server import Server
from simulator.embedded.start import Start
from simulator.embedded.warnings_log import start_log
from simulator.errors import LiquidlaneError

LOCALHOST = "127.0.0.1"


def serve(
    host: str = LOCALHOST,
    port: int = 0,
    stream_port: int = 0,
    start: Start | None = None,
    logs: Path = DEFAULT_LOGS,
) -> None:
    """Serve CARLA's clients until SIGTERM, SIGINT or the end of a piped standard input.

    Prints one line of JSON on standard output when clients can connect: {"host", "port", "version"}. Port 0 picks a
    free one, which a server started again should do: clients of the one before may still knock at its ports.
    Standard input counts if it is a pipe or a socket (not a terminal, /dev/null or a file). start: the first world.
    logs: the folder of the recorder's logs; made when the first one is written.

    Raises:
        LiquidlaneError: if the host is no IPv4 address, or a port is taken.
    """
    start_log()
    address = _address(host)
    server = Server(str(address), port, stream_port, start, LogFolder(logs))
    server.end_on_signals()
    if _is_live(sys.stdin.fileno() if sys.stdin is not None else None):
        server.end_with(sys.stdin.fileno())
    if not address.is_loopback:
        sys.stderr.write(
            f"embedded server: warning: whoever reaches {address} can use this server; it has no passwords and no "
            f"encryption, like CARLA. Keep it on a network that you trust, or leave --host at {LOCALHOST}.\n"
        )
    server.get_ready()
    try:
        sys.stdout.write(json.dumps({"host": str(address), "port": server.port, "version": VERSION}) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return  # whoever started us is gone
    server.run()


def _address(host: str) -> ipaddress.IPv4Address:
    """Read the address to listen on."""
    try:
        return ipaddress.IPv4Address(LOCALHOST if host == "localhost" else host)
    except ValueError:
        raise LiquidlaneError(
            f"host {host!r} is no IPv4 address; use {LOCALHOST} for this machine alone, 0.0.0.0 for all networks"
        ) from None


def _is_live(descriptor: int | None) -> bool:
    """Tell whether the end of this input means that whoever started us is gone.

    A terminal is left alone: a shell stops what reads it in the background.
    """
    if descriptor is None:
        return False
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
