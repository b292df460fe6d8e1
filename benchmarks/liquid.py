"""The liquid cells against ncps and torch's LSTM: alternating in one process, one thread, medians and ratios.

Run `python benchmarks/liquid.py`. Thread CPU time decides; wall time stands beside it. The table's goals are those of
the project; where one is missed it says so.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import ctypes
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
import torch
from ncps import torch as ncps_torch
from ncps.wirings import NCP
from numpy.typing import NDArray

from pipeline.liquid import ltc_kernel
from pipeline.liquid.backend import explain_backend
from pipeline.liquid.cfc import CfC
from pipeline.liquid.ltc import LTC
from pipeline.liquid.native import Kernel, load_kernel
from pipeline.liquid.onnx_step import export_onnx_step
from pipeline.liquid.stepper import Stepper
from pipeline.liquid.wiring import Wiring

ROUNDS, SLOW = 9, ("ncps", "torch")
ONE = np.ones(1, np.float32)
Ways = dict[str, Callable[[], Any]]


class Spent(NamedTuple):
    """Medians of one way [s]."""

    cpu: float
    wall: float


def measure(ways: Ways, rounds: int = ROUNDS, repeats: int = 10) -> dict[str, Spent]:
    """Time ways in turn; the quick ones `repeats` times in a row, which counts as so many measurements."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for round_number in range(rounds + 1):
        for name, way in ways.items():
            for _ in range(1 if name in SLOW else repeats):
                cpu, wall = time.thread_time(), time.perf_counter()
                way()
                done = time.thread_time() - cpu, time.perf_counter() - wall
                if round_number:
                    spent[name].append(done)
    return {
        name: Spent(*(statistics.median(column) for column in zip(*values, strict=True)))
        for name, values in spent.items()
    }


def training_ways(kind: str, batch: int, steps: int) -> Ways:
    """Give ours in C and in torch, ncps and an LSTM, forward and backward."""
    features, dt = torch.randn(batch, steps, 32), torch.ones(batch, steps)
    wiring, drawn = Wiring.ncp(32), NCP(12, 6, 1, 6, 4, 6, 6, seed=20190120)
    ours, plain = (LTC(wiring), LTC(wiring)) if kind == "ltc" else (CfC(wiring), CfC(wiring))
    plain.backend = "torch"
    theirs: Any = (ncps_torch.LTC if kind == "ltc" else ncps_torch.CfC)(32, drawn)
    lstm = torch.nn.LSTM(32, 64, batch_first=True)
    calls: Ways = {
        "C": lambda: ours(features, dt)[0],
        "torch": lambda: plain(features, dt)[0],
        "ncps": lambda: theirs(features)[0],
        "lstm": lambda: lstm(features)[0],
    }
    return {name: lambda call=call: call().square().sum().backward() for name, call in calls.items()}


def print_training(kind: str, batch: int, steps: int, goals: dict[str, float]) -> None:
    """Print forward and backward of one size. goals: name → ratio to ncps, or "lstm" → longest share of its time."""
    spent = measure(training_ways(kind, batch, steps))
    ncps, lstm = spent["ncps"], spent["lstm"]
    print(f"\n{kind.upper()} forward + backward, B{batch} T{steps}, 32 features (ncps: without time spans)")
    for name, took in spent.items():
        line = f"  {name:6s}{1e3 * took.cpu:10.3f} ms cpu {1e3 * took.wall:10.3f} ms wall"
        line += f" {ncps.cpu / took.cpu:8.1f} x ncps"
        line += f" {took.cpu / lstm.cpu:7.2f} of LSTM's time"
        if name in goals and name != "lstm":
            line += f"   goal {goals[name]:g} x: {'met' if ncps.cpu / took.cpu >= goals[name] else 'MISSED'}"
        if name == "C" and "lstm" in goals:
            line += f"; goal {goals['lstm']:g} of LSTM's: {'met' if took.cpu / lstm.cpu <= goals['lstm'] else 'MISSED'}"
        print(line)


