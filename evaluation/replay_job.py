"""Closed loop on recordings, as jobs: each driver drives the test part of the recordings again, in replayed views."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from evaluation.benchmark import PolicySpec
from evaluation.episode import Episode, load_episodes, save_episodes
from evaluation.kept_aside import KeptAside
from evaluation.record import record
from evaluation.replay_config import ReplayConfig
from pipeline.dataset.split import Segment
from pipeline.driver.view import StatedCamera, camera_of
from pipeline.replay.world import ReplayWorld
from pipeline.work.artifact import Artifact
from pipeline.work.executor import report_progress
from pipeline.work.job import Job
from pipeline.work.whole_file import write_text
from simulator.errors import LiquidlaneError
from simulator.world import Group

VERSION = 2
CONDITION = "replayed"
EPISODES, SMOOTHING = "episodes.parquet", "smoothing.json"
AMOUNT = 100
"""Percentage points of a job."""


@dataclass(frozen=True, slots=True)
class ReplayUnit:
    """One driver on all test recordings."""

    policy: PolicySpec
    aside: KeptAside


def replay_jobs(
    config: ReplayConfig, trained: Sequence[tuple[str, Artifact]], aside: KeptAside, root: Path
) -> list[Job]:
    """Plan a job per driver; each gives an episode for each test segment that can be driven. Amounts are percent.

    Args:
        config: names the drivers that bound the scale.
        trained: (name, checkpoint) of each trained driver.
        aside: what is driven.
        root: of all episodes.
    """
    driven: list[tuple[str, Artifact | None]] = [(name, None) for name in config.drivers]
    jobs = []
    for name, checkpoint in [*driven, *trained]:
        spec = PolicySpec(name, None if checkpoint is None else str(checkpoint.path))
        values = {"policy": name if checkpoint is None else "checkpoint"}
        unit = ReplayUnit(spec, aside)
        recipe = aside.recipe("replay", VERSION, values, checkpoint)
        jobs.append(Job(root, f"replay-{name}", recipe, record_replays, unit, amount=AMOUNT))
    return jobs


def record_replays(unit: ReplayUnit, folder: Path) -> None:
    """Drive the test part again, in a worker."""
    split = unit.aside.split()
    worlds = open_replays(split.test, unit.aside.dataset.cameras)
    if not worlds:
        raise LiquidlaneError(
            f"no recording that can be driven again is left to test on ({split.statement}; a car must go 20 m); "
            "raise dataset.test or leave `replay:` out"
        )
    policy, name = unit.policy.load(), unit.policy.name
    episodes: list[Episode] = []
    for number, world in enumerate(worlds, start=1):
        group = Group((world.name,))
        episodes += record(policy, world, group, name=name, condition=CONDITION, seed=0, world_seed=0)
        world.close()
        report_progress(AMOUNT * number // len(worlds) - AMOUNT * (number - 1) // len(worlds))
    save_episodes(folder / EPISODES, episodes)
    write_text(folder / SMOOTHING, json.dumps({world.name: world.smoothing for world in worlds}) + "\n")


def open_replays(
    segments: Sequence[Segment], cameras: Mapping[str, StatedCamera] = MappingProxyType({})
) -> list[ReplayWorld]:
    """Open a world for each segment whose car moves; those too short or full of holes are passed over.

    Args:
        segments: of drives.
        cameras: stated for sources that do not know theirs.
    """
    worlds = []
    for segment in segments:
        try:
            camera = camera_of(segment.drive, cameras)
            worlds.append(ReplayWorld(segment.drive, segment.start, segment.stop, camera=camera))
        except LiquidlaneError:
            continue
    return worlds


def state_smoothing(job: Job) -> str | None:
    """Say which recordings were driven along averaged steering; None if none was."""
    windows: dict[str, float] = json.loads((job.artifact.path / SMOOTHING).read_text())
    averaged = [window for window in windows.values() if window > 0]
    if not averaged:
        return None
    return (
        f"closed loop on recordings: in {len(averaged)} of {len(windows)} the recorded steering jumps too sharply to "
        f"be followed (as with keys at few frames a second), so it was averaged over {min(averaged):g} to "
        f"{max(averaged):g} s to make a way that can be driven"
    )


def load_replays(jobs: Sequence[Job]) -> list[Episode]:
    """Load the episodes of all jobs; they bear the names that their drivers have now."""
    return [
        replace(episode, policy=job.unit.policy.name)
        for job in jobs
        for episode in load_episodes(job.artifact.path / EPISODES)
    ]
