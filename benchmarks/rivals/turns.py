"""What every program of this folder does: step a simulator for as long as it is told to, and say how often it did.

Imports nothing but the standard library, since rivals' interpreters have nothing else in common.
"""

import json
import os
import sys
import time
from collections.abc import Callable

MARK = "turn: "
"""Begins the lines that are for whoever calls the turns; simulators print much else."""


def _spent() -> float:
    """Give the CPU time [s] of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def take_turns(step: Callable[[], object], seconds: float, others: Callable[[], float] = lambda: 0.0) -> None:
    """Step for some seconds whenever a line comes in, and write a line about it; end with the input.

    step: one step of the world with its camera's picture. seconds: that a step simulates. others: CPU time [s] of
    processes that work for this one.
    """
    print(MARK + json.dumps({"ready": True, "step": seconds}), flush=True)
    for line in sys.stdin:
        until = float(line)
        begin, spent, count = time.perf_counter(), _spent() + others(), 0
        while time.perf_counter() - begin < until:
            step()
            count += 1
        wall, cpu = time.perf_counter() - begin, _spent() + others() - spent
        print(MARK + json.dumps({"steps": count, "wall": wall, "cpu": cpu}), flush=True)
