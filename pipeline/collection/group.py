"""Drives one group of roads and records what happened, in a worker."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.collection.collect import CollectUnit
from pipeline.drives.drive import DriveWriter, Frame, LaneRecord, encode_jpeg
from pipeline.work.executor import report_progress
from pipeline.work.worlds import keep_world
from simulator.camera import Camera
from simulator.expert import AutopilotExpert, Expert, NoisyExpert, SteeringNoise, expert_curvature
from simulator.rollout import RolloutStep, rollout
from simulator.world import Control, Group, LanePose, Observation, Policy

SHORTEST = 16
"""A piece between two interventions with fewer frames than this is not kept: no clip fits into it."""


def drive_group(unit: CollectUnit, folder: Path) -> None:
    """Drive a group and write its drives into a folder: one a road, and a new one after each intervention."""
    world = keep_world(unit.world)
    policy = make_driver(unit)
    recorders = [RoadRecorder(unit, folder, car) for car in range(len(unit.roads))]
    steps = rollout(
        policy,
        world,
        Group(unit.roads),
        unit.seed,
        max_steps=unit.frames,
        intervention_offset=unit.intervention_offset,
    )
    for step in steps:
        for recorder in recorders:
            recorder.record(step, world.camera)
        report_progress(len(unit.roads))
    for recorder in recorders:
        recorder.finish()


def make_driver(unit: CollectUnit) -> Policy:
    """Make who drives: the expert with noise, the server's autopilot, or a checkpoint with noise on its commands."""
    if unit.driver == "autopilot":
        return AutopilotExpert()
    if unit.driver == "pursuit":
        return NoisyExpert(unit.seed, unit.noise) if unit.noise.strength else Expert()
    from pipeline.driver.checkpoint import load

    return NudgedPolicy(load(Path(unit.driver)), unit)


class NudgedPolicy:
    """A learned driver with noise on its commands, so that it meets states that it would not have sought."""

    def __init__(self, policy: Policy, unit: CollectUnit) -> None:
        self._policy = policy
        self._unit = unit
        self._noise: list[SteeringNoise] = []

    @property
    def neurons(self) -> NDArray[np.float32] | None:
        """The driver's."""
        return self._policy.neurons

    def reset(self, cars: int, camera: Camera, period: float) -> None:
        """Prepare the driver and start each car's noise anew."""
        self._policy.reset(cars, camera, period)
        self._noise = [SteeringNoise(self._unit.seed, car, period, self._unit.noise) for car in range(cars)]

    def forget(self, car: int) -> None:
        """Let the driver forget a car and end its kick."""
        self._policy.forget(car)
        self._noise[car].let_go()

    def act(self, observations: Sequence[Observation | None], lanes: Sequence[LanePose]) -> list[Control]:
        """Ask the driver, then add the noise."""
        answers = self._policy.act(observations, lanes)
        controls = []
        for answer, seen, lane, noise in zip(answers, observations, lanes, self._noise, strict=True):
            nudge = noise.draw(lane.offset, seen.speed) if seen is not None else 0.0
            controls.append(answer if answer.curvature is None else Control(answer.curvature + nudge))
        return controls


class RoadRecorder:
    """Writes the drives of one car."""

    def __init__(self, unit: CollectUnit, folder: Path, car: int) -> None:
        self._unit, self._folder, self._car = unit, folder, car
        self._writer: DriveWriter | None = None
        self._pieces = 0
        self._start = 0.0

    def record(self, step: RolloutStep, camera: Camera) -> None:
        """Add this car's frame, if it has one; an intervention ends the drive."""
        car = self._car
        seen = step.moment.observations[car]
        if step.interventions[car]:
            self.finish()
            return
        if seen is None or step.moment.ended[car] is not None:
            return
        lane, state = step.moment.lanes[car], step.moment.cars[car]
        if self._unit.driver == "autopilot":
            label = state.executed
        else:
            label = expert_curvature(lane, seen.speed)
        limit = self._unit.label_limit
        if limit is not None:
            label = min(max(label, -limit), limit)
        writer = self._open(camera, seen.timestamp)
        writer.append(
            Frame(
                timestamp=seen.timestamp - self._start,
                speed=seen.speed,
                curvature=label,
                executed=state.executed,
                jpeg=encode_jpeg(seen.image),
                lane=LaneRecord(lane.offset, lane.heading, lane.curvature, lane.width),
            )
        )

    def finish(self) -> None:
        """End the drive that is being recorded, or drop it if no clip fits into it."""
        if self._writer is not None:
            if self._writer.frames < SHORTEST:
                self._writer.discard()
            else:
                self._writer.finish()
            self._writer = None

    def _open(self, camera: Camera, time: float) -> DriveWriter:
        """Give the drive that is being recorded, a new one that starts at this time [s] if there is none."""
        if self._writer is None:
            self._start = time
            unit, road = self._unit, self._unit.roads[self._car]
            name = f"{self._car:02d}-{self._pieces:02d}"
            self._writer = DriveWriter(
                self._folder / name,
                name=f"{unit.label}/{name}",
                recording=road,
                source="simulator",
                camera=camera,
                facts={
                    "road": road,
                    "seed": unit.seed,
                    "weather": unit.world.weather,
                    "season": unit.world.season,
                    "season_made_in": "world" if unit.world.server == "embedded" else "picture",
                    "split": unit.split,
                    "start": round(time, 6),
                },
            )
            self._pieces += 1
        return self._writer
