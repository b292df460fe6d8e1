"""The one loop, in a small world of kinematic cars on straight lanes."""

import math
from collections.abc import Sequence

import numpy as np

from simulator.camera import Camera
from simulator.rollout import RolloutStep, rollout
from simulator.world import CarState, Control, Ended, Group, LanePose, Moment, Observation, Policy, World

PERIOD, SPEED, WIDTH = 0.1, 10.0, 3.5
GROUP = Group(("straight:0", "straight:1"))


class StraightWorld:
    """Cars on parallel straight lanes of the given lengths; each observation's image holds the lane offset's sign."""

    camera = Camera.from_fov(4, 2, math.pi / 2)
    period = PERIOD

    def __init__(self, lengths: Sequence[float]) -> None:
        self.lengths = lengths
        self.restored: list[tuple[int, int]] = []

    def reset(self, group: Group, seed: int) -> Moment:
        self.poses = [[0.0, 0.0, 0.0] for _ in group.roads]
        self.ticks = 0
        self.to_restore: set[int] = set()
        return self.look()

    def look(self) -> Moment:
        ended: list[Ended | None] = [
            "finished" if x >= length else None for (x, _, _), length in zip(self.poses, self.lengths, strict=True)
        ]
        image = np.zeros((2, 4, 3), np.uint8)
        lanes = [LanePose(y, h, 0.004, WIDTH, np.zeros((40, 2))) for _, y, h in self.poses]
        return Moment(
            self.ticks * PERIOD,
            [None if end else Observation(image, SPEED, self.ticks * PERIOD) for end in ended],
            lanes,
            [CarState((x, y), h, SPEED, x, 0.0, SPEED) for x, y, h in self.poses],
            ended,
        )

    def step(self, controls: Sequence[Control]) -> Moment:
        self.commanded = list(controls)
        for car, (pose, control) in enumerate(zip(self.poses, controls, strict=True)):
            if pose[0] >= self.lengths[car]:
                continue
            if car in self.to_restore:
                pose[1] = pose[2] = 0.0
            assert control.curvature is not None
            pose[2] += control.curvature * SPEED * PERIOD
            pose[0] += SPEED * PERIOD * math.cos(pose[2])
            pose[1] += SPEED * PERIOD * math.sin(pose[2])
        self.to_restore = set()
        self.ticks += 1
        return self.look()

    def restore(self, car: int) -> None:
        self.restored.append((self.ticks, car))
        self.to_restore.add(car)

    def route(self, car: int) -> np.ndarray:
        return np.array([[0.0, 0.0], [self.lengths[car], 0.0]])

    def close(self) -> None:
        pass


class Veering:
    """Car 0 turns left all the time, car 1 goes straight; remembers what it was shown and told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.neurons: np.ndarray | None = None

    def reset(self, cars: int, camera: Camera, period: float) -> None:
        self.calls.append(f"reset {cars} {camera.width} {period}")

    def forget(self, car: int) -> None:
        self.calls.append(f"forget {car}")

    def act(self, observations: Sequence[Observation | None], lanes: Sequence[LanePose]) -> list[Control]:
        self.calls.append("act " + "".join("-" if seen is None else "o" for seen in observations))
        self.neurons = np.full((len(lanes), 3), len(self.calls), np.float32)
        return [Control(0.02), Control(0.0)]


def drive(lengths: Sequence[float], **options: float) -> tuple[list[RolloutStep], Veering, StraightWorld]:
    policy, world = Veering(), StraightWorld(lengths)
    checked_policy: Policy = policy
    checked_world: World = world
    return list(rollout(checked_policy, checked_world, GROUP, 1, **options)), policy, world  # type: ignore[arg-type]


def test_loop_ends_with_the_moment_at_which_all_cars_have_ended() -> None:
    steps, policy, _ = drive([30.0, 10.0], intervention_offset=100.0)
    assert [end is not None for end in steps[-1].moment.ended] == [True, True]
    assert [end is not None for end in steps[-2].moment.ended] == [False, True]
    assert len(policy.calls) == len(steps)  # one reset, and an act for each step but the last
    np.testing.assert_allclose(np.diff([step.moment.timestamp for step in steps]), PERIOD)


def test_max_steps_ends_the_loop_without_driving_further() -> None:
    steps, _, world = drive([1000.0, 1000.0], max_steps=7, intervention_offset=100.0)
    assert len(steps) == 7
    assert world.ticks == 6


def test_ended_cars_are_neither_shown_nor_restored() -> None:
    steps, policy, world = drive([3.0, 8.0], intervention_offset=0.0)
    last_shown = max(i for i, call in enumerate(policy.calls) if call.startswith("act") and call[4] == "o")
    assert policy.calls[last_shown + 1 :]
    assert all(car != 0 or tick * 1.0 < 3.5 for tick, car in world.restored)
    assert not any(steps[-1].interventions)


def test_car_outside_is_restored_forgotten_and_driven_along_its_lane() -> None:
    steps, policy, world = drive([60.0, 60.0])
    first = next(i for i, step in enumerate(steps) if any(step.interventions))
    step = steps[first]
    assert step.interventions == [True, False]
    assert abs(step.moment.lanes[0].offset) > WIDTH / 2
    assert abs(steps[first - 1].moment.lanes[0].offset) <= WIDTH / 2
    assert world.restored[0] == (first, 0)
    acted = [i for i, call in enumerate(policy.calls) if call.startswith("act")][first]
    assert policy.calls[acted : acted + 2] == ["act -o", "forget 0"]
    assert step.controls == [Control(0.004), Control(0.0)]
    assert step.neurons is not None
    assert step.neurons[0, 0] == acted + 1
    # put back before the motion: at the next moment it has driven one step along its lane from the centre
    assert abs(steps[first + 1].moment.lanes[0].offset) < 0.01
    assert steps[first + 1].interventions == [False, False]
    assert sum(step.interventions[0] for step in steps) == len(world.restored) >= 2


def test_intervention_offset_replaces_half_the_width() -> None:
    steps, _, _ = drive([60.0, 60.0], intervention_offset=0.5)
    first = next(step for step in steps if any(step.interventions))
    assert 0.5 < abs(first.moment.lanes[0].offset) < 1.0
