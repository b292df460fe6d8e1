"""What roads are driven: the settings of generated roads, and which roads train, validate and test."""

from typing import Literal

from pydantic import Field, model_validator

from simulator.config import Config
from simulator.errors import LiquidlaneError

Split = Literal["training", "validation", "test"]
# seeds of the splits never meet, whatever is configured
SPLIT_SEEDS: dict[Split, range] = {
    "training": range(0, 100_000),
    "validation": range(100_000, 200_000),
    "test": range(200_000, 300_000),
}


class RoadsConfig(Config):
    """Where roads come from and what generated ones look like."""

    training: tuple[str, ...] = Field((), description="names of the training roads; none: generated ones")
    validation: tuple[str, ...] = Field((), description="names of the validation roads; none: generated ones")
    test: tuple[str, ...] = Field((), description="names of the test roads; none: generated ones")
    length: float = Field(1000.0, ge=100, le=10_000, description="length of a generated road [m]")
    radius_min: float = Field(25.0, ge=10, le=1000, description="smallest radius of an arc [m]")
    radius_max: float = Field(200.0, ge=10, le=5000, description="largest radius of an arc [m]")
    straight_max: float = Field(70.0, ge=10, le=1000, description="longest straight between turns [m]")
    s_curve_share: float = Field(0.25, ge=0, le=1, description="share of turns that the next one follows at once")
    lanes: int = Field(1, ge=1, le=4, description="driving lanes for each direction")
    two_way: bool = Field(True, description="whether there are lanes against the traffic")
    lane_width: float = Field(3.5, ge=2.5, le=5, description="width of a driving lane [m]")
    clearance: float = Field(38.0, ge=15, le=200, description="least distance of a generated road from itself [m]")

    @model_validator(mode="after")
    def _check(self) -> "RoadsConfig":
        if self.radius_max < self.radius_min:
            raise ValueError(f"radius_max {self.radius_max:g} is below radius_min {self.radius_min:g}")
        if self.clearance > 1.55 * self.radius_min:
            raise ValueError(
                f"clearance {self.clearance:g} is above 1.55 times radius_min {self.radius_min:g}: the tightest turns "
                "would come too near to themselves"
            )
        named = [*self.training, *self.validation, *self.test]
        if len(set(named)) < len(named):
            twice = next(name for name in named if named.count(name) > 1)
            raise ValueError(f"road {twice!r} is named twice: a road belongs to one split only")
        return self

    @property
    def ignored_distance(self) -> float:
        """Points of a road that are nearer along it than this [m] are not held apart: a turn's two legs."""
        return 1.8 * self.radius_min

    def names(self, split: Split, count: int) -> tuple[str, ...]:
        """Give the names of a split's first `count` roads.

        Raises:
            LiquidlaneError: if the split has fewer.
        """
        named: tuple[str, ...] = getattr(self, split)
        if not named:
            return tuple(f"generated:{seed}" for seed in split_seeds(split, count))
        if count > len(named):
            raise LiquidlaneError(
                f"roads.{split} names {len(named)} roads but {count} are needed; name more or ask for fewer"
            )
        return named[:count]


def split_seeds(split: Split, count: int, start: int = 0) -> range:
    """Give `count` seeds of generated roads that no other split has, from the split's number `start` on.

    Raises:
        LiquidlaneError: if there are not so many.
    """
    seeds = SPLIT_SEEDS[split]
    if start < 0 or count < 0 or start + count > len(seeds):
        raise LiquidlaneError(
            f"{count} {split} roads from number {start} on can't be had; there are {len(seeds)}, ask for fewer"
        )
    return seeds[start : start + count]
