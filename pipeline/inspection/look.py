"""Looking through a drive: stretches of its pictures, small and grey, and the numbers that remain of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq
import simplejpeg
from numpy.typing import NDArray

from pipeline.drives.drive import Drive
from pipeline.drives.format import BATCH, FRAMES
from simulator.camera import Camera
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from pipeline.inspection.check import Check

FloatArray = NDArray[np.float64]
LENGTH = 64
"""Pictures in a stretch: consecutive, so that what changes from one to the next can be seen."""
NARROWEST = 160
"""JPEG is decoded at 1/2, 1/4 or 1/8 of its size, which is cheaper, as long as it stays so wide [px]."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive pictures of a drive.

    grey: (K, height, width) uint8, reduced. before: the picture before the first, None if it was not looked at.
    frames: (K,) their numbers in the drive. timestamp [s], speed [m/s]: (K,). camera: of the drive at its full size.
    image_size: (height, width) at full size.
    """

    grey: NDArray[np.uint8]
    before: NDArray[np.uint8] | None
    frames: NDArray[np.int64]
    timestamp: FloatArray
    speed: FloatArray
    camera: Camera | None
    image_size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.grey)

    def neighbours(self) -> NDArray[np.uint8]:
        """Give the pictures with the one before them in front, (K + 1, height, width); the first twice if unknown."""
        first = self.grey[0] if self.before is None else self.before
        return np.concatenate([first[None], self.grey])


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a drive after it was looked through.

    name, recording, source, folder, checksum: the drive's. camera_name: which of the recording's cameras, "" if there
    is one. start: when it begins on the recording's clock [s]. period: nominal [s]. timestamp [s], speed [m/s],
    curvature, executed [1/m], left positive: (frames,), of all frames. frames: (K,) those whose pictures were looked
    at, rising. measured: check → (K, ...) what it measured of these. parts: (split, first, behind the last frame) if
    splits are known.
    """

    name: str
    recording: str
    source: str
    folder: Path
    checksum: str
    camera_name: str
    start: float
    period: float
    single_shots: bool
    timestamp: FloatArray
    speed: FloatArray
    curvature: FloatArray
    executed: FloatArray
    frames: NDArray[np.int64]
    measured: Mapping[str, NDArray[Any]]
    parts: tuple[tuple[str, int, int], ...] = field(default=())

    def __len__(self) -> int:
        return len(self.timestamp)

    @property
    def whole(self) -> bool:
        """Whether every picture was looked at."""
        return len(self.frames) == len(self)


def choose_stretches(frames: int, wanted: int) -> list[tuple[int, int]]:
    """Give [first, behind the last) of stretches spread evenly over a drive that hold about `wanted` pictures.

    All of them, one after the other, if that many are wanted.
    """
    if wanted >= frames:
        return [(first, min(first + LENGTH, frames)) for first in range(0, frames, LENGTH)]
    amount = max(1, wanted // LENGTH)
    length = min(LENGTH, wanted)
    starts = np.linspace(0, frames - length, amount).round().astype(int) if amount > 1 else [(frames - length) // 2]
    return [(int(first), int(first) + length) for first in starts]


def look_through(
    folder: Path, checks: Mapping[str, "Check"], wanted: int, report: Callable[[int], None] = lambda pictures: None
) -> Look:
    """Open a drive, verify it, and let the checks measure its pictures.

    Args:
        folder: of the drive.
        checks: by name.
        wanted: how many pictures to look at, at least 1.
        report: is told the numbers of pictures looked at.

    Raises:
        LiquidlaneError: if the drive or a picture is damaged.
    """
    drive = Drive.open(folder)
    stretches = choose_stretches(len(drive), max(1, wanted))
    rows: dict[str, list[NDArray[Any]]] = {}
    for stretch in _read_stretches(drive, stretches):
        for name, check in checks.items():
            measured = check.measure(stretch)
            if measured is not None:
                rows.setdefault(name, []).append(measured)
        report(len(stretch))
    facts = drive.facts
    return Look(
        name=drive.name,
        recording=drive.recording,
        source=drive.source,
        folder=Path(folder),
        checksum=drive.checksum,
        camera_name=str(facts.get("camera", "")),
        start=_number(facts.get("start")),
        period=drive.period,
        single_shots=bool(facts.get("single_shots")),
        timestamp=drive.timestamp,
        speed=drive.speed,
        curvature=drive.curvature,
        executed=drive.executed,
        frames=np.concatenate([np.arange(first, behind) for first, behind in stretches]),
        measured={name: np.concatenate(pieces) for name, pieces in rows.items()},
    )


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _read_stretches(drive: Drive, stretches: Sequence[tuple[int, int]]) -> Iterator[Stretch]:
    """Read and decode stretches, opening the file once."""
    last: tuple[int, NDArray[np.uint8] | None] = (-1, None)
    with pq.ParquetFile(drive.folder / FRAMES, memory_map=True) as file:
        for first, behind in stretches:
            groups = list(range(first // BATCH, (behind - 1) // BATCH + 1))
            table = file.read_row_groups(groups, columns=["jpeg"], use_threads=False)
            jpegs = table["jpeg"].slice(first - groups[0] * BATCH, behind - first).to_pylist()
            grey = np.stack([_decode(drive, first + place, jpeg) for place, jpeg in enumerate(jpegs)])
            chosen = slice(first, behind)
            before = last[1] if last[0] == first else None
            times, speeds = drive.timestamp[chosen], drive.speed[chosen]
            frames = np.arange(first, behind)
            yield Stretch(grey, before, frames, times, speeds, drive.camera, drive.image_size)
            last = (behind, grey[-1])


def _decode(drive: Drive, index: int, jpeg: bytes) -> NDArray[np.uint8]:
    """Give a picture small and grey."""
    height, width = drive.image_size
    factor = next(factor for factor in (8, 4, 2, 1) if width >= factor * NARROWEST or factor == 1)
    try:
        grey = simplejpeg.decode_jpeg(
            jpeg,
            "GRAY",
            fastdct=True,
            min_height=-(-height // factor),
            min_width=-(-width // factor),
            min_factor=1,
        )
    except ValueError as error:
        raise LiquidlaneError(
            f"frame {index} of {drive.folder} can't be decoded ({error}); ingest or collect the drive again"
        ) from None
    return np.asarray(grey[..., 0], np.uint8)


def count_wanted(lengths: Sequence[int], pictures: int | None) -> list[int]:
    """Share out how many pictures to look at of drives of these lengths: in proportion, at least a stretch each.

    Args:
        lengths: frames of each drive.
        pictures: in all, about; None is all.
    """
    total = sum(lengths)
    if pictures is None or total <= pictures:
        return list(lengths)
    return [min(length, max(LENGTH, round(pictures * length / total))) for length in lengths]
