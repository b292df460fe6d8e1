"""The page that `liquidlane inspect --plots` draws of a drive: pictures, signals, what was found and what to do."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.steering_arc import arc_on_road, assume_camera
from pipeline.drives.drive import Drive
from pipeline.inspection.check import Finding, group_recordings
from pipeline.inspection.checks.label_delay import trace_delay
from pipeline.inspection.look import Look

COLOURS = {"error": "#d62839", "warning": "#e9a100", "note": "#8a94a6"}
INK, LABEL, FAINT = "#20242c", "#d01c7c", "#d9dde4"
PICTURES = 8
LINES = 44
"""Lines of text that fit beside the plots."""


def draw_page(look: Look, looks: Sequence[Look], findings: Sequence[Finding], out: Path) -> None:
    """Draw one drive.

    Args:
        look: the drive's.
        looks: of all drives that were inspected; those of the same recording take part in the delay.
        findings: of all drives.
        out: the PNG to write.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    name, its = next((name, its) for name, its in group_recordings(looks) if any(one is look for one in its))
    mine = [finding for finding in findings if finding.drive in (look.name, name)]
    with plt.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "text.color": INK}):
        figure: Any = plt.figure(figsize=(15, 9), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.06)
        grid: Any = figure.add_gridspec(4, 12, height_ratios=[1.0, 1.4, 0.9, 1.5])
        _draw_pictures(figure, grid[0, :], look, mine)
        curvature = figure.add_subplot(grid[1, :8])
        _draw_curvature(curvature, look, mine)
        _draw_speed(figure.add_subplot(grid[2, :8], sharex=curvature), look)
        _draw_spread(figure.add_subplot(grid[3, 0:3]), look)
        _draw_delay(figure.add_subplot(grid[3, 3:6]), its)
        _draw_steps(figure.add_subplot(grid[3, 6:8]), look)
        _write_findings(figure.add_subplot(grid[1:, 8:]), mine)
        seconds = look.timestamp[-1] - look.timestamp[0]
        seen = "all pictures seen" if look.whole else f"{len(look.frames)} pictures seen"
        title = f"{look.name}   ·   {len(look)} frames, {seconds:.1f} s, {1 / look.period:.0f}/s   ·   {look.source}"
        figure.suptitle(f"{title}   ·   {seen}", fontsize=12, fontweight="bold", x=0.01, ha="left")
        figure.savefig(out, dpi=90)
        plt.close(figure)


def _draw_pictures(figure: Any, place: Any, look: Look, findings: Sequence[Finding]) -> None:
    """Show pictures spread over the drive, of which every second one is replaced by one that was found faulty."""
    drive = Drive.open(look.folder, verify=False)
    height, width = drive.image_size
    camera = drive.camera or assume_camera(height, width)
    picked = np.unique(np.linspace(0, len(look) - 1, PICTURES).round().astype(int)).tolist()
    faulty = [
        (first + behind) // 2
        for finding in findings
        if finding.drive == look.name and finding.severity != "note" and finding.check != "time_steps"
        for first, behind in finding.frames[:2]
    ]
    for slot, frame in zip(range(1, len(picked), 2), dict.fromkeys(faulty), strict=False):
        picked[slot] = frame
    cells = place.subgridspec(1, PICTURES, wspace=0.02)
    for slot, frame in enumerate(sorted(picked)):
        axes = figure.add_subplot(cells[slot])
        axes.imshow(drive.image(frame))
        for wheel in arc_on_road(camera, float(look.curvature[frame])):
            axes.plot(wheel[:, 0], wheel[:, 1], color=LABEL, linewidth=1.4)
        axes.set_xlim(-0.5, width - 0.5)
        axes.set_ylim(height - 0.5, -0.5)
        axes.set_xticks([])
        axes.set_yticks([])
        severity = next((f.severity for f in findings if f.drive == look.name and _holds(f, frame)), None)
        for spine in axes.spines.values():
            spine.set_visible(severity is not None)
            spine.set_color(COLOURS[severity or "note"])
            spine.set_linewidth(3)
        reason = next((f.check.replace("_", " ") for f in findings if f.drive == look.name and _holds(f, frame)), "")
        axes.set_title(f"{look.timestamp[frame]:.1f} s  {reason}", fontsize=8, color=COLOURS[severity or "note"])


def _holds(finding: Finding, frame: int) -> bool:
    return any(first <= frame < behind for first, behind in finding.frames)


