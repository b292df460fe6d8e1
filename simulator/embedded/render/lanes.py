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
        lights, pixel, texels, texel, stride, right, below, through, aside, shine = arguments
        four_floats = ir.VectorType(ir.FloatType(), 4)
        four_shorts = ir.VectorType(ir.IntType(16), 4)
        four_numbers = ir.VectorType(ir.IntType(32), 4)
        lane = ir.IntType(32)

        def data(position: int, array: Any) -> Any:
            return cgutils.create_struct_proxy(signature.args[position])(context, builder, array).data  # type: ignore[no-untyped-call]

        def place(pointer: Any, index: Any, kind: Any) -> Any:
            return builder.bitcast(builder.gep(pointer, [builder.shl(index, index.type(2))]), kind.as_pointer())

        def spread(value: Any) -> Any:
            vector = builder.insert_element(ir.Constant(four_floats, ir.Undefined), value, lane(0))
            return builder.shuffle_vector(
                vector, ir.Constant(four_floats, ir.Undefined), ir.Constant(four_numbers, [0] * 4)
            )

        def read(index: Any) -> Any:
            shorts = builder.load(place(data(2, texels), index, four_shorts), align=2)
            return builder.sitofp(builder.zext(shorts, four_numbers), four_floats)

        def between(one: Any, other: Any, share: Any) -> Any:
            return builder.fadd(one, builder.fmul(builder.fsub(other, one, _FAST), share, _FAST), _FAST)

        further, lower = spread(right), spread(below)
        under, one = builder.add(texel, stride), texel.type(1)
        upper = between(read(texel), read(builder.add(texel, one)), further)
        mixed = between(upper, between(read(under), read(builder.add(under, one)), further), lower)
        base, by_aside, veil = (
            builder.load(place(data(9, shine), texel.type(k), four_floats), align=4) for k in range(3)
        )
        alpha = builder.shuffle_vector(mixed, mixed, ir.Constant(four_numbers, [3] * 4))
        lit = builder.fmul(mixed, builder.fadd(base, builder.fmul(by_aside, spread(aside), _FAST), _FAST), _FAST)
        lit = builder.fadd(lit, builder.fmul(alpha, veil, _FAST), _FAST)
        where = place(data(0, lights), pixel, four_floats)
        changed = builder.fadd(builder.load(where, align=4), builder.fmul(lit, spread(through), _FAST), _FAST)
        builder.store(changed, where, align=4)
        return builder.extract_element(changed, lane(3))

    return signature, generate
