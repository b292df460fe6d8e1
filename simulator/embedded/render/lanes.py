"""Works on one pixel's four numbers (blue, green, red, alpha) at once, in the machine's vector instructions.

The compiler finds such instructions by itself only where it can work on several pixels at once; here each pixel takes
its texels from anywhere, so the four numbers of one pixel are what can be done together.
"""

from collections.abc import Sequence
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


def _data_of(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """Give where arrays have their numbers; numbers as they are."""
    return [
        cgutils.create_struct_proxy(kind)(context, builder, value).data  # type: ignore[no-untyped-call]
        if isinstance(kind, types.Array)
        else value
        for kind, value in zip(signature.args, arguments, strict=True)
    ]


@_intrinsic  # type: ignore[untyped-decorator]
def move(typing_context: Any, lights: Any, pixel: Any, goal: Any, share: Any) -> Any:
    """Move a pixel's four numbers towards others by a share of the way.

    lights: float32, flat; pixel: its number. goal: float32, the first four of it. share: float32.
    """
    signature = types.void(lights, types.uint64, goal, types.float32)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lights, pixel, goal, share = _data_of(context, builder, signature, arguments)
        lanes = _Lanes(builder)
        where, there = lanes.place(lights, pixel, FLOATS), lanes.place(goal, pixel.type(0), FLOATS)
        moved = lanes.between(builder.load(where, align=4), builder.load(there, align=4), lanes.spread(share))
        builder.store(moved, where, align=4)
        return context.get_dummy_value()

    return signature, generate


@_intrinsic  # type: ignore[untyped-decorator]
def lowest(typing_context: Any, bits: Any) -> Any:
    """Give the number of the lowest bit that is set, of 64 of which one is."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.uint64(types.uint64), generate


@_intrinsic  # type: ignore[untyped-decorator]
def read_pair(typing_context: Any, numbers: Any, index: Any) -> Any:
    """Read two bytes that follow each other, the first the lower. numbers: uint8, flat; index: of the first."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers, index = _data_of(context, builder, signature, arguments)
        where = builder.bitcast(builder.gep(numbers, [index]), ir.IntType(16).as_pointer())
        return builder.zext(builder.load(where, align=1), ir.IntType(32))

    return types.int32(numbers, types.uint64), generate


@_intrinsic  # type: ignore[untyped-decorator]
def put(typing_context: Any, lights: Any, pixel: Any, blue: Any, green: Any, red: Any) -> Any:
    """Give a pixel its colour, and 0 as the fourth number. lights: float32, flat; pixel: its number."""
    signature = types.void(lights, types.uint64, *(types.float32,) * 3)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lights, pixel, *colours = _data_of(context, builder, signature, arguments)
        vector = ir.Constant(FLOATS, [0.0] * 4)
        for k, colour in enumerate(colours):
            vector = builder.insert_element(vector, colour, ir.IntType(32)(k))
        builder.store(vector, _Lanes(builder).place(lights, pixel, FLOATS), align=4)
        return context.get_dummy_value()

    return signature, generate


@_intrinsic  # type: ignore[untyped-decorator]
def turn_eight(typing_context: Any, target: Any, first: Any, size: Any, table: Any, columns: Any, rows: Any) -> Any:
    """Copy the first eight columns of eight rows of a table to where each column is a row.

    target: float32, flat; first: where the first column begins in it, size: how far on the next one does. table:
    float32, flat; columns: how many it has. rows: int32, the eight rows' numbers come first.
    """
    signature = types.void(target, types.uint64, types.uint64, table, types.uint64, rows)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, first, size, table, columns, rows = _data_of(context, builder, signature, arguments)
        eight = ir.VectorType(ir.FloatType(), 8)

        def mix(one: Any, other: Any, places: Sequence[int]) -> Any:
            return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(ir.IntType(32), 8), list(places)))

        lines = []
        for k in range(8):
            number = builder.zext(builder.load(builder.gep(rows, [ir.IntType(64)(k)]), align=4), columns.type)
            where = builder.gep(table, [builder.mul(number, columns)])
            lines.append(builder.load(builder.bitcast(where, eight.as_pointer()), align=4))
        # pairs of neighbours, of pairs, and of fours, as the machine's instructions can
        for width, low, high in (
            (1, (0, 8, 1, 9, 4, 12, 5, 13), (2, 10, 3, 11, 6, 14, 7, 15)),
            (2, (0, 1, 8, 9, 4, 5, 12, 13), (2, 3, 10, 11, 6, 7, 14, 15)),
            (4, (0, 1, 2, 3, 8, 9, 10, 11), (4, 5, 6, 7, 12, 13, 14, 15)),
        ):
            before, lines = lines, list(lines)
            for k in (k for k in range(8) if not k & width):
                pair = before[k], before[k + width]
                lines[k], lines[k + width] = mix(*pair, low), mix(*pair, high)
        # the first two steps leave columns 0, 2, 1, 3 where 0, 1, 2, 3 belong
        for k, line in enumerate(lines):
            column = (0, 2, 1, 3, 4, 6, 5, 7)[k]
            place = builder.add(first, builder.mul(size, size.type(column)))
            builder.store(line, builder.bitcast(builder.gep(target, [place]), eight.as_pointer()), align=4)
        return context.get_dummy_value()

    return signature, generate


