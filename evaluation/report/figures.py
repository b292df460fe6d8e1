"""The closed-loop figures: results at a glance, offset along the road, the roads from above."""

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from evaluation.compare import Comparison, Row
from evaluation.episode import Episode
from evaluation.metric import make_metric
from evaluation.report.chart import Panel, nice_ticks, number
from evaluation.report.words import is_trained, write_interval, write_number

GLANCE = ("completed", "interventions_per_km", "mean_offset", "whiteness")
PLAN_SIZE = (300.0, 190.0)
BAND = 7.0
"""Half the lane's width in the plan view [px]."""

FloatArray = NDArray[np.float64]


def draw_glance(
    comparison: Comparison, models: Sequence[str], conditions: Sequence[str], styles: Mapping[str, str]
) -> list[tuple[str, Markup]]:
    """Draw a panel for each main metric: a dot and its interval for every driver and condition.

    Returns:
        Caption and chart of each panel.
    """
    figures = []
    for name in GLANCE:
        metric = make_metric(name)
        rows = [row for row in comparison.rows if row.metric == name and row.model in models and row.mean is not None]
        if rows:
            arrow = "→ better" if metric.better == "higher" else "← better"
            unit = f" [{metric.unit}]" if metric.unit else ""
            label = f"{metric.title} of every driver with 95 % intervals"
            panel = _draw_dots(rows, models, conditions, styles, top=100.0 if metric.unit == "%" else None)
            figures.append((f"{metric.title}{unit}  {arrow}", panel.svg(label)))
    return figures


def _draw_dots(
    rows: Sequence[Row],
    models: Sequence[str],
    conditions: Sequence[str],
    styles: Mapping[str, str],
    top: float | None,
) -> Panel:
    """Draw dots and whiskers. The scale is made for trained drivers; what lies beyond it becomes an arrow."""
    height, shown = 12.0 * len(conditions) + 8.0, list(models)
    shown_rows = [row for row in rows if is_trained(row.model)] or list(rows)
    reach = top or 1.12 * max(row.high if row.high is not None else (row.mean or 0) for row in shown_rows) or 1.0
    panel = Panel((270, height * len(shown) + 30), (0, reach), (0, 1), margins=(58, 14, 2, 20))
    panel.axes(x_ticks=nice_ticks(0, reach, 4), y_ticks=[])
    decimals = make_metric(rows[0].metric).decimals
    for place, model in enumerate(shown):
        base = panel.top + place * height
        panel.text(panel.left - 6, base + height / 2 + 4, model, "label end")
        for row in rows:
            if row.model != model or row.mean is None:
                continue
            y = base + 10 + 12 * conditions.index(row.condition)
            hollow = " hollow" if conditions.index(row.condition) else ""
            value = write_number(row.mean, decimals)
            title = f"{model}, {row.condition}: {value} {write_interval(row.low, row.high, decimals)} {row.unit}"
            if row.mean > reach:
                panel.text(panel.right - 2, y + 4, f"{value} →", f"tick end {styles[model]} ink")
                continue
            x = float(panel.x(np.array(row.mean)))
            if row.low is not None and row.high is not None:
                low, high = panel.x(np.array([row.low, min(row.high, reach)]))
                panel.line(float(low), y, float(high), y, f"whisker {styles[model]}")
            panel.dot(x, y, f"dot {styles[model]}{hollow}", title)
    return panel


def draw_offsets(
    episodes: Sequence[Episode], models: Sequence[str], conditions: Sequence[str], styles: Mapping[str, str]
) -> list[tuple[str, list[Markup | None]]]:
    """Draw the offset along the road: a row for each driver, a column for each condition, a line for each drive."""
    longest = max((episode.length for episode in episodes), default=1.0)
    table = []
    for model in models:
        charts: list[Markup | None] = []
        for condition in conditions:
            drives = [each for each in episodes if (each.model, each.condition) == (model, condition) and len(each)]
            charts.append(_draw_offset(drives, longest, styles[model]) if drives else None)
        table.append((model, charts))
    return table


def _draw_offset(drives: Sequence[Episode], longest: float, style: str) -> Markup:
    half = float(np.median(np.concatenate([drive.width for drive in drives]))) / 2
    reach = half * 1.25
    panel = Panel((460, 116), (0, longest), (-reach, reach), margins=(36, 6, 6, 30))
    panel.axes("distance [m]", "offset [m]", y_ticks=[-1, 0, 1])
    for side in (-half, half):
        edge = float(panel.y(np.array(side)))
        panel.line(panel.left, edge, panel.right, edge, "edge")
    for drive in drives:
        clipped = np.clip(drive.offset, -reach, reach)
        title = f"{drive.road}, seed {drive.seed}"
        panel.curve(drive.distance, clipped, f"thin {style}", title, drive.intervention)
    for drive in drives:
        for step in np.flatnonzero(drive.intervention):
            side = half * np.sign(drive.offset[step])
            panel.cross(
                float(panel.x(drive.distance[step])), float(panel.y(side)), f"intervention, {drive.road}", size=2.4
            )
    number_of = sum(int(drive.intervention.sum()) for drive in drives)
    return panel.svg(f"Offset along the road of {len(drives)} drives with {number_of} interventions")


