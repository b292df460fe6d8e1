"""Drives the benchmark's units in workers and keeps what happened: one artifact of episodes, or one film, per unit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluation.benchmark import VERSION, Unit, run_unit, seed_world, wrap_policy
from evaluation.episode import Episode, load_episodes, save_episodes
from pipeline.work.artifact import Artifact, Recipe
from pipeline.work.executor import report_progress
from pipeline.work.job import Job
from pipeline.work.worlds import describe_world, keep_world
from simulator.world import Group

EPISODES, FILM = "episodes.parquet", "film.mp4"
FILM_VERSION = 1


def describe_unit(unit: Unit) -> dict[str, Any]:
    """Give the plain values that a unit's result depends on, but for the checkpoint, whose fingerprint is an input."""
    facts = unit.facts() | {"world": describe_world(unit.world)}
    if unit.policy.checkpoint is not None:
        facts["policy"] = "checkpoint"
    return facts


def episodes_recipe(unit: Unit, checkpoint: str | None) -> Recipe:
    """Say what the unit's episodes depend on.

    Args:
        unit: what is driven.
        checkpoint: fingerprint of the trained driver, None for a driver that is not trained.
    """
    return Recipe("benchmark", VERSION, describe_unit(unit), (checkpoint,) if checkpoint else ())


def film_recipe(unit: Unit, checkpoint: str | None, seconds: float) -> Recipe:
    """Say what a film of the unit's first road depends on."""
    facts = describe_unit(unit) | {"seconds": seconds}
    return Recipe("film", FILM_VERSION, facts, (checkpoint,) if checkpoint else ())


def episode_jobs(units: Sequence[Unit], checkpoints: Mapping[str, str], root: Path) -> list[Job]:
    """Plan a job per unit; each gives a folder that holds the unit's episodes. Amounts are percentage points of way.

    Args:
        units: from `plan_units`.
        checkpoints: fingerprints of the trained drivers, by the policy's name.
        root: of all episodes.
    """
    return [
        Job(
            root,
            unit.label,
            episodes_recipe(unit, checkpoints.get(unit.policy.name)),
            record_episodes,
            unit,
            amount=unit.amount,
        )
        for unit in units
    ]


def record_episodes(unit: Unit, folder: Path) -> None:
    """Drive one unit, in a worker."""
    world = keep_world(unit.setup(), cameras=unit.looks)
    save_episodes(folder / EPISODES, run_unit(unit, world, progress=report_progress))


def load_units(folders: Sequence[Artifact], units: Sequence[Unit]) -> list[Episode]:
    """Load the episodes of many units; they bear the names that their policies have now."""
    return [
        replace(episode, policy=unit.policy.name)
        for folder, unit in zip(folders, units, strict=True)
        for episode in load_episodes(folder.path / EPISODES)
    ]


def film_jobs(units: Sequence[Unit], checkpoints: Mapping[str, str], root: Path, seconds: float) -> list[Job]:
    """Plan a job per unit that films its first road for some seconds."""
    return [
        Job(
            root,
            unit.label,
            film_recipe(unit, checkpoints.get(unit.policy.name), seconds),
            record_film,
            (unit, seconds),
        )
        for unit in units
    ]


def record_film(task: tuple[Unit, float], folder: Path) -> None:
    """Film one unit, in a worker."""
    from evaluation.video import film

    unit, seconds = task
    world = keep_world(unit.setup())
    (folder / FILM).write_bytes(film(wrap_policy(unit), world, Group(unit.roads[:1]), seed_world(unit.seed), seconds))
    report_progress(1)


def read_film(folder: Artifact) -> bytes:
    """Give a film as mp4 bytes."""
    return (folder.path / FILM).read_bytes()
