"""Which sources a stage's results depend on, and whether its VERSION was raised when they changed.

A stage's VERSION decides whether finished work is reused. `stage_versions.json` remembers, for each stage, the VERSION
and a hash of its sources; `make check` fails where the hash is another and the VERSION is not.
"""

import hashlib
import importlib
import json
import sys
from functools import cache
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
REMEMBERED = Path(__file__).with_name("stage_versions.json")

STAGE_SOURCES: dict[str, tuple[str, ...]] = {
    "collect": ("simulator", "pipeline/collection", "pipeline/drives"),
    "ingest": (
        "pipeline/ingest",
        "pipeline/ingestion",
        "pipeline/drives",
        "pipeline/files",
        "pipeline/video",
        "pipeline/signals",
        "pipeline/ros",
        "pipeline/nuscenes",
        "pipeline/lerobot/layout.py",
        "pipeline/lerobot/origin.py",
        "pipeline/lerobot/pictures.py",
        "pipeline/openpilot",
    ),
    "train": (
        "pipeline/training",
        "pipeline/models",
        "pipeline/liquid",
        "pipeline/dataset",
        "pipeline/augmentation",
        "pipeline/driver/crop.py",
        "pipeline/driver/eyes.py",
        "pipeline/driver/sequence.py",
        "pipeline/driver/view.py",
    ),
    "benchmark": (
        "simulator",
        "pipeline/driver/policy.py",
        "evaluation/benchmark.py",
        "evaluation/record.py",
        "evaluation/episode.py",
        "evaluation/condition.py",
        "evaluation/conditions",
        "evaluation/drivers",
    ),
    "open_loop": (
        "pipeline/driver/policy.py",
        "pipeline/driver/view.py",
        "evaluation/kept_aside.py",
        "evaluation/open_loop.py",
        "evaluation/open_loop_job.py",
    ),
    "replay": (
        "pipeline/replay",
        "pipeline/driver/policy.py",
        "pipeline/driver/view.py",
        "pipeline/augmentation/viewpoint.py",
        "evaluation/kept_aside.py",
        "evaluation/replay_job.py",
        "evaluation/record.py",
        "evaluation/episode.py",
        "evaluation/drivers",
    ),
}
STAGE_MODULES = {
    "collect": "pipeline.collection.collect",
    "ingest": "pipeline.ingestion.ingest",
    "train": "pipeline.training.job",
    "benchmark": "evaluation.benchmark",
    "open_loop": "evaluation.open_loop_job",
    "replay": "evaluation.replay_job",
}


@cache
def hash_sources(stage: str) -> str:
    """Hash the text of the sources that a stage depends on (comments and layout included)."""
    digest = hashlib.sha256()
    for pattern in STAGE_SOURCES.get(stage, ()):
        entry = TOP / pattern
        sources = [path for path in entry.rglob("*") if path.suffix in (".py", ".c", ".h")]
        files = sorted(sources) if entry.is_dir() else sorted(TOP.glob(pattern))
        for file in files:
            digest.update(file.relative_to(TOP).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def current() -> dict[str, dict[str, int | str]]:
    """Give each stage's VERSION and source hash as they are now."""
    return {
        stage: {"version": importlib.import_module(module).VERSION, "sources": hash_sources(stage)}
        for stage, module in STAGE_MODULES.items()
    }


def find_unraised() -> list[str]:
    """Name the stages whose sources changed while their VERSION stayed, compared to what is remembered."""
    remembered = json.loads(REMEMBERED.read_text()) if REMEMBERED.exists() else {}
    return [
        stage
        for stage, now in current().items()
        if (before := remembered.get(stage)) is not None
        and before["version"] == now["version"]
        and before["sources"] != now["sources"]
    ]


def main(arguments: list[str]) -> int:
    """Check, or with `--remember` write down the present state; gives the exit code."""
    if arguments == ["--remember"]:
        REMEMBERED.write_text(json.dumps(current(), indent=1) + "\n")
        return 0
    unraised = find_unraised()
    for stage in unraised:
        sys.stderr.write(
            f"{STAGE_MODULES[stage]}: the sources of stage {stage!r} changed but its VERSION did not; raise VERSION if "
            "results may differ, then run `python -m pipeline.stage_sources --remember`\n"
        )
    return 1 if unraised else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