def _draw_curvature(axes: Any, look: Look, findings: Sequence[Finding]) -> None:
    """Draw the label over time; stretches with findings are shaded in the colour of their severity."""
    told = set()
    for finding in findings:
        if finding.drive != look.name or finding.check == "time_steps":
            continue
        for first, behind in finding.frames:
            start, stop = look.timestamp[first], look.timestamp[min(behind, len(look)) - 1]
            name = f"{finding.check.replace('_', ' ')}"
            label = None if name in told else name
            told.add(name)
            axes.axvspan(
                start, max(stop, start + look.period), color=COLOURS[finding.severity], alpha=0.25, label=label
            )
    axes.axhline(0, color=FAINT, zorder=0)
    axes.plot(look.timestamp, look.executed, color="0.65", linewidth=1, label="driven")
    axes.plot(look.timestamp, look.curvature, color=LABEL, linewidth=1.2, label="label")
    axes.set_ylabel("curvature [1/m]\nleft is positive")
    axes.legend(loc="upper right", ncols=4, frameon=False)
    axes.tick_params(labelbottom=False)


def _draw_speed(axes: Any, look: Look) -> None:
    """Draw speed, and brightness of the pictures that were seen."""
    axes.plot(look.timestamp, look.speed, color=INK, linewidth=1.2)
    axes.set_ylim(bottom=min(0.0, float(look.speed.min())))
    axes.set_ylabel("speed [m/s]")
    axes.set_xlabel("time [s]")
    bright = axes.twinx()
    bright.plot(look.timestamp[look.frames], look.measured["exposure"][:, 0], ".", color="#2a7de1", markersize=2)
    bright.set_ylim(0, 255)
    bright.set_ylabel("brightness", color="#2a7de1")


def _draw_spread(axes: Any, look: Look) -> None:
    """Draw how often each curvature is steered, on a logarithmic scale, so that straights don't hide the rest."""
    reach = max(float(np.abs(look.curvature).max()), 1e-4)
    axes.hist(-look.curvature, bins=np.linspace(-reach, reach, 42), color=LABEL)
    axes.set_yscale("log")
    axes.set_xlabel("← left     curvature [1/m]     right →")
    axes.xaxis.set_major_formatter(lambda value, _: f"{abs(value):.3g}")
    axes.set_ylabel("frames")
    axes.set_title("Steering", loc="left", fontweight="bold")


def _draw_delay(axes: Any, looks: Sequence[Look]) -> None:
    """Draw how well labels agree with motion, by lag."""
    curve = trace_delay(looks)
    axes.set_title("Labels against motion of the pictures", loc="left", fontweight="bold")
    axes.set_xlabel("labels come later by [s]")
    axes.set_ylabel("correlation")
    axes.axhline(0, color=FAINT, zorder=0)
    axes.axvspan(-0.45, 0.04, color="#2f9e6b", alpha=0.12, label="a car after its wheel")
    axes.legend(loc="lower right", frameon=False)
    axes.set_ylim(-1, 1)
    axes.set_xlim(-1, 1)
    if not len(curve.lags):
        axes.text(0, 0.1, "too short to tell", ha="center", color=COLOURS["note"])
        return
    axes.plot(curve.lags, curve.correlation, color=INK)
    best = int(np.abs(curve.correlation).argmax())
    axes.plot(curve.lags[best], curve.correlation[best], "o", color=LABEL)
    axes.annotate(
        f"{curve.lags[best]:+.2f} s", (curve.lags[best], curve.correlation[best]), (6, 4), textcoords="offset points"
    )


def _draw_steps(axes: Any, look: Look) -> None:
    """Draw the time steps."""
    steps = 1000 * np.diff(look.timestamp)
    axes.set_title("Time steps", loc="left", fontweight="bold")
    axes.set_xlabel("[ms]")
    if len(steps):
        high = float(max(steps.max() * 1.05, 2000 * look.period))
        axes.hist(steps, bins=np.linspace(0, high, 30), color=INK)
        axes.set_yscale("log")


def _write_findings(axes: Any, findings: Sequence[Finding]) -> None:
    """Write what was found and what to do."""
    axes.axis("off")
    line = 0.0
    if not findings:
        axes.text(0, 1, "Nothing was found.", transform=axes.transAxes, va="top", fontsize=11, fontweight="bold")
    for number, finding in enumerate(findings):
        said = textwrap.wrap(finding.said, 68)
        remedy = textwrap.wrap("→ " + finding.remedy, 68) if finding.remedy else []
        if line + len(said) + len(remedy) + 2 > LINES:
            rest = f"and {len(findings) - number} more"
            axes.text(0, 1 - line / LINES, rest, transform=axes.transAxes, va="top", color=COLOURS["note"])
            return
        pieces = [
            (finding.check.replace("_", " "), COLOURS[finding.severity], "bold"),
            *((text, INK, "normal") for text in said),
            *((text, "#2f6f9e", "normal") for text in remedy),
        ]
        for text, colour, weight in pieces:
            axes.text(
                0,
                1 - line / LINES,
                text,
                transform=axes.transAxes,
                va="top",
                color=colour,
                fontweight=weight,
                fontsize=9,
            )
            line += 1
        line += 0.6
