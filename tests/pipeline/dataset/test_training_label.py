"""Labels for training: untouched unless asked, smoothed without delay, taken from so much later as is asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.ndimage import gaussian_filter1d

from pipeline.augmentation.augment import AugmentConfig
from pipeline.dataset.dataset import ClipDataset, DatasetConfig
from pipeline.dataset.training_label import smooth, training_label
from pipeline.drives.drive import Drive, DriveWriter, Frame
from pipeline.drives.format import encode_jpeg
from pipeline.training.config import TrackingConfig, TrainConfig
from pipeline.training.job import TrainUnit, train_unit
from simulator.errors import LiquidlaneError
from tests.pipeline.drawn_drives import CAMERA, draw_road

SIZE = (12, 40)
JPEG = encode_jpeg(draw_road(0.0, 0.0))


def write(folder: Path, curvature: list[float], *, source: str = "test", gap_at: int = -1, speed: float = 8.0) -> Drive:
    with DriveWriter(folder, name=folder.name, recording=folder.name, source=source, camera=CAMERA, facts={}) as writer:
        for index, value in enumerate(curvature):
            time = 0.05 * index + (5.0 if 0 <= gap_at <= index else 0.0)
            writer.append(Frame(time, 0.0 if 20 <= index < 30 and speed < 0 else abs(speed), value, value, JPEG))
        return writer.finish()


def test_labels_are_untouched_by_default(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    drive = write(tmp_path / "d", random.normal(0, 0.02, 100).tolist(), gap_at=40)
    assert training_label(drive, DatasetConfig()) is drive.curvature
    clips = ClipDataset([drive], DatasetConfig(), SIZE, cache=tmp_path / "cache", augment=AugmentConfig())
    assert clips.statements() == []
    assert {float(clips[index].weight[0]) for index in range(len(clips))} == {1.0}


def test_smoothing_is_a_gaussian_on_an_even_clock() -> None:
    values = np.random.default_rng(1).normal(0, 0.02, 400)
    smoothed = smooth(0.05 * np.arange(400), values, 0.8)
    wanted = gaussian_filter1d(values, 0.2 / 0.05, truncate=3.0)
    np.testing.assert_allclose(smoothed[20:-20], wanted[20:-20], atol=2e-4)


@settings(deadline=None, max_examples=60)
@given(
    steps=st.lists(st.floats(0.02, 0.4), min_size=2, max_size=60),
    slope=st.floats(-0.1, 0.1),
    seconds=st.floats(0.05, 3.0),
)
def test_a_straight_line_stays_where_it_is(steps: list[float], slope: float, seconds: float) -> None:
    time = np.concatenate([[0.0], np.cumsum(steps)])
    np.testing.assert_allclose(smooth(time, np.full(len(time), 0.03), seconds), 0.03, atol=1e-12)
    even = 0.1 * np.arange(len(time))
    window = min(seconds, even[-1])
    np.testing.assert_allclose(smooth(even, slope * even, window), slope * even, atol=1e-9)
    wave = np.sin(time)
    np.testing.assert_allclose(smooth(time, -wave, seconds), -smooth(time, wave, seconds), atol=1e-12)
    back = smooth((time[-1] - time)[::-1], wave[::-1], seconds)[::-1]
    np.testing.assert_allclose(back, smooth(time, wave, seconds), atol=1e-9, err_msg="time has no direction here")


def test_steps_of_keys_become_what_they_mean(tmp_path: Path) -> None:
    """Pressing a key for a third of the time is a bend of a third of the curvature."""
    drive = write(tmp_path / "d", [0.06 if index % 6 < 2 else 0.0 for index in range(200)])
    label = training_label(drive, DatasetConfig(smoothing=1.2))
    np.testing.assert_allclose(label[30:-30], 0.02, atol=1e-3)
    assert drive.curvature[0] == 0.06, "the drive itself is not changed"


@pytest.mark.parametrize("frames", [-4, 3])
def test_labels_come_from_later_and_not_across_a_gap(tmp_path: Path, frames: int) -> None:
    curvature = (0.03 * np.sin(np.arange(120) / 9)).tolist()
    drive = write(tmp_path / "d", curvature, gap_at=60)
    label = training_label(drive, DatasetConfig(label_delay=frames * 0.05))
    for start, stop in ((0, 60), (60, 120)):
        inside = np.clip(np.arange(start, stop) + frames, start, stop - 1)
        np.testing.assert_allclose(label[start:stop], np.array(curvature)[inside], atol=1e-9)


def test_clips_hold_what_is_asked_and_say_so(tmp_path: Path) -> None:
    drive = write(tmp_path / "d", [0.06 if index % 6 < 2 else 0.0 for index in range(96)], speed=-8.0)
    config = DatasetConfig(length=8, stride=8, smoothing=0.6, label_delay=0.1, slowest=1.0)
    clips = ClipDataset([drive], config, SIZE, cache=tmp_path / "cache")
    assert all(clips[index].speed.min() == 8 for index in range(len(clips)))
    assert len(clips) == 2 + 8, "20 frames before the stop, 66 after it"
    wanted = training_label(drive, config).astype(np.float32)
    np.testing.assert_array_equal(clips[0].curvature, wanted[:8])
    told = clips.statements()
    assert told[:3] == [
        "labels are averaged over 0.6 s",
        "labels are taken from 0.1 s later",
        "frames of cars slower than 1 m/s are left out",
    ]
    change = np.sqrt(((wanted - drive.curvature) ** 2).mean())
    assert told[3] == f"that changes labels by {change:.4f} 1/m (root mean square)"


def test_sources_count_as_they_are_weighed(tmp_path: Path) -> None:
    drives = [write(tmp_path / name, [0.01] * 64, source=name) for name in ("udacity", "sully")]
    config = DatasetConfig(weights={"udacity": 3.0})
    clips = ClipDataset(drives, config, SIZE, cache=tmp_path / "cache")
    weights = [float(clips[index].weight[0]) for index in range(8)]
    assert weights == [1.5] * 4 + [0.5] * 4
    with pytest.raises(ValidationError, match="weights.udacity is 0"):
        DatasetConfig(weights={"udacity": 0.0})
    with pytest.raises(ValidationError, match="would both favour bends"):
        DatasetConfig(balance=0.5, balance_batches=True)
    unit = TrainUnit(
        label="m", model="ncp", overrides="{}", seed=0, config=TrainConfig(), dataset=config, split_seed=0,
        augment=AugmentConfig(), drives=(drives[1].folder,), inputs=(), cache=tmp_path / "cache",
        tracking=TrackingConfig(mode="off"),
    )  # fmt: skip
    with pytest.raises(LiquidlaneError, match="dataset.weights names udacity, but the drives come from sully"):
        train_unit(unit, tmp_path / "m")
    assert replace(unit, dataset=DatasetConfig()).recipe() != unit.recipe()
