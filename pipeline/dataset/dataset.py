"""Clips for a model to learn from, drawn from drives by (seed, epoch, index)."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.augmentation.augment import AugmentConfig, Augmenter
from pipeline.dataset.cache import CachedFrames, cache_frames
from pipeline.dataset.clip import AUXILIARY, Clip
from pipeline.dataset.split import DatasetConfig, Segment, Split, clip_starts, split_drives, whole
from pipeline.dataset.targets import auxiliary_targets
from pipeline.dataset.training_label import training_label
from pipeline.driver.view import camera_of, window_of
from pipeline.drives.drive import Drive
from simulator.camera import Camera
from simulator.errors import LiquidlaneError
from simulator.randomness import make_generator

__all__ = ["ClipBatch", "ClipDataset", "DatasetConfig", "Segment", "Split", "collate", "split_drives"]

BALANCE_EDGES = (0.002, 0.005, 0.01, 0.02, 0.04)  # [1/m], between straight, gentle and tight


class ClipBatch(NamedTuple):
    """B clips of T steps as tensors; left is positive.

    images: (B, T, 3, H, W) uint8, channels last in memory. speed [m/s], dt [s], curvature [1/m], weight: (B, T)
    float32. auxiliary: name → (B, T) float32, NaN where unknown.
    """

    images: torch.Tensor
    speed: torch.Tensor
    dt: torch.Tensor
    curvature: torch.Tensor
    auxiliary: dict[str, torch.Tensor]
    weight: torch.Tensor


class _Series(NamedTuple):
    """What is known of each frame of one drive, ready to be sliced into clips."""

    frames: CachedFrames
    speed: NDArray[np.float32]
    dt: NDArray[np.float32]
    curvature: NDArray[np.float32]
    auxiliary: dict[str, NDArray[np.float32]]
    period: float
    drive: Drive
    camera: Camera | None


def _refuse_sequences_of_single_shots(segments: Sequence[Segment], config: DatasetConfig) -> None:
    shots = [segment.drive for segment in segments if segment.drive.facts.get("single_shots")]
    if shots and config.length > 1:
        raise LiquidlaneError(
            f"{shots[0].name} holds single shots without an order, so there is no sequence to learn from; leave it "
            "out, or train a feed-forward model (cnn, pilotnet) with dataset.length=1"
        )


class ClipDataset(torch.utils.data.Dataset[Clip]):
    """Clips of some drives. Item `index` depends on (seed, epoch, index) and on nothing else.

    Args:
        drives: whole drives, or segments of them from `split_drives`.
        config: how to cut.
        input_size: (height, width) of the model [px].
        cache: folder for decoded frames; filled on the way.
        augment: how to vary clips; None gives them as they are and always at the same places (for validation).
        seed: of all draws.
        report: is told the numbers of frames decoded, adding up to the frames of all drives.

    Raises:
        LiquidlaneError: if no clip fits into the drives, or their frames can't be used.
    """

    def __init__(
        self,
        drives: Sequence[Drive | Segment],
        config: DatasetConfig,
        input_size: tuple[int, int],
        *,
        cache: Path,
        augment: AugmentConfig | None = None,
        seed: int = 0,
        report: Callable[[int], None] | None = None,
    ) -> None:
        segments = [part if isinstance(part, Segment) else whole([part])[0] for part in drives]
        self.config, self.seed = config, seed
        self._augmenter = Augmenter(augment) if augment else None
        self._epoch = torch.zeros(1, dtype=torch.int64)
        self._epoch.share_memory_()  # type: ignore[no-untyped-call]  # workers that live on see it change
        self._clips: list[tuple[int, int, int]] = []
        _refuse_sequences_of_single_shots(segments, config)
        numbers: dict[Path, int] = {}
        used: list[Drive] = []
        for segment in segments:
            starts = clip_starts(segment, config)
            if starts and segment.drive.folder not in numbers:
                numbers[segment.drive.folder] = len(used)
                used.append(segment.drive)
            self._clips += [(numbers[segment.drive.folder], first, last) for first, last in starts]
        if not self._clips:
            raise LiquidlaneError(
                f"{sum(map(len, segments))} frames of {len(segments)} drives hold no clip of {config.length} frames "
                f"without a gap of {config.gap} s; lower dataset.length or add longer drives"
            )
        self._series = [self._read(drive, frames) for drive, frames in self._cache(used, input_size, cache, report)]
        self._clip_weight = self._balance()

    def _cache(
        self, drives: list[Drive], input_size: tuple[int, int], folder: Path, report: Callable[[int], None] | None
    ) -> list[tuple[Drive, CachedFrames]]:
        """Decode all drives; each process begins elsewhere, so that two at once share the work."""
        first = int(os.getpid() * 0.618 * len(drives)) % len(drives)
        config = self.config
        order = [*drives[first:], *drives[:first]]
        found = [
            cache_frames(
                drive,
                folder,
                input_size,
                margin=config.margin,
                crop=window_of(drive, input_size, config.bottom, config.view, config.cameras),
                report=report,
            )
            for drive in order
        ]
        split = len(drives) - first
        return list(zip(drives, [*found[split:], *found[:split]], strict=True))

    def _read(self, drive: Drive, frames: CachedFrames) -> _Series:
        config = self.config
        dt = np.diff(drive.timestamp, prepend=drive.timestamp[0] - drive.period)
        return _Series(
            frames,
            drive.speed.astype(np.float32),
            dt.astype(np.float32),
            training_label(drive, config).astype(np.float32),
            auxiliary_targets(drive, config.gap),
            drive.period,
            drive,
            camera_of(drive, config.cameras),
        )

    def _balance(self) -> NDArray[np.float32]:
        """Weigh each clip against how common its bend is, and by its source; the mean weight is 1."""
        if self.config.balance == 0 and not self.config.weights:
            return np.ones(len(self._clips), np.float32)
        weight = np.ones(len(self._clips))
        if self.config.balance > 0:
            length = self.config.length
            bends = [np.abs(self._series[n].curvature[first : first + length]).mean() for n, first, _ in self._clips]
            bins = np.digitize(bends, BALANCE_EDGES)
            weight = (1.0 / np.bincount(bins, minlength=len(BALANCE_EDGES) + 1)[bins]) ** self.config.balance
        if self.config.weights:
            sources = [self._series[number].drive.source for number, _, _ in self._clips]
            weight = weight * [self.config.weights.get(source, 1.0) for source in sources]
        return np.asarray(weight / weight.mean(), np.float32)

    def bends(self) -> NDArray[np.float64]:
        """Give the mean label of each clip, (clips,) [1/m], left positive."""
        length = self.config.length
        means = [self._series[n].curvature[first : first + length].mean() for n, first, _ in self._clips]
        return np.asarray(means, np.float64)

    def statements(self) -> list[str]:
        """Say what the config changes about the drives, and by how much; nothing with the defaults."""
        told = self.config.statements()
        if told and (self.config.smoothing > 0 or self.config.label_delay != 0):
            change = np.concatenate([series.curvature - series.drive.curvature for series in self._series])
            told.append(f"that changes labels by {np.sqrt((change**2).mean()):.4f} 1/m (root mean square)")
        return told

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next items belong to; workers that already run see it too."""
        self._epoch[0] = epoch

    @property
    def epoch(self) -> int:
        """The epoch that items belong to."""
        return int(self._epoch[0])

    def __len__(self) -> int:
        return len(self._clips)

    def __getitem__(self, index: int) -> Clip:
        number, first, last = self._clips[index]
        series = self._series[number]
        random = make_generator(self.seed, f"clip/{self.epoch}", index)
        start = first if self._augmenter is None else int(random.integers(first, last + 1))
        chosen = slice(start, start + self.config.length)
        dt = series.dt[chosen].copy()
        dt[0] = series.period
        frames = series.frames
        images = frames.images[chosen]
        auxiliary = {name: values[chosen] for name, values in series.auxiliary.items()}
        weight = np.full(len(dt), self._clip_weight[index], np.float32)
        if self._augmenter is None:
            images = images[:, frames.above : frames.above + frames.crop.height]
        clip = Clip(images.transpose(0, 3, 1, 2), series.speed[chosen], dt, series.curvature[chosen], auxiliary, weight)
        if self._augmenter is None:
            return clip
        return self._augmenter(clip, frames, series.camera, random)


def collate(clips: Sequence[Clip]) -> ClipBatch:
    """Join clips into a batch. The images stay channels last in memory, which convolutions on a CPU like best."""
    images = np.stack([clip.images.transpose(0, 2, 3, 1) for clip in clips])

    def join(name: str) -> torch.Tensor:
        return torch.from_numpy(np.stack([getattr(clip, name) for clip in clips]))

    auxiliary = {name: torch.from_numpy(np.stack([clip.auxiliary[name] for clip in clips])) for name in AUXILIARY}
    return ClipBatch(
        torch.from_numpy(images).permute(0, 1, 4, 2, 3),
        join("speed"),
        join("dt"),
        join("curvature"),
        auxiliary,
        join("weight"),
    )
