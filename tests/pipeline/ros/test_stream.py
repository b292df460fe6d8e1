"""Pictures of a topic in any order; what is missing in the bag or in the list never shifts the others."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import zstandard

from pipeline.drives.picture import BadPictureError
from pipeline.files.recording_files import Files
from pipeline.ros.bag import Bag
from pipeline.ros.bag_files import find_bags
from pipeline.ros.stream import PictureStream
from pipeline.ros.unpacked import Unpacked
from tests.pipeline.ingest.recorded import plain_pictures
from tests.pipeline.ingest.rosbag_source import CAMERA, START, BagWriter

COUNT, STEP = 40, 50_000_000
PICTURES = plain_pictures(COUNT)


def stream_of(folder: Path, times: list[int], record: list[int]) -> PictureStream:
    """Write pictures recorded at some times, and give the stream of those that are listed."""
    with BagWriter(folder) as bag:
        for time, picture in zip(times, PICTURES, strict=True):
            fields = {"format": "jpeg", "data": np.frombuffer(picture, np.uint8)}
            bag.add(CAMERA, "sensor_msgs/msg/CompressedImage", START + time, START, **fields)
    (files,) = find_bags(Files(folder))
    with Bag(files, Unpacked()) as bag_read:
        topic = bag_read.topics[CAMERA]
    return PictureStream(files, Unpacked(), topic, np.array(record, np.int64) + START)


def test_in_any_order(tmp_path: Path) -> None:
    times = [STEP * index for index in range(COUNT)]
    stream = stream_of(tmp_path / "ride", times, times)
    order = [*range(COUNT), COUNT - 1, 0, 20, 21, 5, 5, 39, 38]
    assert [stream.load(index) for index in order] == [PICTURES[index] for index in order]


def test_messages_that_are_not_listed_are_passed_over(tmp_path: Path) -> None:
    """Those that could not be read on the first way through the bag."""
    times = [STEP * index for index in range(COUNT)]
    listed = [index for index in range(COUNT) if index % 3]
    stream = stream_of(tmp_path / "ride", times, [times[index] for index in listed])
    assert [stream.load(at) for at in range(len(listed))] == [PICTURES[index] for index in listed]


def test_listed_ones_that_are_gone_cost_only_themselves(tmp_path: Path) -> None:
    times = [STEP * index for index in range(COUNT)]
    extra = sorted([*times, STEP * 7 + 1, STEP * 20 + 1, STEP * 20 + 2, STEP * COUNT])
    stream = stream_of(tmp_path / "ride", times, extra)
    for at, time in enumerate(extra):
        if time in times:
            assert stream.load(at) == PICTURES[times.index(time)]
        else:
            with pytest.raises(BadPictureError):
                stream.load(at)


def test_pictures_of_one_moment_keep_their_order(tmp_path: Path) -> None:
    times = [STEP * (index // 4) for index in range(COUNT)]
    stream = stream_of(tmp_path / "ride", times, times)
    order = [*range(COUNT), 3, 17, 2]
    assert [stream.load(index) for index in order] == [PICTURES[index] for index in order]


def test_a_copy_in_another_process_reads_what_was_unpacked_and_leaves_it(tmp_path: Path) -> None:
    packed = tmp_path / "ride.mcap.zstd"
    packed.write_bytes(zstandard.compress(b"messages"))
    unpacked = Unpacked()
    plain = unpacked.find(packed)
    copied = pickle.loads(pickle.dumps(unpacked))
    packed.unlink()
    assert copied.find(packed) == plain
    del copied
    assert plain.read_bytes() == b"messages"
    del unpacked
    assert not plain.exists()
