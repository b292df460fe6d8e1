"""Inspecting drives: each is looked through in a process, then all checks judge all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.dataset.split import DatasetConfig, split_drives
from pipeline.drives.drive import Drive
from pipeline.drives.format import FRAMES, STREAM
from pipeline.inspection.check import SEVERITIES, Finding, list_checks, make_check
from pipeline.inspection.look import LENGTH, Look, count_wanted, look_through
from pipeline.training.job import count_frames
from pipeline.work.executor import count_workers, report_progress, run_units
from simulator.errors import LiquidlaneError

DEFAULT_PICTURES = 20_000
ENOUGH_TO_SHARE = 6000
"""Pictures from which several processes are worth their start."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found.

    looks: of the drives that could be opened. findings: the worst first. statement: what was looked at, in words.
    """

    looks: tuple[Look, ...]
    findings: tuple[Finding, ...]
    statement: str


@dataclass(frozen=True, slots=True)
class _Unit:
    folder: Path
    wanted: int


def find_drives(root: Path) -> list[Path]:
    """Give the folders of all drives under a folder, finished or not.

    Raises:
        LiquidlaneError: if there is none.
    """
    if not root.exists():
        raise LiquidlaneError(f"{root} is not there; give a folder of drives or a config")
    marks = [path for name in (FRAMES, STREAM) for path in root.rglob(name)]
    folders = sorted({path.parent for path in marks})
    if not folders:
        raise LiquidlaneError(f"{root} holds no drive; run `liquidlane ingest` on recordings first, then inspect those")
    return folders


def plan_pictures(folders: Sequence[Path], pictures: int | None) -> list[int]:
    """Share out how many pictures to look at; see `inspect_look.count_wanted`."""
    return count_wanted([count_frames(folder) for folder in folders], pictures)


def inspect_drives(
    folders: Sequence[Path],
    *,
    pictures: int | None = DEFAULT_PICTURES,
    dataset: tuple[DatasetConfig, int] | None = None,
    report: Callable[[int], None] = lambda pictures: None,
    workers: int | None = None,
) -> Inspection:
    """Run all checks over drives.

    Args:
        folders: of drives.
        pictures: how many to look at in all, about; None is all.
        dataset: a config and seed, by which drives are split and compared across the splits.
        report: is told the numbers of pictures looked at, adding up to those of `plan_pictures`.
        workers: processes; None means one for each usable core, if there is enough to do.
    """
    wanted = plan_pictures(folders, pictures)
    units = [_Unit(folder, amount) for folder, amount in zip(folders, wanted, strict=True)]
    processes = count_workers(workers, len(units)) if sum(wanted) >= ENOUGH_TO_SHARE else 1
    if processes == 1:
        results = [_look_in(unit, report) for unit in units]
    else:
        results = run_units(_look_in_worker, units, workers=processes, progress=_Told(report))
    looks = [result for result in results if isinstance(result, Look)]
    findings = [result for result in results if isinstance(result, Finding)]
    if dataset is not None and looks:
        looks = _name_parts(looks, *dataset)
    if looks:
        findings += [finding for name in list_checks() for finding in make_check(name).judge(looks)]
    findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding.check, finding.drive))
    return Inspection(tuple(looks), tuple(findings), _state(looks))


class _Told:
    """Passes what workers report on to whoever asked."""

    def __init__(self, report: Callable[[int], None]) -> None:
        self._report = report

    def advance(self, amount: int) -> None:
        """Pass an amount on."""
        self._report(amount)


def _look_in(unit: _Unit, report: Callable[[int], None]) -> Look | Finding:
    """Look through a drive; a drive that can't be opened is a finding."""
    try:
        return look_through(unit.folder, {name: make_check(name) for name in list_checks()}, unit.wanted, report)
    except LiquidlaneError as error:
        return Finding("drive", "error", str(unit.folder), None, "", f"can't be used: {error}", "do as it says")


def _look_in_worker(unit: _Unit) -> Look | Finding:
    return _look_in(unit, report_progress)


def _name_parts(looks: Sequence[Look], config: DatasetConfig, seed: int) -> list[Look]:
    """Split the drives as a config does, and note which frames of each train, validate and test."""
    drives = {look.folder: Drive.open(look.folder, verify=False) for look in looks}
    split = split_drives(list(drives.values()), config, seed)
    parts: dict[Path, list[tuple[str, int, int]]] = {}
    for name in ("training", "validation", "test"):
        for segment in getattr(split, name):
            parts.setdefault(Path(segment.drive.folder), []).append((name, segment.start, segment.stop))
    return [replace(look, parts=tuple(parts.get(look.folder, ()))) for look in looks]


def _state(looks: Sequence[Look]) -> str:
    """Say how much was looked at, and what that means."""
    seen, total = sum(len(look.frames) for look in looks), sum(map(len, looks))
    amount = f"{len(looks)} drives, {total:,} frames"
    if seen == total:
        return f"{amount}: all signals and all pictures were looked at"
    return (
        f"{amount}: all signals were looked at, and {seen:,} pictures in stretches of {LENGTH}; what lies between them "
        "was not seen, and shares of pictures are estimates (--pictures 0 looks at all)"
    )
