"""Units for the tests of the executor: spawned workers import them by name."""

import os
import signal
import time
from pathlib import Path

from pipeline.work.executor import keep, report_progress
from simulator.errors import LiquidlaneError, ServerLostError


def square(number: int) -> int:
    report_progress(number)
    return number * number


def refuse(number: int) -> int:
    if number == 2:
        raise LiquidlaneError("two can't be had; ask for three")
    return number


def die_once(marker: str) -> str:
    path = Path(marker)
    if path.name.startswith("frail") and not path.exists():
        path.write_text("died here")
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def lose_server_once(marker: str) -> str:
    path = Path(marker)
    if not path.exists():
        path.write_text("lost here")
        raise ServerLostError("the server is gone")
    return path.name


def always_die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def count_kept(number: int) -> tuple[int, int]:
    kept = keep("list", list)
    kept.append(number)
    return os.getpid(), len(kept)


def sleep_and_tell(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(60)
