"""Cap'n Proto against its reference implementation: what that writes is read the same, in segments and cut anywhere."""

import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.openpilot.cap_n_proto import DamagedMessageError, Struct, read_messages
from tests.pipeline.ingest.openpilot_source import schema

CAR_STATE, CALIBRATION, LOCATION, CAR_PARAMETERS = 21, 18, 70, 67
single = st.floats(width=32, allow_nan=False)
SLOW = settings(deadline=None, max_examples=80)


def write(kind: str, values: dict[str, Any], time: int = 7, first_words: int | None = None) -> bytes:
    """Write an event; with few words in the first segment the rest goes to others, over far pointers."""
    event = schema().Event.new_message(num_first_segment_words=first_words, logMonoTime=time)
    event.init(kind).from_dict(values)
    return bytes(event.to_bytes())


def read(data: bytes) -> Struct:
    (root,) = read_messages([data])
    return root


@SLOW
@given(st.integers(0, 2**64 - 1), single, single, st.booleans(), st.sampled_from([None, 1, 2, 3, 4, 16]))
def test_numbers_and_flags(time: int, speed: float, angle: float, pressed: bool, words: int | None) -> None:
    values = {"vEgo": speed, "steeringAngleDeg": angle, "steeringPressed": pressed, "gearShifter": "reverse"}
    root = read(write("carState", values, time, words))
    assert (root.number("Q", 0), root.number("H", 8)) == (time, CAR_STATE)
    body = root.child(0)
    assert body is not None
    assert (body.number("f", 0), body.number("f", 16), body.flag(66)) == (speed, angle, pressed)
    assert body.number("H", 10) == 4


@SLOW
@given(st.lists(single, max_size=40), st.text(max_size=60), st.sampled_from([None, 1, 2, 5]))
def test_lists_and_texts(numbers: list[float], text: str, words: int | None) -> None:
    text = text.replace("\0", "")
    body = read(write("liveCalibration", {"rpyCalib": numbers}, first_words=words)).child(0)
    assert body is not None and body.numbers(4, "f") == tuple(numbers)
    measured = {"angularVelocityCalibrated": {"value": numbers, "valid": True}}
    body = read(write("liveLocationKalman", measured, first_words=words)).child(0)
    inner = body.child(12) if body is not None else None
    assert inner is not None and inner.numbers(0, "d") == tuple(numbers) and inner.flag(0)
    body = read(write("carParams", {"carFingerprint": text}, first_words=words)).child(0)
    assert body is not None and body.text(1) == text


def test_segments_are_really_many() -> None:
    """Otherwise the tests above would never follow a far pointer."""
    data = write("carParams", {"carFingerprint": "x" * 900, "carName": "y" * 900}, first_words=1)
    assert struct.unpack_from("<I", data)[0] >= 1


def test_a_landing_pad_in_a_segment_of_its_own() -> None:
    """Put together by hand after the specification, and read by the reference implementation too.

    Segment 0 holds the event, whose pointer leads to a pad in segment 1, which leads to the car's state in segment 2.
    """
    event = struct.pack("<IHHQHxxxxxxII", 0, 2, 1, 9, CAR_STATE, 0 << 3 | 4 | 2, 1)
    pad = struct.pack("<IIIHH", 1 << 3 | 2, 2, 0, 1, 0)  # word 1 of segment 2; a struct of one word without pointers
    state = struct.pack("<QfI", 0, 12.5, 0)
    sizes = [len(part) // 8 for part in (event, pad, state)]
    data = struct.pack("<IIII", 2, *sizes) + event + pad + state
    (reference,) = schema().Event.read_multiple_bytes(data)
    assert (reference.logMonoTime, reference.carState.vEgo) == (9, 12.5)
    root = read(data)
    body = root.child(0)
    assert body is not None and (root.number("Q", 0), body.number("f", 0), body.number("f", 16)) == (9, 12.5, 0)


def test_what_a_version_does_not_have_is_zero() -> None:
    root = read(write("carState", {"vEgo": 3.0}))
    body = root.child(0)
    assert body is not None
    assert (body.number("f", 4000), body.flag(40_000), body.child(99), body.numbers(99, "f"), body.text(99)) == (
        0,
        False,
        None,
        (),
        "",
    )
    assert body.numbers(0, "f") == () and body.child(1) is None


@SLOW
@given(st.lists(st.integers(0, 9), min_size=1, max_size=6), st.integers(1, 400))
def test_a_stream_in_blocks_of_any_size(times: list[int], block: int) -> None:
    data = b"".join(write("carParams", {"carFingerprint": "x" * 40 * time}, time) for time in times)
    roots = read_messages(data[at : at + block] for at in range(0, len(data), block))
    assert [root.number("Q", 0) for root in roots] == times


@SLOW
@given(st.lists(st.tuples(st.sampled_from([None, 1]), st.booleans()), max_size=12), st.integers(1, 300))
def test_what_is_not_wanted_is_passed_over_and_nothing_else(kinds: list[tuple[int | None, bool]], block: int) -> None:
    parts = [
        write("carState" if wanted else "carParams", {} if wanted else {"carName": "x" * 70}, number, words)
        for number, (words, wanted) in enumerate(kinds)
    ]
    data = b"".join(parts)
    blocks = [data[at : at + block] for at in range(0, len(data), block)]
    seen = [
        root for root in read_messages(blocks, lambda kind: kind == CAR_PARAMETERS) if root.number("H", 8) == CAR_STATE
    ]
    assert [root.number("Q", 0) for root in seen] == [number for number, (_, wanted) in enumerate(kinds) if wanted]
    alone = list(read_messages([data], lambda kind: kind == CAR_PARAMETERS))
    assert len(alone) == sum(wanted or words == 1 for words, wanted in kinds), (
        "those in several segments are not judged"
    )


def test_a_stream_cut_anywhere_gives_what_is_whole() -> None:
    parts = [write("carState", {"vEgo": float(index)}, index) for index in range(3)]
    data = b"".join(parts)
    ends = [sum(map(len, parts[:count])) for count in range(4)]
    for cut in range(len(data) + 1):
        seen: list[float] = []
        try:
            seen.extend(root.number("Q", 0) for root in read_messages([data[:cut]]))
            assert cut in ends
        except DamagedMessageError as error:
            assert cut not in ends and "ends within a message" in str(error)
        assert seen == list(range(sum(end <= cut for end in ends[1:])))


@SLOW
@given(st.data())
def test_damage_is_an_error_of_its_own(data: st.DataObject) -> None:
    content = bytearray(write("carParams", {"carFingerprint": "abc"}, first_words=data.draw(st.sampled_from([1, 200]))))
    for at in data.draw(st.lists(st.integers(0, 8 * len(content) - 1), min_size=1, max_size=8)):
        content[at // 8] ^= 1 << at % 8
    try:
        for root in read_messages([bytes(content)]):
            body = root.child(0)
            if body is not None:
                for number in range(14):
                    with suppress(DamagedMessageError):
                        body.text(number)
                    with suppress(DamagedMessageError):
                        body.numbers(number, "d")
                    with suppress(DamagedMessageError):
                        body.child(number)
    except DamagedMessageError as error:
        assert str(error)


@pytest.mark.parametrize(
    "content", [b"\0" * 4096, b"\xff" * 64, b"\0\0\0\0\xff\xff\xff\x7f", struct.pack("<II", 600, 1)]
)
def test_what_is_no_message_ends_at_once(content: bytes) -> None:
    with pytest.raises(DamagedMessageError):
        next(read_messages([content]))
