"""Jobs: artifacts to be found on disk or made by workers. Every stage plans jobs; one function does them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.work import artifact
from pipeline.work.artifact import Artifact, Recipe
from pipeline.work.executor import Progress, run_units


@dataclass(frozen=True, slots=True)
class Job:
    """One artifact, made or yet to be made.

    root, label, recipe: where it lives and what it depends on. fill: a module-level function that fills its folder
    from `unit`, plain values, in a worker. amount: of work, in the stage's unit, that the worker reports in total.
    resumable: an unfinished folder is gone on with.
    """

    root: Path
    label: str
    recipe: Recipe
    fill: Callable[[Any, Path], None]
    unit: Any
    amount: int = 1
    resumable: bool = False

    @property
    def artifact(self) -> Artifact:
        """The artifact, which may not be there yet."""
        return Artifact(artifact.folder_of(self.root, self.label, self.recipe), self.recipe.fingerprint)

    @property
    def done(self) -> bool:
        """Whether the artifact is there."""
        return artifact.find(self.root, self.label, self.recipe) is not None


def finish_jobs(jobs: Sequence[Job], *, workers: int | None = None, progress: Progress | None = None) -> None:
    """Make the artifacts of all jobs that are not on disk yet. A kill costs only what was under way.

    Raises:
        LiquidlaneError: what a job raised; those that were done stay done.
    """
    try:
        run_units(_finish_job, [job for job in jobs if not job.done], workers=workers, progress=progress)
    except BaseException:
        for job in jobs:
            if not job.resumable:  # workers that were ended in the middle of a job could not do it themselves
                artifact.sweep(job.root, job.label, job.recipe)
        raise


def _finish_job(job: Job) -> None:
    """Do one job, in a worker."""
    artifact.reuse_or_make(
        job.root, job.label, job.recipe, lambda folder: job.fill(job.unit, folder), resumable=job.resumable
    )
