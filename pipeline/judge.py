"""Which frames of a recording may be trusted: pictures that decode, all of one size, at times that rise."""

import bisect
import math
from collections import Counter
from collections.abc import Callable, Sequence

from pipeline.picture import BadPictureError, measure_picture
from pipeline.reader import Flaw, Shot


def judge_shots(
    shots: Sequence[Shot], gap: float, report: Callable[[int], None] | None = None
) -> tuple[list[list[Shot]], list[Flaw]]:
    """Sort the good frames of a track from the bad.

    Args:
        shots: in the order of the recording.
        gap: a pause longer than this [s] starts a new stretch.
        report: is told the numbers of frames judged.

    Returns:
        The stretches of good frames, and why each of the others is not good.
    """
    flaws: list[Flaw] = []
    sizes: list[tuple[Shot, tuple[int, int]]] = []
    for shot in shots:
        try:
            sizes.append((shot, _measure(shot)))
        except BadPictureError as error:
            flaws.append(Flaw(shot.place, shot.picture, error.reason, str(error)))
        if report:
            report(1)
    good = _of_the_usual_size(sizes, flaws)
    good = _at_rising_times(good, flaws)
    return _cut_at_gaps(good, gap), flaws


def _measure(shot: Shot) -> tuple[int, int]:
    """Give the size of a shot's picture, having looked at all there is to doubt."""
    numbers = {"time": shot.timestamp, "speed": shot.speed, "curvature": shot.curvature}
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise BadPictureError("value not finite", f"{name} is {value}")
    try:
        return measure_picture(shot.load())
    except FileNotFoundError:
        raise BadPictureError("picture missing", "there is no such file") from None
    except OSError as error:
        raise BadPictureError("picture unreadable", str(error)) from None


def _of_the_usual_size(sizes: Sequence[tuple[Shot, tuple[int, int]]], flaws: list[Flaw]) -> list[Shot]:
    """Keep the size that most pictures have: models look at one size."""
    if not sizes:
        return []
    usual, _ = Counter(size for _, size in sizes).most_common(1)[0]
    for shot, (height, width) in sizes:
        if (height, width) != usual:
            detail = f"{width} x {height} px, the others {usual[1]} x {usual[0]}"
            flaws.append(Flaw(shot.place, shot.picture, "picture of another size", detail))
    return [shot for shot, size in sizes if size == usual]


def _at_rising_times(shots: Sequence[Shot], flaws: list[Flaw]) -> list[Shot]:
    """Keep the longest series whose times rise, so that one wrong clock does not cost all that follows."""
    tails: list[float] = []  # the smallest time at which a series of each length ends
    ends: list[int] = []
    before: list[int | None] = []
    for number, shot in enumerate(shots):
        length = bisect.bisect_left(tails, shot.timestamp)
        before.append(ends[length - 1] if length else None)
        tails[length : length + 1] = [shot.timestamp]
        ends[length : length + 1] = [number]
    kept: set[int] = set()
    at = ends[-1] if ends else None
    while at is not None:
        kept.add(at)
        at = before[at]
    times = {shots[number].timestamp for number in kept}
    for number, shot in enumerate(shots):
        if number not in kept:
            reason = "time repeated" if shot.timestamp in times else "time out of order"
            flaws.append(Flaw(shot.place, shot.picture, reason, f"{shot.timestamp} s"))
    return [shot for number, shot in enumerate(shots) if number in kept]


def _cut_at_gaps(shots: Sequence[Shot], gap: float) -> list[list[Shot]]:
    stretches: list[list[Shot]] = []
    for shot in shots:
        if not stretches or shot.timestamp - stretches[-1][-1].timestamp > gap:
            stretches.append([])
        stretches[-1].append(shot)
    return stretches
