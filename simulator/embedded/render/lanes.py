"""Blends one pixel's four numbers (blue, green, red, alpha) at once, in the machine's vector instructions.

The compiler finds such instructions by itself only where it can work on several pixels at once; here each pixel takes
its texels from anywhere, so the four numbers of one pixel are what can be done together.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_FAST = ("fast",)
_intrinsic: Any = intrinsic
FLOATS, SHORTS, NUMBERS = (ir.VectorType(kind, 4) for kind in (ir.FloatType(), ir.IntType(16), ir.IntType(32)))


class _Lanes:
    """Writes instructions that work on four numbers at once."""

    def __init__(self, builder: Any) -> None:
        self._builder = builder

    def place(self, pointer: Any, index: Any, kind: Any) -> Any:
        """Give where the four numbers with an index are."""
        first = self._builder.shl(index, index.type(2))
        return self._builder.bitcast(self._builder.gep(pointer, [first]), kind.as_pointer())

    def spread(self, value: Any) -> Any:
        """Put a number into all four lanes."""
        nothing = ir.Constant(FLOATS, ir.Undefined)
        vector = self._builder.insert_element(nothing, value, ir.IntType(32)(0))
        return self._builder.shuffle_vector(vector, nothing, ir.Constant(NUMBERS, [0] * 4))

    def texel(self, texels: Any, index: Any) -> Any:
        """Read a texel."""
        shorts = self._builder.load(self.place(texels, index, SHORTS), align=2)
        return self._builder.sitofp(self._builder.zext(shorts, NUMBERS), FLOATS)

    def between(self, one: Any, other: Any, share: Any) -> Any:
        """Mix two times four numbers by shares of the other."""
        step = self._builder.fmul(self._builder.fsub(other, one, _FAST), share, _FAST)
        return self._builder.fadd(one, step, _FAST)


@_intrinsic  # type: ignore[untyped-decorator]
def blend(
    typing_context: Any,
    lights: Any,
    pixel: Any,
    texels: Any,
    texel: Any,
    stride: Any,
    right: Any,
    below: Any,
    through: Any,
    aside: Any,
    shine: Any,
) -> Any:
    """Lay a picture's place behind a pixel of a layer; gives how much of what is behind it then shows.

    lights: float32, the layer's, flat; pixel: its number. texels: uint16, flat, four to a texel; texel: the upper left
    of the four around the place, stride: how many lie in a row, right and below: the place's distance from it, 0 to 1
    (float32). through: how much of what is behind the pixel showed (float32), 0 to leave it as it is. shine: float32,
    three times four numbers: what texels are multiplied by, what is added to that per `aside` (float32), and what is
    added to the light per alpha; the fourth of these makes alpha what `through` is changed by.
    """
    signature = types.float32(lights, types.uint64, texels, types.uint64, types.uint64, *(types.float32,) * 4, shine)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lights, pixel, texels, texel, stride, right, below, through, aside, shine = (
            cgutils.create_struct_proxy(kind)(context, builder, value).data  # type: ignore[no-untyped-call]
            if isinstance(kind, types.Array)
            else value
            for kind, value in zip(signature.args, arguments, strict=True)
        )
        lanes = _Lanes(builder)
        further, lower = lanes.spread(right), lanes.spread(below)
        under, one = builder.add(texel, stride), texel.type(1)
        upper = lanes.between(lanes.texel(texels, texel), lanes.texel(texels, builder.add(texel, one)), further)
        below_it = lanes.between(lanes.texel(texels, under), lanes.texel(texels, builder.add(under, one)), further)
        mixed = lanes.between(upper, below_it, lower)
        base, by_aside, veil = (builder.load(lanes.place(shine, texel.type(k), FLOATS), align=4) for k in range(3))
        alpha = builder.shuffle_vector(mixed, mixed, ir.Constant(NUMBERS, [3] * 4))
        lit = builder.fmul(mixed, builder.fadd(base, builder.fmul(by_aside, lanes.spread(aside), _FAST), _FAST), _FAST)
        lit = builder.fadd(lit, builder.fmul(alpha, veil, _FAST), _FAST)
        where = lanes.place(lights, pixel, FLOATS)
        changed = builder.fadd(builder.load(where, align=4), builder.fmul(lit, lanes.spread(through), _FAST), _FAST)
        builder.store(changed, where, align=4)
        return builder.extract_element(changed, ir.IntType(32)(3))

    return signature, generate
