"""A server in its own process, and scenarios that play the official client in another one.

The client can take its process down with it, and holds the GIL while it waits: so it never runs in pytest's process.
"""

import json
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SCENARIOS = Path(__file__).parent / "scenarios"
START_TIMEOUT = 180.0


class RunningServer:
    """`python -m simulator.embedded` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self._logs = tempfile.TemporaryDirectory()
        command = [sys.executable, "-m", "simulator.embedded", "--logs", self._logs.name, *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert self.process.stdout is not None
        # the first start on a machine compiles the renderer
        assert select.select([self.process.stdout], [], [], START_TIMEOUT)[0], "the server did not get ready"
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1].decode()
        self.ready: dict[str, Any] = json.loads(line)
        self.port: int = self.ready["port"]

    def end(self) -> str:
        """End it; gives what it wrote to stderr."""
        self.process.terminate()
        try:
            return self.process.communicate(timeout=20)[1].decode()
        finally:
            self.process.kill()
            self._logs.cleanup()

    def play(self, scenario: str, *arguments: object, timeout: float = 60.0) -> Any:
        """Run "file.function" of the scenarios against this server; gives its result."""
        file, function = scenario.split(".")
        command = [sys.executable, str(SCENARIOS / f"{file}.py"), str(self.port), function, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
        assert done.returncode == 0, f"{scenario} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    running = RunningServer()
    yield running
    errors = running.end()
    assert "Traceback" not in errors, errors


@pytest.fixture(scope="module")
def play(server: RunningServer) -> Callable[..., Any]:
    return server.play
