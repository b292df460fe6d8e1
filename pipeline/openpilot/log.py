"""A minute of openpilot's log (rlog or qlog): what the car did, what the device felt, which frames were encoded when.

Which field is where comes from openpilot's schema (cereal's log.capnp and car.capnp, (c) comma.ai, MIT licence), whose
places never change, so that logs of all years are read: what was not there yet is 0. A field newer than the schema of
the tests is the pose that replaced the Kalman filter's location in 2024.
"""

import math
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.files.packed_file import CutOffError, read_blocks
from pipeline.openpilot.cap_n_proto import DamagedMessageError, Struct, read_messages

# what an Event may hold: the discriminant of its union
INIT_DATA, ROAD_CAMERA, ROAD_ENCODED, CALIBRATION, CAR_STATE = 0, 1, 14, 18, 21
LIVE_PARAMETERS, CAR_PARAMETERS, LOCATION, SENTINEL, SMALL_ENCODED, POSE = 60, 67, 70, 71, 88, 127
DEVICES = ("unknown", "neo", "chffrAndroid", "chffrIos", "tici", "pc", "tizi", "mici")
SENSORS = ("unknown", "ar0231", "ox03c10", "os04c10")
SENSOR = 80  # where FrameData has it [bytes]
REVERSE = 4  # of CarState's gears
VALID = 2  # of LiveLocationKalman's states
NANOSECONDS = 1e-9
LATEST = (1 << 62) - 1  # [ns] after the device started; what is later is no time
LONGEST_NAME = 60
MOST_KINDS = 400  # of messages there may be in years to come; there are 150
MESSAGES_TO_JUDGE_BY = 200

FloatArray = NDArray[np.float64]


@dataclass(slots=True)
class Encoded:
    """Frames of one video file: the segment's number, theirs in it and in the camera's count, times [ns], 0 unknown."""

    segment: "array[int]" = field(default_factory=lambda: array("q"))
    number: "array[int]" = field(default_factory=lambda: array("q"))
    frame: "array[int]" = field(default_factory=lambda: array("q"))
    start: "array[int]" = field(default_factory=lambda: array("q"))
    end: "array[int]" = field(default_factory=lambda: array("q"))
    logged: "array[int]" = field(default_factory=lambda: array("q"))

    def __len__(self) -> int:
        return len(self.number)


@dataclass(slots=True)
class SegmentLog:
    """What a segment's log holds of interest.

    car: rows of (time [s], speed [m/s], steering wheel [degrees, left positive], 1 in reverse). Its own yaw rate is not
        among them: openpilot computes it from the steering.
    motion: rows of (time [s], yaw rate [rad/s], left positive), by the device's own location or pose.
    exposed: a frame's number → the end of its exposure [ns].
    road, small: frames of the full and of the small video.
    wheelbase [m], steering_ratio: 0 if not told.
    offsets: the steering wheel's learned zeros [degrees].
    directions: of travel seen from the device (roll, pitch, yaw [rad]). height: of it above the road [m], NaN unknown.
    damage: what ended the reading; empty if the log is whole.
    messages: how many of interest were read.
    closed: whether its last mark says that the segment ended; None if logs of its time have no marks.
    """

    messages: int = 0
    car: "array[float]" = field(default_factory=lambda: array("d"))
    motion: "array[float]" = field(default_factory=lambda: array("d"))
    exposed: dict[int, int] = field(default_factory=dict)
    road: Encoded = field(default_factory=Encoded)
    small: Encoded = field(default_factory=Encoded)
    wheelbase: float = 0.0
    steering_ratio: float = 0.0
    car_name: str = ""
    device: str = "unknown"
    sensor: str = "unknown"
    offsets: "array[float]" = field(default_factory=lambda: array("d"))
    directions: list[tuple[float, float, float]] = field(default_factory=list)
    height: float = math.nan
    damage: str = ""
    closed: bool | None = None

    def car_table(self) -> FloatArray:
        """Give `car` as (N, 4)."""
        return np.frombuffer(self.car, float).reshape(-1, 4) if self.car else np.empty((0, 4))

    def motion_table(self) -> FloatArray:
        """Give `motion` as (N, 2)."""
        return np.frombuffer(self.motion, float).reshape(-1, 2) if self.motion else np.empty((0, 2))


def read_log(path: Path) -> SegmentLog:
    """Read a log as far as it can be read; `damage` tells what ended it.

    Raises:
        OSError: if it can't be read at all.
    """
    log = SegmentLog()
    try:
        for event in read_messages(read_blocks(path), unwanted=lambda kind: kind not in _READERS):
            log.messages += 1
            read = _READERS.get(int(event.number("H", 8)))
            if read is None:
                continue
            with suppress(DamagedMessageError):  # it costs only itself
                body = event.child(0)
                if body is not None:
                    read(log, int(event.number("Q", 0)), body)
    except (DamagedMessageError, CutOffError) as error:
        log.damage = str(error)
    if not log.damage and log.closed is False:
        log.damage = "the log does not say that the segment ended"
    return log


