"""What can be read from a drive besides its label: where the car was in the lane, and where the lane went."""

import itertools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.clip import AUXILIARY

if TYPE_CHECKING:
    from pipeline.drives.drive import Drive

AHEAD = {"curvature_10": 10.0, "curvature_20": 20.0}  # [m]


def find_stretches(timestamp: NDArray[np.float64], gap: float) -> list[tuple[int, int]]:
    """Give the [start, stop) ranges of frames between which no step is longer than `gap` [s]."""
    breaks = np.flatnonzero(np.diff(timestamp) > gap) + 1
    edges = [0, *breaks.tolist(), len(timestamp)]
    return list(itertools.pairwise(edges))


def auxiliary_targets(drive: "Drive", gap: float) -> dict[str, NDArray[np.float32]]:
    """Give the auxiliary targets of each frame of a drive, see `pipeline.dataset.clip.AUXILIARY`.

    The lane ahead is what the car itself met later, at the distance it had travelled by then.

    Args:
        drive: with or without lane.
        gap: seconds without a frame after which the distance travelled is unknown.

    Returns:
        name → (frames,), NaN where unknown (no lane was recorded, or the drive ends before).
    """
    frames = len(drive)
    targets = {name: np.full(frames, np.nan, np.float32) for name in AUXILIARY}
    if drive.lane_offset is None or drive.lane_heading is None or drive.lane_curvature is None:
        return targets
    targets["offset"][:] = drive.lane_offset
    targets["heading"][:] = drive.lane_heading
    targets["curvature"][:] = drive.lane_curvature
    for start, stop in find_stretches(drive.timestamp, gap):
        speed = np.maximum(drive.speed[start:stop], 0.0)
        steps = np.diff(drive.timestamp[start:stop]) * (speed[1:] + speed[:-1]) / 2
        distance = np.concatenate([[0.0], np.cumsum(steps)])
        for name, ahead in AHEAD.items():
            targets[name][start:stop] = np.interp(
                distance + ahead, distance, drive.lane_curvature[start:stop], right=np.nan
            )
    return targets
