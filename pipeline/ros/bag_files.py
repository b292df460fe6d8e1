"""Which files make up a bag: folders of ROS 2 with their metadata, splits of one recording, files by themselves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

import yaml

from pipeline.files.recording_files import Files

METADATA = "metadata.yaml"
TITLE = "rosbag2_bagfile_information"
LARGEST_METADATA = 1 << 20  # [bytes]
FIRST, DATABASE, MCAP = b"#ROSBAG V", b"SQLite format 3\0", b"\x89MCAP0\r\n"
STARTS = {".bag": FIRST, ".db3": DATABASE, ".mcap": MCAP}
ENDINGS = r"(?P<stem>.*?)(?P<ending>\.bag|\.bag\.active|\.db3|\.mcap|\.db3\.zstd|\.mcap\.zstd)"
SPLIT = re.compile(r"(?P<base>.*?)(?:[_-]?\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)?_(?P<number>\d+)")


@dataclass(slots=True)
class BagFiles:
    """The files of one bag, in the order of its splits. findings: what is missing or left aside."""

    name: str
    folder: Path
    paths: list[Path]
    findings: list[str] = field(default_factory=list)


def first_bytes(path: Path) -> bytes:
    """Give the first bytes of a file; nothing if it can't be read."""
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError:
        return b""


def describe_bags(files: Files) -> tuple[float, str]:
    """Say how sure it is that there are bags, and why."""
    for path in files.matching(rf"(.*/)?{ENDINGS}"):
        start = next((start for ending, start in STARTS.items() if path.name.lower().endswith(ending)), None)
        if start is not None and first_bytes(path).startswith(start):
            sure = 0.7 if start == DATABASE and not (path.parent / METADATA).is_file() else 0.95
            return sure, f"{path.name} is a bag by its first bytes"
    for path in files.named(METADATA):
        if TITLE in _read_text(path)[:4096]:
            return 0.9, f"{METADATA} of a ROS 2 bag"
    found = files.matching(rf"(.*/)?{ENDINGS}")
    return (0.6, f"{found[0].name} by its name") if found else (0.0, f"no .bag, .db3 or .mcap, no {METADATA}")


def find_bags(files: Files) -> list[BagFiles]:
    """Find the bags in a folder and below, or the one that a file is."""
    found = files.matching(rf"(.*/)?{ENDINGS}")
    bags: list[BagFiles] = []
    described = [path.parent for path in files.named(METADATA) if TITLE in _read_text(path)]
    for folder in described:
        own = [path for path in found if path.parent == folder]
        bags.append(_described_bag(folder, own))
        found = [path for path in found if path.parent != folder]
    for folder in sorted({path.parent for path in found}):
        groups = list(_join_splits([path for path in found if path.parent == folder]))
        for name, paths in groups:
            alone = len(groups) == 1 and files.path.is_dir()
            bag = BagFiles(folder.name if alone else name, folder, paths)
            if any(not path.name.lower().endswith((".bag", ".active")) for path in paths):
                bag.findings.append(f"there is no {METADATA}; the files are read by themselves")
            bags.append(bag)
    return bags


def _described_bag(folder: Path, own: list[Path]) -> BagFiles:
    """Take the files that metadata name, or all in their folder if none of those is there."""
    bag = BagFiles(folder.name, folder, [])
    there = {path.name: path for path in own}
    missing = []
    for name in _listed_files(folder / METADATA):
        plain = name.removesuffix(".zstd")
        if path := there.get(plain) or there.get(plain + ".zstd"):
            bag.paths.append(path)
        else:
            missing.append(name)
    if missing:
        some = ", ".join(missing[:3])
        bag.findings.append(f"{len(missing)} files that {METADATA} names are not there, such as {some}")
    if not bag.paths:
        bag.paths = [path for _, paths in _join_splits(own) for path in paths]
    return bag


def _listed_files(path: Path) -> list[str]:
    """Give the bare names of the files that metadata list; nothing if they can't be read."""
    try:
        content: Any = yaml.safe_load(_read_text(path))
        listed = content[TITLE]["relative_file_paths"]
        return [PurePath(name).name for name in listed if isinstance(name, str)]
    except (yaml.YAMLError, LookupError, TypeError, ValueError, RecursionError):
        return []


def _read_text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_METADATA:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _join_splits(paths: list[Path]) -> Iterator[tuple[str, list[Path]]]:
    """Give the name and the files of each recording: "drive_0.bag", "drive_1.bag", … are one.

    A number that does not follow the one before begins another recording. What is there both packed and not is taken
    once.
    """
    names = {path.name for path in paths}
    kept = [path for path in paths if path.name.removesuffix(".zstd") not in names - {path.name}]
    groups: list[tuple[tuple[str, str], int | None, list[Path]]] = []
    for path in sorted(kept, key=_order):
        base, number, ending = _parts(path)
        if groups and number is not None and groups[-1][:2] == ((base, ending), number - 1):
            groups[-1] = ((base, ending), number, [*groups[-1][2], path])
        else:
            groups.append(((base, ending), number, [path]))
    for (base, _), number, group in groups:
        yield (base if number is not None and len(group) > 1 else group[0].name.split(".")[0]) or "bag", group


def _parts(path: Path) -> tuple[str, int | None, str]:
    found = re.fullmatch(ENDINGS, path.name, re.IGNORECASE)
    stem, ending = (found["stem"], found["ending"].lower()) if found else (path.stem, path.suffix)
    split = SPLIT.fullmatch(stem)
    return (split["base"], int(split["number"]), ending) if split else (stem, None, ending)


def _order(path: Path) -> tuple[str, str, str, int]:
    """Sort by name, then by the date in it, then by its number."""
    base, number, ending = _parts(path)
    date = re.search(r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d", path.name)
    return base, ending, date[0] if date else "", number if number is not None else -1
