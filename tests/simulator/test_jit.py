"""Machine code on disk is never older than what it was made of."""

import gc
import math
import os
import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import njit
from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher
from numba.core.errors import TypingError

from simulator.jit import compiled, find_parts

LOWER = """
from simulator.jit import compiled
STEP = 1
def add(x):
    return x + {step}
add = compiled(add, inline="{inline}")
"""
UPPER = """
from simulator.jit import compiled
import lower
from lower import STEP, add
def twice(x):
    return add(lower.add(x)) + {constant}
twice = compiled(twice)
def call(x):
    return twice(x)
call = compiled(call)
print(call(10.0), sum(call.stats.cache_hits.values()))
"""


@pytest.mark.parametrize(("inline", "constant"), [("never", "STEP"), ("always", "lower.STEP")])
def test_a_change_in_a_file_that_is_called_takes_effect(tmp_path: Path, inline: str, constant: str) -> None:
    def run(lower: str) -> str:
        (tmp_path / "lower.py").write_text(lower)
        environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
        program = [sys.executable, tmp_path / "upper.py"]
        return subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout.strip()

    (tmp_path / "upper.py").write_text(UPPER.format(constant=constant))
    lower = LOWER.format(step=1, inline=inline)
    assert run(lower) == "13.0 0"
    assert run(lower) == "13.0 1", "kept on disk"
    assert run(lower.replace("x + 1", "x + 2")) == "15.0 0"
    assert run(lower.replace("x + 1", "x + 2").replace("STEP = 1", "STEP = 5")) == "19.0 0"


def test_a_list_of_another_version_whose_modules_are_gone_counts_as_empty(tmp_path: Path) -> None:
    function = compiled(lambda x: x + 1)
    index = Path(function._cache._cache_file._index_path)
    index.parent.mkdir(exist_ok=True)
    gone = b"cmodule_that_is_gone\nName\n."
    index.write_bytes(pickle.dumps(function._cache._cache_file._version) + gone)
    try:
        assert function(1) == 2
    finally:
        index.unlink()


@pytest.mark.parametrize(
    "name",
    [
        "simulator.path_kernels",
        "simulator.opendrive.project",
        "simulator.embedded.dynamics",
        "pipeline.augmentation.sensor",
    ],
)
def test_numbas_own_cache_serves_only_what_is_made_of_one_file(name: str) -> None:
    functions = [value for value in vars(import_module(name)).values() if isinstance(value, Dispatcher)]
    assert functions
    for function in functions:
        if type(function._cache) is FunctionCache:
            files = {part.__code__.co_filename for part in find_parts(function.py_func)}
            assert files == {function.py_func.__code__.co_filename}, function


def test_a_picture_is_compiled_anew_when_any_of_its_parts_changes() -> None:
    from simulator.embedded.render.atmosphere import add_weather
    from simulator.embedded.render.frame import draw_background
    from simulator.embedded.render.stage import draw_standing

    def files_of(function: Any) -> set[str]:
        return {Path(part.__code__.co_filename).name for part in find_parts(function.py_func)}

    ground = {"frame.py", "rays.py", "locate.py", "cover.py", "coverage.py", "texels.py", "shading.py", "sky.py"}
    assert ground <= files_of(draw_background)
    assert {"boxes.py", "draw_solids.py", "draw_cards.py", "cars.py", "outlines.py", "coverage.py"} <= files_of(
        draw_standing
    )
    assert {"air.py", "mirror.py", "headlights.py", "particles.py", "sky.py"} <= files_of(add_weather)


def fill(values: Any) -> Any:
    squares = np.array([x * x for x in range(len(values))])
    for k in range(len(values)):
        values[k] = max(float(squares[k]), math.sin(values[k]), 0.5)
    return values


def fail(values: Any) -> Any:
    return values.nothing_of_this_name


@pytest.mark.parametrize("collecting", [True, False])
def test_garbage_is_looked_for_again_after_compiling_and_comprehensions_compile(collecting: bool) -> None:
    before = gc.isenabled()
    (gc.enable if collecting else gc.disable)()
    try:
        ours = compiled(fill)(np.array([0.2, 1.0, 3.0]))
        assert gc.isenabled() is collecting
        with pytest.raises(TypingError, match="nothing_of_this_name"):
            compiled(fail)(np.zeros(1))
        assert gc.isenabled() is collecting, "not given back after a failure"
    finally:
        (gc.enable if before else gc.disable)()
    assert ours.tolist() == njit(fill)(np.array([0.2, 1.0, 3.0])).tolist() == [0.5, 1.0, 4.0]
