"""A second process that compiles some functions while this one makes and compiles other things.

numba compiles one function at a time in a process, mostly in Python. With no machine code kept on disk, a colleague
process compiles what is needed later, and leaves it in numba's cache on disk, where this process finds it. Should the
colleague fail, this process compiles the functions itself, as it would have without it.
"""

import atexit
import fcntl
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from simulator import jit

_ROOT = Path(__file__).parents[1]
_END_SECONDS = 10.0

log = logging.getLogger(__name__)


class Colleague:
    """The other process, as the one sees it that started it.

    module: run by `python -m`; it is to call `serve_as_colleague`. functions: numba's dispatchers, in
    any order. Whoever calls one of them before it is kept waits for the colleague.
    """

    def __init__(self, module: str, functions: list[Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)])},
        )
        self._missing = {name_of(each) for each in functions}
        for each in functions:
            jit.awaited[each.py_func] = self._wait_for
        atexit.register(self.end)

    @property
    def number(self) -> int:
        """The process's number."""
        return self._process.pid

    def _wait_for(self, function: Callable[..., Any]) -> None:
        """Return when the function's machine code is kept, or never will be."""
        name = f"{function.__module__}.{function.__qualname__}"
        while name in self._missing:
            line = self._process.stdout.readline().decode().strip()  # type: ignore[union-attr]
            if not line:
                log.info("the process that was to compile %s ended with %d", name, self.end())
                return
            self._missing.discard(line)
        if not self._missing:
            self.end()

    def end(self) -> int:
        """End it, if it still runs; gives its exit code. May be called again."""
        atexit.unregister(self.end)
        self._missing.clear()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            return self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def name_of(function: Any) -> str:
    """Give the name by which both processes know a compiled function."""
    return f"{function.py_func.__module__}.{function.py_func.__qualname__}"


def ask_colleague(module: str, functions: list[Any]) -> Colleague | None:
    """Start a colleague if there is a core for it and not all functions are kept; gives None if not."""
    if len(os.sched_getaffinity(0)) < 2 or all(jit.is_kept(each) for each in functions):
        return None
    return Colleague(module, functions)


def serve_as_colleague(parts: list[tuple[Any, Callable[[], object]]]) -> None:
    """Compile functions, and say so on standard output; ends when standard input is closed.

    parts: numba's dispatchers, and what calls each of them. Of several colleagues (two servers started at once) one
    works, the others wait for what it leaves.
    """
    threading.Thread(target=_end_with, args=(sys.stdin.buffer,), daemon=True).start()
    with _alone(Path(parts[0][0]._cache.cache_path)):
        for function, call in parts:
            if not jit.is_kept(function):
                call()
            sys.stdout.write(f"{name_of(function)}\n")
            sys.stdout.flush()


def _end_with(stream: IO[bytes]) -> None:
    """End this process at once when a stream ends."""
    stream.read()
    os._exit(0)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a lock that one process can hold; where no file can be made, without one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "compile_beside.lock").open("wb")
    except OSError:
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
