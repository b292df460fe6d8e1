"""Drives a vehicle by a wanted speed and wheel angle instead of pedals, as CARLA's Ackermann controller does.

Two controllers in a row: one turns the error of the speed into a wanted acceleration, the other moves a pedal until the
car accelerates so. The pedal is the throttle above zero and the brake below.
"""

import math
from dataclasses import dataclass

import numpy as np

from simulator.embedded.axes import mirror_steering
from simulator.embedded.pedals import VehicleControl
from simulator.embedded.vehicle import Vehicle

STANDSTILL = 0.1
"""Below this speed [m/s] a car may be put into the other gear, and one that shall stop is held by its brake."""
PEDAL_PERIOD = 0.05
"""The gains of the acceleration controller are those of a pedal moved every 0.05 s, whatever the tick."""
LARGEST_ACCELERATION = 8.0
SMOOTHING = 0.2
"""Time in which the measured acceleration is smoothed [s]: the pedal would chatter after every jolt."""


@dataclass(frozen=True, slots=True)
class AckermannSettings:
    """The controllers' gains (proportional, integral, derivative) with CARLA's defaults."""

    speed_kp: float = 0.15
    speed_ki: float = 0.0
    speed_kd: float = 0.25
    acceleration_kp: float = 0.01
    acceleration_ki: float = 0.0
    acceleration_kd: float = 0.01


@dataclass(frozen=True, slots=True)
class AckermannTarget:
    """What is wanted.

    steer: of the front wheels [rad], **right positive** as on the wire. steer_speed [rad/s], acceleration [m/s2] and
    jerk [m/s3] are limits; 0 sets none. speed [m/s]: negative drives backwards.
    """

    steer: float = 0.0
    steer_speed: float = 0.0
    speed: float = 0.0
    acceleration: float = 0.0
    jerk: float = 0.0


class _Pid:
    """A controller whose derivative looks at what is measured, so that a new target does not kick it."""

    def __init__(self, proportional: float, integral: float, derivative: float) -> None:
        self._gains = proportional, integral, derivative
        self._sum = 0.0
        self._before: float | None = None

    def run(self, error: float, measured: float, delta: float) -> float:
        proportional, integral, derivative = self._gains
        self._sum = min(max(self._sum + error * delta, -10.0), 10.0)
        rate = 0.0 if self._before is None else (measured - self._before) / delta
        self._before = measured
        return proportional * error + integral * self._sum - derivative * rate


class AckermannController:
    """Holds a vehicle to a target, tick by tick."""

    def __init__(self, settings: AckermannSettings) -> None:
        self.target = AckermannTarget()
        self.set_settings(settings)
        self._steer: float | None = None
        self._wanted = self._felt = self._pedal = 0.0

    def set_settings(self, settings: AckermannSettings) -> None:
        """Take other gains and forget what the old ones summed up."""
        self.settings = settings
        self._speed = _Pid(settings.speed_kp, settings.speed_ki, settings.speed_kd)
        self._acceleration = _Pid(settings.acceleration_kp, settings.acceleration_ki, settings.acceleration_kd)

    def control(self, vehicle: Vehicle, delta: float) -> VehicleControl:
        """Give the pedals and the wheel for the next `delta` seconds."""
        heading = math.cos(vehicle.pose.yaw), math.sin(vehicle.pose.yaw)
        speed = vehicle.velocity[0] * heading[0] + vehicle.velocity[1] * heading[1]
        felt = vehicle.acceleration[0] * heading[0] + vehicle.acceleration[1] * heading[1]
        self._felt += (felt - self._felt) * (1.0 - math.exp(-delta / SMOOTHING))
        steer = self._turn_wheel(vehicle, speed, delta)
        wanted = self.target.speed
        if abs(wanted) < STANDSTILL and abs(speed) < STANDSTILL:
            self._pedal = self._wanted = 0.0
            return VehicleControl(steer=steer, brake=1.0, reverse=vehicle.control.reverse)
        reverse = vehicle.control.reverse
        if abs(speed) < STANDSTILL:
            reverse = wanted < 0.0
        sign = -1.0 if reverse else 1.0
        self._move_pedal(sign * wanted, sign * speed, sign * self._felt, delta)
        return VehicleControl(
            throttle=max(self._pedal, 0.0), steer=steer, brake=max(-self._pedal, 0.0), reverse=reverse
        )

    def _turn_wheel(self, vehicle: Vehicle, speed: float, delta: float) -> float:
        """Give CARLA's steer for the wheel angle, undoing the share that the car's steering curve leaves at a speed."""
        largest = vehicle.steers_up_to
        wanted = min(max(self.target.steer, -largest), largest)
        before = mirror_steering(vehicle.wheel_angle) if self._steer is None else self._steer
        if self.target.steer_speed > 0.0:
            step = self.target.steer_speed * delta
            wanted = min(max(wanted, before - step), before + step)
        self._steer = wanted
        curve = np.array(vehicle.physics.steering_curve).reshape(-1, 2)
        share = float(np.interp(abs(speed) * 3.6, curve[:, 0], curve[:, 1])) if len(curve) else 1.0
        scale = largest * share
        return min(max(wanted / scale, -1.0), 1.0) if scale > 0.0 else 0.0

    def _move_pedal(self, wanted: float, speed: float, acceleration: float, delta: float) -> None:
        """Move the pedal, all signs being those of the gear's direction."""
        limit = self.target.acceleration or LARGEST_ACCELERATION
        aim = min(max(self._speed.run(wanted - speed, speed, delta), -limit), limit)
        if self.target.jerk > 0.0:
            step = self.target.jerk * delta
            aim = min(max(aim, self._wanted - step), self._wanted + step)
        self._wanted = aim
        moved = self._acceleration.run(aim - acceleration, acceleration, delta) * delta / PEDAL_PERIOD
        self._pedal = min(max(self._pedal + moved, -1.0), 1.0)
