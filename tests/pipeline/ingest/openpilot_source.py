"""Writes segments as openpilot does: logs with comma.ai's own schema through pycapnp, small videos with x264."""

import bz2
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import capnp
import numpy as np
import zstandard
from numpy.typing import NDArray

from tests.pipeline.ingest.device_film import decode_films, write_device_film

SPEED, WHEELBASE, RATIO = 10.0, 2.67, 15.3
TOLERANCE = 1e-6
BOOT = 300.0  # [s] after the device started
SCHEMA = Path(__file__).parent / "openpilot_schema"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".bz2": bz2.compress,
    ".zst": lambda data: zstandard.ZstdCompressor(level=3).compress(data),
}
Message = tuple[float, bytes]


@cache
def schema(name: str = "log") -> Any:
    """Load comma.ai's schema, or our one of the newer pose."""
    capnp.remove_import_hook()
    return capnp.load(str(SCHEMA / f"{name}.capnp"), imports=[str(SCHEMA)])


def nanoseconds(time: float) -> int:
    return round((BOOT + time) * 1e9)


def message(time: float, kind: str, values: Any = None) -> Message:
    """Write an event; values: a dict, or the text of a log's line."""
    event = schema().Event.new_message(logMonoTime=nanoseconds(time), valid=True)
    if isinstance(values, str):
        setattr(event, kind, values)
    else:
        event.init(kind).from_dict(values or {})
    return time, event.to_bytes()


def pose_message(time: float, about: Sequence[float]) -> Message:
    event = schema("pose").Event.new_message(logMonoTime=nanoseconds(time))
    velocity = event.init("livePose").init("angularVelocityDevice")
    velocity.x, velocity.y, velocity.z = about
    velocity.valid = True
    return time, event.to_bytes()


def head(time: float) -> list[Message]:
    """Give what a log begins with."""
    return [
        message(time, "initData", {"deviceType": "tici", "version": "0.9.7", "dongleId": "a2a0ccea32023010"}),
        message(time, "sentinel", {"type": "startOfSegment"}),
        message(time, "carParams", {"wheelbase": WHEELBASE, "steerRatio": RATIO, "carFingerprint": "HONDA CIVIC 2022"}),
        message(time, "liveCalibration", {"rpyCalib": [0.0, 0.02, -0.01], "height": [1.3]}),
        message(time, "logMessage", "a line of text, which the reader passes over"),
    ]


def car_message(time: float, curvature: float, **others: Any) -> Message:
    wheel = float(np.degrees(RATIO * np.arctan(WHEELBASE * curvature)))
    return message(time, "carState", {"vEgo": SPEED, "steeringAngleDeg": wheel, "gearShifter": "drive", **others})


def motion_message(time: float, curvature: float) -> Message:
    """Write the Kalman filter's location; the third axis of the car's frame points down."""
    about = {"value": [0.0, 0.0, -curvature * SPEED], "valid": True}
    return message(time, "liveLocationKalman", {"status": "valid", "angularVelocityCalibrated": about})


def frame_messages(time: float, number: int, segment: int, before: int) -> list[Message]:
    """Write that a frame was exposed, and encoded as this number of its segment's videos a little later."""
    stamps = {"timestampSof": nanoseconds(time) - 10_000_000, "timestampEof": nanoseconds(time)}
    index = {"frameId": before + number, "segmentNum": segment, "segmentId": number, **stamps}
    state = {"frameId": before + number, "sensor": "ox03c10", **stamps}
    return [
        message(time + 0.02, "roadCameraState", state),
        message(time + 0.05, "roadEncodeIdx", {**index, "type": "fullHEVC"}),
        message(time + 0.05, "qRoadEncodeIdx", {**index, "type": "qcameraH264"}),
    ]


def write_log(path: Path, messages: Iterable[Message]) -> None:
    """Write messages by their times, packed as the name ends."""
    data = b"".join(content for _, content in sorted(messages, key=lambda entry: entry[0]))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PACKERS[path.suffix](data))


def segment_messages(
    times: Sequence[float], curvatures: Sequence[float], part: slice, segment: int, rate: float = 50.0
) -> list[Message]:
    """Give a segment's messages; the car's state comes `rate` times a second, unevenly."""
    moments = np.array(times)
    begin, end = moments[part][0] - 0.06, moments[part][-1] + 0.06
    steps = np.random.default_rng(segment).uniform(0.5, 1.5, int((end - begin + 1) * rate * 2)) / rate
    at = np.cumsum(steps) + begin
    messages = head(begin) + [
        car_message(float(time), float(np.interp(time, moments, curvatures))) for time in at[at < end]
    ]
    messages += [motion_message(float(moments[row]), curvatures[row]) for row in range(len(moments))[part]]
    for number, time in enumerate(moments[part]):
        messages += frame_messages(float(time), number, segment, part.start or 0)
    return [*messages, message(end + 0.1, "sentinel", {"type": "endOfSegment"})]


def without(messages: list[Message], *kinds: str) -> list[Message]:
    """Leave out events of some kinds, known by the discriminant of comma.ai's schema."""
    fields = schema().Event.schema.fields
    numbers = {fields[kind].proto.discriminantValue for kind in kinds}
    return [entry for entry in messages if struct.unpack_from("<H", entry[1], 24)[0] not in numbers]


def write_recording(
    folder: Path, images: Sequence[NDArray[np.uint8]], curvatures: Sequence[float], times: Sequence[float]
) -> None:
    """Write a route of two segments, as a server keeps them; the first log is not packed."""
    half = len(images) // 2
    for segment, (part, name) in enumerate(((slice(0, half), "rlog"), (slice(half, len(images)), "rlog.zst"))):
        write_log(folder / str(segment) / name, segment_messages(times, curvatures, part, segment))
        write_device_film(folder / str(segment) / "qcamera.ts", images[part])


def cut_within(data: bytes, number: int) -> bytes:
    """Cut a log within the message that tells of a frame."""
    at = 0
    for event in schema().Event.read_multiple_bytes(data):
        if event.which() == "qRoadEncodeIdx" and event.qRoadEncodeIdx.segmentId == number:
            return data[: at + 20]
        at += len(event.as_builder().to_bytes())
    raise AssertionError("no such frame")


def decode_bare(folder: Path) -> int:
    """Decode all pictures to RGB; for benchmarks."""
    return decode_films(folder, "qcamera.ts")


def spoil(folder: Path) -> dict[str, int]:
    """Cut the first log as a power cut does, lose the second video."""
    log = folder / "0" / "rlog"
    log.write_bytes(cut_within(log.read_bytes(), 16))
    (folder / "1" / "qcamera.ts").unlink()
    return {"frame not in the log": 4, "picture missing": 20}
