"""What `liquidlane inspect` does: checks drives before training, prints what was found, draws a page a drive."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulator.errors import LiquidlaneError

SIGNS = {"error": "✗", "warning": "!", "note": "·"}
MOST_NAMED = 4


def inspect_and_print(data: Path, config: Path | None, pictures: int, plots: Path | None, *, as_json: bool) -> bool:
    """Inspect drives and print the findings.

    Args:
        data: a folder of drives, or a config (.yaml) whose drives are there already.
        config: whose splits to compare, if `data` is a folder.
        pictures: how many to look at, 0 for all.
        plots: folder for a page per drive, or None.
        as_json: print JSON instead of words.

    Returns:
        Whether there is neither an error nor a warning.
    """
    from liquidlane.display import Display
    from pipeline.inspection.drives import inspect_drives, plan_pictures

    folders, dataset = _choose(data, config)
    wanted = None if pictures == 0 else pictures
    display = Display()
    with display.stage("inspect", sum(plan_pictures(folders, wanted)), "pictures") as bar:
        found = inspect_drives(folders, pictures=wanted, dataset=dataset, report=bar.advance)
    drawn = _draw(found, plots, display) if plots is not None else []
    if as_json:
        sys.stdout.write(json.dumps(_to_json(found, drawn), indent=1, allow_nan=False) + "\n")
    else:
        print_findings(found)
        for page in drawn:
            sys.stdout.write(f"{page}\n")
    return all(finding.severity == "note" for finding in found.findings)


def _choose(data: Path, config: Path | None) -> tuple[list[Path], Any]:
    """Give the drives' folders, and dataset config and seed if splits are to be compared."""
    from pipeline.inspection.drives import find_drives

    named = data if data.suffix in (".yaml", ".yml") else config
    if named is None:
        return find_drives(data), None
    from liquidlane.experiment import load_experiment

    experiment = load_experiment(named)
    if named is not data:
        return find_drives(data), (experiment.dataset, experiment.seed)
    from liquidlane.display import Display
    from liquidlane.run import Stages
    from pipeline.collection.collect import drives_in

    stages = Stages(experiment, Display(), only_look=True)
    stages.gather()
    folders = [folder for group in stages.results.groups if group.path.exists() for folder in drives_in(group)]
    if not folders:
        raise LiquidlaneError(f"the drives of {data} are not there yet; run `liquidlane collect {data}` first")
    return folders, (experiment.dataset, experiment.seed)


def print_findings(found: Any) -> None:
    """Print the findings, those of a kind together, and a closing line."""
    kinds: dict[tuple[str, str, str], list[Any]] = {}
    for finding in found.findings:
        kinds.setdefault((finding.severity, finding.check, finding.remedy), []).append(finding)
    for (severity, check, remedy), findings in kinds.items():
        sys.stdout.write(f"{SIGNS[severity]} {severity}: {check.replace('_', ' ')}\n")
        for finding in findings[:MOST_NAMED]:
            sys.stdout.write(f"    {finding.drive}: {finding.said}{_say_where(finding.frames)}\n")
        if len(findings) > MOST_NAMED:
            sys.stdout.write(f"    and {len(findings) - MOST_NAMED} more: {_say_others(findings[MOST_NAMED:])}\n")
        if remedy:
            sys.stdout.write(f"  → {remedy}\n")
    counts = {severity: sum(f.severity == severity for f in found.findings) for severity in SIGNS}
    told = ", ".join(f"{number} {name}{'s' * (number != 1)}" for name, number in counts.items())
    sys.stdout.write(f"{told}. {found.statement}\n")


def _say_where(frames: Sequence[tuple[int, int]]) -> str:
    if not frames:
        return ""
    spans = ", ".join(f"{first}–{behind - 1}" if behind - first > 1 else f"{first}" for first, behind in frames[:3])
    more = f" and {len(frames) - 3} more" if len(frames) > 3 else ""
    return f"; frames {spans}{more}"


def _say_others(findings: Sequence[Any]) -> str:
    names = [
        finding.drive if finding.value is None else f"{finding.drive} ({finding.value:.3g} {finding.unit})"
        for finding in findings[:12]
    ]
    return ", ".join(names) + (" …" if len(findings) > 12 else "")


def _to_json(found: Any, drawn: Sequence[Path]) -> dict[str, Any]:
    return {
        "drives": len(found.looks),
        "frames": sum(len(look) for look in found.looks),
        "pictures": sum(len(look.frames) for look in found.looks),
        "statement": found.statement,
        "findings": [asdict(finding) for finding in found.findings],
        "pages": [str(page) for page in drawn],
    }


def _draw(found: Any, plots: Path, display: Any) -> list[Path]:
    """Draw a page per drive."""
    from liquidlane.inspection_page import draw_page

    try:
        plots.mkdir(parents=True, exist_ok=True)
        pages = []
        with display.stage("draw", len(found.looks), "pages") as bar:
            for look in found.looks:
                page = plots / f"{look.name.replace('/', '_')}.png"
                draw_page(look, found.looks, found.findings, page)
                pages.append(page)
                bar.advance(1)
    except OSError as error:
        raise LiquidlaneError(f"{plots}: pages can't be written ({error.strerror}); give another folder") from error
    return pages
