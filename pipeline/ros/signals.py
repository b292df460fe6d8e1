"""Curvature and speed at the pictures' times, from what the topics of a bag said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.ros.options import Options
from pipeline.ros.quantities import FIX, JOINTS, POSE, Kind, Source
from pipeline.ros.survey import Samples
from pipeline.signals.assumed import Assumed
from pipeline.signals.curvature import from_steer, from_steering_wheel, from_wheels, from_yaw_rate
from pipeline.signals.motion import compare_with_motion
from pipeline.signals.path_motion import motion_of_fixes, motion_of_poses
from pipeline.signals.resample import LONGEST_HOLE, at_frames, hold
from simulator.errors import LiquidlaneError

FloatArray = NDArray[np.float64]

LONGEST_STEP = 2.5  # [s] of a slow signal, such as fixes once a second, that are still joined
LARGEST_WHEELS, LARGEST_STEERING_WHEEL = 1.4, 15.0  # [rad]; beyond, angles are degrees
LARGEST_STEER = 1.001
SLOW_SHARE, SLOWEST = 0.2, (0.05, 1.0)
"""Yaw rate over speed is noise below this share of the 95th percentile of speed, within bounds [m/s]."""


@dataclass(slots=True)
class Signals:
    """What the chosen sources said.

    times: [s] of each topic's messages. steering, speed, motion: what was chosen; speed and motion may be None.
    """

    samples: Mapping[str, Samples]
    times: Mapping[str, FloatArray]
    assumed: Assumed
    options: Options
    findings: list[str] = field(default_factory=list)
    steering: Source | None = None
    speed: Source | None = None
    motion: Source | None = None
    slowest: float = SLOWEST[1]

    def choose(self, found: Mapping[str, Sequence[Source]]) -> None:
        """Take the best candidate for each that has values.

        Raises:
            LiquidlaneError: if there is no steering.
        """
        self.speed = next((source for source in found["speed"] if self._moves(source)), None)
        if self.speed is not None:
            speeds = np.abs(self._series(self.speed)[1]) * self.options.scale
            typical = float(np.percentile(speeds[np.isfinite(speeds)], 95))
            self.slowest = float(np.clip(SLOW_SHARE * typical, *SLOWEST))
        usable = [source for source in found["steering"] if self._steers(source, mapped=bool(self.options.steering))]
        if not usable:
            tried = ", ".join(map(str, found["steering"])) or "no topic of steering or yaw rate"
            raise LiquidlaneError(
                f"the bag does not tell how the car was steered ({tried}); name what does with steering=TOPIC:FIELD"
            )
        self.steering = usable[0]
        own = (self.steering.topic, self.steering.field)
        others = [source for source in found["motion"] if (source.topic, source.field) != own]
        moving = [source for source in others if self._turns(source)]
        self.motion = moving[0] if moving else None
        self._tell("steering", self.steering, usable[1:], bool(self.options.steering))
        if self.speed is None:
            self.assumed.take("speed", "m/s", "no topic tells it")
        else:
            more = [source for source in found["speed"] if source != self.speed and self._moves(source)]
            self._tell("speed_from", self.speed, more, bool(self.options.speed_from))
        if self.motion is not None:
            self._tell("motion", self.motion, moving[1:], bool(self.options.motion))

    def _tell(self, name: str, source: Source, others: Sequence[Source], given: bool) -> None:
        beside = f" (there are also {', '.join(map(str, others))})" if others else ""
        told = f"this topic's type and name tell the {source.kind.value.replace('_', ' ')}{beside}"
        because = "the options name it" if given else told
        self.assumed.note(name, f"{source} as {source.kind.value}", "", because, given=given)

    def _series(self, source: Source) -> tuple[FloatArray, FloatArray]:
        """Give the times [s] and values of a source, in our unit and sign."""
        samples, times = self.samples[source.topic], self.times[source.topic]
        made, _, name = source.field.partition(".")
        if made in (POSE, FIX):
            columns = (f"{POSE}.x", f"{POSE}.y", f"{POSE}.heading") if made == POSE else ("latitude", "longitude")
            table = np.stack([times, *(samples.column(column) for column in columns)])
            known = np.isfinite(table).all(axis=0)
            table = table[:, known]
            table = table[:, np.unique(table[0], return_index=True)[1]]
            speed, rate = motion_of_poses(*table) if made == POSE else motion_of_fixes(*table)
            return table[0], (speed if name == "speed" else rate) * source.factor
        values = samples.column(source.field) * source.factor
        if source.field == f"{JOINTS}.speed":
            values = values * self.assumed.take("wheel_radius", "m", "joints tell how fast wheels turn")
        return times, values

    def _moves(self, source: Source) -> bool:
        if source.topic not in self.times:
            return False
        values = self.samples[source.topic].column(source.field) if source.field.startswith(JOINTS) else None
        values = self._series(source)[1] if values is None else values
        return bool((np.isfinite(values) & (values != 0)).any())

    def _turns(self, source: Source) -> bool:
        """Say whether a yaw rate can be used: it is known, and there is a speed to divide by."""
        if source.topic not in self.times or not self._moves(source):
            return False
        return self._speed_beside(source) is not None

    def _speed_beside(self, source: Source) -> Source | None:
        """Give the speed that belongs to a yaw rate: of the same message, else the chosen one."""
        own = source.field.replace("angular.z", "linear.x").replace(".yaw_rate", ".speed")
        beside = Source(source.topic, own, Kind.SPEED, 1.0, source.command)
        columns = self.samples[source.topic].columns
        there = own in columns or source.field.startswith((POSE, FIX))
        return beside if own != source.field and there and self._moves(beside) else self.speed

    def _steers(self, source: Source, mapped: bool) -> bool:
        if source.topic not in self.times:
            return False
        if source.kind == Kind.YAW_RATE:
            return self._turns(source) or (self._speed_beside(source) is not None and source.command)
        values = self._series(source)[1]
        values = values[np.isfinite(values)]
        if source.kind == Kind.STEER and len(values) and np.abs(values).max() > LARGEST_STEER:
            sentence = f"{source} reaches {np.abs(values).max():.4g}, so it is no share of the largest angle"
            if mapped:
                raise LiquidlaneError(f"{sentence}; say what it is with steering_is and steering_factor")
            self.findings.append(f"{sentence}, and is left aside")
            return False
        return len(values) > 0

    def curvature(self, source: Source, frames: FloatArray) -> FloatArray:
        """Give the curvature [1/m] that a source tells at the times of frames [s]; NaN where it is unknown."""
        take, scale = self.assumed.take, self.options.scale
        times, values = self._series(source)
        if source.kind == Kind.YAW_RATE:
            beside = self._speed_beside(source)
            assert beside is not None
            speed = self._bring(beside, *self._series(beside), frames) * scale
            return from_yaw_rate(self._bring(source, times, values, frames), speed, self.slowest)
        values = self._in_radians(source, values)
        at = self._bring(source, times, values, frames)
        if source.kind == Kind.CURVATURE:
            return at / scale
        wheelbase = scale * take("wheelbase", "m", "a bag does not say which car it was")
        if source.kind == Kind.WHEELS:
            return from_wheels(at, wheelbase)
        if source.kind == Kind.STEERING_WHEEL:
            return from_steering_wheel(at, take("steering_ratio", "", "the steering wheel's angle is told"), wheelbase)
        return from_steer(at, take("maximum_angle", "degrees", "a share of it is told"), wheelbase)

    def _in_radians(self, source: Source, values: FloatArray) -> FloatArray:
        limits = {Kind.WHEELS: LARGEST_WHEELS, Kind.STEERING_WHEEL: LARGEST_STEERING_WHEEL}
        known = np.abs(values[np.isfinite(values)])
        if source.kind not in limits or len(known) == 0 or np.percentile(known, 99) <= limits[source.kind]:
            return values
        self.assumed.note("unit", "degrees", "", f"{source} reaches {known.max():.4g}, which can't be radians")
        return np.radians(values)

    def speeds(self, frames: FloatArray) -> FloatArray:
        """Give the speed [m/s] at the times of frames."""
        if self.speed is None:
            return (
                np.full(len(frames), float(self.assumed.take("speed", "m/s", "no topic tells it"))) * self.options.scale
            )
        return self._bring(self.speed, *self._series(self.speed), frames) * self.options.scale

    def _bring(self, source: Source, times: FloatArray, values: FloatArray, frames: FloatArray) -> FloatArray:
        """Bring a signal to the frames: a command acts until the next one, what was measured is interpolated."""
        if source.command:
            held = hold(times, values, frames, longest=self.options.lasts)
            return np.where(np.isfinite(held), held, at_frames(times, values, frames, hole=0.0))
        steps = np.diff(times)
        slow = 1.5 * float(np.median(steps)) if len(steps) else 0.0
        return at_frames(times, values, frames, hole=min(max(LONGEST_HOLE, slow), max(LONGEST_HOLE, LONGEST_STEP)))

    def compare(self, frames: FloatArray) -> None:
        """Compare the steering with the motion, if both are known, and tell."""
        if self.steering is None or self.motion is None:
            return
        steered, moved = self.curvature(self.steering, frames), self.curvature(self.motion, frames)
        agreement = compare_with_motion(frames, steered, moved)
        if agreement is not None:
            self.findings.append(f"{agreement}, by {self.motion}")
