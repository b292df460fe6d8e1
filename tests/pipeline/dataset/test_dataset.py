"""Clips depend on (seed, epoch, index) and on nothing else, and know the road ahead as it was driven later."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.augmentation.augment import AugmentConfig
from pipeline.dataset.clip import Clip
from pipeline.dataset.dataset import ClipBatch, ClipDataset, DatasetConfig, Segment, collate
from pipeline.driver.crop import crop_image
from pipeline.drives.drive import Drive, DriveWriter, Frame, LaneRecord, encode_jpeg
from simulator.camera import Camera, find_crop
from simulator.errors import LiquidlaneError

SIZE = (16, 40)
SPEED = 8.0  # [m/s]


def lane_curvature(distance: float) -> float:
    return 0.03 * float(np.sin(distance / 15))


def write(folder: Path, frames: int = 200, *, lane: bool = True, gap_at: int | None = None) -> Drive:
    """Write a drive at 20 Hz and constant speed; each picture's grey level tells its index."""
    camera = Camera.from_fov(80, 40, 1.2, pitch=0.05)
    with DriveWriter(folder, name=folder.name, recording=folder.name, source="test", camera=camera, facts={}) as writer:
        for index in range(frames):
            time = index * 0.05 + (10.0 if gap_at is not None and index >= gap_at else 0.0)
            along = index * 0.05 * SPEED
            here = lane_curvature(along)
            record = LaneRecord(0.01 * index, -0.001 * index, here, 3.5) if lane else None
            image = np.full((40, 80, 3), index % 256, np.uint8)
            writer.append(Frame(time, SPEED, here + 0.001, here, encode_jpeg(image), record))
        return writer.finish()


def grey(clip: Clip) -> list[int]:
    return [int(level) for level in clip.images.reshape(len(clip), -1).mean(axis=1).round()]


def same(one: Clip, other: Clip) -> bool:
    pairs = [(one.images, other.images), (one.curvature, other.curvature), (one.dt, other.dt)]
    return all(np.array_equal(a, b) for a, b in pairs)


def test_clips_are_the_frames_of_the_drive(tmp_path: Path) -> None:
    drive = write(tmp_path / "d")
    clips = ClipDataset([drive], DatasetConfig(), SIZE, cache=tmp_path / "cache")
    assert len(clips) == 12, "200 frames hold 12 whole clips of 16"
    for index in range(len(clips)):
        clip = clips[index]
        first = 16 * index
        assert grey(clip) == list(range(first, first + 16))
        seen = crop_image(drive.image(first + 3), find_crop(80, 40, SIZE[1], SIZE[0]))
        np.testing.assert_array_equal(clip.images[3].transpose(1, 2, 0), seen)
        np.testing.assert_allclose(clip.curvature, drive.curvature[first : first + 16], rtol=1e-6)
        np.testing.assert_allclose(clip.auxiliary["offset"], drive.lane_offset[first : first + 16], rtol=1e-6)
        np.testing.assert_allclose(clip.dt, 0.05, rtol=1e-4)
        assert (clip.weight == 1).all()


def test_the_road_ahead_is_what_the_car_met_later(tmp_path: Path) -> None:
    clips = ClipDataset([write(tmp_path / "d")], DatasetConfig(), SIZE, cache=tmp_path / "cache")
    for index in range(len(clips)):
        along = (np.arange(16) + 16 * index) * 0.05 * SPEED
        for name, ahead in (("curvature", 0), ("curvature_10", 10), ("curvature_20", 20)):
            truth = [lane_curvature(at + ahead) if at + ahead <= 199 * 0.05 * SPEED else np.nan for at in along]
            np.testing.assert_allclose(clips[index].auxiliary[name], truth, atol=2e-5)


def test_the_road_beyond_a_gap_is_unknown(tmp_path: Path) -> None:
    clips = ClipDataset([write(tmp_path / "d", gap_at=96)], DatasetConfig(), SIZE, cache=tmp_path / "cache")
    before = clips[5]
    assert grey(before)[-1] == 95
    assert np.isnan(before.auxiliary["curvature_10"]).all()
    assert np.isfinite(before.auxiliary["curvature"]).all()


def test_after_a_gap_the_first_step_is_the_nominal_period(tmp_path: Path) -> None:
    clips = ClipDataset([write(tmp_path / "d", gap_at=101)], DatasetConfig(), SIZE, cache=tmp_path / "cache")
    levels = [grey(clips[index]) for index in range(len(clips))]
    assert [101, 102] in [level[:2] for level in levels]
    assert not any({100, 101} <= set(level) for level in levels)
    for index in range(len(clips)):
        np.testing.assert_allclose(clips[index].dt, 0.05, rtol=1e-4)


