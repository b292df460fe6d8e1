"""Compiled functions whose machine code is kept on disk, and made anew when anything they were made of changes.

numba's own cache looks only at the file of the compiled function: after a change in another file that it calls, or
takes a constant from, stale machine code would run without a word.
"""

import gc
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dis import get_instructions
from functools import cache, cached_property
from pathlib import Path
from pickle import UnpicklingError
from types import BuiltinFunctionType, CodeType, ModuleType
from typing import Any, TypeVar

import numpy as np
from numba import njit, types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager
from numba.core.dispatcher import Dispatcher
from numba.core.errors import new_error_context  # type: ignore[attr-defined]
from numba.core.types.functions import BaseFunction
from numba.extending import _Intrinsic as Intrinsic  # type: ignore[attr-defined]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function, **options: Any) -> Function:
    """Compile a function with numba; the machine code is kept on disk.

    options: of `numba.njit`.
    """
    dispatcher = njit(cache=True, pipeline_class=Whole, **options)(function)
    dispatcher._cache = _Cache(function)
    return dispatcher  # type: ignore[no-any-return]


class _PartLibrary(JITCodeLibrary):
    """The code of a function that only compiled functions call: left as it is until one that Python calls takes it in.

    numba would optimise it and make machine code of it on its own, for nobody to run, and so again with each of its
    callers: half of the time that all compiling takes.
    """

    def finalize(self) -> None:
        """Take in what this function calls; nothing is optimised yet."""
        self._raise_if_finalized()  # type: ignore[no-untyped-call]
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)
        self._final_module.verify()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Say that there is no machine code."""
        self._ensure_finalized()  # type: ignore[no-untyped-call]
        return 0

    @property
    def codegen(self) -> "_PartLibrary":
        """Stand in for who would tell machine code its environment."""
        return self

    def set_env(self, name: str, environment: object) -> None:
        """Do nothing: only Python objects are looked up there, and compiled code without Python uses none."""


# numba's steps for what no function here has: `with`, literal_unroll, literally, computed exceptions, parallel loops
_ALWAYS_IDLE = frozenset(
    {
        "WithLifting",
        "RewriteDynamicRaises",
        "FindLiterallyCalls",
        "LiteralUnroll",
        "LiteralPropagationSubPipelinePass",
        "InlineOverloads",
        "DumpParforDiagnostics",
    }
)
_FOR_CLOSURES = frozenset({"InlineClosureLikes", "MakeFunctionToJitFunction"})


def _has_closures(code: CodeType) -> bool:
    """Tell whether a function has functions or comprehensions in it."""
    return any(isinstance(each, CodeType) for each in code.co_consts) or any(
        each.opname == "LIST_APPEND" for each in get_instructions(code)
    )


class _Steps(PassManager):
    """Runs numba's steps and tells nobody.

    At each step numba writes down the types of all arguments for who may listen, and checks what it did before: for
    functions that take whole worlds that is a good part of the time.
    """

    def _runPass(self, index: int, step: Any, state: Any) -> None:  # noqa: N802 (numba calls it so)
        step.analysis = self._analysis
        with new_error_context("Pass {name}", name=step.name()):
            step.run_initialization(state)
            step.run_pass(state)
            step.run_finalizer(state)


class Whole(CompilerBase):
    """Compiles a function that Python calls; `numba.njit` takes it as its pipeline_class."""

    def define_pipelines(self) -> list[Any]:
        """Take those of numba's usual steps that have something to do."""
        usual = DefaultPassBuilder.define_nopython_pipeline(self.state)  # type: ignore[no-untyped-call]
        steps = _Steps(usual.pipeline_name)  # type: ignore[no-untyped-call]
        idle = _ALWAYS_IDLE if _has_closures(self.state.func_id.code) else _ALWAYS_IDLE | _FOR_CLOSURES
        steps.passes = [each for each in usual.passes if each[0].__name__ not in idle]
        steps.finalize()  # type: ignore[no-untyped-call]
        return [steps]

    def _compile_core(self) -> Any:
        with _remembered_operators(), _undisturbed():
            return super()._compile_core()  # type: ignore[no-untyped-call]


class Part(Whole):
    """Compiles a function that only compiled functions call; `numba.njit` takes it as its pipeline_class."""

    def define_pipelines(self) -> list[Any]:
        """Let the usual steps put the code into a library that stays as it is."""
        codegen = self.state.targetctx.codegen()
        self.state.library = _PartLibrary(  # type: ignore[no-untyped-call]
            codegen, self.state.func_id.func_qualname
        )
        self.state.library.enable_object_caching()
        return super().define_pipelines()


_numbas: Any = BaseFunction
_find_signature = _numbas.get_call_type


def _remember_signature(self: Any, context: Any, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
    """Give the signature of an operator or function for these types, found once; what is not plain is left to numba."""
    plain = isinstance(self.typing_key, BuiltinFunctionType | np.ufunc)
    if not plain or kws or not all(isinstance(each, types.Number | types.Boolean | types.Array) for each in args):
        return _find_signature(self, context, args, kws)
    known = self.__dict__.setdefault("_known_signatures", {})
    if args not in known:
        known[args] = _find_signature(self, context, args, kws)
    return known[args]


@contextmanager
def _remembered_operators() -> Iterator[None]:
    """Let numba look an operator up once for the types of its operands.

    Each time that it meets a product of two numbers it tries all that a product might be, of numpy's arrays, of strings
    and so on: two fifths of the time that all compiling takes.
    """
    before = _numbas.get_call_type
    _numbas.get_call_type = _remember_signature
    try:
        yield
    finally:
        _numbas.get_call_type = before


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Look for no garbage meanwhile.

    Each time that a compiler's many small objects make Python look for cycles it finds hardly any: a tenth of the time
    that all compiling takes.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Index(IndexDataCacheFile):
    """The list of what is kept; one that names modules of another version of this project counts as empty."""

    def _load_index(self) -> dict[Any, Any]:
        try:
            return super()._load_index()  # type: ignore[no-any-return, no-untyped-call]
        except (ImportError, AttributeError, EOFError, UnpicklingError):
            return {}


# functions that another process is compiling, and what waits until it is done (see `simulator.compile_beside`)
awaited: dict[Callable[..., Any], Callable[[Callable[..., Any]], None]] = {}


def is_kept(dispatcher: Any) -> bool:
    """Tell whether machine code of a compiled function, as it is now, is on disk, for whatever types."""
    cache: Any = dispatcher._cache
    return any(key[-1] == cache._origins for key in cache._cache_file._load_index())


class _Cache(FunctionCache):
    """A cache on disk that is valid for one state of all that a function is made of."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._cache_file.__class__ = _Index
        self._function = function

    @cached_property
    def _origins(self) -> str:
        return fingerprint(self._function)  # at the first call, when all that it calls is there

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Load what is kept, also what another process still works at."""
        kept = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        if kept is None and self._function in awaited:
            awaited.pop(self._function)(self._function)
            kept = super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        return kept

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
