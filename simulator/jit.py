"""Compiled functions whose machine code is kept on disk, and made anew when anything they were made of changes.

numba's own cache looks only at the file of the compiled function: after a change in another file that it calls, or
takes a constant from, stale machine code would run without a word.
"""

import hashlib
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from pathlib import Path
from pickle import UnpicklingError
from types import ModuleType
from typing import Any, TypeVar

import numpy as np
from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.dispatcher import Dispatcher
from numba.extending import _Intrinsic as Intrinsic  # type: ignore[attr-defined]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function, **options: Any) -> Function:
    """Compile a function with numba; the machine code is kept on disk.

    options: of `numba.njit`.
    """
    dispatcher = njit(cache=True, **options)(function)
    dispatcher._cache = _Cache(function)
    return dispatcher  # type: ignore[no-any-return]


class _Index(IndexDataCacheFile):
    """The list of what is kept; one that names modules of another version of this project counts as empty."""

    def _load_index(self) -> dict[Any, Any]:
        try:
            return super()._load_index()  # type: ignore[no-any-return, no-untyped-call]
        except (ImportError, AttributeError, EOFError, UnpicklingError):
            return {}


class _Cache(FunctionCache):
    """A cache on disk that is valid for one state of all that a function is made of."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._cache_file.__class__ = _Index
        self._function = function

    @cached_property
    def _origins(self) -> str:
        return fingerprint(self._function)  # at the first call, when all that it calls is there

    def _index_key(self, sig: Any, codegen: Any) -> tuple[Any, ...]:
        return (*super()._index_key(sig, codegen), self._origins)  # type: ignore[no-untyped-call]


def fingerprint(function: Callable[..., Any]) -> str:
    """Hash the files of a function and of all compiled functions and instructions it calls, and global constants."""
    digest = hashlib.sha256()
    for each in find_parts(function):
        digest.update(_hash_file(each.__code__.co_filename))
        for name, value in sorted(_find_globals(each), key=lambda pair: pair[0]):
            if isinstance(value, Intrinsic):
                digest.update(_hash_file(value._defn.__code__.co_filename))
            elif not isinstance(value, Dispatcher | ModuleType):
                digest.update(f"{name}={value!r};".encode())
                digest.update(value.tobytes() if isinstance(value, np.ndarray) else b"")
    return digest.hexdigest()


def find_parts(function: Callable[..., Any]) -> list[Any]:
    """Give a function and all compiled functions that it calls, directly or not."""
    found: list[Any] = [function]
    for each in found:
        for _, value in _find_globals(each):
            if isinstance(value, Dispatcher) and value.py_func not in found:
                found.append(value.py_func)
    return found


def _find_globals(function: Any) -> Iterator[tuple[str, Any]]:
    """Give name and value of compiled functions, numbers and the like that a function takes from outside.

    Also those behind a module's name; what else Python has there (builtins, numpy's functions) has no part in it.
    """
    names = function.__code__.co_names
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    outside = {name: cell.cell_contents for name, cell in cells}
    outside |= {name: function.__globals__[name] for name in names if name in function.__globals__}
    for module in [value for value in outside.values() if isinstance(value, ModuleType)]:
        outside |= {f"{module.__name__}.{name}": getattr(module, name) for name in names if hasattr(module, name)}
    for name, value in outside.items():
        if isinstance(value, Dispatcher | Intrinsic | bool | int | float | complex | str | tuple | np.ndarray):
            yield name, value


@cache
def _hash_file(path: str) -> bytes:
    return hashlib.sha256(Path(path).read_bytes()).digest()
