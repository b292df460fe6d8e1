"""What `liquidlane drives export` does: finds drives and writes them as a data set of another format."""

import json
import sys
from pathlib import Path
from typing import Any

from simulator.errors import LiquidlaneError

FORMATS = {"lerobot": "3.0", "lerobot-2.1": "2.1"}


def export_and_print(names: list[str], folder: Path, form: str, root: Path) -> None:
    """Write drives as a LeRobot data set and say what came of it.

    Raises:
        LiquidlaneError: if the format or a drive is not known, or the drives do not fit into one data set.
    """
    from liquidlane.display import Display
    from pipeline.drives.drive import Drive
    from pipeline.lerobot.export import export_drives

    if form not in FORMATS:
        raise LiquidlaneError(f"there is no format {form!r} to export to; choose {' or '.join(FORMATS)}")
    found: dict[Path, None] = {}
    for name in names:
        found |= dict.fromkeys(find_drives(name, root))
    drives = [Drive.open(path, verify=False) for path in found]
    with Display().stage("export", sum(map(len, drives)), "frames") as bar:
        version: Any = FORMATS[form]
        done = export_drives(drives, folder, version=version, report=bar.advance)
    sys.stdout.write(
        f"{len(drives)} drives as {done.episodes} episodes, {done.frames} frames at {done.fps} Hz; LeRobot's even "
        f"times are at most {done.off * 1000:.0f} ms off the recorded ones, which are kept beside them\n{done.folder}\n"
    )


def find_drives(name: str, root: Path) -> list[Path]:
    """Give the folders of all drives that a name means: a drive's, all below a folder, or all of a recording.

    Raises:
        LiquidlaneError: if there is none.
    """
    if (Path(name) / "manifest.json").is_file():
        return [Path(name)]
    found = list(_drives_below(Path(name))) if Path(name).is_dir() else []
    if not found:
        known = _drives_below(root)
        wanted = Path(name).parts
        found = [folder for folder, values in known.items() if name in (values.get("name"), values.get("recording"))]
        found = found or [folder for folder in known if folder.parts[-len(wanted) :] == wanted]
    if not found:
        raise LiquidlaneError(
            f"{name} is no drive, recording or folder of drives in {root}; see `liquidlane drives list`"
        )
    return found


def _drives_below(folder: Path) -> dict[Path, dict[str, Any]]:
    """Give the drives' folders with their manifests."""
    found = {}
    for path in sorted(folder.rglob("manifest.json")):
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(values, dict) and {"frames", "image_size", "recording"} <= set(values):
            found[path.parent] = values
    return found
