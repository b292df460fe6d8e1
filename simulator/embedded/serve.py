"""Starts the embedded server and says when it is ready."""

import ipaddress
import json
import os
import stat
import sys

from simulator.embedded.protocol import VERSION
from simulator.embedded.server import Server
from simulator.embedded.warnings_log import start_log
from simulator.errors import LiquidlaneError

LOCALHOST = "127.0.0.1"


def serve(host: str = LOCALHOST, port: int = 0, stream_port: int = 0) -> None:
    """Serve CARLA's clients on this machine until SIGTERM, SIGINT or the end of a piped standard input.

    Prints one line of JSON on standard output when clients can connect: {"host", "port", "version"}. Port 0 picks a
    free one, which a server started again should do: clients of the one before may still knock at its ports.
    Standard input counts if it is a pipe or a socket (not a terminal, /dev/null or a file).

    Raises:
        LiquidlaneError: if the host is not this machine alone, or a port is taken.
    """
    start_log()
    server = Server(_loopback(host), port, stream_port)
    server.end_on_signals()
    if _is_live(sys.stdin.fileno() if sys.stdin is not None else None):
        server.end_with(sys.stdin.fileno())
    server.get_ready()
    try:
        sys.stdout.write(json.dumps({"host": _loopback(host), "port": server.port, "version": VERSION}) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return  # whoever started us is gone
    server.run()


def _loopback(host: str) -> str:
    """Give the address of a host, which must not be reachable from elsewhere: the server trusts who connects."""
    if host == "localhost":
        return LOCALHOST
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise LiquidlaneError(
            f"host {host!r} is not a loopback address; the embedded server has no access control: use {LOCALHOST}"
        )
    return host


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
