"""Drives come back as they were written, survive kill -9, and say in words when they can't be trusted."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.drives.drive import FORMAT_VERSION, Drive, DriveWriter, Frame, LaneRecord, repair
from pipeline.drives.stream import read_stream
from simulator.errors import LiquidlaneError
from tests.pipeline.written_drives import CAMERA, frame, picture, start, write

NUMBERS = st.floats(-1e3, 1e3)
lanes = st.none() | st.builds(LaneRecord, NUMBERS, NUMBERS, NUMBERS, NUMBERS)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(1e-3, 10), NUMBERS, NUMBERS, NUMBERS | st.just(float("nan")), lanes),
        max_size=50,
        min_size=1,
    )
)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple]) -> None:
    folder = tmp_path_factory.mktemp("drives") / "d"
    times = np.cumsum([row[0] for row in rows])
    with start(folder) as writer:
        for index, (_, speed, curvature, executed, lane) in enumerate(rows):
            writer.append(Frame(times[index], speed, curvature, executed, picture(index), lane))
    drive = Drive.open(folder)
    np.testing.assert_array_equal(drive.timestamp, times)
    np.testing.assert_array_equal(drive.speed, [row[1] for row in rows])
    np.testing.assert_array_equal(drive.curvature, [row[2] for row in rows])
    np.testing.assert_array_equal(drive.executed, [row[3] for row in rows])
    assert [drive.jpeg(index) for index in range(len(drive))] == [picture(index) for index in range(len(rows))]
    if all(row[4] is None for row in rows):
        assert drive.lane_offset is None
        assert drive.lane_width is None
    else:
        nan = LaneRecord(*[float("nan")] * 4)
        np.testing.assert_array_equal(drive.lane_heading, [(row[4] or nan).heading for row in rows])
        np.testing.assert_array_equal(drive.lane_width, [(row[4] or nan).width for row in rows])
    assert (drive.name, drive.recording, drive.source, drive.camera) == ("d", "r", "test", CAMERA)
    assert drive.facts == {"road": "generated:7", "weather": {"sun": 40.0}}
    assert drive.image_size == (32, 48)
    assert sorted(path.name for path in folder.iterdir()) == ["frames.parquet", "manifest.json"]


def test_the_picture_is_what_was_filmed(tmp_path: Path) -> None:
    drive = write(tmp_path / "d", 40)
    image = drive.image(37)
    assert image.shape == (32, 48, 3)
    assert abs(image[:, 37].mean(axis=0) - (200, 37, 90)).max() < 6, "red, green and blue in this order, 4:4:4"
    assert abs(image[:, 5].mean(axis=0) - 40).max() < 6


def test_facts_can_be_added_at_the_end(tmp_path: Path) -> None:
    with start(tmp_path / "d") as writer:
        writer.append(frame(0))
        drive = writer.finish({"ended": "finished"})
    assert drive.facts["ended"] == "finished"
    assert drive.facts["road"] == "generated:7"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"timestamp": 0.1}, "times must rise"),
        ({"timestamp": float("nan")}, "times must rise"),
        ({"curvature": float("nan")}, "curvature nan"),
        ({"speed": float("inf")}, "speed inf"),
        ({"jpeg": b"GIF89a"}, "not a JPEG"),
        ({"jpeg": picture(0, height=40)}, "48 x 40 px, not 48 x 32"),
    ],
)
def test_a_bad_frame_is_refused_and_the_drive_goes_on(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    with start(tmp_path / "d") as writer:
        for index in range(3):
            writer.append(frame(index))
        with pytest.raises(LiquidlaneError, match=words):
            writer.append(frame(3, **changes))
        writer.append(frame(4))
    assert len(Drive.open(tmp_path / "d")) == 4


def test_an_exception_leaves_no_drive(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), start(tmp_path / "d") as writer:
        for index in range(40):
            writer.append(frame(index))
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_drive_is_never_overwritten(tmp_path: Path) -> None:
    write(tmp_path / "d", 3)
    with pytest.raises(LiquidlaneError, match="already holds a drive"):
        start(tmp_path / "d")


def test_a_drive_without_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LiquidlaneError, match="no frame at all"), start(tmp_path / "d"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    drive = write(tmp_path / "d", 40)
    path = drive.folder / "frames.parquet"
    whole = path.read_bytes()
    for position in range(0, len(whole), len(whole) // 23):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(LiquidlaneError, match="does not match its checksum"):
            Drive.open(drive.folder)
    path.write_bytes(whole[:-1])
    with pytest.raises(LiquidlaneError, match="does not match"):
        Drive.open(drive.folder, verify=False)


def test_what_is_no_drive_is_said_in_words(tmp_path: Path) -> None:
    drive = write(tmp_path / "d", 3)
    manifest = drive.folder / "manifest.json"
    values = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**values, "format_version": FORMAT_VERSION + 1}))
    with pytest.raises(LiquidlaneError, match=f"has format version 2, this program reads {FORMAT_VERSION}"):
        Drive.open(drive.folder)
    manifest.write_text("{")
    with pytest.raises(LiquidlaneError, match="can't be read"):
        Drive.open(drive.folder)
    manifest.write_text(json.dumps({"format_version": FORMAT_VERSION}))
    with pytest.raises(LiquidlaneError, match="can't be read as a drive"):
        Drive.open(drive.folder)
    manifest.unlink()
    with pytest.raises(LiquidlaneError, match=r"has no manifest\.json, so it was never finished"):
        Drive.open(drive.folder)
    with pytest.raises(LiquidlaneError, match="never finished"):
        Drive.open(tmp_path / "nothing")


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give the bytes that recording 70 frames leaves when nobody finishes them."""
    folder = tmp_path_factory.mktemp("stream") / "d"
    writer = start(folder)
    for index in range(70):
        writer.append(frame(index))
    data = (folder / "frames.arrow").read_bytes()
    writer.discard()
    return data


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1))
def test_a_stream_cut_anywhere_gives_its_whole_batches(
    tmp_path_factory: pytest.TempPathFactory, stream: bytes, share: float
) -> None:
    folder = tmp_path_factory.mktemp("cut") / "d"
    folder.mkdir()
    (folder / "frames.arrow").write_bytes(stream[: round(share * len(stream))])
    try:
        drive = repair(folder)
    except LiquidlaneError:
        assert share < 0.35, "the first of four batches must have been cut"
        return
    assert len(drive) % 16 == 0
    assert len(drive) / 64 > share - 0.3
    assert drive.facts["repaired"] is True
    assert drive.jpeg(len(drive) - 1) == picture(len(drive) - 1)
    assert repair(folder).checksum == drive.checksum


