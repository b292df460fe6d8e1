"""Whose end ends the server."""

import os
import pty
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from simulator.embedded.serve import _is_live


@pytest.fixture
def inputs(tmp_path: Path) -> Iterator[dict[str, int]]:
    """Open one of each kind."""
    reading, writing = os.pipe()
    controlling, terminal = pty.openpty()
    with ExitStack() as stack:
        pair = [stack.enter_context(end) for end in socket.socketpair()]
        file = stack.enter_context((tmp_path / "file").open("wb"))
        null = os.open(os.devnull, os.O_RDONLY)
        for descriptor in (reading, writing, controlling, terminal, null):
            stack.callback(os.close, descriptor)
        yield {"pipe": reading, "socket": pair[0].fileno(), "terminal": terminal, "file": file.fileno(), "null": null}


def test_only_the_end_of_a_pipe_or_socket_ends_the_server(inputs: dict[str, int]) -> None:
    """One that reads its terminal in the background is stopped by the shell (SIGTTIN) at the next command typed."""
    assert {kind for kind, descriptor in inputs.items() if _is_live(descriptor)} == {"pipe", "socket"}
    assert not _is_live(None)
    assert not _is_live(10_000)  # closed
