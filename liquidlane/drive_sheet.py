"""The picture that `liquidlane drives show` draws of a drive."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.steering_arc import arc_on_road, assume_camera
from pipeline.drives.drive import Drive
from simulator.camera import Camera

SHEET_COLUMNS, SHEET_ROWS = 5, 4


def draw_drive(folder: Path, out: Path) -> None:
    """Draw a contact sheet with the steering on the road, and plots of speed, curvature and time steps, into a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    drive = Drive.open(folder)
    figure = plt.figure(figsize=(15, 12), layout="constrained")
    halves: Any = figure.subfigures(2, 1, height_ratios=[SHEET_ROWS, 3])
    _draw_sheet(halves[0], drive)
    _draw_plots(halves[1], drive)
    camera = "" if drive.camera else " · camera unknown: the arcs show side and strength, not the place"
    figure.suptitle(f"{drive.name} · {len(drive)} frames · {drive.source} · {drive.recording}{camera}")
    figure.savefig(out, dpi=80)
    plt.close(figure)
    sys.stdout.write(f"{out}\n")


def _draw_sheet(figure: Any, drive: Drive) -> None:
    """Draw pictures spread over the drive, each with the arc of its label and of what was driven."""
    picked = np.unique(np.linspace(0, len(drive) - 1, SHEET_COLUMNS * SHEET_ROWS).round().astype(int))
    height, width = drive.image_size
    camera = drive.camera or assume_camera(height, width)
    for place, axes in enumerate(figure.subplots(SHEET_ROWS, SHEET_COLUMNS).flat):
        axes.axis("off")
        if place >= len(picked):
            continue
        index = int(picked[place])
        axes.imshow(drive.image(index))
        curvature, executed = float(drive.curvature[index]), float(drive.executed[index])
        if np.isfinite(executed):
            _draw_arc(axes, camera, executed, "#ffffff", 0.8)
        _draw_arc(axes, camera, curvature, "#ff2fa0", 1.6)
        axes.set_xlim(-0.5, width - 0.5)
        axes.set_ylim(height - 0.5, -0.5)
        way = "left" if curvature > 0 else "right" if curvature < 0 else "straight"
        axes.set_title(f"{drive.timestamp[index]:.1f} s, {abs(curvature):.4f}/m {way}", fontsize=8)


def _draw_arc(axes: Any, camera: Camera, curvature: float, color: str, line: float) -> None:
    for pixels in arc_on_road(camera, curvature):
        axes.plot(pixels[:, 0], pixels[:, 1], color=color, linewidth=line, solid_capstyle="round")


def _draw_plots(figure: Any, drive: Drive) -> None:
    speed, curvature, steps = figure.subplots(3, 1, sharex=True)
    marks = {"marker": ".", "markersize": 3} if len(drive) < 200 else {}
    speed.plot(drive.timestamp, drive.speed, **marks)
    speed.set_ylabel("speed [m/s]")
    speed.set_ylim(bottom=min(0.0, float(drive.speed.min())))
    curvature.plot(drive.timestamp, drive.executed, label="driven", color="0.6")
    curvature.plot(drive.timestamp, drive.curvature, label="label", color="#d01c7c", **marks)
    curvature.axhline(0, color="0.8", linewidth=0.8, zorder=0)
    curvature.set_ylabel("curvature [1/m]\nleft is positive")
    curvature.legend(loc="upper right")
    steps.plot(drive.timestamp[1:], np.diff(drive.timestamp), ".", markersize=3)
    steps.set_ylabel("time step [s]")
    steps.set_ylim(bottom=0)
    steps.set_xlabel("time [s]")
