"""Shows what takes space and removes what no config's results need."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from pipeline.work.artifact import MANIFEST, PART_SUFFIX
from simulator.errors import LiquidlaneError

FOLDERS = ("data/drives", "data/episodes", "data/films", "data/predictions", "checkpoints")
CACHE = "data/cache"
"""Decoded frames: no result needs them, a training that does builds them again."""


def clean_up(root: Path, keep: list[Path] | None, yes: bool) -> None:
    """List the artifacts under `root`, say which are needed, and remove the others after asking.

    Args:
        root: holds data/ and checkpoints/.
        keep: configs whose results stay; None means all in configs/.
        yes: remove without asking.
    """
    from liquidlane.experiment import load_experiment
    from liquidlane.run import needed_folders

    configs = keep if keep is not None else sorted((root / "configs").glob("*.yaml"))
    if not configs:
        raise LiquidlaneError(f"{root / 'configs'}: there is no config here; name the ones to keep with --keep")
    needed: set[Path] = set()
    for path in configs:
        needed |= {folder.resolve() for folder in needed_folders(load_experiment(path))}
    spare: list[Path] = []
    for folder in (*FOLDERS, CACHE):
        entries = list(_artifacts(root / folder)) if folder != CACHE else list((root / folder).glob("*"))
        lost = [entry for entry in entries if entry.resolve() not in needed]
        spare += lost
        kept = sum(map(_size, entries)) - sum(map(_size, lost))
        sys.stdout.write(
            f"{folder:<16} {kept / 1e6:9.1f} MB needed, {sum(map(_size, lost)) / 1e6:9.1f} MB in {len(lost)} spare\n"
        )
    if not spare:
        sys.stdout.write("nothing to remove\n")
        return
    if not yes and input(f"remove {len(spare)} folders? [y/N] ").strip().lower() not in {"y", "yes"}:
        sys.stdout.write("nothing removed\n")
        return
    for entry in spare:
        shutil.rmtree(entry)
    sys.stdout.write(f"removed {len(spare)} folders\n")


def _artifacts(folder: Path) -> Iterable[Path]:
    """Give the artifacts of a folder and what kills left of unfinished ones; other folders are the user's own."""
    if folder.is_dir():
        for entry in sorted(folder.iterdir()):
            if entry.is_dir() and ((entry / MANIFEST).exists() or entry.name.endswith(PART_SUFFIX)):
                yield entry


def _size(folder: Path) -> int:
    """Give the bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
