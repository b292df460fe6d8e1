"""Which frames of a recording may be trusted: times that rise, pictures that decode, all of one size."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.drives.picture import BadPictureError, claimed_size, verify_picture
from pipeline.ingestion.reader import Flaw, Shot, Track
from pipeline.signals.clock import longest_rising, split_at_restarts

SAMPLE = 64
ENOUGH = 16
BETWEEN_RUNS = 10.0  # [s] laid between two runs on the recording's clock


@dataclass(frozen=True, slots=True)
class Stretch:
    """Shots of a track in a row: their indices, and what their clock is ahead of the recording's [s]."""

    indices: NDArray[np.intp]
    ahead: float


def judge_times(shots: Sequence[Shot], gap: float, longest: float) -> tuple[list[Stretch], list[Flaw]]:
    """Put a track's shots in stretches without a gap, by their times alone.

    Where the clock starts again (another run in the same log), a run ends; within a run the longest series whose times
    rise is kept, so that one wrong clock does not cost all that follows.

    Args:
        shots: in the order of the recording.
        gap: a pause longer than this [s] starts a new stretch.
        longest: a stretch longer than this [s] is cut into equal parts.

    Returns:
        The stretches, and why each of the other shots is not good.
    """
    flaws: list[Flaw] = []
    rows = [(shot.timestamp, shot.speed, shot.curvature) for shot in shots]
    values = np.array(rows, float).reshape(len(rows), 3)
    finite = np.isfinite(values).all(axis=1)
    for index in np.flatnonzero(~finite):
        which = int(np.flatnonzero(~np.isfinite(values[index]))[0])
        name = ("time", "speed", "curvature")[which]
        flaws.append(_flaw(shots[int(index)], "value not finite", f"{name} is {values[index, which]}"))
    good = np.flatnonzero(finite)
    times = values[good, 0]
    stretches: list[Stretch] = []
    end: float | None = None
    for run in split_at_restarts(times):
        kept = longest_rising(times[run])
        _explain_disorder(shots, good[run], times[run], kept, flaws)
        rising = times[run][kept]
        ahead = 0.0 if end is None else float(rising[0]) - end - BETWEEN_RUNS
        end = float(rising[-1]) - ahead
        stretches += [Stretch(part, ahead) for part in _cut(good[run][kept], rising, gap, longest)]
    return stretches, flaws


def _explain_disorder(
    shots: Sequence[Shot],
    indices: NDArray[np.intp],
    times: NDArray[np.float64],
    kept: NDArray[np.intp],
    flaws: list[Flaw],
) -> None:
    known = set(times[kept].tolist())
    dropped = np.ones(len(times), bool)
    dropped[kept] = False
    for place in np.flatnonzero(dropped):
        reason = "time repeated" if float(times[place]) in known else "time out of order"
        flaws.append(_flaw(shots[int(indices[place])], reason, f"{times[place]} s"))


def _cut(indices: NDArray[np.intp], times: NDArray[np.float64], gap: float, longest: float) -> list[NDArray[np.intp]]:
    """Cut at gaps, then what is too long into equal parts."""
    parts: list[NDArray[np.intp]] = []
    edges = [0, *(np.flatnonzero(np.diff(times) > gap) + 1).tolist(), len(times)]
    for first, last in itertools.pairwise(edges):
        lasts = times[last - 1] - times[first]
        count = max(1, int(np.ceil(lasts / longest)))
        inner = times[first] + lasts * np.arange(1, count) / count
        cuts = first + np.searchsorted(times[first:last], inner)
        parts += [part for part in np.split(indices[first:last], cuts - first) if len(part)]
    return parts


def _flaw(shot: Shot, reason: str, detail: str) -> Flaw:
    return Flaw(shot.place, shot.picture, reason, detail)


def usual_size(track: Track) -> tuple[int, int] | None:
    """Give the (height, width) [px] that most of some pictures spread over a track have; None if none can be read.

    Models look at one size, so a picture of another is set aside.
    """
    if track.size is not None or not track.shots:
        return track.size
    count = len(track.shots)
    spread = np.unique(np.linspace(0, count - 1, SAMPLE).astype(int))
    sizes = [] if track.in_order else _sizes(track, spread.tolist(), SAMPLE)
    if len(sizes) < min(ENOUGH, len(spread)):
        sizes += _sizes(track, range(count), ENOUGH)
    return Counter(sizes).most_common(1)[0][0] if sizes else None


def _sizes(track: Track, indices: Sequence[int], enough: int) -> list[tuple[int, int]]:
    sizes: list[tuple[int, int]] = []
    for index in indices:
        try:
            sizes.append(claimed_size(track.shots[index].load()))
        except (BadPictureError, OSError):
            continue
        if len(sizes) == enough:
            break
    return sizes


def judge_picture(shot: Shot, size: tuple[int, int] | None) -> bytes | Flaw:
    """Give a shot's picture as JPEG, or why it can't be used."""
    try:
        try:
            jpeg, (height, width) = verify_picture(shot.load())
        except FileNotFoundError:
            raise BadPictureError("picture missing", "there is no such file") from None
        except OSError as error:
            raise BadPictureError("picture unreadable", str(error)) from None
    except BadPictureError as error:
        return _flaw(shot, error.reason, str(error))
    if size is not None and (height, width) != size:
        detail = f"{width} x {height} px, the others {size[1]} x {size[0]}"
        return _flaw(shot, "picture of another size", detail)
    return jpeg
