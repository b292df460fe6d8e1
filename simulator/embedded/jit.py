"""How the embedded world's loops are compiled; `simulator.jit` keeps what is compiled."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

from simulator.jit import Part, compiled

Function = TypeVar("Function", bound=Callable[..., Any])
# a scalar of compiled functions, in single precision where vectors of them are worked on
Number = float | np.float32

# no loop runs in parallel, so sums have one order and the same machine gives the same bits. Without numba's runtime
# (_nrt) arrays aren't counted at each touch; compiled functions here only use arrays that Python made.
_OPTIONS: dict[str, Any] = {"fastmath": True, "error_model": "numpy", "_nrt": False}
# what Python calls lets other threads run meanwhile
_CALLED_BY_PYTHON = {"nogil": True}
# what is only called from compiled code needs no doors for Python and C
_CALLED = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_compile: Any = njit


def entry(function: Function) -> Function:
    """Compile a function that Python calls; the machine code is kept on disk."""
    return compiled(function, **_CALLED_BY_PYTHON, **_OPTIONS)


def step(function: Function) -> Function:
    """Compile a function that compiled functions call once for a packet or a picture, so that a call costs nothing."""
    return cast(Function, _compile(pipeline_class=Part, **_CALLED, **_OPTIONS)(function))


def inner(function: Function) -> Function:
    """Compile a function that compiled functions call for each ray; it dissolves in its callers."""
    return cast(Function, _compile(forceinline=True, pipeline_class=Part, **_CALLED, **_OPTIONS)(function))


@inner
def whole(x: Number) -> int:
    """Give the whole part of a number from 0 to 2^32.

    The compiler knows that it isn't negative, so that it asks no more whether an index counts from an array's end.
    """
    return int(np.int64(np.uint32(x)))
