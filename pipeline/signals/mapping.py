"""From a log's columns to speed and curvature at pictures: which column, which unit and which sign, by stated rules."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.signals.assumed import Assumed
from pipeline.signals.clock import seconds_per_unit
from pipeline.signals.columns import FRONT_WHEELS, NORMALISED, UNITS, Column, Quantity, find_column, read_name
from pipeline.signals.curvature import from_steer, from_steering_wheel, from_wheels, from_yaw_rate
from pipeline.signals.log import SignalLog
from pipeline.signals.motion import compare_with_motion
from pipeline.signals.resample import LONGEST_HOLE, at_frames
from simulator.config import Config
from simulator.errors import LiquidlaneError

FloatArray = NDArray[np.float64]

MOST_RADIANS = 12.6  # no steering wheel turns more than two rounds to a side
DEGREE_STEP = 0.05  # sensors of steering wheels resolve 0.1 degrees; the same in radians is 0.0017
FULL_STEER = 1.001
UNIT_NAMES = {1.0: "s", 1e-3: "ms", 1e-6: "us", 1e-9: "ns"}


class ColumnOptions(Config):
    """Which columns hold what, where their names do not tell, and what a log does not say."""

    time_column: str = Field("", description="Column of times; in a table without a header 1 is the first column.")
    frame_column: str = Field("", description="Column of pictures' numbers, from 0, instead of times.")
    speed_column: str = Field("", description="Column of the speed.")
    steering_column: str = Field("", description="Column of the steering.")
    curvature_column: str = Field("", description="Column of the curvature, left positive.")
    yaw_rate_column: str = Field("", description="Column of the yaw rate, left positive.")
    time_unit: Literal["auto", "s", "ms", "us", "ns"] = Field("auto", description="Unit of times.")
    speed_unit: Literal["auto", "m/s", "km/h", "mph", "knots"] = Field("auto", description="Unit of the speed.")
    steering_unit: Literal["auto", "degrees", "radians", "normalised"] = Field("auto", description="Unit of steering.")
    steering_of: Literal["auto", "steering_wheel", "front_wheels"] = Field("auto", description="Whose angle it is.")
    yaw_rate_unit: Literal["auto", "rad/s", "deg/s"] = Field("auto", description="Unit of the yaw rate.")
    left: Literal["auto", "positive", "negative"] = Field("auto", description="Sign of steering to the left.")
    offset: float = Field(0.0, description="How much later the log began than the video [s]; negative: earlier.")
    wheelbase: float = Field(2.7, gt=0, description="Assumed distance of the axles [m].")
    steering_ratio: float = Field(15.0, gt=0, description="Assumed ratio of the steering wheel's angle to the wheels'.")
    maximum_angle: float = Field(25.0, gt=0, lt=90, description="Assumed angle of the wheels at steer 1 [degrees].")
    speed: float = Field(10.0, gt=0, description="Assumed speed [m/s], where none is given.")

    def named_columns(self) -> set[str]:
        """Give the names of columns that the user gave, in lower case."""
        return {str(value).lower() for name, value in self if name.endswith("_column") and value}


class Mapping:
    """The signals of a log in SI units, left positive, on the log's clock.

    findings: sentences about the clock and the sign.

    Raises:
        LiquidlaneError: if a named column is not there, or nothing tells of the curvature.
    """

    def __init__(self, log: SignalLog, options: ColumnOptions, assumed: Assumed) -> None:
        self._log, self._options, self._assumed = log, options, assumed
        self.findings: list[str] = []
        by_number = options.frame_column or (not options.time_column and not find_column(log.columns, "time"))
        self._numbers = self._values("frame") if by_number else None
        self._times = None if by_number else self._values("time")
        if self._numbers is None and self._times is None:
            self._numbers = np.arange(len(next(iter(log.columns.values()))), dtype=float)
            assumed.note("clock", "a row a picture", "", f"{log.path.name} holds no time and no picture's number")
        self._speed = self._values("speed")
        self._yaw_rate = self._values("yaw_rate")
        self._curvature = None if options.steering_column else self._values("curvature")
        if self._curvature is None:
            self._curvature = self._steered()
        if self._speed is None:
            if self._curvature is None and self._yaw_rate is not None:
                raise LiquidlaneError(f"{log.path} holds a yaw rate and no speed; name its column with speed_column=")
            assumed.take("speed", "m/s", f"{log.path.name} holds none")
        if self._curvature is None and self._yaw_rate is None:
            held = ", ".join(log.columns)
            raise LiquidlaneError(
                f"{log.path} holds no steering, curvature or yaw rate (it holds {held}); name one with steering_column="
            )

    def at_pictures(self, times: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give speed [m/s], curvature to learn and curvature driven [1/m] at pictures, (N,) each, NaN where unknown.

        Args:
            times: (N,) of the pictures [s], the first is 0.
        """
        clock = self._on_the_videos_clock(times)
        constant = np.full(len(times), self._options.speed)
        speed = constant if self._speed is None else _bring(clock, self._speed, times)
        steered = None if self._curvature is None else _bring(clock, self._curvature, times)
        turned = None
        if self._yaw_rate is not None and self._speed is not None:
            turned = from_yaw_rate(_bring(clock, self._yaw_rate, times), speed)
        if steered is None:
            assert turned is not None
            self._find_once("curvature is the yaw rate over the speed; none where the car is slower than 1 m/s")
            return speed, turned, turned
        if turned is None:
            return speed, steered, steered
        agreement = compare_with_motion(times, steered, turned)
        if agreement is not None:
            self._find_once(f"{agreement}, by the yaw rate")
        return speed, steered, np.where(np.isfinite(turned), turned, steered)

    def _on_the_videos_clock(self, times: FloatArray) -> FloatArray:
        """Give the rows' times on the clock whose 0 is the first picture."""
        offset = self._options.offset
        if self._times is None:
            assert self._numbers is not None
            fits = np.isfinite(self._numbers) & (self._numbers >= 0) & (self._numbers < len(times))
            clock = np.full(len(self._numbers), np.nan)
            clock[fits] = times[self._numbers[fits].astype(int)]
            return np.asarray(clock + offset)
        known = self._times[np.isfinite(self._times)]
        if len(known) == 0:
            return self._times
        first, last, end = float(known.min()), float(known.max()), float(times[-1])
        common = min(last, end) - max(first, 0.0)
        if common < min(last - first, end) / 2 and "offset" not in self._options.model_fields_set:
            self._assumed.note("clock", "log and video begin together", "", f"the log's begins at {first:.6g} s")
        if common < min(last - first, end) / 2:
            return np.asarray(self._times - first + offset)
        return self._times + offset

    def _find_once(self, sentence: str) -> None:
        if sentence not in self.findings:
            self.findings.append(sentence)

    def _find(self, quantity: Quantity) -> Column | None:
        """Find a quantity's column: the one that the user names, or the one whose name fits best."""
        told = str(getattr(self._options, f"{quantity}_column")).lower()
        if not told:
            column = find_column(self._log.columns, quantity)
            if column is not None:
                self._assumed.note(f"{quantity}_column", column.name, "", f"{self._log.path.name} calls a column so")
            return column
        if told not in self._log.columns:
            held = ", ".join(self._log.columns)
            raise LiquidlaneError(f"{self._log.path} has no column {told!r} ({quantity}_column); it has {held}")
        return read_name(told, quantity) or Column(told, told, None)

    def _values(self, quantity: Quantity) -> FloatArray | None:
        """Give a quantity's column in SI units; None if there is none."""
        column = self._find(quantity)
        if column is None:
            return None
        values = self._log.columns[column.name]
        told = getattr(self._options, f"{quantity}_unit", "auto")
        if quantity == "frame":
            return values
        if told != "auto":
            return values * UNITS[quantity][told]
        if column.unit is not None:
            return values * column.unit
        if quantity == "time":
            unit = seconds_per_unit(values[np.isfinite(values)])
            self._assumed.note("time_unit", UNIT_NAMES[unit], "", "its steps are then at most 2 s long")
            return values * unit
        self._assumed.note(f"{quantity}_unit", next(iter(UNITS[quantity])), "", f"the name {column.name!r} tells none")
        return values

    def _steered(self) -> FloatArray | None:
        """Give the curvature [1/m] by the steering's column; None if there is none."""
        column = self._find("steering")
        if column is None:
            return None
        values = self._log.columns[column.name]
        options, assumed = self._options, self._assumed
        unit = self._steering_unit(column, values)
        sign = options.left
        if sign == "auto":
            sign = "negative" if unit == "normalised" else "positive"
            usual = "commands in -1 to 1 mostly are" if unit == "normalised" else "angles of cars mostly are"
            assumed.note("left", sign, "", f"{self._log.path.name} does not say the sign, and {usual}")
        left = values if sign == "positive" else -values
        wheelbase = assumed.take("wheelbase", "m", "the log does not say which car it was")
        if unit == "normalised":
            return from_steer(left, assumed.take("maximum_angle", "degrees", "steering is normalised"), wheelbase)
        angle = left * UNITS["steering"][unit]
        whose = options.steering_of
        if whose == "auto":
            whose = "front_wheels" if column.bare in FRONT_WHEELS else "steering_wheel"
            assumed.note("steering_of", whose, "", f"the column is called {column.name!r}")
        if whose == "front_wheels":
            return from_wheels(angle, wheelbase)
        ratio = assumed.take("steering_ratio", "", "the log holds the steering wheel's angle")
        return from_steering_wheel(angle, ratio, wheelbase)

    def _steering_unit(self, column: Column, values: FloatArray) -> str:
        """Say what steering is in: degrees, radians or normalised; by its name, else by its numbers."""
        if self._options.steering_unit != "auto":
            return self._options.steering_unit
        if column.unit is not None:
            return "radians" if column.unit == 1.0 else "degrees"
        finite = values[np.isfinite(values)]
        most = float(np.abs(finite).max(initial=0.0))
        steps = np.abs(np.diff(finite))
        steps = steps[steps > 1e-9]
        if column.bare in NORMALISED and most <= FULL_STEER:
            unit = "normalised"
        else:
            small = most <= MOST_RADIANS and len(steps) and float(np.median(steps)) < DEGREE_STEP
            unit = "radians" if small else "degrees"
        self._assumed.note("steering_unit", unit, "", f"the numbers reach {most:.4g}")
        return unit


def _bring(clock: FloatArray, values: FloatArray, times: FloatArray) -> FloatArray:
    """Bring a signal to the pictures; one of a slow sensor may be interpolated over one and a half of its steps."""
    known = clock[np.isfinite(clock) & np.isfinite(values)]
    steps = np.diff(known)
    usual = float(np.median(steps)) if len(steps) else 0.0
    return at_frames(clock, values, times, hole=max(LONGEST_HOLE, 1.5 * min(usual, 2.0)))
