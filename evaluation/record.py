"""A rollout becomes episodes: one for each car of the group."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evaluation.episode import Episode
from simulator.rollout import RolloutStep, rollout
from simulator.world import CarState, Ended, Group, LanePose, Policy, World

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Patience:
    """When a car counts as stuck: at `factor` x the time that its way takes at `slowest` [m/s]."""

    factor: float = 3.0
    slowest: float = 5.0

    def limit(self, length: float) -> float:
        """Give the seconds after which a car on a way of `length` metres is stuck."""
        return self.factor * length / self.slowest


def record(
    policy: Policy,
    world: World,
    group: Group,
    *,
    name: str,
    condition: str,
    seed: int,
    world_seed: int,
    patience: Patience | None = None,
    progress: Progress | None = None,
) -> list[Episode]:
    """Drive a group of roads and say what happened to each car.

    Args:
        policy: who drives.
        world: where.
        group: one road a car.
        name: of the policy, as it stands in the episodes.
        condition: its name, as it stands in the episodes.
        seed: of the benchmark, as it stands in the episodes.
        world_seed: what the world is made from.
        patience: when a car is stuck. What a car does after that is not recorded.
        progress: is told percentage points of way driven; a group's total is 100 x its roads.
    """
    patience = patience or Patience()
    tracks: list[_Track] = []
    told = 0
    for step, seconds in _timed(rollout(policy, world, group, world_seed)):
        if not tracks:
            routes = [world.route(car) for car in range(len(group.roads))]
            tracks = [_Track(center, patience.limit(measure(center))) for center in routes]
        driving = [track for track in tracks if track.ended is None]
        for car, track in enumerate(tracks):
            track.append(step, car, seconds / max(len(driving), 1))
        if progress is not None:
            percent = sum(track.percent for track in tracks)
            if percent > told:
                progress(percent - told)
                told = percent
        if all(track.ended is not None for track in tracks):
            break
    return [track.finish(name, road, condition, seed) for track, road in zip(tracks, group.roads, strict=True)]


def measure(line: NDArray[np.float64]) -> float:
    """Give the length of a line (M, 2) [m]."""
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def _timed(steps: Iterator[RolloutStep]) -> Iterator[tuple[RolloutStep, float]]:
    """Add to each step the wall seconds that it took; NaN for the first, which contains loading the world."""
    before = None
    for step in steps:
        now = time.perf_counter()
        yield step, np.nan if before is None else now - before
        before = time.perf_counter()


@dataclass
class _Track:
    """What has been seen of one car so far. center: of its way, (M, 2) [m]. limit: its time [s]."""

    center: NDArray[np.float64]
    limit: float
    ended: Ended | None = None
    rows: list[tuple[float, CarState, LanePose, float, bool, float]] = field(default_factory=list)
    neurons: list[NDArray[np.float32]] = field(default_factory=list)

    def append(self, step: RolloutStep, car: int, seconds: float) -> None:
        """Note a step, unless the car has ended at its moment."""
        moment = step.moment
        if self.ended is None:
            self.ended = moment.ended[car] or ("stuck" if moment.timestamp > self.limit else None)
        if self.ended is not None:
            return
        state, curvature = moment.cars[car], step.controls[car].curvature
        commanded = state.executed if curvature is None else curvature
        self.rows.append((moment.timestamp, state, moment.lanes[car], commanded, step.interventions[car], seconds))
        if step.neurons is not None:
            self.neurons.append(np.array(step.neurons[car], np.float32))

    @property
    def percent(self) -> int:
        """Whole percent of the way that are behind the car, or 100 after its end."""
        if self.ended is not None:
            return 100
        return int(100 * min(self.rows[-1][1].distance / measure(self.center), 1)) if self.rows else 0

    def finish(self, name: str, road: str, condition: str, seed: int) -> Episode:
        """Make the episode. A rollout that ended before the car did leaves it stuck."""
        states = [row[1] for row in self.rows]
        lanes = [row[2] for row in self.rows]
        seconds = np.array([row[5] for row in self.rows])
        known = seconds[np.isfinite(seconds)]
        return Episode(
            policy=name,
            road=road,
            condition=condition,
            seed=seed,
            ended=self.ended or "stuck",
            length=measure(self.center),
            timestamp=np.array([row[0] for row in self.rows]),
            position=np.array([state.position for state in states]).reshape(-1, 2),
            distance=np.array([state.distance for state in states]),
            offset=np.array([lane.offset for lane in lanes]),
            heading=np.array([lane.heading for lane in lanes]),
            width=np.array([lane.width for lane in lanes]),
            speed=np.array([state.speed for state in states]),
            speed_target=np.array([state.speed_target for state in states]),
            curvature=np.array([row[3] for row in self.rows]),
            executed=np.array([state.executed for state in states]),
            intervention=np.array([row[4] for row in self.rows], bool),
            neurons=np.array(self.neurons, np.float32).reshape(len(states), -1 if self.neurons else 0),
            wall_seconds=np.where(np.isfinite(seconds), seconds, np.median(known) if len(known) else 0.0),
            center=self.center,
        )
