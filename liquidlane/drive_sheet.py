"""The picture that `liquidlane drives show` draws of a drive."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

SHEET_COLUMNS, SHEET_ROWS = 5, 4


def draw_drive(folder: Path, out: Path) -> None:
    """Draw a contact sheet with curvatures, and plots of speed, curvature and time steps, into a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    from pipeline.drive import Drive

    drive = Drive.open(folder)
    picked = np.unique(np.linspace(0, len(drive) - 1, SHEET_COLUMNS * SHEET_ROWS).round().astype(int))
    figure = plt.figure(figsize=(15, 12), layout="constrained")
    halves: Any = figure.subfigures(2, 1, height_ratios=[SHEET_ROWS, 3])
    upper, lower = halves
    for place, axes in enumerate(upper.subplots(SHEET_ROWS, SHEET_COLUMNS).flat):
        axes.axis("off")
        if place < len(picked):
            index = int(picked[place])
            axes.imshow(drive.image(index))
            curvature = drive.curvature[index]
            way = "left" if curvature > 0 else "right"
            axes.set_title(f"{drive.timestamp[index]:.1f} s, {abs(curvature):.4f}/m {way}", fontsize=8)
    speed, curvature_axes, steps = lower.subplots(3, 1, sharex=True)
    speed.plot(drive.timestamp, drive.speed)
    speed.set_ylabel("speed [m/s]")
    curvature_axes.plot(drive.timestamp, drive.executed, label="executed", color="0.6")
    curvature_axes.plot(drive.timestamp, drive.curvature, label="label")
    curvature_axes.set_ylabel("curvature [1/m]\nleft is positive")
    curvature_axes.legend(loc="upper right")
    steps.plot(drive.timestamp[1:], np.diff(drive.timestamp), ".", markersize=2)
    steps.set_ylabel("time step [s]")
    steps.set_xlabel("time [s]")
    figure.suptitle(f"{drive.name} · {len(drive)} frames · {drive.source} · {drive.recording}")
    figure.savefig(out, dpi=80)
    plt.close(figure)
    sys.stdout.write(f"{out}\n")
