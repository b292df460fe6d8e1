"""What `liquidlane ingest` and `liquidlane drives list` print."""

import json
import sys
from pathlib import Path
from typing import Any

from simulator.errors import LiquidlaneError

PLACE = Path("data/drives/ingested")


def ingest_and_print(path: Path, source: str | None, out: Path | None, options: list[str], dry_run: bool) -> None:
    """Recognise a recording's format, ingest it and print what became of it."""
    from pipeline.ingestion.plan import forget_unpacked, unpacked_beside

    place = out or PLACE / (path.resolve().name or "root")
    try:
        _ingest_and_print(path, source, place, _read_options(options), dry_run)
    except LiquidlaneError:
        forget_unpacked(unpacked_beside(place))
        raise


def _ingest_and_print(path: Path, source: str | None, place: Path, options: dict[str, Any], dry_run: bool) -> None:
    from liquidlane.display import Display
    from pipeline.ingestion.config import IngestConfig
    from pipeline.ingestion.ingest import find_finished, ingest
    from pipeline.ingestion.plan import count_frames, find_recordings, unpacked_beside

    display = Display()
    reader = source or _recognise(path, place, display)
    config = IngestConfig(reader=reader, folders=(str(path),), options=options)
    summary = None if dry_run else find_finished(config, place)
    if summary is not None:
        display.reused("ingest", f"{summary.kept} frames in {len(summary.drives)} drives")
    else:
        found = find_recordings(config, unpacked_beside(place))
        with display.stage("inspect" if dry_run else "ingest", count_frames(found), "frames") as bar:
            summary = ingest(config, place, bar.advance, dry_run=dry_run, found=found)
    print_summary(summary)
    sys.stdout.write("nothing was written (--dry-run)\n" if dry_run else f"{place}\n")


def _recognise(path: Path, place: Path, display: Any) -> str:
    """Say and give the format of a recording, which may be packed."""
    from pipeline.ingestion.plan import open_archives, unpacked_beside
    from pipeline.ingestion.recognition import recognise

    if not path.exists():
        raise LiquidlaneError(f"{path} is not there; give a folder or file that holds a recording")
    found = recognise(open_archives(path, unpacked_beside(place))[0])
    display.say(f"{path} is {found.reader}, {found.confidence:.0%} sure: {found.reason}")
    return str(found.reader)


def _read_options(texts: list[str]) -> dict[str, Any]:
    """Read key=value as YAML would."""
    import yaml

    options: dict[str, Any] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not sign or not key:
            raise LiquidlaneError(f"{text!r} is not key=value; give for example wheelbase=2.5")
        try:
            options[key] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise LiquidlaneError(f"the value of {text!r} can't be read; quote it") from None
    return options


def print_summary(summary: Any) -> None:
    """Print a table with a line for each drive, and what was left out, assumed and found of each recording."""
    rows = [drive for recording in summary.recordings for drive in recording.table]
    width = max([len(drive.folder) for drive in rows] + [5])
    sys.stdout.write(
        f"{'drive':<{width}} {'seconds':>8} {'frames':>7} {'Hz':>6} {'speed [m/s]':>13} {'curvature [1/m]':>18} "
        f"{'pixels':>10}  set aside\n"
    )
    for recording in summary.recordings:
        for drive in recording.table:
            low, high = drive.speed
            right, left = drive.curvature
            height, across = drive.size
            sys.stdout.write(
                f"{drive.folder:<{width}} {drive.seconds:8.1f} {drive.frames:7d} {drive.rate:6.1f} "
                f"{f'{low:.1f} … {high:.1f}':>13} {f'{right:+.4f} … {left:+.4f}':>18} {f'{across} x {height}':>10}  "
                f"{_say_reasons(drive.quarantined)}\n"
            )
        sys.stdout.write(
            f"{recording.name}: {recording.kept} frames in {len(recording.drives)} drives, {recording.seconds:.1f} s; "
            f"set aside: {_say_reasons(recording.quarantined)}\n"
        )
        for sentence in recording.assumptions:
            sys.stdout.write(f"  assumed: {sentence}\n")
        for sentence in recording.findings:
            sys.stdout.write(f"  found: {sentence}\n")
    for sentence in summary.refused:
        sys.stdout.write(f"left out: {sentence}\n")


def _say_reasons(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counts.items()) or "nothing"


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


def find_drive(name: str, root: Path) -> Path:
    """Find a drive by its folder, by its name, or by the end of its folder's path.

    Raises:
        LiquidlaneError: if there is none, or several.
    """
    if (Path(name) / "manifest.json").is_file():
        return Path(name)
    known = {path.parent: values for path in sorted(root.rglob("manifest.json")) if (values := _drive_manifest(path))}
    wanted = tuple(Path(name).parts)
    found = [folder for folder, values in known.items() if values.get("name") == name]
    found = found or [folder for folder in known if folder.parts[-len(wanted) :] == wanted]
    found = found or [folder for folder, values in known.items() if values["recording"] == name]
    if not found:
        raise LiquidlaneError(f"{name} is no drive's folder and no drive in {root} is called so; see `drives list`")
    if len({known[folder]["recording"] for folder in found}) > 1:
        raise LiquidlaneError(f"{name} could be {', '.join(map(str, found[:5]))}; give the folder")
    return max(found, key=lambda folder: int(known[folder]["frames"]))


def _drive_manifest(path: Path) -> dict[str, Any] | None:
    """Read a manifest if it is a drive's."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return (
        values
        if isinstance(values, dict) and {"frames", "duration", "image_size", "recording"} <= set(values)
        else None
    )
