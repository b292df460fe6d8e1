"""One pass over a bag: when each picture was taken, and every signal's samples. It keeps numbers, never pictures."""

import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.picture import BadPictureError, claimed_size
from pipeline.ros.bag import Bag, Topic
from pipeline.ros.picture import PACKED
from pipeline.ros.quantities import FIX, JOINTS, POSE, POSES, STEERING_JOINT, WHEEL_JOINT, Source

FloatArray = NDArray[np.float64]
Columns = Callable[[Any], Sequence[float]]
UNKNOWN = math.nan


@dataclass(slots=True)
class Samples:
    """What the messages of one topic said.

    record, stamp: (N,) [ns]; stamp is 0 where a message has none. columns: their names. values: (N, columns), flat.
    sizes: of pictures, (height, width), each packed into one number, 0 if unknown. unread: record times [ns] of
    messages that can't be read, and why.
    """

    columns: tuple[str, ...] = ()  # "array[int]" in quotes: arrays take no brackets before Python 3.12
    record: "array[int]" = field(default_factory=lambda: array("q"))
    stamp: "array[int]" = field(default_factory=lambda: array("q"))
    values: "array[float]" = field(default_factory=lambda: array("d"))
    sizes: "array[int]" = field(default_factory=lambda: array("q"))
    unread: list[tuple[int, str]] = field(default_factory=list)

    def column(self, name: str) -> FloatArray:
        """Give one column, (N,)."""
        table = np.frombuffer(self.values, float) if self.values else np.empty(0)
        return table.reshape(-1, len(self.columns))[:, self.columns.index(name)]


def survey(bag: Bag, pictures: Sequence[Topic], sources: Sequence[Source]) -> dict[str, Samples]:
    """Read all pictures' times and sizes and all sources' samples, by topic."""
    names = list(dict.fromkeys([*(topic.name for topic in pictures), *(source.topic for source in sources)]))
    found: dict[str, Samples] = {}
    read: dict[str, Columns] = {}
    for name in names:
        fields = [source.field for source in sources if source.topic == name]
        columns, read[name] = _columns(bag.topics[name], fields)
        found[name] = Samples(columns)
    picture_types = {topic.name: topic.type for topic in pictures}
    codecs = {name: bag.topics[name].codec for name in names}
    for name, time, data in bag.messages(names):
        samples, codec = found[name], codecs[name]
        assert codec is not None
        try:
            message = codec.read(data)
            stamp = _stamp(message) if codec.stamped else 0
            values = read[name](message)
            samples.values.extend(values)
        except Exception as error:  # the library lets through whatever a damaged message causes
            samples.unread.append((time, f"{type(error).__name__}: {error}"[:200]))
            continue
        samples.record.append(time)
        samples.stamp.append(stamp)
        if name in picture_types:
            samples.sizes.append(_size(message, picture_types[name]))
    return found


def _stamp(message: Any) -> int:
    stamp = message.header.stamp
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def _size(message: Any, kind: str) -> int:
    if kind != PACKED:
        return (int(message.height) & 0xFFFFFF) << 24 | int(message.width) & 0xFFFFFF
    try:
        height, width = claimed_size(bytes(memoryview(message.data)))
        return height << 24 | width
    except BadPictureError:
        return 0


def _columns(topic: Topic, fields: Sequence[str]) -> tuple[tuple[str, ...], Columns]:
    """Give the columns' names, and what makes a row of them from a message."""
    if not fields:
        return (), lambda _: ()
    if any(name.startswith(f"{JOINTS}.") for name in fields):
        return (f"{JOINTS}.steering", f"{JOINTS}.speed"), _read_joints
    if any(name.startswith(f"{FIX}.") for name in fields):
        return ("latitude", "longitude"), _read_fix
    plain = tuple(name for name in dict.fromkeys(fields) if not name.startswith(f"{POSE}."))
    getters = [attrgetter(name) for name in plain]
    if len(plain) == len(set(fields)):
        return plain, lambda message: [float(get(message)) for get in getters]
    place = attrgetter(POSES[topic.type])
    columns = (*plain, f"{POSE}.x", f"{POSE}.y", f"{POSE}.heading")
    return columns, lambda message: [*(float(get(message)) for get in getters), *_read_pose(place(message))]


def _read_joints(message: Any) -> Sequence[float]:
    """Give the mean angle of the steering joints [rad] and the mean turning of the other wheels [rad/s]."""
    angles, rates = [], []
    for index, name in enumerate(message.name):
        if STEERING_JOINT.search(name):
            if index < len(message.position):
                angles.append(float(message.position[index]))
        elif WHEEL_JOINT.search(name) and index < len(message.velocity):
            rates.append(float(message.velocity[index]))
    return (sum(angles) / len(angles) if angles else UNKNOWN), (sum(rates) / len(rates) if rates else UNKNOWN)


def _read_fix(message: Any) -> Sequence[float]:
    """Give latitude and longitude [degrees]; NaN without a fix."""
    if message.status.status < 0:
        return UNKNOWN, UNKNOWN
    return float(message.latitude), float(message.longitude)


def _read_pose(pose: Any) -> Sequence[float]:
    """Give x, y [m] and the heading about the upward axis [rad]."""
    turn = pose.orientation
    heading = math.atan2(2 * (turn.w * turn.z + turn.x * turn.y), turn.w**2 + turn.x**2 - turn.y**2 - turn.z**2)
    return float(pose.position.x), float(pose.position.y), heading
