"""Rollouts become drives: by the expert with noise injected, or by checkpoints with the expert's labels (DAgger).

The unit is a group: k cars on k roads in one world, so that the server is never idle. Each group is an artifact that
holds its drives; a lost worker or a kill costs the groups that were under way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from pipeline.work.artifact import Artifact, Recipe
from pipeline.work.job import Job
from pipeline.work.worlds import describe_world
from simulator.config import Config
from simulator.expert import NoiseConfig
from simulator.randomness import derive_seed
from simulator.roads_config import RoadsConfig, Split
from simulator.world_config import WorldConfig

VERSION = 9
SUN_PRESETS = ("ClearNoon", "CloudyNoon", "ClearSunset", "CloudySunset")


class CollectConfig(Config):
    """How the expert's drives are collected."""

    roads: int = Field(24, ge=1, description="Training roads.")
    validation_roads: int = Field(2, ge=0, description="Further roads, for the validation loss.")
    cars: int = Field(4, ge=1, le=32, description="Roads driven at once in one world (a group).")
    frames: int = Field(850, ge=16, description="Frames per road at most.")
    weathers: tuple[str, ...] = Field(SUN_PRESETS, min_length=1, description="Weather presets, one per group in turn.")
    expert: Literal["pursuit", "autopilot"] = Field(
        "pursuit", description="'pursuit' keeps the lane centre by its pose; 'autopilot' is the server's own driver."
    )
    noise: NoiseConfig = NoiseConfig()


class DaggerConfig(Config):
    """Rounds in which the models drive, the expert says what it would have done, and training goes on."""

    rounds: int = Field(1, ge=0, le=20, description="How many rounds.")
    roads: int = Field(10, ge=1, description="Roads that each model drives in a round.")
    cars: int = Field(5, ge=1, le=32, description="Roads driven at once in one world.")
    frames: int = Field(600, ge=16, description="Frames per road at most.")
    intervention_offset: float = Field(1.2, gt=0, le=3, description="|offset| at which a car is put back [m].")
    label_limit: float = Field(0.08, gt=0, description="Labels are cut to this |curvature| [1/m].")
    noise: NoiseConfig = Field(NoiseConfig(strength=0.5), description="Noise on what the models command.")


@dataclass(frozen=True, slots=True)
class CollectUnit:
    """One group of roads, driven once. Plain values, so that it travels to a worker and into a fingerprint.

    driver: "pursuit", "autopilot" or the folder of a checkpoint. driver_fingerprint: empty but for checkpoints.
    """

    label: str
    split: str
    world: WorldConfig
    roads: tuple[str, ...]
    seed: int
    frames: int
    noise: NoiseConfig
    driver: str
    driver_fingerprint: str = ""
    intervention_offset: float | None = None
    label_limit: float | None = None

    def recipe(self) -> Recipe:
        """Say what the group's drives depend on."""
        learned = bool(self.driver_fingerprint)
        config: dict[str, Any] = {
            "world": describe_world(self.world),
            "roads": list(self.roads),
            "split": self.split,
            "seed": self.seed,
            "frames": self.frames,
            "noise": self.noise.model_dump(),
            "driver": "checkpoint" if learned else self.driver,
            "intervention_offset": self.intervention_offset,
            "label_limit": self.label_limit,
        }
        return Recipe("collect", VERSION, config, (self.driver_fingerprint,) if learned else ())


def plan_expert_units(config: CollectConfig, world: WorldConfig, seed: int) -> list[CollectUnit]:
    """Divide the expert's roads into groups; training and validation roads never share one."""
    units = []
    counts: tuple[tuple[Split, int], ...] = (("training", config.roads), ("validation", config.validation_roads))
    for split, count in counts:
        names = world.roads.names(split, count)
        for number, start in enumerate(range(0, count, config.cars)):
            group_seed = derive_seed(seed, f"collect {split}", number)
            preset = config.weathers[number % len(config.weathers)]
            units.append(
                CollectUnit(
                    label=f"{config.expert}-{split}-{number:02d}",
                    split=split,
                    world=world.model_copy(update={"weather": preset}),
                    roads=tuple(names[start : start + config.cars]),
                    seed=group_seed % 2**31,
                    frames=config.frames,
                    noise=config.noise,
                    driver=config.expert,
                )
            )
    return units


def plan_dagger_units(
    config: DaggerConfig,
    expert: CollectConfig,
    world: WorldConfig,
    seed: int,
    round_number: int,
    drivers: Sequence[tuple[str, Artifact]],
) -> list[CollectUnit]:
    """Divide a round's roads into groups, for each model of the experiment: (its name, its checkpoint).

    All models drive the same roads: training roads that the expert and earlier rounds did not use, if there are any.
    """
    names = _training_roads(world.roads, expert.roads + round_number * config.roads, config.roads)
    units = []
    for name, checkpoint in drivers:
        for number, start in enumerate(range(0, config.roads, config.cars)):
            group_seed = derive_seed(seed, f"dagger {round_number}", number)
            weather = expert.weathers[number % len(expert.weathers)]
            units.append(
                CollectUnit(
                    label=f"dagger{round_number}-{name}-{number:02d}",
                    split="training",
                    world=world.model_copy(update={"weather": weather}),
                    roads=tuple(names[start : start + config.cars]),
                    seed=group_seed % 2**31,
                    frames=config.frames,
                    noise=config.noise,
                    driver=str(checkpoint.path),
                    driver_fingerprint=checkpoint.fingerprint,
                    intervention_offset=config.intervention_offset,
                    label_limit=config.label_limit,
                )
            )
    return units


def _training_roads(roads: RoadsConfig, first: int, count: int) -> tuple[str, ...]:
    """Give training roads from number `first` on; a config that names its roads is gone through again and again."""
    if roads.training:
        return tuple(roads.training[(first + number) % len(roads.training)] for number in range(count))
    return roads.names("training", first + count)[first:]


def collect_jobs(units: Sequence[CollectUnit], root: Path) -> list[Job]:
    """Plan a job per group; each gives a folder that holds the group's drives."""
    return [
        Job(root, unit.label, unit.recipe(), _drive_group, unit, amount=unit.frames * len(unit.roads)) for unit in units
    ]


def drives_in(group: Artifact) -> list[Path]:
    """List the folders of all drives of a group of roads, or of an ingested recording."""
    return sorted(path.parent for path in group.path.rglob("manifest.json"))


def _drive_group(unit: CollectUnit, folder: Path) -> None:
    """Drive one group, in a worker."""
    from pipeline.collection.group import drive_group

    drive_group(unit, folder)
