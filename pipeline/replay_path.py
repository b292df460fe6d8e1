"""The way that a recorded car took, from its speed and what it really steered."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.drive import Drive
from simulator.errors import LiquidlaneError
from simulator.opendrive.geometry import Poses
from simulator.path import STEP, Path

SLOWEST = 0.5
"""A recorded car that is slower than this stands: its pictures show the same place again [m/s]."""
SHORTEST = 20.0
"""Ways shorter than this say nothing about lane keeping [m]."""
BLIND_STEP = 0.5
"""Seconds between two pictures beyond which too little is known of the way between them."""


class DrivenPath(NamedTuple):
    """path: the car's way on a plane, beginning at (0, 0) along x. frames: (K,) int64, the frames that show it.

    place: (K,) where on the path each was taken [m], rising. speed: (K,) [m/s].
    """

    path: Path
    frames: NDArray[np.int64]
    place: NDArray[np.float64]
    speed: NDArray[np.float64]


def drive_path(drive: Drive, start: int, stop: int, width: float) -> DrivenPath:
    """Integrate what a drive executed over frames [start, stop).

    Between two frames speed and curvature go straight from one value to the next. What the recording says is taken as
    exact: an error of its steering bends the path, and a driver that follows the pictures then seems to leave it.

    Args:
        drive: what was recorded; where the executed curvature is unknown its label is taken.
        start: first frame.
        stop: behind the last frame.
        width: what counts as the path's width [m].

    Raises:
        LiquidlaneError: if the car hardly moved, or pictures are too far apart.
    """
    chosen = slice(start, stop)
    time, speed = drive.timestamp[chosen], np.maximum(drive.speed[chosen], 0.0)
    executed = np.where(np.isfinite(drive.executed[chosen]), drive.executed[chosen], drive.curvature[chosen])
    driven = np.append(0.0, np.cumsum(np.diff(time) * (speed[1:] + speed[:-1]) / 2))
    if driven[-1] < SHORTEST:
        raise LiquidlaneError(
            f"{drive.name}, frames {start} to {stop}: the car went {driven[-1]:.1f} m, too little to drive it again; "
            f"at least {SHORTEST:g} m are needed"
        )
    moving = np.flatnonzero(speed >= SLOWEST)
    kept = moving[np.append(True, np.diff(driven[moving]) > 1e-3)]
    _refuse_blind_steps(drive, start, time[kept], driven[kept])
    place = driven[kept] - driven[kept[0]]
    s = np.linspace(0.0, place[-1], max(2, int(np.ceil(place[-1] / STEP)) + 1))
    curvature = np.interp(s, place, executed[kept])
    turn = np.diff(s) * (curvature[1:] + curvature[:-1]) / 2
    heading = np.append(0.0, np.cumsum(turn))
    chord = np.diff(s) * np.sinc(turn / 2 / np.pi)  # of the arc that turns so much
    middle = heading[:-1] + turn / 2
    x, y = (np.append(0.0, np.cumsum(chord * along(middle))) for along in (np.cos, np.sin))
    path = Path(s, Poses(x, y, heading, curvature), np.full(len(s), width))
    return DrivenPath(path, start + kept, place, speed[kept])


def _refuse_blind_steps(drive: Drive, start: int, time: NDArray[np.float64], driven: NDArray[np.float64]) -> None:
    """Refuse a drive whose car went on for long while no picture was taken."""
    blind = np.flatnonzero((np.diff(time) > BLIND_STEP) & (np.diff(driven) > BLIND_STEP * SLOWEST))
    if len(blind):
        at = int(blind[0])
        raise LiquidlaneError(
            f"{drive.name}: {time[at + 1] - time[at]:.2f} s and {driven[at + 1] - driven[at]:.1f} m lie between two "
            f"pictures at {time[at]:.2f} s, beyond the {BLIND_STEP:g} s that can be bridged; "
            "ingest it with a smaller gap, so that it is cut there"
        )
