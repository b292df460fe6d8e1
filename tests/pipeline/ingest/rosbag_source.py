"""Writes bags with the writer of the `rosbags` library, which is not ROS's own: no real bag with a camera could be had.

The types are ROS's; ackermann_msgs is written out from its public definition.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rosbags.rosbag1 import Writer as FirstWriter
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.rosbag2 import Writer as SecondWriter
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from pipeline.drives.drive import encode_jpeg

START = 1_700_000_000_000_000_000
WHEELBASE, SPEED = 2.7, 10.0
CAMERA, DRIVE = "/camera/image_raw/compressed", "/drive"
ACKERMANN = """float32 steering_angle
float32 steering_angle_velocity
float32 speed
float32 acceleration
float32 jerk
"""
SECOND_KINDS = ("sqlite3", "mcap", "mcap zstd", "sqlite3 message zstd", "sqlite3 file zstd")
FIRST_KINDS = ("bag", "bag bz2", "bag lz4")


def stamp_of(time: float) -> int:
    return START + round(time * 1e9)


class BagWriter:
    """Writes a bag of one of the kinds above; messages are given as nested dicts, by the names of their fields."""

    def __init__(self, path: Path, kind: str = "sqlite3", **definitions: str) -> None:
        self.first = kind in FIRST_KINDS
        self.store = get_typestore(Stores.ROS1_NOETIC if self.first else Stores.ROS2_HUMBLE)
        self.store.register(get_types_from_msg(ACKERMANN, "ackermann_msgs/msg/AckermannDrive"))
        stamped = "std_msgs/Header header\nackermann_msgs/AckermannDrive drive\n"
        self.store.register(get_types_from_msg(stamped, "ackermann_msgs/msg/AckermannDriveStamped"))
        for name, text in definitions.items():
            self.store.register(get_types_from_msg(text, name.replace("__", "/")))
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.first:
            self.writer: Any = FirstWriter(path)
            if " " in kind:
                self.writer.set_compression(FirstWriter.CompressionFormat[kind.split()[1].upper()])
        else:
            plugin = StoragePlugin.MCAP if "mcap" in kind else StoragePlugin.SQLITE3
            self.writer = SecondWriter(path, version=8, storage_plugin=plugin)
            modes = {"message": CompressionMode.MESSAGE, "file": CompressionMode.FILE, "mcap": CompressionMode.STORAGE}
            if "zstd" in kind:
                mode = next(mode for word, mode in modes.items() if word in kind)
                self.writer.set_compression(mode, CompressionFormat.ZSTD)
        self.connections: dict[str, Any] = {}

    def __enter__(self) -> "BagWriter":
        self.writer.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.writer.close()

    def add(self, topic: str, name: str, record: int, stamp: int | None = None, /, **fields: Any) -> None:
        """Write a message recorded at `record` [ns], with a header stamped `stamp` if its type has one."""
        if topic not in self.connections:
            self.connections[topic] = self.writer.add_connection(topic, name, typestore=self.store)
        message = self.make(name, {**fields, **({} if stamp is None else {"header": self.header(stamp)})})
        serialize = self.store.serialize_ros1 if self.first else self.store.serialize_cdr
        self.writer.write(self.connections[topic], record, bytes(serialize(message, name)))

    def header(self, stamp: int) -> dict[str, Any]:
        moment = {"sec": stamp // 10**9, "nanosec": stamp % 10**9}
        return {"stamp": moment, "frame_id": "base_link", **({"seq": 0} if self.first else {})}

    def make(self, name: str, fields: dict[str, Any]) -> Any:
        """Make a message; what is not given is zero, or empty."""
        values: dict[str, Any] = {}
        for field, (kind, what) in self.store.fielddefs[name][1]:
            given = fields.get(field)
            if kind.name == "NAME":
                values[field] = self.make(what, given or {})
            elif given is not None:
                values[field] = given
            elif kind.name == "BASE":
                values[field] = "" if what[0] == "string" else False if what[0] == "bool" else 0
            elif kind.name == "ARRAY":
                values[field] = np.zeros(what[1], what[0][1][0])
            else:
                values[field] = [] if what[0][1][0] == "string" else np.empty(0, what[0][1][0])
        return self.store.types[name](**values)

    def jpeg(self, time: float, data: bytes, topic: str = CAMERA, stamp: int | None = None) -> None:
        """Write a picture as the camera's node does."""
        self.add(
            topic,
            "sensor_msgs/msg/CompressedImage",
            stamp_of(time) + 4_000_000,
            stamp_of(time) if stamp is None else stamp,
            format="rgb8; jpeg compressed bgr8",
            data=np.frombuffer(data, np.uint8),
        )

    def drive(self, time: float, curvature: float, speed: float = SPEED) -> None:
        """Write an angle of the wheels, left positive."""
        drive = {"steering_angle": float(np.arctan(curvature * WHEELBASE)), "speed": speed}
        name = "ackermann_msgs/msg/AckermannDriveStamped"
        self.add(DRIVE, name, stamp_of(time) + 1_000_000, stamp_of(time), drive=drive)


def write_recording(
    folder: Path,
    images: Sequence[NDArray[np.uint8]],
    curvatures: Sequence[float],
    times: Sequence[float],
    kind: str = "sqlite3",
) -> None:
    with BagWriter(folder, kind) as bag:
        for image, curvature, time in zip(images, curvatures, times, strict=True):
            bag.drive(time, curvature)
            bag.jpeg(time, encode_jpeg(image))


def spoil(folder: Path) -> dict[str, int]:
    (path,) = folder.glob("*.db3")
    with sqlite3.connect(path) as database:
        topics = {name: number for number, name in database.execute("SELECT id, name FROM topics")}
        order = "SELECT id, data FROM messages WHERE topic_id = ? ORDER BY timestamp"
        pictures = list(database.execute(order, (topics[CAMERA],)))
        drives = list(database.execute(order, (topics[DRIVE],)))
        store = get_typestore(Stores.ROS2_HUMBLE)
        name = "sensor_msgs/msg/CompressedImage"
        other = encode_jpeg(np.zeros((20, 30, 3), np.uint8))
        plain = store.deserialize_cdr(pictures[7][1], name)
        for index, data in ((7, bytes(plain.data)[:-200]), (9, b"version https://git-lfs"), (11, other), (13, b"")):
            message = store.deserialize_cdr(pictures[index][1], name)
            message.data = np.frombuffer(data, np.uint8)
            row = (bytes(store.serialize_cdr(message, name)), pictures[index][0])
            database.execute("UPDATE messages SET data = ? WHERE id = ?", row)
        database.execute("UPDATE messages SET data = ? WHERE id = ?", (pictures[5][1][:10], pictures[5][0]))
        database.execute("UPDATE messages SET data = ? WHERE id = ?", (pictures[20][1], pictures[21][0]))
        database.execute("UPDATE messages SET data = ? WHERE id = ?", (pictures[21][1], pictures[20][0]))
        database.executemany("DELETE FROM messages WHERE id = ?", [(number,) for number, _ in drives[28:]])
    database.close()
    return {
        "message unreadable": 1,
        "picture damaged": 1,
        "not a picture": 1,
        "picture of another size": 1,
        "picture empty": 1,
        "time out of order": 1,
        "value not finite": 7,  # the command of 2.7 s acts for half a second more
    }
