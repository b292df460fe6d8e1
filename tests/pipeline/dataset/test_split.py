"""What trains never validates: not the same road, not the same seconds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dataset.split import DatasetConfig, Segment, clip_starts, split_drives, whole
from pipeline.drives.drive import Drive
from simulator.errors import LiquidlaneError


def drive(recording: str, times: Any = None, **facts: Any) -> Drive:
    """Make a drive without files: splitting looks at names, facts and times only."""
    timestamp = np.arange(100) * 0.1 if times is None else np.asarray(times, float)
    zeros = np.zeros(len(timestamp))
    manifest = {
        "name": recording, "recording": recording, "source": "test", "camera": None, "facts": facts,
        "files": {"frames.parquet": {"sha256": "0"}}, "image_size": [10, 20], "frames": len(timestamp),
    }  # fmt: skip
    names = ["speed", "curvature", "executed", "lane_offset", "lane_heading", "lane_curvature", "lane_width"]
    return Drive(Path(recording), manifest, {"timestamp": timestamp, **dict.fromkeys(names, zeros)})


def names(segments: tuple[Segment, ...], fact: str | None = None) -> set[str]:
    return {str(part.drive.facts[fact]) if fact else part.drive.recording for part in segments}


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30),
    st.floats(0, 0.5),
    st.floats(0, 0.45),
    st.integers(0, 99),
)
def test_neither_recording_nor_road_is_ever_split(
    pairs: list[tuple[int, int]], validation: float, test: float, seed: int
) -> None:
    drives = [drive(f"r{recording}", road=f"generated:{road}") for recording, road in pairs]
    split = split_drives(drives, DatasetConfig(validation=validation, test=test, separation=0.5), seed)
    parts = [split.training, split.validation, split.test]
    if "blocks of time" in split.statement:
        return
    for fact in (None, "road"):
        sets = [names(part, fact) for part in parts]
        assert not (sets[0] & sets[1] or sets[0] & sets[2] or sets[1] & sets[2])
    assert sorted(id(part.drive) for some in parts for part in some) == sorted(map(id, drives)), "each drive once"
    assert all(len(part) == 100 for some in parts for part in some)
    assert split.training
    assert bool(split.validation) == (validation > 0 and not split.statement.endswith("of 1"))


def test_shares_are_kept_on_many_roads() -> None:
    drives = [drive(f"r{number}", road=f"generated:{number}") for number in range(1000)]
    split = split_drives(drives, DatasetConfig(validation=0.2, test=0.1), 3)
    assert len(split.validation) == pytest.approx(200, abs=40)
    assert len(split.test) == pytest.approx(100, abs=30)


def test_new_roads_do_not_move_old_ones() -> None:
    drives = [drive(f"r{number}", road=f"generated:{number}") for number in range(200)]
    config = DatasetConfig(validation=0.2)
    before, after = (split_drives(some, config, 0) for some in (drives[:60], drives))
    assert names(before.validation) <= names(after.validation)
    assert names(before.training) <= names(after.training)


def test_a_drive_may_say_where_it_belongs() -> None:
    drives = [drive(f"r{number}", split="training" if number else "validation") for number in range(5)]
    split = split_drives([*drives, drive("r9")], DatasetConfig(validation=0.9), 0)
    assert names(split.validation) == {"r0"}
    assert names(split.training) == {"r1", "r2", "r3", "r4", "r9"}, "others do not validate beside those that say so"


def test_one_recording_is_cut_in_time_with_seconds_dropped_between() -> None:
    """Two cameras and a pause: all on one clock."""
    first, second = np.arange(0, 60, 0.1), np.arange(0, 50, 0.1)
    drives = [drive("r", first, start=0.0), drive("r", second, start=70.0), drive("r", second, start=70.0)]
    split = split_drives(drives, DatasetConfig(validation=0.2, test=0.1, separation=5), 0)
    assert "one recording" in split.statement
    assert "5 s dropped" in split.statement

    def seconds(parts: tuple[Segment, ...]) -> np.ndarray:
        return np.concatenate(
            [part.drive.timestamp[part.start : part.stop] + part.drive.facts["start"] for part in parts]
        )

    training, validation, test = seconds(split.training), seconds(split.validation), seconds(split.test)
    assert validation.min() - training.max() >= 5
    assert test.min() - validation.max() >= 5
    useful = 119.9 - 10
    assert training.max() == pytest.approx(0.7 * useful, abs=0.2)
    assert np.ptp(validation) == pytest.approx(0.2 * useful, abs=0.2)
    assert test.max() == pytest.approx(119.9)
    assert len(split.validation) == 2, "both cameras of the same seconds"


def test_labels_that_nobody_drove_only_train() -> None:
    drives = [drive(f"r{number}") for number in range(40)]
    drives += [drive(f"r{number}", training_only=True) for number in range(40)]
    split = split_drives(drives, DatasetConfig(validation=0.3), 0)
    assert not any(part.drive.facts.get("training_only") for part in split.validation)
    assert sum(part.drive.facts.get("training_only", False) for part in split.training) == len(split.training) // 2


def test_what_can_not_be_split_is_said_in_words() -> None:
    with pytest.raises(LiquidlaneError, match="no drive to learn from"):
        split_drives([], DatasetConfig(), 0)
    with pytest.raises(LiquidlaneError, match="leave nothing to train on"):
        split_drives([drive("r")], DatasetConfig(validation=0.5, test=0.5), 0)
    with pytest.raises(LiquidlaneError, match=r"lasts 9\.9 s, too short"):
        split_drives([drive("r")], DatasetConfig(validation=0.2, separation=20), 0)
    with pytest.raises(LiquidlaneError, match="no drive is left to train on"):
        split_drives([drive("r", split="test")], DatasetConfig(), 0)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([0.05, 0.1, 0.4, 0.6, 3.0]), min_size=1, max_size=80),
    st.integers(1, 9),
    st.integers(1, 9),
    st.data(),
)
def test_no_clip_spans_a_gap_or_leaves_its_segment(
    steps: list[float], length: int, stride: int, data: st.DataObject
) -> None:
    whole_drive = drive("r", np.cumsum(steps))
    start = data.draw(st.integers(0, len(whole_drive) - 1))
    stop = data.draw(st.integers(start + 1, len(whole_drive)))
    config = DatasetConfig(length=length, stride=stride, gap=0.5)
    possible = {
        at for at in range(start, stop - length + 1) if (np.diff(whole_drive.timestamp[at : at + length]) <= 0.5).all()
    }
    covered = [
        at for first, last in clip_starts(Segment(whole_drive, start, stop), config) for at in range(first, last + 1)
    ]
    assert sorted(covered) == sorted(possible), "each place where a clip fits, once"


def test_whole_takes_all_frames() -> None:
    (segment,) = whole([drive("r")])
    assert (segment.start, segment.stop) == (0, 100)
