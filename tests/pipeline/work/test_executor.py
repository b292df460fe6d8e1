"""Units run in processes that may be lost; results come in order all the same."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline.work.executor import count_workers, run_units
from simulator.errors import LiquidlaneError

sys.path.insert(0, str(Path(__file__).parent))
import units_of_work


class Total:
    def __init__(self) -> None:
        self.amount = 0

    def advance(self, amount: int) -> None:
        self.amount += amount


def test_results_in_order_and_progress_counted() -> None:
    total = Total()
    seen = []
    results = run_units(
        units_of_work.square, [3, 1, 2, 5], workers=2, progress=total, done=lambda i, result: seen.append((i, result))
    )
    assert results == [9, 1, 4, 25]
    assert total.amount == 11
    assert sorted(seen) == [(0, 9), (1, 1), (2, 4), (3, 25)]


def test_error_of_a_unit_reaches_the_caller() -> None:
    with pytest.raises(LiquidlaneError, match="ask for three"):
        run_units(units_of_work.refuse, [1, 2, 3], workers=2)


def test_lost_worker_costs_one_try(tmp_path: Path) -> None:
    names = ["a", "frail", "b", "c"]
    assert run_units(units_of_work.die_once, [str(tmp_path / name) for name in names], workers=2) == names


def test_lost_server_costs_one_try(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    assert run_units(units_of_work.lose_server_once, [str(tmp_path / name) for name in names], workers=2) == names


def test_unit_that_always_kills_its_worker_is_named() -> None:
    with pytest.raises(LiquidlaneError, match="7.*died 3 times"):
        run_units(units_of_work.always_die, [7], workers=1)


def test_kept_things_last_over_units() -> None:
    results = run_units(units_of_work.count_kept, [1, 2, 3], workers=1)
    assert [count for _, count in results] == [1, 2, 3]
    assert len({pid for pid, _ in results}) == 1


def test_no_more_workers_than_units() -> None:
    assert count_workers(8, 3) == 3
    assert count_workers(None, 1) == 1


def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    script = tmp_path / "parent.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import units_of_work\nfrom pipeline.work.executor import run_units\n"
        f"if __name__ == '__main__':\n    run_units(units_of_work.sleep_and_tell, [{str(told)!r}], workers=1)\n"
    )
    top = Path(__file__).parents[3]
    parent = subprocess.Popen([sys.executable, str(script)], cwd=top, env={**os.environ, "PYTHONPATH": str(top)})
    deadline = time.monotonic() + 30
    while not (told.exists() and told.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    worker = psutil.Process(int(told.read_text()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    worker.wait(timeout=10)
    assert not worker.is_running()
