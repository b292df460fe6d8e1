"""The benchmark: groups of test roads x condition x seed, driven by every policy. Pure: plan, then run one unit."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, field_validator

from evaluation import drivers
from evaluation.condition import ConditionedPolicy, label_condition, make_condition
from evaluation.driver_name import DriverName
from evaluation.episode import Episode
from evaluation.record import Patience, Progress, record
from evaluation.registry import find_class
from simulator.config import Config
from simulator.errors import LiquidlaneError
from simulator.randomness import derive_seed
from simulator.world import Group, Policy, World

if TYPE_CHECKING:
    from simulator.world_config import WorldConfig

VERSION = 9
DRIVERS_CONDITION = "clear"


class BenchmarkConfig(Config):
    """How models are tested in closed loop."""

    roads: int = Field(default=10, ge=1, le=10_000, description="How many test roads, none of them seen in training.")
    seeds: tuple[int, ...] = Field(default=(0,), min_length=1, description="Seeds of the world's looks and of noise.")
    conditions: tuple[str | dict[str, Any], ...] = Field(
        default=("clear", "noise"), min_length=1, description='"noise", "noise:0.2" or {name: noise, variance: 0.2}.'
    )
    drivers: tuple[DriverName, ...] = Field(
        default=("straight", "expert"), description="Drivers that bound the scale; clear only."
    )
    cars: int = Field(default=5, ge=1, le=64, description="Roads in one world, with a car on each.")
    patience: float = Field(
        default=3.0, gt=0, description="A car is stuck after this times its way's time at `slowest`."
    )
    slowest: float = Field(default=5.0, gt=0, description="See `patience` [m/s].")
    video_seconds: float = Field(
        default=12.0, ge=0, le=120, description="Length of each model's video [s]; 0 makes none."
    )
    bootstrap: int = Field(default=4000, ge=100, le=1_000_000, description="Resamplings behind each interval.")

    @field_validator("conditions")
    @classmethod
    def _conditions_exist(cls, specs: tuple[str | dict[str, Any], ...]) -> tuple[str | dict[str, Any], ...]:
        labels = [_checked(label_condition, spec) for spec in specs]
        if len(set(labels)) < len(labels):
            raise ValueError(f"{', '.join(labels)}: a condition stands there twice")
        return specs


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """Who drives, in plain values. name: "straight", or "ncp@1" for the model ncp trained with seed 1.

    checkpoint: folder of a trained model; None means that `name` is a driver of evaluation/drivers.
    """

    name: str
    checkpoint: str | None = None

    def load(self) -> Policy:
        """Make the policy.

        Raises:
            LiquidlaneError: if there is no such driver, or the checkpoint can't be read.
        """
        if self.checkpoint is not None:
            from pipeline.driver.checkpoint import load

            return load(Path(self.checkpoint))
        policy: Policy = find_class(drivers, self.name, "driver")()
        return policy


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of work and of reuse: a policy drives one group under one condition with one seed.

    Its composition and batch size depend on the config alone, since a float's last bits do depend on the batch.
    condition: label of it. world: the config of the world before the condition's setup.
    """

    policy: PolicySpec
    roads: tuple[str, ...]
    condition: str
    seed: int
    world: "WorldConfig"
    patience: Patience = field(default_factory=Patience)

    @property
    def amount(self) -> int:
        """What `run_unit` reports as progress in total: percentage points of way."""
        return 100 * len(self.roads)

    @property
    def label(self) -> str:
        """A readable name, also good for a folder."""
        first = self.roads[0].rpartition("/")[2].replace(":", "_").replace("#", "_")
        condition = self.condition.replace(":", "_").replace(",", "_").replace("=", "_")
        return f"{self.policy.name}-{condition}-{first}-{self.seed}"

    @property
    def looks(self) -> bool:
        """Whether the policy looks at images; a world for one that does not need not draw them."""
        if self.policy.checkpoint is not None:
            return True
        looks: bool = find_class(drivers, self.policy.name, "driver").looks
        return looks

    def facts(self) -> dict[str, Any]:
        """Give the plain values that its episodes depend on, but for the checkpoint's content."""
        return {
            "policy": self.policy.name,
            "roads": list(self.roads),
            "condition": self.condition,
            "seed": self.seed,
            "world": self.world.model_dump(mode="json"),
            "patience": asdict(self.patience),
        }

    def setup(self) -> "WorldConfig":
        """Give the config of the world that the condition asks for."""
        return make_condition(self.condition).setup(self.world, self.roads[0])


def plan_units(
    config: BenchmarkConfig, world: "WorldConfig", policies: Sequence[PolicySpec], roads: Sequence[str]
) -> list[Unit]:
    """List all units of a benchmark: each policy on each group of roads x condition x seed.

    The config's drivers, which bound the scale, come first and run in clear only.

    Args:
        config: of the benchmark.
        world: of the worlds, before any condition.
        policies: the trained models.
        roads: names of the test roads; the first `config.roads` are used.

    Raises:
        LiquidlaneError: if there are fewer roads than the config asks for.
    """
    if len(roads) < config.roads:
        raise LiquidlaneError(f"benchmark.roads: {config.roads} roads are asked for, there are {len(roads)} to test on")
    chosen = tuple(roads[: config.roads])
    groups = [chosen[start : start + config.cars] for start in range(0, len(chosen), config.cars)]
    patience = Patience(config.patience, config.slowest)
    labels = [label_condition(spec) for spec in config.conditions]
    plan = [(PolicySpec(name), [DRIVERS_CONDITION]) for name in config.drivers]
    plan += [(policy, labels) for policy in policies]
    return [
        Unit(policy, group, condition, seed, world, patience)
        for policy, conditions in plan
        for condition in conditions
        for seed in config.seeds
        for group in groups
    ]


def run_unit(
    unit: Unit, world: World, *, policy: Policy | None = None, progress: Progress | None = None
) -> list[Episode]:
    """Drive one unit in a world that was opened with `unit.setup()`.

    Args:
        unit: what to drive.
        world: where.
        policy: the loaded policy; None loads it.
        progress: is told amounts, `unit.amount` in total.
    """
    return record(
        wrap_policy(unit, policy),
        world,
        Group(unit.roads),
        name=unit.policy.name,
        condition=unit.condition,
        seed=unit.seed,
        world_seed=seed_world(unit.seed),
        patience=unit.patience,
        progress=progress,
    )


def wrap_policy(unit: Unit, policy: Policy | None = None) -> ConditionedPolicy:
    """Give the unit's policy under the unit's condition."""
    driver = unit.policy.load() if policy is None else policy
    return ConditionedPolicy(driver, make_condition(unit.condition), unit.roads, unit.seed, unit.condition)


def seed_world(seed: int) -> int:
    """Give the seed of the benchmark's worlds (31 bits), which is none of the training's."""
    return derive_seed(seed, "benchmark") >> 32


def _checked(function: Any, value: str | Mapping[str, Any]) -> Any:
    """Call a function inside a validator, where pydantic wants a ValueError."""
    try:
        return function(value)
    except LiquidlaneError as error:
        raise ValueError(str(error)) from None