def print_floor(kernel: Kernel) -> None:
    """Print the share of the C forward pass that its sigmoids alone would take."""
    cell, features, dt = LTC(Wiring.ncp(32)), torch.randn(16, 32, 32), torch.ones(16, 32)
    motor, states = torch.empty(16, 32, 1), torch.empty(16, 32, 19)
    call = ltc_kernel.make_call(cell.sensory, cell.recurrent, cell.weights(), (16, 32, 1), 6, 1 / 6)
    packed = ltc_kernel.pack(kernel, call, features)
    call.x, call.time, call.motor, call.states = (t.data_ptr() for t in (features, dt, motor, states))
    given = np.random.default_rng(0).standard_normal(1024).astype(np.float32)
    given[:2] = 1.1, 0.1
    found, lanes = np.empty_like(given), kernel.vector_bytes // 4
    count = 16 * 32 * (cell.sensory.count + 6 * cell.recurrent.count)
    where, vectors = ctypes.byref(call), len(given) // lanes
    spent = measure(
        {
            "floor": lambda: kernel.sigmoids(given.ctypes.data, found.ctypes.data, vectors, count // len(given)),
            "forward": lambda: kernel.ltc_forward(where),
        },
        repeats=50,
    )
    floor, forward = spent["floor"].cpu, spent["forward"].cpu
    each = 1e9 * floor / (count // len(given) * len(given))
    print(
        f"\nLTC forward in C alone, B16 T32: {1e6 * forward:.0f} µs, {count:,} sigmoids; the sigmoids alone, measured"
    )
    print(f"beside it, {1e6 * floor:.0f} µs ({each:.2f} ns each): {100 * floor / forward:.0f} %   goal 85 %", end=": ")
    print("met" if floor >= 0.85 * forward else "MISSED", f"({len(packed)} numbers of weights)")


def open_onnx_step(cell: LTC | CfC) -> onnxruntime.InferenceSession:
    """Export a step and open it with one thread."""
    with tempfile.TemporaryDirectory() as folder:
        export_onnx_step(cell, Path(folder) / "step.onnx")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(str(Path(folder) / "step.onnx"), options, ["CPUExecutionProvider"])


def bind(session: onnxruntime.InferenceSession, row: NDArray[np.float32]) -> Callable[[], Any]:
    """Give a call that takes in a frame and gives the motor neuron; the graph reads and writes arrays of ours.

    Two states take turns at being the one before and the one after.
    """
    features, motor = np.zeros((1, len(row)), np.float32), np.zeros((1, 1), np.float32)
    states = [np.zeros((1, 19), np.float32) for _ in range(2)]
    turns = []
    for before, after in (states, states[::-1]):
        binding = session.io_binding()
        for name, array in (("features", features), ("dt", ONE), ("state", before)):
            binding.bind_input(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
        for name, array in (("motor", motor), ("new_state", after)):
            binding.bind_output(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
        turns.append(binding)
    turn = itertools.cycle(turns)

    def step() -> float:
        features[0] = row
        session.run_with_iobinding(next(turn))
        return float(motor[0, 0])

    step()
    given = {"features": row[None], "dt": ONE, "state": np.zeros((1, 19), np.float32)}
    assert np.allclose(motor, session.run(["motor"], given)[0], atol=1e-6)
    return step


def print_frame() -> None:
    """Print what one frame of one car costs from Python."""
    cell = LTC(Wiring.ncp(32))
    features, dt, state = torch.randn(1, 1, 32), torch.ones(1, 1), torch.zeros(1, 19)
    stepper, row = Stepper(cell), np.random.default_rng(0).standard_normal(32).astype(np.float32)
    quick = Stepper(CfC(Wiring.ncp(32)))
    theirs = ncps_torch.LTC(32, NCP(12, 6, 1, 6, 4, 6, 6, seed=20190120))
    session, quick_session = (open_onnx_step(one) for one in (cell, CfC(Wiring.ncp(32))))
    bound, quick_bound = bind(session, row), bind(quick_session, row)
    given = {"features": row[None], "dt": np.ones(1, np.float32), "state": np.zeros((1, 19), np.float32)}

    def many(step: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(100):
                step()

        return run

    with torch.no_grad():
        spent = measure(
            {
                "Stepper.run, LTC": many(stepper.run),
                "Stepper.step, LTC": many(lambda: stepper.step(row, 0.05)),
                "Stepper.step, CfC": many(lambda: quick.step(row, 0.05)),
                "ONNX Runtime, LTC": many(bound),
                "ONNX Runtime, CfC": many(quick_bound),
                "session.run, LTC": many(lambda: session.run(None, given)),
                "cell, LTC in C": many(lambda: cell(features, dt, state)),
                "ncps LTC": many(lambda: theirs(features, state)),
            },
            repeats=3,
        )
    goals = {"Stepper.run, LTC": 3.0, "ONNX Runtime, LTC": 25.0, "ONNX Runtime, CfC": 25.0}
    print("\none frame of one car from Python, microseconds")
    for name, took in spent.items():
        micro = 1e4 * took.cpu
        goal = f"   goal {goals[name]:g}: {'met' if micro <= goals[name] else 'MISSED'}" if name in goals else ""
        print(f"  {name:20s}{micro:9.2f} cpu {1e4 * took.wall:9.2f} wall{goal}")


def main() -> None:
    """Measure and print."""
    torch.set_num_threads(1)
    print(f"backend: {explain_backend().name}, {explain_backend().reason}; load {os.getloadavg()[0]:.1f}")
    print_training("ltc", 16, 32, {"C": 50, "torch": 3, "lstm": 0.9})
    print_training("ltc", 16, 128, {"C": 85})
    print_training("ltc", 64, 128, {"C": 35})
    print_training("cfc", 16, 32, {"C": 20})
    kernel = load_kernel("float32")
    if isinstance(kernel, Kernel):
        print_floor(kernel)
        print_frame()
    print(f"\nload {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