def draw_plans(
    episodes: Sequence[Episode], models: Sequence[str], styles: Mapping[str, str], most: int = 12
) -> list[tuple[str, Markup]]:
    """Draw each road from above with the paths that were driven on it; sideways offsets are enlarged.

    Args:
        episodes: of one condition.
        models: whose paths are drawn, the first on top.
        styles: their colours.
        most: roads to draw.

    Returns:
        Caption and chart of each road.
    """
    plans = []
    for road in list(dict.fromkeys(each.road for each in episodes))[:most]:
        drives = [each for each in episodes if each.road == road and len(each)]
        if drives:
            plans.append(_draw_plan(road, drives, list(reversed(models)), styles))
    return plans


def _draw_plan(
    road: str, drives: Sequence[Episode], models: Sequence[str], styles: Mapping[str, str]
) -> tuple[str, Markup]:
    center = drives[0].center
    middle, axes = _main_axes(center)
    laid = (center - middle) @ axes
    low, high = laid.min(axis=0), laid.max(axis=0)
    room = np.array([PLAN_SIZE[0] - 6 * BAND, PLAN_SIZE[1] - 6 * BAND - 14])
    scale = float(np.min(room / np.maximum(high - low, 1.0)))
    corner = (np.array(PLAN_SIZE) - (high - low) * scale) / 2

    def place(points: FloatArray) -> FloatArray:
        """Give pixels: lengthwise across, y up."""
        pixels: FloatArray = ((points - middle) @ axes - low) * scale + corner
        pixels[:, 1] = PLAN_SIZE[1] - pixels[:, 1]
        return pixels

    half = float(np.median(drives[0].width)) / 2
    enlarged = BAND / (half * scale)
    panel = Panel(PLAN_SIZE, (0, 1), (0, 1), margins=(0, 0, 0, 0))
    lane = place(center)
    panel.pixel_curve(lane[:, 0], lane[:, 1], "lane")
    panel.pixel_curve(lane[:, 0], lane[:, 1], "lane-centre")
    for model in models:
        for drive in (each for each in drives if each.model == model):
            driven = place(enlarge(drive, enlarged))
            panel.pixel_curve(driven[:, 0], driven[:, 1], f"path {styles[model]}", drive.name, drive.intervention)
    for drive in drives:
        for step in np.flatnonzero(drive.intervention) if drive.model in models else ():
            x, y = place(enlarge(drive, enlarged)[step : step + 1])[0]
            panel.cross(float(x), float(y), f"intervention: {drive.name}, {drive.distance[step]:.0f} m")
    panel.dot(float(lane[0, 0]), float(lane[0, 1]), "start", "start", radius=3.5)
    bar = 100 * scale
    panel.line(8, PLAN_SIZE[1] - 8, 8 + bar, PLAN_SIZE[1] - 8, "scale")
    panel.text(12 + bar, PLAN_SIZE[1] - 4.5, "100 m", "tick")
    return f"{road} · offsets × {number(round(enlarged))}", panel.svg(f"{road} from above with the driven paths")


def enlarge(drive: Episode, factor: float) -> FloatArray:
    """Give the driven path (N, 2) with its offset from the lane centre enlarged."""
    heading = np.unwrap(np.arctan2(*np.diff(drive.center, axis=0).T[::-1]))
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(drive.center, axis=0).T))])
    middle = (along[1:] + along[:-1]) / 2
    direction = np.interp(drive.distance, middle, heading)
    foot = np.stack([np.interp(drive.distance, along, drive.center[:, axis]) for axis in (0, 1)], axis=1)
    sideways = np.stack([-np.sin(direction), np.cos(direction)], axis=1)
    moved: FloatArray = foot + factor * drive.offset[:, None] * sideways
    return moved


def _main_axes(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the middle of points (N, 2) and a rotation (2, 2) whose first column is their longest direction."""
    middle = points.mean(axis=0)
    longest = np.linalg.eigh(np.cov((points - middle).T))[1][:, 1]
    if (points[-1] - points[0]) @ longest < 0:
        longest = -longest
    return middle, np.stack([longest, [-longest[1], longest[0]]], axis=1)