def test_a_drive_without_lane_has_unknown_targets(tmp_path: Path) -> None:
    clip = ClipDataset([write(tmp_path / "d", lane=False)], DatasetConfig(), SIZE, cache=tmp_path / "cache")[0]
    assert all(np.isnan(values).all() for values in clip.auxiliary.values())


def make(tmp_path: Path, seed: int = 0, stride: int = 16) -> ClipDataset:
    drive = write(tmp_path / "d") if not (tmp_path / "d").exists() else Drive.open(tmp_path / "d")
    config = DatasetConfig(stride=stride)
    return ClipDataset([drive], config, SIZE, cache=tmp_path / "cache", augment=AugmentConfig(), seed=seed)


def test_items_depend_on_seed_epoch_and_index_only(tmp_path: Path) -> None:
    one, other = make(tmp_path), make(tmp_path)
    first = [one[index] for index in range(len(one))]
    np.random.seed(5)  # global state must not matter
    torch.manual_seed(5)
    assert all(same(other[index], first[index]) for index in reversed(range(len(other))))
    other.set_epoch(1)
    assert not any(same(other[index], first[index]) for index in range(len(other)))
    other.set_epoch(0)
    assert same(other[3], first[3])
    reseeded = make(tmp_path, seed=1)
    assert not any(same(reseeded[index], first[index]) for index in range(len(other)))
    assert not same(first[0].replace(images=first[1].images), first[0])


def test_epochs_visit_all_places(tmp_path: Path) -> None:
    clips = make(tmp_path, stride=4)
    starts = set()
    for epoch in range(40):
        clips.set_epoch(epoch)
        starts |= {round(float(clips[index].auxiliary["offset"][0]) * 100) for index in range(len(clips))}
    assert starts == set(range(185))


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_workers_give_the_same_clips_and_follow_the_epoch(tmp_path: Path, method: str) -> None:
    clips = make(tmp_path)
    loader = torch.utils.data.DataLoader(
        clips, 4, collate_fn=collate, num_workers=2, multiprocessing_context=method, persistent_workers=True
    )
    for epoch in range(2):
        clips.set_epoch(epoch)
        expected = collate([clips[index] for index in range(len(clips))])
        batches: list[ClipBatch] = list(loader)
        assert torch.equal(torch.cat([batch.images for batch in batches]), expected.images)
        assert torch.equal(torch.cat([batch.curvature for batch in batches]), expected.curvature)


def test_a_batch_has_the_promised_shapes(tmp_path: Path) -> None:
    clips = make(tmp_path)
    batch = collate([clips[0], clips[1], clips[2]])
    assert batch.images.shape == (3, 16, 3, *SIZE)
    assert batch.images.dtype == torch.uint8
    assert batch.images.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_array_equal(batch.images[1].numpy(), clips[1].images)
    for values in (batch.speed, batch.dt, batch.curvature, batch.weight, *batch.auxiliary.values()):
        assert values.shape == (3, 16)
        assert values.dtype == torch.float32
    assert list(batch.auxiliary) == ["offset", "heading", "curvature", "curvature_10", "curvature_20"]


def test_balance_weighs_rare_bends_more(tmp_path: Path) -> None:
    def weigh(balance: float) -> ClipDataset:
        drive = Drive.open(tmp_path / "d") if (tmp_path / "d").exists() else write(tmp_path / "d", 400)
        drive.curvature[:] = 0
        drive.curvature[-32:] = 0.05
        return ClipDataset([drive], DatasetConfig(balance=balance), SIZE, cache=tmp_path / "cache")

    flat, full = weigh(0.0), weigh(1.0)
    assert {float(flat[index].weight[0]) for index in range(len(flat))} == {1.0}
    weights = np.array([full[index].weight[0] for index in range(len(full))])
    assert weights.mean() == pytest.approx(1)
    assert weights[-1] == pytest.approx(weights[0] * (weights == weights[0]).sum() / (weights == weights[-1]).sum())
    assert weights[-1] > 5 * weights[0]


def test_segments_keep_to_themselves(tmp_path: Path) -> None:
    drive = write(tmp_path / "d")
    parts = [Segment(drive, 0, 40), Segment(drive, 150, 200)]
    clips = ClipDataset(parts, DatasetConfig(stride=5), SIZE, cache=tmp_path / "cache", augment=None)
    for index in range(len(clips)):
        levels = grey(clips[index])
        assert levels[-1] < 40 or levels[0] >= 150


def test_drives_too_short_for_a_clip_are_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(LiquidlaneError, match="15 frames of 1 drives hold no clip of 16 frames"):
        ClipDataset([write(tmp_path / "d", 15)], DatasetConfig(), SIZE, cache=tmp_path / "cache")
