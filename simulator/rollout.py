"""The one loop: a policy, a world and a seed become steps. It serves experts, learned drivers and DAgger alike."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.world import Control, Group, Moment, Policy, World


@dataclass(frozen=True, slots=True)
class RolloutStep:
    """One moment and what was done about it. Lists have one entry a car.

    moment: what the policy saw. controls: what drives the cars until the next moment; for a car under intervention
    the lane's curvature, since its next image is yet to come. interventions: True where the car was found outside its
    lane and is put back. neurons: (cars, units) after `act`, or None.
    """

    moment: Moment
    controls: list[Control]
    interventions: list[bool]
    neurons: NDArray[np.float32] | None


def rollout(
    policy: Policy,
    world: World,
    group: Group,
    seed: int,
    *,
    max_steps: int | None = None,
    intervention_offset: float | None = None,
) -> Iterator[RolloutStep]:
    """Drive a group of roads from start to end.

    A car found outside is restored to its lane centre and its driver forgets. The last step holds the moment at which
    the last car had ended; the policy is not asked there and the controls are the ones before.

    Args:
        policy: who drives.
        world: where.
        group: one road a car.
        seed: of the world's appearance and of whatever else is random in it.
        max_steps: stop after this many steps.
        intervention_offset: |offset| [m] beyond which a car is outside; None means half the lane's width.

    Yields:
        One step per camera period.
    """
    moment = world.reset(group, seed)
    cars = len(group.roads)
    policy.reset(cars, world.camera, world.period)
    controls = [Control(0.0)] * cars
    steps = 0
    while max_steps is None or steps < max_steps:
        steps += 1
        if all(moment.ended):
            yield RolloutStep(moment, controls, [False] * cars, policy.neurons)
            return
        outside = find_outside(moment, intervention_offset)
        observations = [
            None if out or ended else seen
            for seen, out, ended in zip(moment.observations, outside, moment.ended, strict=True)
        ]
        answers = policy.act(observations, moment.lanes)
        neurons = policy.neurons
        controls = [
            Control(lane.curvature) if out else answer
            for answer, out, lane in zip(answers, outside, moment.lanes, strict=True)
        ]
        for car in np.flatnonzero(outside).tolist():
            policy.forget(car)
            world.restore(car)
        yield RolloutStep(moment, controls, outside, neurons)
        if max_steps is None or steps < max_steps:
            moment = world.step(controls)


def find_outside(moment: Moment, limit: float | None = None) -> list[bool]:
    """Tell for each car that still drives whether |offset| exceeds `limit` [m] (None: half its lane's width)."""
    return [
        ended is None and abs(lane.offset) > (lane.width / 2 if limit is None else limit)
        for lane, ended in zip(moment.lanes, moment.ended, strict=True)
    ]
