"""Tuples of arrays and numbers laid out in memory once, so that a call of compiled code only hands over where they are.

numba takes every tuple apart at each call, array by array: a fifth of what a small picture costs. A `Parcel` holds a
tuple as compiled code has it inside; a function behind a `door` reads from there what it uses of it.
"""

import ctypes
import hashlib
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import typeof, types
from numba.core.datamodel import models
from numba.extending import NativeValue, register_model, unbox
from numba.np.numpy_support import as_dtype

from simulator.embedded.jit import entry

Content = TypeVar("Content", bound=tuple[Any, ...])
_register: Any = register_model
_unbox: Any = unbox
_typeof: Any = typeof
_NUMBERS = {types.float64: ctypes.c_double, types.float32: ctypes.c_float, types.boolean: ctypes.c_bool}
# machine code that reads parcels is kept on disk; what another version of this file made is not taken for it
_NUMBER_OF: dict[Any, int] = {}
_VERSION = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


class Laid(types.NamedTuple):
    """numba's type of a parcel; compiled code sees the named tuple that it holds."""

    def __init__(self, content: types.NamedTuple) -> None:
        super().__init__(content.types, content.instance_class)  # type: ignore[no-untyped-call]
        self.name = f"Laid({self.name})"

    @property
    def key(self) -> tuple[Any, ...]:
        """Tell kinds apart."""
        return self.instance_class, self.types, _VERSION


_register(Laid)(models.TupleModel)


@_unbox(Laid)  # type: ignore[untyped-decorator]
def _open(kind: Laid, parcel: Any, context: Any) -> NativeValue:
    """Write the code that finds where a parcel is and reads it; what nobody uses, the compiler leaves out."""
    builder, api = context.builder, context.pyapi
    number = api.object_getattr_string(parcel, "place")
    place = api.long_as_voidptr(number)
    api.decref(number)
    layout = context.context.get_value_type(kind)
    pointer = builder.bitcast(place, layout.as_pointer())
    value = ir.Constant(layout, ir.Undefined)
    for leaf in _leaves(layout):
        where = builder.gep(pointer, [ir.IntType(32)(k) for k in (0, *leaf)], inbounds=True)
        value = builder.insert_value(value, builder.load(where), leaf)
    return NativeValue(value)  # type: ignore[no-untyped-call]


def _leaves(layout: Any, path: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Give the ways to all numbers and pointers of a structure."""
    if not isinstance(layout, ir.LiteralStructType | ir.ArrayType):
        return [path]
    count = layout.count if isinstance(layout, ir.ArrayType) else len(layout.elements)
    return [leaf for k in range(count) for leaf in _leaves(layout.gep(ir.IntType(32)(k)), (*path, k))]


def _is_tuple(kind: Any) -> bool:
    return isinstance(kind, types.BaseTuple)


def _layout_of(kind: Any) -> Any:
    """Give how numba lays a type out in memory, as a type of ctypes."""
    if kind in _NUMBERS:
        return _NUMBERS[kind]
    if isinstance(kind, types.Integer):
        return np.ctypeslib.as_ctypes_type(np.dtype(kind.name))
    if isinstance(kind, types.Array):
        # who counts its owners and who owns it (nobody), how many items, bytes of one, where; shape and strides
        fields = [ctypes.c_int64] * (5 + 2 * kind.ndim)
    elif _is_tuple(kind):
        fields = [_layout_of(each) for each in kind]
    else:
        raise TypeError(f"a parcel holds numbers, arrays and tuples of these, not {kind}")
    return type("Layout", (ctypes.Structure,), {"_fields_": [(f"_{k}", field) for k, field in enumerate(fields)]})


def _lay(target: Any, kind: Any, value: tuple[Any, ...]) -> None:
    """Write a tuple into memory."""
    for k, (each, part) in enumerate(zip(kind, value, strict=True)):
        if _is_tuple(each):
            _lay(getattr(target, f"_{k}"), each, part)
        elif isinstance(each, types.Array):
            if part.dtype.char != as_dtype(each.dtype).char or part.ndim != each.ndim or not part.flags.carray:
                raise TypeError(f"part {k} of a {type(value).__name__} is {_typeof(part)}, where {each} is expected")
            where = part.__array_interface__["data"][0]
            numbers = 0, 0, part.size, part.itemsize, where, *part.shape, *part.strides
            setattr(target, f"_{k}", type(getattr(target, f"_{k}"))(*numbers))
        else:
            setattr(target, f"_{k}", part)


def _all_doubles(kind: Any) -> bool:
    """Tell whether a tuple holds nothing but numbers in double precision, some of them in tuples."""
    return all(_all_doubles(each) if _is_tuple(each) else each == types.float64 for each in kind)


def _flatten(value: tuple[Any, ...]) -> list[float]:
    """Give the numbers of a tuple, and of the tuples in it, one after the other."""
    numbers: list[float] = []
    for part in value:
        if part.__class__ is tuple:
            numbers.extend(part)
        else:
            numbers.append(part)
    return numbers


class Parcel(Generic[Content]):
    """A named tuple, and its memory as compiled code knows it. What is in its arrays may change.

    place: the memory's address. kind: numba's type; number: another one for each kind.
    """

    __slots__ = ("_doubles", "_memory", "kind", "number", "place", "value")

    def __init__(self, value: Content, like: "Parcel[Content] | None" = None) -> None:
        """Lay a tuple out; like: another of the same kind, if there is one, which is faster."""
        self.value = value
        if like is None:
            self.kind = Laid(_typeof(value))
            self.number = _NUMBER_OF.setdefault(self.kind, len(_NUMBER_OF))
            self._memory = _layout_of(self.kind)()
            self._doubles = _all_doubles(self.kind)
        else:
            self.kind, self.number, self._doubles = like.kind, like.number, like._doubles
            if self._doubles:
                self._memory = array("d", _flatten(value))
                self.place = self._memory.buffer_info()[0]
                return
            self._memory = like._memory.__class__()
        self.place = ctypes.addressof(self._memory)
        _lay(self._memory, self.kind, value)


class Door:
    """A compiled function that takes parcels, and numbers or arrays; what these are like is known by their class."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.py_func = function
        self.dispatcher: Any = entry(function)
        self._ways: dict[tuple[Any, ...], Callable[..., Any]] = {}

    def __call__(self, *arguments: Any) -> Any:
        """Run it, compiled for arguments of these kinds."""
        key = tuple([each.number if each.__class__ is Parcel else _kind_of(each) for each in arguments])
        way = self._ways.get(key)
        if way is None:
            kinds = tuple(each.kind if isinstance(each, Parcel) else _typeof(each) for each in arguments)
            way = self._ways[key] = self.dispatcher.compile(kinds)
        return way(*arguments)


def _kind_of(value: Any) -> Any:
    """Give what tells apart for which arguments a function was compiled."""
    kind = value.__class__
    if kind is np.ndarray:
        return value.dtype.char, value.ndim, value.flags.carray
    return tuple([_kind_of(each) for each in value]) if issubclass(kind, tuple) else kind


def door(function: Callable[..., Any]) -> Door:
    """Compile a function that Python calls with parcels; the machine code is kept on disk."""
    return Door(function)
