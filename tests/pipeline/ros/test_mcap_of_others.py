"""MCAP files by the format's own writer (`mcap`, with `mcap-ros2-support` for the messages), in all its variants."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcap.writer import CompressionType, IndexType, Writer
from mcap_ros2._dynamic import serialize_dynamic  # what mcap_ros2.writer uses; that one can't write without chunks

from pipeline.drives.drive import Drive
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.recorded import plain_pictures, take_in

RULE = "=" * 80
HEADER = f"{RULE}\nMSG: std_msgs/Header\nbuiltin_interfaces/Time stamp\nstring frame_id\n"
TIME = f"{RULE}\nMSG: builtin_interfaces/Time\nint32 sec\nuint32 nanosec\n"
VECTOR = f"{RULE}\nMSG: geometry_msgs/Vector3\nfloat64 x\nfloat64 y\nfloat64 z\n"
IMAGE = f"std_msgs/Header header\nstring format\nuint8[] data\n{HEADER}{TIME}"
TWIST = f"geometry_msgs/Vector3 linear\ngeometry_msgs/Vector3 angular\n{VECTOR}"
COUNT, STEP, START = 40, 100_000_000, 1_700_000_000_000_000_000
VARIANTS: dict[str, dict[str, Any]] = {
    "zstd": {},
    "lz4": {"compression": CompressionType.LZ4},
    "plain": {"compression": CompressionType.NONE},
    "no chunks": {"use_chunking": False},
    "no index at all": {"index_types": IndexType.NONE, "use_statistics": False, "use_summary_offsets": False},
    "no repetition": {"repeat_channels": False, "repeat_schemas": False},
    "no statistics": {"use_statistics": False},
    "no checksums": {"enable_crcs": False},
    "small chunks": {"chunk_size": 2000},
}


def write(path: Path, names: str = "{}/msg/{}", shuffled: bool = False, **options: Any) -> None:
    """Write pictures and commands; `shuffled` lets a command be recorded before the picture that precedes it."""
    image, twist = names.format("sensor_msgs", "CompressedImage"), names.format("geometry_msgs", "Twist")
    encoders = {name: serialize_dynamic(name, text)[name] for name, text in ((image, IMAGE), (twist, TWIST))}
    pictures = plain_pictures(COUNT)
    with path.open("wb") as file:
        writer = Writer(file, **options)
        writer.start(profile="ros2", library="test")
        channels = {
            name: writer.register_channel(topic, "cdr", writer.register_schema(name, "ros2msg", text.encode()))
            for topic, name, text in (("/camera/image/compressed", image, IMAGE), ("/cmd_vel", twist, TWIST))
        }
        for index in range(COUNT):
            moment = START + index * STEP
            stamp = {"sec": moment // 10**9, "nanosec": moment % 10**9}
            none = {"x": 0.0, "y": 0.0, "z": 0.0}
            rows = [
                (twist, moment - 1_000_000, {"linear": {**none, "x": 5.0}, "angular": {**none, "z": 0.001 * index}}),
                (
                    image,
                    moment,
                    {"header": {"stamp": stamp, "frame_id": ""}, "format": "jpeg", "data": pictures[index]},
                ),
            ]
            for name, time, message in rows[::-1] if shuffled else rows:
                writer.add_message(channels[name], time, encoders[name](message), time)
        writer.finish()


def check(drives: list[Drive]) -> None:
    curvature = np.concatenate([drive.curvature for drive in drives])
    np.testing.assert_allclose(curvature, 0.001 * np.arange(COUNT) / 5.0, atol=1e-8)
    shades = [round(float(drive.image(index).mean())) for drive in drives for index in range(len(drive))]
    assert shades == [40 + index for index in range(COUNT)]


@pytest.mark.parametrize("names", ["{}/msg/{}", "{}/{}"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_of_the_writer(variant: str, names: str, tmp_path: Path) -> None:
    write(tmp_path / "ride.mcap", names, **VARIANTS[variant])
    summary, drives = take_in("rosbag", tmp_path / "ride.mcap", tmp_path / "out")
    assert (summary.kept, summary.quarantined) == (COUNT, {})
    check(drives)


@pytest.mark.parametrize("variant", ["zstd", "small chunks", "no index at all"])
def test_messages_out_of_order(variant: str, tmp_path: Path) -> None:
    write(tmp_path / "ride.mcap", shuffled=True, **VARIANTS[variant])
    summary, drives = take_in("rosbag", tmp_path / "ride.mcap", tmp_path / "out")
    assert (summary.kept, summary.quarantined) == (COUNT, {})
    check(drives)


@pytest.mark.parametrize("variant", ["small chunks", "no chunks", "no index at all"])
def test_cut_off(variant: str, tmp_path: Path) -> None:
    path = tmp_path / "ride.mcap"
    write(path, **{**VARIANTS[variant], "chunk_size": 2000})
    data = path.read_bytes()
    kept = []
    for share in (0.3, 0.5, 0.7):
        path.write_bytes(data[: int(share * len(data))])
        summary, drives = take_in("rosbag", path, tmp_path / f"out {share}")
        kept.append(summary.kept)
        shades = [round(float(drive.image(index).mean())) for drive in drives for index in range(len(drive))]
        assert shades == [40 + index for index in range(summary.kept)]
    assert 3 < kept[0] < kept[1] < kept[2] < COUNT


def test_another_system_is_refused_in_words(tmp_path: Path) -> None:
    with (tmp_path / "ride.mcap").open("wb") as file:
        writer = Writer(file)
        writer.start(profile="", library="test")
        writer.finish()
    with pytest.raises(LiquidlaneError, match="MCAP of another system than ROS 2"):
        take_in("rosbag", tmp_path / "ride.mcap", tmp_path / "out")