def test_a_batch_is_out_of_our_hands_as_soon_as_it_is_whole(tmp_path: Path) -> None:
    """A tiny picture, so that nothing is written only because a buffer overflows."""
    writer = DriveWriter(tmp_path / "d", name="d", recording="r", source="test", camera=None, facts={})
    for index in range(35):
        writer.append(frame(index, jpeg=picture(index, 1, 1)))
        if index >= 15:
            _, batches = read_stream(tmp_path / "d" / "frames.arrow")
            assert 16 * len(batches) == (index + 1) // 16 * 16
    writer.discard()


def test_a_stream_of_another_version_is_said_in_words(tmp_path: Path, stream: bytes) -> None:
    assert stream.count(b'"format_version": 1') == 1
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "frames.arrow").write_bytes(stream.replace(b'"format_version": 1', b'"format_version": 8'))
    with pytest.raises(LiquidlaneError, match="has format version 8, this program reads 1"):
        repair(tmp_path / "d")
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["frames.arrow"], "its own program can still repair it"


KILLED = """
import sys
from pathlib import Path
from tests.pipeline.written_drives import frame, start
for number in range(1000):
    with start(Path(sys.argv[1]) / f"{number:03d}") as writer:
        for index in range(40):
            writer.append(frame(index))
            print(number, index, flush=True)
"""


@pytest.mark.parametrize("attempt", range(4))
def test_kill_minus_nine_loses_no_whole_batch(tmp_path: Path, attempt: int) -> None:
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for _ in range(95 + 7 * attempt):
        child.stdout.readline()
    time.sleep(0.001 * attempt)
    os.kill(child.pid, signal.SIGKILL)
    rest = child.stdout.read()
    child.wait()
    folders = sorted(tmp_path.iterdir())
    assert len(folders) >= 3, rest
    for folder in folders[:-1]:
        assert len(repair(folder)) == 40, "all but the last were finished"
    written = [line for line in rest.splitlines() if line.startswith(f"{int(folders[-1].name)} ")]
    if written:
        batches = (int(written[-1].split()[1]) + 1) // 16 * 16
        if batches:
            assert len(repair(folders[-1])) >= batches


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.pipeline.written_drives import frame, start
from simulator.errors import LiquidlaneError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit, full_from = int(sys.argv[2]), int(sys.argv[3])
try:
    with start(Path(sys.argv[1]) / "d") as writer:
        for index in range(200):
            if index == full_from:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            writer.append(frame(index))
        writer._flush()
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
except LiquidlaneError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("limit", "full_from"), [(0, 0), (100, 0), (30_000, 0), (30_000, 100), (30_000, 999), (0, 999)]
)
def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, limit: int, full_from: int) -> None:
    child = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path), str(limit), str(full_from)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "can't be written" in child.stdout, child.stderr
    assert "free some space" in child.stdout
    assert not (tmp_path / "d").exists()
