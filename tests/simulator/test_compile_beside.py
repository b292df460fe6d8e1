"""A second process that compiles: what it leaves is found, and nothing depends on it."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

_FUNCTIONS = """
    import sys
    from simulator.jit import compiled

    @compiled
    def double(x):
        return 2.0 * x

    @compiled
    def treble(x):
        return 3.0 * x
"""
_COLLEAGUE = """
    import os, signal, time
    from shapes_of_numbers import double, treble
    from simulator.compile_beside import serve_as_colleague

    def call_treble():
        HOOK
        print_count()
        treble(1.0)

    def print_count():
        with open("compiled.txt", "a") as file:
            file.write("x")

    serve_as_colleague([(double, lambda: double(1.0)), (treble, call_treble)])
"""
_CALLER = """
    import sys
    from shapes_of_numbers import double, treble
    from simulator.compile_beside import ask_colleague

    colleague = ask_colleague("colleague", [double, treble])
    print(colleague is not None, colleague and colleague.number, flush=True)
    if sys.argv[1:] == ["wait"]:
        sys.stdin.read()
    print(treble(2.0), double(2.0), sum(treble.stats.cache_hits.values()), sum(double.stats.cache_hits.values()))
"""


class Folder:
    """Two compiled functions, a colleague that compiles them, and who calls them."""

    def __init__(self, path: Path, hook: str = "pass") -> None:
        self.path = path
        for name, text in (("shapes_of_numbers", _FUNCTIONS), ("colleague", _COLLEAGUE), ("caller", _CALLER)):
            (path / f"{name}.py").write_text(textwrap.dedent(text.replace("HOOK", hook)))
        root = Path(__file__).parents[2]
        self.environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(path), str(root)]),
            "NUMBA_CACHE_DIR": str(path / "cache"),
        }

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start who calls the functions."""
        command = [*words[:-1], sys.executable, "-m", "caller", *words[-1:]]
        return subprocess.Popen(
            command, cwd=self.path, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def call(self, *words: str) -> list[str]:
        """Give what it says: whether there is a colleague, its number, both answers and whether they were kept."""
        process = self.start(*words, "")
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        return said.split()


def compiled_by_colleagues(folder: Folder) -> int:
    """Count how often colleagues compiled `treble`."""
    path = folder.path / "compiled.txt"
    return len(path.read_text()) if path.exists() else 0


needs_two_cores = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="a colleague needs a core of its own")


@needs_two_cores
def test_what_the_colleague_compiled_is_found(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.call()[::2] == ["True", "6.0", "1"]
    assert folder.call()[0] == "False", "all is kept, so nobody is asked"
    assert compiled_by_colleagues(folder) == 1


@needs_two_cores
@pytest.mark.parametrize("hook", ["os._exit(3)", "os.kill(os.getpid(), signal.SIGKILL)", "raise ValueError"])
def test_functions_are_compiled_here_when_the_colleague_fails(tmp_path: Path, hook: str) -> None:
    answer = Folder(tmp_path, hook).call()
    assert answer[2:] == ["6.0", "4.0", "0", "1"], "what it left before it failed is used"


def test_nobody_is_asked_where_there_is_one_core(tmp_path: Path) -> None:
    core = min(os.sched_getaffinity(0))
    answer = Folder(tmp_path).call("taskset", "-c", str(core))
    assert answer == ["False", "None", "6.0", "4.0", "0", "0"]


@needs_two_cores
def test_of_two_colleagues_one_works(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "time.sleep(1.0)")
    both = [folder.start("") for _ in range(2)]
    for process in both:
        said, _ = process.communicate(timeout=300)
        assert said.split()[2:] == ["6.0", "4.0", "1", "1"]
    assert compiled_by_colleagues(folder) == 1


@needs_two_cores
def test_the_colleague_ends_with_who_asked_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path, "time.sleep(600.0)")
    process = folder.start("wait")
    assert process.stdout is not None
    number = int(process.stdout.readline().split()[1])
    os.kill(number, 0)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.read()
    # it held a pipe of the killed process: its end is what ends it
    for _ in range(3000):
        state = Path(f"/proc/{number}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        signal.sigtimedwait([], 0.1)
    pytest.fail("the colleague lives on")


_TYPES = """
    import numpy as np
    from simulator.camera import Camera
    from simulator.embedded.render import beside
    from simulator.embedded.world_map import built_in_map

    parts = beside.parts()
    for _, call in parts:
        call()
    before = [len(each.signatures) for each, _ in parts]
    world = built_in_map()
    world.renderer.compile()
    world.renderer.draw(Camera.from_fov(16, 8, 1.5), world.spawn_points[0][:3], np.eye(3))
    print(before, [len(each.signatures) for each, _ in parts])
"""


def test_the_renderers_colleague_compiles_for_the_types_that_pictures_have() -> None:
    command = [sys.executable, "-c", textwrap.dedent(_TYPES)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert said == "[1, 1, 1, 1, 1] [1, 1, 1, 1, 1]\n"
