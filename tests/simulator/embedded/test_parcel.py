"""Parcels: compiled code finds in memory what numba would have made of the same tuple."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from numba import njit

from simulator.embedded.parcel import Parcel, door


class Inner(NamedTuple):
    """A part of Outer."""

    flag: bool
    numbers: np.ndarray
    pair: tuple[np.float32, np.float32]


class Outer(NamedTuple):
    """Kinds of members that lie unevenly in memory."""

    byte: np.uint8
    image: np.ndarray
    inner: Inner
    whole: int
    part: np.float32
    triple: tuple[float, float, float]


class Plain(NamedTuple):
    """Doubles only."""

    x: float
    pair: tuple[float, float]
    y: float


def _read(outer: Any, out: np.ndarray) -> None:
    out[0], out[1] = outer.byte, outer.image[2, 1]
    out[2], out[3] = outer.image.shape[0], outer.image.shape[1]
    out[4], out[5], out[6] = outer.inner.flag, outer.inner.numbers[-1], outer.inner.pair[0]
    out[7], out[8], out[9] = outer.inner.pair[1], outer.whole, outer.part
    out[10], out[11], out[12] = outer.triple[0], outer.triple[1], outer.triple[2]


def _sum(plain: Any) -> float:
    return float(plain.x + 10.0 * plain.pair[0] + 100.0 * plain.pair[1] + 1000.0 * plain.y)


def outer(seed: int) -> Outer:
    """Make one with numbers by a seed."""
    generator = np.random.default_rng(seed)
    image = generator.integers(0, 255, (3 + seed, 2), dtype=np.uint8)
    pair = np.float32(generator.random()), np.float32(generator.random())
    inner = Inner(bool(seed % 2), generator.random(4), pair)
    triple = generator.random(), generator.random(), generator.random()
    return Outer(np.uint8(200 + seed), image, inner, -(2**40) + seed, np.float32(generator.random()), triple)


def test_a_parcel_holds_what_numba_makes_of_the_tuple() -> None:
    through, usual = door(_read), njit(_read)
    first = Parcel(outer(0))
    for seed in range(4):
        found, expected = np.zeros(13), np.zeros(13)
        value = outer(seed)
        usual(value, expected)
        through(Parcel(value), found)
        assert np.array_equal(found, expected)
        found[:] = 0
        through(Parcel(value, first), found)
        assert np.array_equal(found, expected)


def test_what_is_written_to_a_parcels_arrays_is_seen() -> None:
    value = outer(1)
    parcel, found = Parcel(value), np.zeros(13)
    value.image[2, 1] = 77
    door(_read)(parcel, found)
    assert found[1] == 77


def test_doubles_only_are_laid_out_the_same() -> None:
    value = Plain(1.0, (2.0, 3.0), 4.0)
    through = door(_sum)
    parcel = Parcel(Plain(0.0, (0.0, 0.0), 0.0))
    assert through(Parcel(value)) == through(Parcel(value, parcel)) == through.py_func(value) == 4321.0


def test_an_array_of_another_kind_is_refused() -> None:
    value = outer(0)
    with pytest.raises(TypeError, match="part 1 of a Outer"):
        Parcel(value._replace(image=value.image.astype(np.float64)), Parcel(value))
    with pytest.raises(TypeError, match="part 1 of a Outer"):
        Parcel(value._replace(image=value.image[:, ::-1]), Parcel(value))
    with pytest.raises(TypeError, match="numbers, arrays and tuples"):
        Parcel(Plain("x", (0.0, 0.0), 0.0))  # type: ignore[arg-type]
