"""What a car's engine, brakes and tyres do, for those who ask."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded import dynamics


class Telemetry(NamedTuple):
    """Of one moment.

    speed [m/s], negative backwards. throttle, brake: what engine and brakes give by now, 0 to 1. gear: -1 reverse, 0
    neutral. rpm: of the engine. drive_force, slowing_force: of all wheels [N]. side_forces: of the front and the rear
    axle [N], left positive. slips: their slip angles [rad]. loads: on the axles [N]. grip: of the ground, 1 on dry
    asphalt. drag: of the air [N]. friction: of the tyres on dry asphalt.
    """

    speed: float
    steer: float
    throttle: float
    brake: float
    gear: int
    rpm: float
    drive_force: float
    slowing_force: float
    side_forces: tuple[float, float]
    slips: tuple[float, float]
    loads: tuple[float, float]
    grip: float
    drag: float
    friction: float
    wheel_radius: float


def read_telemetry(
    state: NDArray[np.float64], ground: NDArray[np.float64], parameters: NDArray[np.float64]
) -> Telemetry:
    """Read the state of a car, see `dynamics`."""
    values, numbers = state.tolist(), parameters.tolist()
    speed = values[dynamics.SPEED]
    wheelbase = numbers[dynamics.FRONT] + numbers[dynamics.REAR]
    weight = numbers[dynamics.MASS] * dynamics.GRAVITY
    direction = 1.0 if speed >= 0.0 else -1.0
    pull = values[dynamics.DRIVE_FORCE] - direction * values[dynamics.SLOWING_FORCE]
    shifted = pull * numbers[dynamics.HEIGHT] / wheelbase
    return Telemetry(
        speed=speed,
        steer=values[dynamics.STEER],
        throttle=values[dynamics.THROTTLE],
        brake=values[dynamics.BRAKE],
        gear=int(values[dynamics.GEAR]),
        rpm=values[dynamics.RPM],
        drive_force=values[dynamics.DRIVE_FORCE],
        slowing_force=values[dynamics.SLOWING_FORCE],
        side_forces=(values[dynamics.FRONT_SIDE_FORCE], values[dynamics.REAR_SIDE_FORCE]),
        slips=(values[dynamics.FRONT_SLIP], values[dynamics.REAR_SLIP]),
        loads=(
            weight * numbers[dynamics.REAR] / wheelbase - shifted,
            weight * numbers[dynamics.FRONT] / wheelbase + shifted,
        ),
        grip=float(ground[dynamics.GRIP]),
        drag=numbers[dynamics.AIR_DRAG] * speed * speed,
        friction=numbers[dynamics.FRICTION],
        wheel_radius=numbers[dynamics.WHEEL_RADIUS],
    )
