r"""Our embedded world beside other simulators that draw a front camera on a machine without a GPU.

Rivals need interpreters of their own, since their packages need old versions of much:

    python -m venv duckietown && duckietown/bin/pip install duckietown-gym-daffy==6.1.34 pyglet==1.5.27
    python -m venv metadrive && metadrive/bin/pip install metadrive-simulator==0.3.0.1 panda3d-simplepbr==0.10 \
        panda3d-gltf==0.13
    xvfb-run -a python -m benchmarks.simulators --duckietown duckietown/bin/python --metadrive metadrive/bin/python

They take turns on the same cores; the table gives medians of steps a second (a step moves the world and draws one
picture), the CPU time of a step, the time that a step simulates, and ratios. `embedded` is the whole closed loop with
CARLA's wire, the official client and the expert's lane poses.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.rivals.turns import MARK

RIVALS = Path(__file__).parent / "rivals"
GOALS = {"duckietown": 6.0, "metadrive": 100.0}


class Simulator:
    """A simulator in a process of its own that waits for its turn."""

    def __init__(self, name: str, interpreter: str, size: tuple[int, int]) -> None:
        self.name = name
        command = [interpreter, str(RIVALS / f"{name}.py"), *map(str, size)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.step = float(self._read()["step"])
        self.turns: list[dict[str, Any]] = []

    def _read(self) -> dict[str, Any]:
        """Read on to the next line that is ours."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(MARK):
                found: dict[str, Any] = json.loads(line[len(MARK) :])
                return found
        raise SystemExit(f"{self.name} ended with code {self._process.wait()}: see above")

    def take_turn(self, seconds: float) -> None:
        """Let it step for some seconds."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        self.turns.append(self._read())

    def median(self, above: str, below: str) -> float:
        """Give the median over the turns of one count by another."""
        return float(statistics.median(turn[above] / turn[below] for turn in self.turns))

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()


@contextmanager
def started(interpreters: dict[str, str], size: tuple[int, int]) -> Iterator[list[Simulator]]:
    """Start simulators one after the other."""
    simulators: list[Simulator] = []
    try:
        for name, interpreter in interpreters.items():
            simulators.append(Simulator(name, interpreter, size))
        yield simulators
    finally:
        for simulator in simulators:
            simulator.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in GOALS:
        parser.add_argument(f"--{name}", metavar="PYTHON", help=f"interpreter that has {name}'s packages")
    parser.add_argument("--size", nargs=2, type=int, default=(200, 78), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--rounds", type=int, default=5, help="turns of each")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a turn")
    arguments = parser.parse_args()
    interpreters = {"embedded": sys.executable} | {name: given for name in GOALS if (given := getattr(arguments, name))}
    with started(interpreters, tuple(arguments.size)) as simulators:
        for _ in range(arguments.rounds):
            for simulator in simulators:
                simulator.take_turn(arguments.seconds)
        ours = simulators[0].median("steps", "wall")
        print(f"{arguments.size[0]} x {arguments.size[1]}   steps/s   CPU ms/step   simulated s/step   ours/theirs")
        for simulator in simulators:
            rate = simulator.median("steps", "wall")
            goal = GOALS.get(simulator.name)
            judged = f"   goal {goal:g}: {'met' if ours >= goal * rate else 'MISSED'}" if goal else ""
            print(
                f"{simulator.name:12}{rate:8.1f}{1e3 * simulator.median('cpu', 'steps'):14.2f}{simulator.step:19.3f}"
                f"{ours / rate:14.1f}{judged}"
            )


if __name__ == "__main__":
    main()