def looks_like_a_log(path: Path) -> bool:
    """Say whether a file begins with messages that an openpilot log begins with; reads no more than a block."""
    try:
        for number, event in enumerate(read_messages(read_blocks(path))):
            kind, time = event.number("H", 8), event.number("Q", 0)
            if kind > MOST_KINDS or not 0 < time < LATEST:
                return False
            if kind in _READERS or number > MESSAGES_TO_JUDGE_BY:
                return True
    except (DamagedMessageError, CutOffError, OSError):
        return False
    return False


def _init(log: SegmentLog, _: int, body: Struct) -> None:
    device = int(body.number("H", 0))
    log.device = DEVICES[device] if device < len(DEVICES) else f"device {device}"


def _sentinel(log: SegmentLog, _: int, body: Struct) -> None:
    """Ends and starts of segments and routes: 0 and 1 are ends, 2 and 3 starts."""
    log.closed = body.number("H", 0) in (0, 1)


def _camera(log: SegmentLog, _: int, body: Struct) -> None:
    log.exposed[int(body.number("I", 0))] = int(body.number("Q", 8)) & LATEST
    sensor = int(body.number("H", SENSOR))
    log.sensor = SENSORS[sensor] if sensor < len(SENSORS) else f"sensor {sensor}"


def _encoded(into: Encoded, time: int, body: Struct) -> None:
    into.frame.append(int(body.number("I", 0)))
    into.segment.append(int(body.number("i", 12)))
    into.number.append(int(body.number("I", 16)))
    into.start.append(int(body.number("Q", 24)) & LATEST)
    into.end.append(int(body.number("Q", 32)) & LATEST)
    into.logged.append(time & LATEST)


def _car(log: SegmentLog, time: int, body: Struct) -> None:
    speed, wheel = body.number("f", 0), body.number("f", 16)
    log.car.extend((time * NANOSECONDS, speed, wheel, body.number("H", 10) == REVERSE))


def _car_parameters(log: SegmentLog, _: int, body: Struct) -> None:
    log.wheelbase, log.steering_ratio = body.number("f", 20), body.number("f", 28)
    name = body.text(1) or body.text(0)
    log.car_name = "".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME]


def _live_parameters(log: SegmentLog, _: int, body: Struct) -> None:
    if body.flag(0):
        log.offsets.append(body.number("f", 12))


def _calibration(log: SegmentLog, _: int, body: Struct) -> None:
    direction, height = body.numbers(4, "f"), body.numbers(7, "f")
    if len(direction) == 3 and all(map(math.isfinite, direction)):
        log.directions.append((direction[0], direction[1], direction[2]))
    if height and math.isfinite(height[0]) and height[0] > 0:
        log.height = height[0]


def _location(log: SegmentLog, time: int, body: Struct) -> None:
    """The Kalman filter's angular velocity in the car's axes: forward, right, down."""
    velocity = body.child(12)
    if velocity is None or not velocity.flag(0) or body.number("H", 4) != VALID:
        return
    about = velocity.numbers(0, "d")
    if len(about) == 3:
        log.motion.extend((time * NANOSECONDS, -about[2]))


def _pose(log: SegmentLog, time: int, body: Struct) -> None:
    """The pose's angular velocity in the device's axes (forward, right, down), turned to the car's."""
    velocity = body.child(3)
    if velocity is None or not velocity.flag(192):
        return
    _, pitch, yaw = log.directions[-1] if log.directions else (0.0, 0.0, 0.0)
    down = (math.sin(pitch) * math.cos(yaw), math.sin(pitch) * math.sin(yaw), math.cos(pitch))
    about = [velocity.number("f", at) for at in (0, 4, 8)]
    log.motion.extend((time * NANOSECONDS, -sum(one * other for one, other in zip(down, about, strict=True))))


_READERS: dict[int, Callable[[SegmentLog, int, Struct], None]] = {
    INIT_DATA: _init,
    ROAD_CAMERA: _camera,
    ROAD_ENCODED: lambda log, time, body: _encoded(log.road, time, body),
    CALIBRATION: _calibration,
    CAR_STATE: _car,
    LIVE_PARAMETERS: _live_parameters,
    CAR_PARAMETERS: _car_parameters,
    LOCATION: _location,
    SENTINEL: _sentinel,
    SMALL_ENCODED: lambda log, time, body: _encoded(log.small, time, body),
    POSE: _pose,
}
