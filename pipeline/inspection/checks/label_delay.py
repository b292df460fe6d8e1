"""Labels that belong to an earlier or later picture: steering is compared with how the scene turns in the pictures."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.inspection.check import Check, Finding, group_recordings
from pipeline.inspection.image_motion import cut_strips, measure_shifts
from pipeline.inspection.look import Look, Stretch
from simulator.randomness import make_generator

FloatArray = NDArray[np.float64]

REACH = 1.0  # longest delay that is looked for [s]
FEWEST, SHORTEST = 60, 10.0  # pictures with motion, and seconds of it
BLOCK = 2.0  # [s], what is resampled
SAMPLES = 200
CLEAR = 0.25
"""A peak must reach this correlation."""
WIDEST = 0.25  # [s], interval of a delay that is still told
EARLIEST = -0.45
"""A car turns some 0.1 to 0.4 s after its wheel: labels may lead the picture by so much [s]."""
LATE_FRAMES, LATE = 0.75, 0.04
"""Labels that come later than the picture by more than so many frames, and so many seconds, are wrong."""
SLOWEST = 1.0  # [m/s]
SUBTLEST = 0.004  # standard deviation of the label's yaw rate that moves a picture visibly [rad/s]


class _Rows(NamedTuple):
    """What is known of each picture's motion, (N,) each.

    time: the middle between two pictures [s]. turned: how fast the scene moved to the right [widths/s]. clear: how sure
    that is, 0 to 1. block, look: what it belongs to.
    """

    time: FloatArray
    turned: FloatArray
    clear: FloatArray
    block: NDArray[np.int64]
    look: NDArray[np.int64]


class Delay(NamedTuple):
    """How labels and pictures belong together.

    seconds: labels come so much after the picture; negative before it. low, high: 90 % interval. correlation: there,
    negative if labels turn the other way than the pictures.
    """

    seconds: float
    low: float
    high: float
    correlation: float


class LabelDelay(Check):
    """Lag at which curvature x speed fits the sideways motion of the scene."""

    def measure(self, stretch: Stretch) -> NDArray[np.float32]:
        """Give shift to the right in widths, and how clear it is: (K, 2); NaN without a picture before."""
        shifts = measure_shifts(cut_strips(stretch.neighbours(), stretch.camera, stretch.image_size))
        if stretch.before is None:
            shifts[0] = np.nan
        return shifts

    def judge(self, looks: Sequence[Look]) -> list[Finding]:
        """Give each recording's delay, or say that it can't be told."""
        return [_judge(name, its) for name, its in group_recordings(looks) if not any(one.single_shots for one in its)]


def _judge(name: str, looks: list[Look]) -> Finding:
    found = find_delay(looks)
    if isinstance(found, str):
        return Finding(
            "label_delay",
            "note",
            name,
            None,
            "s",
            f"whether labels and pictures belong together can't be told: {found}",
            "",
        )
    period = looks[0].period
    sure = f"(90 % interval {found.low:+.2f} to {found.high:+.2f} s, correlation {found.correlation:.2f})"
    if found.correlation < 0:
        return Finding(
            "label_delay",
            "error",
            name,
            found.correlation,
            "",
            f"the labels steer the other way than the pictures turn {sure}",
            "the sign of the steering is wrong, or the pictures are mirrored: ingest it with the other sign",
        )
    late = found.seconds > max(LATE_FRAMES * period, LATE) and found.low > 0
    early = found.seconds < EARLIEST
    side = "after" if found.seconds > 0 else "before"
    said = f"labels come {abs(found.seconds):.2f} s {side} what the pictures show {sure}"
    if not (late or early):
        return Finding("label_delay", "note", name, found.seconds, "s", said, "")
    return Finding(
        "label_delay",
        "warning",
        name,
        found.seconds,
        "s",
        said + ("; no car turns before its wheel" if late else "; a car follows its wheel in 0.1 to 0.4 s"),
        f"set dataset.label_delay={found.seconds:.2f}, which takes each picture's label from that much later"
        if late
        else f"set dataset.label_delay={found.seconds + 0.2:.2f}, which leaves the 0.2 s that a car takes to turn",
    )


class Curve(NamedTuple):
    """How well labels agree with motion, by lag.

    lags: (L,) [s]. correlation: (L,) of labels and motion if labels came so much after the pictures. sums: (blocks, 6,
    L) that correlations of resampled blocks are made of. sway: standard deviation of the label's yaw rate [rad/s].
    seconds: of pictures with motion. needed: [s].
    """

    lags: FloatArray
    correlation: FloatArray
    sums: FloatArray
    sway: float
    seconds: float
    needed: float


def trace_delay(looks: Sequence[Look]) -> Curve:
    """Correlate the labels of one camera's recording with its pictures' motion; without lags if that is too little."""
    rows = _collect(looks)
    period = float(np.median([look.period for look in looks]))
    seconds, needed = len(rows.time) * period, max(SHORTEST, FEWEST * period)
    if seconds < needed:
        return Curve(np.zeros(0), np.zeros(0), np.zeros((0, 6, 0)), 0.0, seconds, needed)
    step = max(0.01, min(period / 4, 0.05))
    lags = np.arange(-round(REACH / step), round(REACH / step) + 1).astype(np.float64) * step
    sums, sway = _sum_products(looks, rows, lags)
    return Curve(lags, _correlate(sums.sum(0)), sums, sway, seconds, needed)


def find_delay(looks: Sequence[Look]) -> Delay | str:
    """Find how much later the labels are than the pictures of one camera's recording; a reason if it can't be told."""
    curve = trace_delay(looks)
    lags, correlation = curve.lags, curve.correlation
    if not len(lags):
        return f"{curve.seconds:.1f} s of pictures with motion were looked at, {curve.needed:.0f} s are needed"
    if curve.sway < SUBTLEST:
        return f"the road is too straight (yaw rate ±{curve.sway:.4f} rad/s)"
    best = int(np.abs(correlation).argmax())
    peak = float(correlation[best])
    if abs(peak) < CLEAR:
        return f"steering and motion hardly agree at any delay within {REACH:g} s (correlation {peak:.2f})"
    if best in (0, len(lags) - 1):
        return f"the best delay is at the limit of {REACH:g} s that is searched"
    blocks = len(curve.sums)
    counts = make_generator(0, "label delay").multinomial(blocks, np.full(blocks, 1 / blocks), SAMPLES)
    drawn = _correlate(np.einsum("sb,bkl->skl", counts.astype(float), curve.sums)) * np.sign(peak)
    step = lags[1] - lags[0]
    places = [lags[top] + step * _vertex(one, top) for one, top in zip(drawn, drawn.argmax(1), strict=True)]
    low, high = np.percentile(places, [5, 95])
    if high - low > WIDEST:
        return f"it lies anywhere between {low:+.2f} and {high:+.2f} s"
    return Delay(float(lags[best] + step * _vertex(np.abs(correlation), best)), float(low), float(high), peak)


def _collect(looks: Sequence[Look]) -> _Rows:
    """Join the usable rows of all drives."""
    parts: list[list[NDArray[np.float64]]] = []
    blocks = 0
    for number, look in enumerate(looks):
        shift, clear = look.measured["label_delay"].T.astype(float)
        frames = look.frames
        dt = look.timestamp[frames] - look.timestamp[np.maximum(frames - 1, 0)]
        usable = np.isfinite(shift) & (dt > 0) & (dt < 2.5 * look.period) & (np.abs(look.speed[frames]) >= SLOWEST)
        if not usable.any():
            continue
        time = look.timestamp[frames[usable]] - dt[usable] / 2
        numbered = np.unique(time // BLOCK, return_inverse=True)[1] + blocks
        blocks = int(numbered.max()) + 1
        rate = shift[usable] / dt[usable]
        parts.append([time, rate, clear[usable], numbered.astype(float), np.full(len(time), float(number))])
    if not parts:
        empty = np.zeros(0)
        return _Rows(empty, empty, empty, empty.astype(np.int64), empty.astype(np.int64))
    time, rate, clear, block, look_number = (np.concatenate(column) for column in zip(*parts, strict=True))
    limit = 3 * np.percentile(np.abs(rate), 90)
    return _Rows(time, np.clip(rate, -limit, limit), clear, block.astype(np.int64), look_number.astype(np.int64))


def _sum_products(looks: Sequence[Look], rows: _Rows, lags: FloatArray) -> tuple[FloatArray, float]:
    """Add up, within each block and for each lag, what correlation needs: (blocks, 6, lags); and the label's sway."""
    label = np.full((len(lags), len(rows.time)), np.nan)
    for number, look in enumerate(looks):
        its = rows.look == number
        yaw_rate = look.curvature * look.speed
        asked = rows.time[its][None] + lags[:, None]
        label[:, its] = np.interp(asked, look.timestamp, yaw_rate, left=np.nan, right=np.nan)
    known = np.isfinite(label)
    weight = np.where(known, rows.clear[None], 0.0)
    label = np.where(known, label, 0.0)
    turned = rows.turned[None]
    products = np.stack(
        [weight, weight * label, weight * turned, weight * label**2, weight * turned**2, weight * label * turned]
    )
    blocks = int(rows.block.max()) + 1
    sums = np.zeros((blocks, *products.shape[:2]))
    np.add.at(sums, rows.block, np.moveaxis(products, 2, 0))
    middle = label[len(lags) // 2]
    return sums, float(np.std(middle[known[len(lags) // 2]])) if known[len(lags) // 2].any() else 0.0


def _correlate(sums: FloatArray) -> FloatArray:
    """Give weighted correlations, (..., lags), of sums (..., 6, lags)."""
    weight, label, turned, label2, turned2, both = np.moveaxis(sums, -2, 0)
    weight = np.maximum(weight, 1e-12)
    covariance = both / weight - label * turned / weight**2
    spread = (label2 / weight - (label / weight) ** 2) * (turned2 / weight - (turned / weight) ** 2)
    return np.asarray(covariance / np.sqrt(np.maximum(spread, 1e-18)))


def _vertex(values: FloatArray, best: int) -> float:
    """Give where between the samples the top of a parabola lies, -0.5 to 0.5."""
    if best in (0, len(values) - 1):
        return 0.0
    left, top, right = values[best - 1 : best + 2]
    bend = left - 2 * top + right
    return float(np.clip((left - right) / (2 * bend), -0.5, 0.5)) if bend < 0 else 0.0
