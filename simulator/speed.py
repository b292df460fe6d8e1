"""How fast to drive: a target speed along a path, and the pedals that follow it."""

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from simulator.config import Config

FloatArray = NDArray[np.float64]


class SpeedConfig(Config):
    """Target speed from the path's curvature, and the gains of the pedals."""

    lateral_acceleration: float = Field(default=2.5, gt=0, le=9, description="Comfortable lateral acceleration [m/s²].")
    minimum: float = Field(default=5.0, gt=0, le=40, description="Slowest target speed [m/s].")
    maximum: float = Field(default=13.0, gt=0, le=40, description="Fastest target speed [m/s].")
    acceleration: float = Field(
        default=1.5, gt=0, le=6, description="Acceleration that the profile asks for at most [m/s²]."
    )
    braking: float = Field(
        default=2.0, gt=0, le=8, description="Deceleration that the profile asks for at most [m/s²]."
    )
    window: float = Field(
        default=4.0, ge=0, le=50, description="Half length over which the tightest curvature counts [m]."
    )
    proportional: float = Field(default=0.3, gt=0, le=5, description="Pedal per speed error [s/m].")
    integral: float = Field(default=0.15, ge=0, le=5, description="Pedal per accumulated speed error [1/m].")
    feed_forward: float = Field(default=0.12, ge=0, le=1, description="Pedal per acceleration of the profile [s²/m].")

    @model_validator(mode="after")
    def _order(self) -> "SpeedConfig":
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} m/s is above maximum {self.maximum} m/s; swap or equal them")
        return self


def speed_profile(curvature: FloatArray, spacing: float, config: SpeedConfig) -> FloatArray:
    """Give the target speed at each sample of a path.

    The tightest curve within `window` limits the lateral acceleration; a pass from the end lets the car brake in time,
    a pass from the start lets it gather speed gently.

    Args:
        curvature: (N,) [1/m] along the path.
        spacing: distance between samples [m].
        config: limits.

    Returns:
        (N,) [m/s], between `minimum` and `maximum`.
    """
    reach = round(config.window / spacing)
    padded = np.pad(np.abs(curvature), reach, mode="edge")
    tightest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    speed = np.sqrt(config.lateral_acceleration / np.maximum(tightest, 1e-9))
    squared = (np.clip(speed, config.minimum, config.maximum) ** 2).tolist()
    for i in range(len(squared) - 2, -1, -1):
        squared[i] = min(squared[i], squared[i + 1] + 2 * config.braking * spacing)
    for i in range(1, len(squared)):
        squared[i] = min(squared[i], squared[i - 1] + 2 * config.acceleration * spacing)
    profile: FloatArray = np.sqrt(np.array(squared))
    return profile


class SpeedControl:
    """Throttle and brake of one car: proportional-integral with the profile's acceleration fed forward."""

    def __init__(self, config: SpeedConfig, period: float) -> None:
        """Take the gains and the time between two calls [s]."""
        self._config = config
        self._period = period
        self._integral = 0.0

    def reset(self) -> None:
        """Forget the accumulated error."""
        self._integral = 0.0

    def pedals(self, speed: float, target: float, acceleration: float = 0.0) -> tuple[float, float]:
        """Give (throttle, brake), each in [0, 1].

        speed, target: [m/s]. acceleration: that the profile asks for here [m/s²].
        """
        config = self._config
        error = target - speed
        if not math.isfinite(error):
            return 0.0, 1.0
        direct = config.proportional * error + config.feed_forward * acceleration
        pedal = direct + config.integral * self._integral
        if -1 < pedal < 1 or pedal * error < 0:  # no wind-up against a pedal on the floor
            self._integral += error * self._period
            pedal = direct + config.integral * self._integral
        return min(max(pedal, 0.0), 1.0), min(max(-pedal, 0.0), 1.0)
