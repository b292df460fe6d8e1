"""Cutting bytes into messages: any bytes, cut anywhere."""

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.embedded import framing
from simulator.embedded.framing import Framer, FramingError, unpack

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=40),
    st.binary(max_size=300),
    st.builds(msgpack.ExtType, st.integers(0, 127), st.binary(max_size=300)),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=40), st.dictionaries(st.text(max_size=5), inner, max_size=20)),
    max_leaves=80,
)


def count(value: object) -> int:
    if isinstance(value, list):
        return 1 + sum(map(count, value))
    if isinstance(value, dict):
        return 1 + sum(count(key) + count(inner) for key, inner in value.items())
    return 1


@settings(max_examples=50, deadline=None)
@given(st.lists(values, max_size=4), st.data())
def test_messages_are_the_same_however_they_are_cut(sent, data):
    stream = b"".join(map(msgpack.packb, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    framer, got = Framer(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        framer.feed(stream[start:end])
        while (message := framer.next()) is not None:
            got.append(unpack(message))
    assert got == sent
    assert framer.pending == 0


@given(values)
def test_values_are_counted_without_building_them(value):
    message, number = msgpack.packb(value), count(value)
    limits = framing.MOST_VALUES
    try:
        framing.MOST_VALUES = number
        assert unpack(message) == value
        framing.MOST_VALUES = number - 1
        if len(message) > (number - 1) // 4:
            with pytest.raises(ValueError, match="more than"):
                unpack(message)
    finally:
        framing.MOST_VALUES = limits


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_give_messages_or_one_refusal(chunks):
    framer = Framer()
    try:
        for chunk in chunks:
            framer.feed(chunk)
            while (message := framer.next()) is not None:
                try:
                    unpack(message)
                except ValueError as error:
                    assert "not readable" in str(error)
    except FramingError as error:
        assert "MessagePack" in str(error)


@pytest.mark.parametrize("message", [b"\x81\x90\x01", b"\xd7\xff" + b"\xff" * 8, b"\xc7\x05\xffabcde"])
def test_what_python_has_no_value_for_is_refused_alone(message):
    """A map whose key is a list, times that no calendar has."""
    framer = Framer()
    framer.feed(message + b"\x01")
    with pytest.raises(ValueError, match="not readable"):
        unpack(framer.next())
    assert framer.next() == b"\x01"


def test_announced_gigabytes_are_not_reserved():
    framer = Framer()
    framer.feed(b"\xdd\xff\xff\xff\xff" * 800)
    assert framer.next() is None
    assert framer.pending == 4000
    with pytest.raises(FramingError):
        framer.feed(b"\x91" * 2000)
        framer.next()
    large = Framer()
    large.feed(b"\xdb\x7f\xff\xff\xff")
    with pytest.raises(FramingError, match="64 MiB"):
        for _ in range(70):
            large.feed(bytes(1 << 20))
