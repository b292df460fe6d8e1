"""What `liquidlane ingest` and `liquidlane drives` print and draw."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from simulator.errors import LiquidlaneError

SHEET_COLUMNS, SHEET_ROWS = 5, 4


def ingest_and_print(path: Path, source: str, out: Path) -> None:
    """Ingest one recording and print what became of it."""
    from liquidlane.display import Display
    from pipeline.ingestion import IngestConfig, count_frames, find_recordings, ingest

    config = IngestConfig(reader=source, folders=(str(path),))
    with Display().stage("ingest", count_frames(find_recordings(config)), "frames") as bar:
        summary = ingest(config, out, bar.advance)
    for recording in summary.recordings:
        lost = ", ".join(f"{count} {reason}" for reason, count in recording.quarantined.items()) or "nothing"
        sys.stdout.write(
            f"{recording.name}: {recording.kept} frames in {len(recording.drives)} drives, {recording.seconds:.1f} s; "
            f"set aside: {lost}\n"
        )
        for assumption in recording.assumptions:
            sys.stdout.write(f"  assumed: {assumption}\n")
    sys.stdout.write(f"{out}\n")


def print_drives(root: Path) -> None:
    """Print a line per drive under a folder."""
    manifests = sorted(root.rglob("manifest.json")) if root.is_dir() else []
    drives = [(path.parent, values) for path in manifests if (values := _drive_manifest(path)) is not None]
    if not drives:
        raise LiquidlaneError(f"{root}: holds no drive; run `liquidlane collect` or `liquidlane ingest` first")
    sys.stdout.write(f"{'frames':>7} {'seconds':>8} {'Hz':>5} {'size':>9}  recording and folder\n")
    for folder, values in drives:
        seconds = values["duration"]
        rate = (values["frames"] - 1) / seconds if seconds else 0.0
        height, width = values["image_size"]
        sys.stdout.write(
            f"{values['frames']:7d} {seconds:8.1f} {rate:5.1f} {width:4d}×{height:<4d}  "
            f"{values['recording']}  {folder}\n"
        )


def _drive_manifest(path: Path) -> dict[str, Any] | None:
    """Read a manifest if it is a drive's."""
    try:
        values = json.loads(path.read_text())
    except json.JSONDecodeError:
        return None
    return (
        values
        if isinstance(values, dict) and {"frames", "duration", "image_size", "recording"} <= set(values)
        else None
    )


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
