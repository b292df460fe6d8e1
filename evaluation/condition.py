"""What every condition promises: it may change the world, what a driver sees and what the car does of its commands."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from evaluation import conditions
from evaluation.registry import find_class, list_names
from simulator.camera import Camera
from simulator.config import Config
from simulator.errors import LiquidlaneError
from simulator.randomness import derive_seed
from simulator.world import Control, LanePose, Observation, Policy

if TYPE_CHECKING:
    from simulator.world_config import WorldConfig

ConditionSpec = str | Mapping[str, Any]


class Condition(Config):
    """Base of all conditions; each hook leaves everything as it is. The fields of a subclass are its parameters.

    The generator given to the hooks belongs to one frame of one car, so that what happens in a frame depends on
    nothing that happened before it.
    """

    @property
    def words(self) -> str:
        """Say it in a sentence about a drive: "in rain", "with image noise"."""
        return f"under {type(self).__name__.lower()}"

    def setup(self, config: "WorldConfig", road: str) -> "WorldConfig":
        """Change the world before it opens. road: the first of the group's; a world has one weather."""
        return config

    def observe(self, observation: Observation, rng: np.random.Generator) -> Observation | None:
        """Change what the driver sees; None loses the frame."""
        return observation

    def act(self, control: Control, rng: np.random.Generator) -> Control:
        """Change what the car is told."""
        return control


def list_conditions() -> tuple[str, ...]:
    """Give the names of all conditions."""
    return list_names(conditions)


def make_condition(spec: ConditionSpec) -> Condition:
    """Make a condition from "noise", "noise:0.2" (its first parameter) or {"name": "noise", "variance": 0.2}.

    Raises:
        LiquidlaneError: if there is no such condition, or it has no such parameter or value.
    """
    name, parameters = _read_spec(spec)
    found: type[Condition] = find_class(conditions, name, "condition")
    first = next(iter(found.model_fields), None)
    if "" in parameters:
        if first is None:
            raise LiquidlaneError(f"condition '{spec}': '{name}' has no parameter; write '{name}'")
        parameters = {first: parameters[""]}
    try:
        return found(**parameters)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        fields = ", ".join(found.model_fields) or "none"
        raise LiquidlaneError(
            f"condition '{spec}': {place}: {problem['msg']}; the parameters of '{name}' are: {fields}"
        ) from error


def label_condition(spec: ConditionSpec) -> str:
    """Give the one name of a condition: "noise", or "noise:variance=0.2" where it differs from the defaults."""
    name, _ = _read_spec(spec)
    changed = make_condition(spec).model_dump(exclude_defaults=True)
    return f"{name}:{','.join(f'{key}={value}' for key, value in changed.items())}" if changed else name


def _read_spec(spec: ConditionSpec) -> tuple[str, dict[str, Any]]:
    """Split a spec into a name and parameters; the key "" stands for the first parameter."""
    if not isinstance(spec, str):
        if not isinstance(spec.get("name"), str):
            raise LiquidlaneError(f"condition {dict(spec)}: the key 'name' is missing; write name: noise, for example")
        return spec["name"], {key: value for key, value in spec.items() if key != "name"}
    name, colon, text = spec.partition(":")
    if not colon:
        return name, {}
    if "=" not in text:
        return name, {"": text}
    return name, dict(part.partition("=")[::2] for part in text.split(","))


class ConditionedPolicy:
    """A policy under a condition: the one loop drives it like any other.

    seen: what each car's driver was shown at the last `act`, after the condition (for videos).
    """

    def __init__(self, policy: Policy, condition: Condition, roads: Sequence[str], seed: int, label: str) -> None:
        """Wrap a policy.

        Args:
            policy: who drives.
            condition: what happens to it.
            roads: of the cars; randomness belongs to a road, whichever group it is driven in.
            seed: of the episode.
            label: of the condition, which keeps the randomness of different conditions apart.
        """
        self.policy = policy
        self.condition = condition
        self.seen: list[Observation | None] = [None] * len(roads)
        self._streams = [f"condition/{label}/{road}" for road in roads]
        self._seed = seed
        self._frame = 0

    def reset(self, cars: int, camera: Camera, period: float) -> None:
        """Prepare the policy; randomness starts anew."""
        self._frame = 0
        self.policy.reset(cars, camera, period)

    def forget(self, car: int) -> None:
        """Pass on to the policy."""
        self.policy.forget(car)

    def act(self, observations: Sequence[Observation | None], lanes: Sequence[LanePose]) -> list[Control]:
        """Let the condition change what is seen, the policy choose, and the condition change what is done."""
        rngs = [
            None if observation is None else np.random.Generator(np.random.SFC64(self._seed_of(car)))
            for car, observation in enumerate(observations)
        ]
        self.seen = [
            None if observation is None or rng is None else self.condition.observe(observation, rng)
            for observation, rng in zip(observations, rngs, strict=True)
        ]
        controls = self.policy.act(self.seen, lanes)
        self._frame += 1
        return [
            control if rng is None else self.condition.act(control, rng)
            for control, rng in zip(controls, rngs, strict=True)
        ]

    @property
    def neurons(self) -> NDArray[np.float32] | None:
        """Activity of the policy's recurrent units."""
        return self.policy.neurons

    def _seed_of(self, car: int) -> int:
        return derive_seed(self._seed, self._streams[car], self._frame)
