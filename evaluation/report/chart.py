"""Small inline SVG charts: a panel with axes, lines, marks and words. Colours come from the page's style sheet."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
MOST_POINTS = 360


class Panel:
    """One chart with an x and a y scale. Collects SVG elements; `svg` gives the whole.

    All sizes in px of the drawing; `left`, `right`, `top`, `bottom` are margins.
    """

    def __init__(
        self,
        size: tuple[float, float],
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        *,
        margins: tuple[float, float, float, float] = (44, 10, 8, 30),
        log_y: bool = False,
    ) -> None:
        """Lay out a chart.

        Args:
            size: width and height.
            x_range: values at the left and right edge.
            y_range: values at the lower and upper edge.
            margins: left, right, top, bottom.
            log_y: whether the y scale is logarithmic.
        """
        self.width, self.height = size
        self.left, right, self.top, bottom = margins
        self.right, self.bottom = self.width - right, self.height - bottom
        self._x_range, self._log = x_range, log_y
        self._y_range = (math.log10(y_range[0]), math.log10(y_range[1])) if log_y else y_range
        self._y_values = y_range
        self.parts: list[str] = []

    def x(self, values: FloatArray) -> FloatArray:
        """Give pixels across."""
        low, high = self._x_range
        return self.left + (np.asarray(values, float) - low) / (high - low) * (self.right - self.left)

    def y(self, values: FloatArray) -> FloatArray:
        """Give pixels down."""
        low, high = self._y_range
        scaled = np.log10(np.maximum(values, 1e-300)) if self._log else np.asarray(values, float)
        return self.bottom - (scaled - low) / (high - low) * (self.bottom - self.top)

    def axes(
        self,
        x_label: str = "",
        y_label: str = "",
        *,
        x_ticks: Sequence[float] | None = None,
        y_ticks: Sequence[float] | None = None,
    ) -> None:
        """Draw grid lines, tick labels and names of the axes."""
        for tick in nice_ticks(*self._x_range, 6) if x_ticks is None else x_ticks:
            across = float(self.x(np.array(tick)))
            self.line(across, self.top, across, self.bottom, "grid")
            self.text(across, self.bottom + 13, number(tick), "tick middle")
        if y_ticks is None:
            y_ticks = log_ticks(*self._y_values) if self._log else nice_ticks(*self._y_values, 4)
        for tick in y_ticks:
            down = float(self.y(np.array(tick)))
            self.line(self.left, down, self.right, down, "grid")
            self.text(self.left - 5, down + 3.5, number(tick), "tick end")
        if x_label:
            self.text((self.left + self.right) / 2, self.height - 3, x_label, "label middle")
        if y_label:
            turned = f"translate(10 {(self.top + self.bottom) / 2:.1f}) rotate(-90)"
            self.parts.append(f'<text class="label middle" transform="{turned}">{escape(y_label)}</text>')

    def curve(
        self, xs: FloatArray, ys: FloatArray, style: str, title: str = "", breaks: NDArray[np.bool_] | None = None
    ) -> None:
        """Draw a line through points in data units; it is interrupted after each point where `breaks` is True."""
        self.pixel_curve(self.x(xs), self.y(ys), style, title, breaks)

    def pixel_curve(
        self, xs: FloatArray, ys: FloatArray, style: str, title: str = "", breaks: NDArray[np.bool_] | None = None
    ) -> None:
        """Draw a line through points in pixels; see `curve`."""
        ends = [] if breaks is None else (np.flatnonzero(breaks) + 1).tolist()
        drawn = []
        share = MOST_POINTS / max(len(xs), 1)
        for start, end in zip([0, *ends], [*ends, len(xs)], strict=True):
            keep = thin(ys[start:end], max(2, int(share * (end - start)))) + start
            if len(keep) > 1:
                drawn.append("M" + "L".join(f"{xs[i]:.1f} {ys[i]:.1f}" for i in keep))
        if drawn:
            name = f"<title>{escape(title)}</title>" if title else ""
            self.parts.append(f'<path class="{style}" d="{"".join(drawn)}">{name}</path>')

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """Draw a straight line in pixels."""
        self.parts.append(f'<path class="{style}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>')

    def dot(self, x: float, y: float, style: str, title: str = "", radius: float = 4) -> None:
        """Draw a dot in pixels."""
        self.parts.append(
            f'<circle class="{style}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"><title>{escape(title)}</title></circle>'
        )

    def cross(self, x: float, y: float, title: str = "", size: float = 3.2) -> None:
        """Mark an intervention, in pixels."""
        self.parts.append(
            f'<path class="cross" d="M{x - size:.1f} {y - size:.1f}l{2 * size} {2 * size}m0 {-2 * size}'
            f'l{-2 * size} {2 * size}"><title>{escape(title)}</title></path>'
        )

    def text(self, x: float, y: float, words: str, style: str = "") -> None:
        """Write words, in pixels."""
        self.parts.append(f'<text class="{style}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>')

    def svg(self, label: str) -> Markup:
        """Give the whole chart; `label` says what it shows to those who can't see it."""
        return Markup(
            f'<svg viewBox="0 0 {self.width:g} {self.height:g}" role="img" aria-label="{escape(label)}">'
            f"{''.join(self.parts)}</svg>"
        )


def thin(values: FloatArray, most: int) -> NDArray[np.int64]:
    """Give the places of at most about `most` points, both ends and the extremes of each stretch among them."""
    amount = len(values)
    if amount <= most or most < 4:
        return np.arange(amount)
    edges = np.linspace(0, amount, most // 2 + 1).astype(int)
    kept = {0, amount - 1}
    for start, end in pairwise(edges.tolist()):
        if end > start:
            stretch = values[start:end]
            kept |= {start + int(np.argmin(stretch)), start + int(np.argmax(stretch))}
    return np.array(sorted(kept))


def nice_ticks(low: float, high: float, wanted: int) -> list[float]:
    """Give round numbers within a range, about as many as wanted."""
    span = high - low
    if not span > 0:
        return [low]
    raw = span / max(wanted, 1)
    magnitude = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(step * place, 12) for place in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Give 1, 2 and 5 times powers of ten within a range; only the powers if there are many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if len(powers) <= 4 else (1,)
    return [tick for power in powers for factor in factors if low <= (tick := factor * 10.0**power) <= high]


def number(value: float) -> str:
    """Write a tick's number."""
    return f"{value:g}".replace("-", "−")
