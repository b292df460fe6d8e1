"""Fills the report from what a run found or made, and keeps the page by its fingerprint like everything else."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from liquidlane.display import Display
from liquidlane.experiment import Experiment
from pipeline.work import artifact
from pipeline.work.artifact import Recipe

if TYPE_CHECKING:
    from liquidlane.run import Results

VERSION = 2
PACKAGES = (
    *("liquidlane", "carla", "torch", "pytorch-lightning", "albumentations", "numba", "numpy", "scipy"),
    *("opencv-python-headless", "simplejpeg", "pyarrow", "av", "commonroad-vehicle-models", "scenariogeneration"),
    *("ncps", "pydantic", "wandb"),
)
NOTE_EMBEDDED = (
    "Driven on the embedded server: a world with pictures of its own and single-track cars. It proves how these "
    "drivers compare here; it says nothing about CARLA's or real pictures."
)


def write_page(experiment: Experiment, results: "Results", display: Display) -> Path:
    """Write the report, or find that it is there, and give the path of its page."""
    config = experiment.model_dump(mode="json", exclude={"folder", "workers", "tracking"})
    made = (*results.episodes, *results.films, *results.predictions, *(job.artifact for job in results.replays))
    made = (*made, *(one.checkpoint for one in results.trained))
    recipe = Recipe("report", VERSION, config, tuple(one.fingerprint for one in made))
    root = experiment.folder / "data" / "reports"

    def fill(folder: Path) -> None:
        _write(experiment, results, display, folder)

    if artifact.find(root, experiment.name, recipe) is None:
        with display.stage("report", 1, "page") as bar:
            found = artifact.reuse_or_make(root, experiment.name, recipe, fill)
            bar.advance(1)
    else:
        found = artifact.reuse_or_make(root, experiment.name, recipe, fill)
        display.reused("report", "1 of 1")
    latest = root / experiment.name
    aside = root / f".{experiment.name}.link"
    aside.unlink(missing_ok=True)
    aside.symlink_to(found.path.name)
    aside.rename(latest)
    return latest / "report.html"


def _write(experiment: Experiment, results: "Results", display: Display, folder: Path) -> None:
    """Gather everything on the page and write it."""
    from evaluation.closed_loop import load_units, read_film
    from evaluation.open_loop_job import load_all
    from evaluation.replay_job import load_replays
    from evaluation.report.report import ReportInput, Trained, write_report

    checkpoints = [
        Trained(
            one.name,
            json.loads((one.checkpoint.path / "checkpoint.json").read_text()),
            json.loads((one.checkpoint.path / "history.json").read_text()),
        )
        for one in results.trained
    ]
    videos = {unit.policy.name: read_film(film) for unit, film in zip(results.film_units, results.films, strict=True)}
    notes = [NOTE_EMBEDDED] if experiment.benchmark is not None and experiment.world.server == "embedded" else []
    options: dict[str, Any] = {}
    if experiment.open_loop is not None:
        options["open_loop"] = experiment.open_loop
    if experiment.benchmark is not None:
        options["bootstrap"] = experiment.benchmark.bootstrap
    elif experiment.replay is not None:
        options["bootstrap"] = experiment.replay.bootstrap
    write_report(
        ReportInput(
            title=f"Liquidlane · {experiment.name}",
            episodes=load_units(results.episodes, results.units),
            predictions=load_all(results.predictions),
            replays=load_replays(results.replays),
            checkpoints=checkpoints,
            config=experiment.model_dump(mode="json"),
            versions=_versions(checkpoints),
            videos=videos,
            stages=list(results.seconds.items()),
            notes=notes + display.warnings,
            seed=experiment.seed,
            **options,
        ),
        folder,
    )


def _versions(checkpoints: list[Any]) -> dict[str, str]:
    """Give the versions of all that took part, and the code's commit if it is known."""
    import platform

    versions = {"python": platform.python_version(), **artifact.installed_versions(PACKAGES)}
    commits = {str(one.about["commit"]) for one in checkpoints if one.about.get("commit")}
    return versions | ({"commit": ", ".join(sorted(commits))} if commits else {})
