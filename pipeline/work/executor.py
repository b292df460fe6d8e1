"""Where units of work run: in spawned processes that may die without taking the run along.

A worker is a fresh process (the official client can abort its process, torch must not be forked). It ends when its
parent does. A unit whose worker or server was lost is tried again, three times in all.
"""

import contextlib
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.queues import SimpleQueue
from multiprocessing.util import Finalize
from typing import Any, Protocol, TypeVar

from simulator.errors import LiquidlaneError, ServerLostError

Unit = TypeVar("Unit")
Result = TypeVar("Result")
ATTEMPTS = 3
_amounts: "SimpleQueue[int] | None" = None


class Progress(Protocol):
    """Who shows how far the work is."""

    def advance(self, amount: int) -> None:
        """Add to the amount of work that is done."""


def report_progress(amount: int) -> None:
    """Tell the parent that this worker did more of its unit; nothing happens outside a worker."""
    if _amounts is not None:
        _amounts.put(amount)


def count_workers(wanted: int | None, units: int) -> int:
    """Say how many processes to use: one a usable core, no more than there are units."""
    cores = len(os.sched_getaffinity(0))
    return max(1, min(wanted or cores, units))


def run_units(
    function: Callable[[Unit], Result],
    units: Sequence[Unit],
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    done: Callable[[int, Result], None] | None = None,
) -> list[Result]:
    """Run `function` on every unit in spawned processes and give the results in the order of the units.

    Args:
        function: a module-level function; what it imports is imported in the worker only.
        units: plain, picklable values.
        workers: how many processes; None means one for each usable core.
        progress: is told the amounts that workers report with `report_progress`.
        done: is told the index and result of each unit as it ends.

    Raises:
        LiquidlaneError: what a unit raised, or that a unit lost its worker or its server three times.
    """
    pool_size = count_workers(workers, len(units))
    results: dict[int, Result] = {}
    attempts = dict.fromkeys(range(len(units)), 0)
    while len(results) < len(units):
        waiting = [index for index in range(len(units)) if index not in results]
        lost = _run_round(function, units, waiting, pool_size, results, progress, done)
        for index in lost:
            attempts[index] += 1
            if attempts[index] >= ATTEMPTS:
                raise LiquidlaneError(
                    f"the worker or the server of {units[index]!r:.200} died {ATTEMPTS} times (out of memory, or a "
                    "crash of the carla client); run again to go on with the rest, with workers=1 if memory is short"
                )
    return [results[index] for index in range(len(units))]


def _run_round(
    function: Callable[[Unit], Result],
    units: Sequence[Unit],
    waiting: list[int],
    pool_size: int,
    results: dict[int, Result],
    progress: Progress | None,
    done: Callable[[int, Result], None] | None,
) -> list[int]:
    """Run units until all ended or a worker was lost; give the indices that lost their worker or their server."""
    context = multiprocessing.get_context("spawn")
    amounts: SimpleQueue[int] = context.SimpleQueue()
    pool = ProcessPoolExecutor(
        pool_size, mp_context=context, initializer=_prepare_worker, initargs=(amounts, list(sys.path))
    )
    running: dict[Future[Result], int] = {}
    queue = list(waiting)
    lost: list[int] = []
    whole = False
    try:
        while queue or running:
            while queue and len(running) < pool_size:
                index = queue.pop(0)
                running[pool.submit(function, units[index])] = index
            finished, _ = wait(running, timeout=0.1, return_when=FIRST_COMPLETED)
            _drain(amounts, progress)
            for future in finished:
                index = running[future]
                try:
                    result = future.result()
                except ServerLostError:
                    lost.append(index)
                    del running[future]
                    continue
                del running[future]
                results[index] = result
                if done is not None:
                    done(index, result)
        whole = True
    except BrokenProcessPool:
        return [*lost, *running.values()] or queue[:1]
    finally:
        _drain(amounts, progress)
        _end_pool(pool, whole)
    return lost


def _drain(amounts: "SimpleQueue[int]", progress: Progress | None) -> None:
    """Pass on all that workers reported so far."""
    while not amounts.empty():
        amount = amounts.get()
        if progress is not None:
            progress.advance(amount)


def _end_pool(pool: ProcessPoolExecutor, whole: bool) -> None:
    """Let idle workers end by themselves; end busy ones, and what a lost worker left, at once."""
    if whole:
        pool.shutdown(wait=True)
        return
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + 5
    for process in processes:
        process.join(max(0.1, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()


def _prepare_worker(amounts: "SimpleQueue[int]", path: list[str]) -> None:
    """Make a worker end with its parent, keep it to one thread and let it report."""
    global _amounts
    _amounts = amounts
    sys.path[:] = path
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    Finalize(None, _discard_all, exitpriority=10)


_kept: dict[str, Any] = {}


def keep(name: str, make: Callable[[], Any]) -> Any:
    """Make something once in a worker and keep it for its later units (a world and its server, say)."""
    if name not in _kept:
        _discard_all()
        _kept[name] = make()
    return _kept[name]


def _discard_all() -> None:
    """Close all that `keep` made, when a worker ends by itself."""
    for name in list(_kept):
        discard(name)


def discard(name: str) -> None:
    """Close and forget what `keep` made, so that the next unit starts afresh."""
    kept = _kept.pop(name, None)
    if kept is not None and hasattr(kept, "close"):
        with contextlib.suppress(LiquidlaneError, RuntimeError, OSError):
            kept.close()
