"""The way that a recorded car took, from its speed and what it really steered."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.dataset.training_label import smooth
from pipeline.drives.drive import Drive
from simulator.errors import LiquidlaneError
from simulator.opendrive.geometry import Poses
from simulator.path import STEP, Path

SLOWEST = 0.5
"""A recorded car that is slower than this stands: its pictures show the same place again [m/s]."""
SHORTEST = 20.0
"""Ways shorter than this say nothing about lane keeping [m]."""
BLIND_STEP = 0.5
"""Seconds between two pictures beyond which too little is known of the way between them."""
SHARPEST_CHANGE = np.radians(3.0)
"""From one frame to the next the car's turn may change by so much: a third of what views are valid for."""
WINDOWS = (0.4, 0.6, 0.8, 1.0, 1.2)
"""Seconds over which steering is averaged if it changes faster than that: the shortest that suffices, or the longest.
More would lay the path farther from the pictures than they are valid for (docs/log.md)."""


class DrivenPath(NamedTuple):
    """path: the car's way on a plane, beginning at (0, 0) along x. frames: (K,) int64, the frames that show it.

    place: (K,) where on the path each was taken [m], rising. speed: (K,) [m/s]. smoothing: seconds over which what was
    steered had to be averaged, 0 if it was drivable as it was. aside, askew: (K,) where the car really was from the
    path when each picture was taken, to the left [m] and [rad]: zeros if nothing was averaged.
    """

    path: Path
    frames: NDArray[np.int64]
    place: NDArray[np.float64]
    speed: NDArray[np.float64]
    smoothing: float
    aside: NDArray[np.float64]
    askew: NDArray[np.float64]


def drive_path(drive: Drive, start: int, stop: int, width: float) -> DrivenPath:
    """Integrate what a drive executed over frames [start, stop).

    Between two frames speed and curvature go straight from one value to the next. What the recording says is taken as
    exact: an error of its steering bends the path, and a driver that follows the pictures then seems to leave it.

    Steering with keys at few frames a second can't be followed by anybody who steers once a frame: it is averaged over
    the shortest of `WINDOWS` with which the turn from frame to frame changes by no more than `SHARPEST_CHANGE`. The
    heading is kept on the whole, and the pictures stay where they were taken, a little beside the averaged path.

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
    driven_curvature = np.interp(s, place, executed[kept])
    curvature, smoothing = _make_drivable(
        s, driven_curvature, place, float(place[-1] / (time[kept[-1]] - time[kept[0]]))
    )
    turn = np.diff(s) * (curvature[1:] + curvature[:-1]) / 2
    heading = np.append(0.0, np.cumsum(turn))
    chord = np.diff(s) * np.sinc(turn / 2 / np.pi)  # of the arc that turns so much
    middle = heading[:-1] + turn / 2
    x, y = (np.append(0.0, np.cumsum(chord * along(middle))) for along in (np.cos, np.sin))
    path = Path(s, Poses(x, y, heading, curvature), np.full(len(s), width))
    aside, askew = (np.interp(place, s, each) for each in _find_difference(s, driven_curvature - curvature))
    return DrivenPath(path, start + kept, place, speed[kept], smoothing, aside, askew)


def _make_drivable(
    s: NDArray[np.float64], curvature: NDArray[np.float64], place: NDArray[np.float64], speed: float
) -> tuple[NDArray[np.float64], float]:
    """Average curvature (M,) along the way s [m] if it changes too sharply between the frames taken at `place` [m].

    The average runs over metres, which keeps the heading; a window of so many seconds is as long as the car goes in
    that time at its mean `speed` [m/s]. Gives it and the seconds of the window, 0 if nothing had to be done.
    """
    for window in (0.0, *WINDOWS):
        smoothed = curvature if window == 0 else smooth(s, curvature, window * speed)
        if np.max(np.abs(np.diff(np.interp(place, s, smoothed))) * np.diff(place), initial=0.0) <= SHARPEST_CHANGE:
            break
    return smoothed, window


def _find_difference(s: NDArray[np.float64], change: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Give how far to the left [m] and how far turned to the left [rad] the car really was from the averaged path.

    Averaging to both sides keeps the heading, so both stay small. They are taken about their mean: where exactly the
    averaged path begins is free.
    """
    askew = np.append(0.0, np.cumsum(np.diff(s) * (change[1:] + change[:-1]) / 2))
    askew -= askew.mean()
    aside = np.append(0.0, np.cumsum(np.diff(s) * np.sin((askew[1:] + askew[:-1]) / 2)))
    return aside - aside.mean(), askew


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
