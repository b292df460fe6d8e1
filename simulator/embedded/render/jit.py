"""How this folder's loops are compiled.

numba's cache on disk looks only at the file of the compiled function, so a change in another file that it calls
would go unseen and stale machine code would run. Here the cache's key holds all sources of this folder.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import FunctionCache

Function = TypeVar("Function", bound=Callable[..., Any])

# contract, not reassociation of parallel sums: there are none, so the same machine gives the same bits
_OPTIONS = {"fastmath": True, "error_model": "numpy", "_nrt": False}


def fingerprint(folder: Path) -> str:
    """Hash all Python sources of a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


_SOURCES = fingerprint(Path(__file__).parent)


class _FolderCache(FunctionCache):  # type: ignore[misc]
    """A cache on disk that is valid for one state of the whole folder."""

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return (*super()._index_key(sig, codegen), _SOURCES)


def entry(function: Function) -> Function:
    """Compile a function that Python calls; the machine code is kept on disk."""
    dispatcher = njit(cache=True, **_OPTIONS)(function)
    dispatcher._cache = _FolderCache(function)
    return dispatcher  # type: ignore[no-any-return]


def step(function: Function) -> Function:
    """Compile a function that compiled functions call once for a packet or a picture, so that a call costs nothing."""
    return njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS)(function)  # type: ignore[no-any-return]


def inner(function: Function) -> Function:
    """Compile a function that compiled functions call for each ray; it dissolves in its callers."""
    options = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return njit(**options, **_OPTIONS)(function)  # type: ignore[no-any-return]
