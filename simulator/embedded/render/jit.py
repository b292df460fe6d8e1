"""How this folder's loops are compiled.

numba's cache on disk looks only at the file of the compiled function, so a change in another file that it calls
would go unseen and stale machine code would run. Here the cache's key holds all sources of this folder.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numba.core.caching import FunctionCache

Function = TypeVar("Function", bound=Callable[..., Any])
# a scalar of compiled functions, in single precision where vectors of them are worked on
Number = float | np.float32

# no loop runs in parallel, so sums have one order and the same machine gives the same bits. Without numba's runtime
# (_nrt) arrays aren't counted at each touch; compiled functions here only use arrays that Python made.
_OPTIONS = {"fastmath": True, "error_model": "numpy", "_nrt": False}
# what is only called from compiled code needs no doors for Python and C
_CALLED = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_compile: Any = njit


def fingerprint(folder: Path) -> str:
    """Hash all Python sources of a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


_SOURCES = fingerprint(Path(__file__).parent)


class _FolderCache(FunctionCache):
    """A cache on disk that is valid for one state of the whole folder."""

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        key: tuple[Any, ...] = super()._index_key(sig, codegen)  # type: ignore[no-untyped-call]
        return (*key, _SOURCES)


def entry(function: Function) -> Function:
    """Compile a function that Python calls; the machine code is kept on disk."""
    dispatcher = _compile(cache=True, **_OPTIONS)(function)
    dispatcher._cache = _FolderCache(function)  # type: ignore[no-untyped-call]
    return cast(Function, dispatcher)


def step(function: Function) -> Function:
    """Compile a function that compiled functions call once for a packet or a picture, so that a call costs nothing."""
    return cast(Function, _compile(**_CALLED, **_OPTIONS)(function))


def inner(function: Function) -> Function:
    """Compile a function that compiled functions call for each ray; it dissolves in its callers."""
    return cast(Function, _compile(forceinline=True, **_CALLED, **_OPTIONS)(function))