@_intrinsic  # type: ignore[untyped-decorator]
def sample(
    typing_context: Any, lights: Any, pixel: Any, texels: Any, texel: Any, stride: Any, right: Any, below: Any
) -> Any:
    """Give a pixel the colour between four texels.

    lights: float32, flat: blue, green, red and a fourth; pixel: its number. texels: float32, flat: red, green, blue and
    the fourth; texel: the upper left one's number, stride: how many lie in a row; right, below: the place's distance
    from it, 0 to 1 (float32).
    """
    signature = types.void(lights, types.uint64, texels, types.uint64, types.uint64, types.float32, types.float32)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lights, pixel, texels, texel, stride, right, below = _data_of(context, builder, signature, arguments)
        lanes = _Lanes(builder)
        further = lanes.spread(right)
        rows = []
        for first in (texel, builder.add(texel, stride)):
            pair = (first, builder.add(first, texel.type(1)))
            one, other = (builder.load(lanes.place(texels, each, FLOATS), align=4) for each in pair)
            rows.append(lanes.between(one, other, further))
        mixed = lanes.between(rows[0], rows[1], lanes.spread(below))
        turned = builder.shuffle_vector(mixed, mixed, ir.Constant(NUMBERS, [2, 1, 0, 3]))
        builder.store(turned, lanes.place(lights, pixel, FLOATS), align=4)
        return context.get_dummy_value()

    return signature, generate


@_intrinsic  # type: ignore[untyped-decorator]
def fill_between(typing_context: Any, lights: Any, pixel: Any) -> Any:
    """Give a pixel the mean of its neighbours left and right. lights: float32, flat; pixel: its number."""
    signature = types.void(lights, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        lights, pixel = _data_of(context, builder, signature, arguments)
        lanes = _Lanes(builder)
        pair = builder.sub(pixel, pixel.type(1)), builder.add(pixel, pixel.type(1))
        one, other = (builder.load(lanes.place(lights, each, FLOATS), align=4) for each in pair)
        half = ir.Constant(FLOATS, [0.5] * 4)
        mean = builder.fmul(builder.fadd(one, other, _FAST), half, _FAST)
        builder.store(mean, lanes.place(lights, pixel, FLOATS), align=4)
        return context.get_dummy_value()

    return signature, generate


@_intrinsic  # type: ignore[untyped-decorator]
def cover(typing_context: Any, colours: Any, lights: Any, pixel: Any) -> Any:
    """Lay a pixel of a layer over a picture's, and reset it to nothing.

    colours: float32, flat, the picture's; its fourth number is the air's light, of which what hides the pixel has its
    share before it. lights: float32, flat, the layer's, the fourth is how much it lets through. pixel: its number.
    """
    signature = types.void(colours, lights, types.uint64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        colours, lights, pixel = _data_of(context, builder, signature, arguments)
        lanes = _Lanes(builder)
        where, over = lanes.place(colours, pixel, FLOATS), lanes.place(lights, pixel, FLOATS)
        behind, light = builder.load(where, align=4), builder.load(over, align=4)
        last, fourth = ir.IntType(32)(3), ir.Constant(NUMBERS, [3] * 4)
        thrown = builder.shuffle_vector(behind, behind, fourth)
        seen = lanes.between(thrown, behind, builder.shuffle_vector(light, light, fourth))
        seen = builder.insert_element(builder.fadd(seen, light, _FAST), builder.extract_element(behind, last), last)
        builder.store(seen, where, align=4)
        builder.store(ir.Constant(FLOATS, [0.0, 0.0, 0.0, 1.0]), over, align=4)
        return context.get_dummy_value()

    return signature, generate


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
        lights, pixel, texels, texel, stride, right, below, through, aside, shine = _data_of(
            context, builder, signature, arguments
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
