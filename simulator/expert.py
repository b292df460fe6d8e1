"""The privileged drivers: pure pursuit of the lane centre, the same with noise injected, and the server's autopilot."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from simulator.camera import Camera
from simulator.config import Config
from simulator.randomness import make_generator
from simulator.world import Control, LanePose, Observation

REAR_AXLE = 1.42
"""How far the rear axle lies behind a car's origin [m]; within 0.1 m of this for passenger cars."""
LOOK_AHEAD_TIME = 0.75
LOOK_AHEAD_SHORTEST, LOOK_AHEAD_LONGEST = 5.0, 10.0


def expert_curvature(lane: LanePose, speed: float, rear_axle: float = REAR_AXLE) -> float:
    """Give the clean label: the arc from the rear axle to the lane centre one look-ahead away (pure pursuit).

    Coulter 1992, "Implementation of the pure pursuit path tracking algorithm". The target is the exact crossing of the
    lane centre with the look-ahead circle, so the answer is continuous in the pose.

    Args:
        lane: where the car is.
        speed: [m/s]; the look-ahead is 0.75 s of it, between 5 and 10 m.
        rear_axle: distance from the rear axle to the car's origin [m].

    Returns:
        Path curvature [1/m], left positive.
    """
    reach = min(max(LOOK_AHEAD_TIME * speed, LOOK_AHEAD_SHORTEST), LOOK_AHEAD_LONGEST)
    x, y = _crossing(lane.ahead, rear_axle, reach)
    return 2.0 * y / max(x * x + y * y, 1.0)


def _crossing(ahead: NDArray[np.float64], rear_axle: float, reach: float) -> tuple[float, float]:
    """Find where the lane centre leaves the circle of radius `reach` about the rear axle, in the rear axle's axes."""
    before_x, before_y = float(ahead[0, 0]) + rear_axle, float(ahead[0, 1])
    if math.hypot(before_x, before_y) >= reach:  # far off the lane: head for the nearest point of it
        return before_x, before_y
    for row in ahead[1:].tolist():
        x, y = row[0] + rear_axle, row[1]
        if x * x + y * y >= reach * reach:
            dx, dy = x - before_x, y - before_y
            a = dx * dx + dy * dy
            b = before_x * dx + before_y * dy
            c = before_x * before_x + before_y * before_y - reach * reach
            t = (-b + math.sqrt(max(b * b - a * c, 0.0))) / a
            return before_x + t * dx, before_y + t * dy
        before_x, before_y = x, y
    return before_x, before_y


class Expert:
    """Keeps the lane centre by pure pursuit. Privileged: looks at the lanes only."""

    neurons: NDArray[np.float32] | None = None

    def __init__(self) -> None:
        self._last: list[float] = []

    def reset(self, cars: int, camera: Camera, period: float) -> None:
        """Prepare for `cars` cars; any camera will do, since it is not looked at."""
        del camera, period
        self._last = [0.0] * cars

    def forget(self, car: int) -> None:
        """Drop the control held for a lost frame."""
        self._last[car] = 0.0

    def act(self, observations: Sequence[Observation | None], lanes: Sequence[LanePose]) -> list[Control]:
        """Steer each car towards its lane centre."""
        for car, (observation, lane) in enumerate(zip(observations, lanes, strict=True)):
            if observation is not None:
                self._last[car] = self._curvature(car, lane, observation.speed)
        return [Control(curvature) for curvature in self._last]

    def _curvature(self, car: int, lane: LanePose, speed: float) -> float:
        del car
        return expert_curvature(lane, speed)


class NoiseConfig(Config):
    """Disturbance of the expert's steering, so that recoveries are in the data (DART, Laskey et al. 2017).

    The defaults spread |offset| to a standard deviation of about a third of a metre.
    """

    strength: float = Field(default=1.0, ge=0, le=3, description="Scales noise and kick rate; 0 is the clean expert.")
    spread: float = Field(
        default=0.008, ge=0, description="Standard deviation of the slow noise (Ornstein-Uhlenbeck) [1/m]."
    )
    decay: float = Field(default=2.1, gt=0, description="Rate at which the slow noise is forgotten [1/s].")
    kick_rate: float = Field(default=0.24, ge=0, description="Kicks per second of free driving [1/s].")
    kick_shortest: float = Field(default=0.4, gt=0, description="Shortest kick [s].")
    kick_longest: float = Field(default=1.1, gt=0, description="Longest kick [s].")
    kick_weakest: float = Field(
        default=0.015, ge=0, description="Weakest kick at 8 m/s [1/m]; faster cars are kicked less."
    )
    kick_strongest: float = Field(default=0.045, ge=0, description="Strongest kick at 8 m/s [1/m].")
    limit: float = Field(default=1.5, gt=0, description="Offset beyond which the noise lets go [m].")


class NoisyExpert(Expert):
    """The expert with noise on what it commands. Its clean answer, the label, is `expert_curvature`."""

    def __init__(self, seed: int, config: NoiseConfig | None = None) -> None:
        """Take the seed from which each car gets a generator of its own."""
        super().__init__()
        self._seed = seed
        self._config = config or NoiseConfig()
        self._noise: list[SteeringNoise] = []

    def reset(self, cars: int, camera: Camera, period: float) -> None:
        """Prepare for `cars` cars and start each one's noise anew."""
        super().reset(cars, camera, period)
        self._noise = [SteeringNoise(self._seed, car, period, self._config) for car in range(cars)]

    def forget(self, car: int) -> None:
        """End a running kick as well; the slow noise goes on."""
        super().forget(car)
        self._noise[car].let_go()

    def _curvature(self, car: int, lane: LanePose, speed: float) -> float:
        return expert_curvature(lane, speed) + self._noise[car].draw(lane.offset, speed)


class SteeringNoise:
    """The disturbance of one car's curvature."""

    def __init__(self, seed: int, car: int, period: float, config: NoiseConfig) -> None:
        """Take what the noise depends on; `period` is the time between two draws [s]."""
        self._generator = make_generator(seed, "expert noise", car)
        self._period = period
        self._config = config
        self._keep = math.exp(-config.decay * period)
        self._slow = 0.0
        self._kick = 0.0
        self._frames_left = 0

    def let_go(self) -> None:
        """End a running kick."""
        self._frames_left = 0

    def draw(self, offset: float, speed: float) -> float:
        """Give the noise for the next period [1/m]; none while the car is far off its lane."""
        config, generator = self._config, self._generator
        fresh = config.spread * config.strength * math.sqrt(1 - self._keep**2)
        self._slow = self._keep * self._slow + fresh * generator.standard_normal()
        if self._frames_left <= 0 and generator.random() < config.kick_rate * config.strength * self._period:
            duration = generator.uniform(config.kick_shortest, config.kick_longest)
            strength = generator.uniform(config.kick_weakest, config.kick_strongest)
            self._frames_left = max(round(duration / self._period), 1)
            self._kick = generator.choice((-1.0, 1.0)) * strength * (8.0 / max(speed, 5.0)) ** 1.2
        self._frames_left -= 1
        if abs(offset) > config.limit:
            self.let_go()
            return 0.0
        return self._slow + (self._kick if self._frames_left >= 0 else 0.0)


class AutopilotExpert(Expert):
    """Hands every car to the server's autopilot; the label is then what was driven (`CarState.executed`)."""

    def act(self, observations: Sequence[Observation | None], lanes: Sequence[LanePose]) -> list[Control]:
        """Leave the wheel alone."""
        del lanes
        return [Control(None) for _ in observations]
