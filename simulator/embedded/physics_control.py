"""A car's numbers as CARLA names them: its physics control."""

from dataclasses import dataclass
from itertools import pairwise

from simulator.errors import LiquidlaneError

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel. max_steer_angle [degrees], radius [cm], torques [Nm]; x, y, z: its centre in the car's axes [m].

    tire_friction scales the grip, 3.5 being dry asphalt. The damping and the stiffnesses have no effect here.
    """

    tire_friction: float
    damping_rate: float
    max_steer_angle: float
    radius: float
    max_brake_torque: float
    max_handbrake_torque: float
    lateral_stiffness_max_load: float
    lateral_stiffness: float
    longitudinal_stiffness: float
    x: float
    y: float
    z: float


@dataclass(frozen=True, slots=True)
class PhysicsControl:
    """CARLA's VehiclePhysicsControl. Wheels: front left, front right, rear left, rear right.

    torque_curve: (rpm, Nm). max_rpm: beyond, the engine does not pull. moi: of the engine [kg m2], which the car has to
    turn along. damping_full_throttle, damping_clutch_engaged: how the engine resists being turned, with the pedal down
    and up [Nm s/rad]. use_gear_autobox: whether gears shift by themselves; gear_switch_time [s]: nothing pulls
    meanwhile. gears: (ratio, down, up), down and up being the shares of max_rpm at which it shifts; reverse has the
    first one's ratio. steering_curve: (km/h, share of the largest wheel angle). mass [kg]. drag_coefficient: of the
    car's front area. center_of_mass: from the actor's origin, in the car's axes [m]. damping_clutch_disengaged,
    clutch_strength and use_sweep_wheel_collision have no effect here.
    """

    torque_curve: Curve
    max_rpm: float
    moi: float
    damping_full_throttle: float
    damping_clutch_engaged: float
    damping_clutch_disengaged: float
    use_gear_autobox: bool
    gear_switch_time: float
    clutch_strength: float
    final_ratio: float
    gears: tuple[tuple[float, float, float], ...]
    mass: float
    drag_coefficient: float
    center_of_mass: tuple[float, float, float]
    steering_curve: Curve
    wheels: tuple[Wheel, ...]
    use_sweep_wheel_collision: bool = False

    def __post_init__(self) -> None:
        front, rear = self.wheelbase_parts
        radii = [wheel.radius for wheel in self.wheels]
        angles = [wheel.max_steer_angle for wheel in self.wheels]
        dampings = [self.damping_full_throttle, self.damping_clutch_engaged]
        checks = (
            (len(self.wheels) == 4, "four wheels", len(self.wheels)),
            (1 <= self.mass <= 1e6, "a mass of 1 to 1e6 kg", self.mass),
            (all(1 <= radius <= 1e3 for radius in radii), "wheels with a radius of 1 to 1000 cm", radii),
            (all(0 <= angle < 90 for angle in angles), "wheel angles of 0 to 90 degrees", angles),
            (front > 0 and rear > 0, "a centre of mass between its axles", self.center_of_mass),
            (_rises(self.torque_curve), "a torque curve of rising rpm", self.torque_curve),
            (_rises(self.steering_curve), "a steering curve of rising speed", self.steering_curve),
            (0 <= self.moi <= 1e3, "an engine's inertia (moi) of 0 to 1000 kg m2", self.moi),
            (min(dampings) >= 0, "engine dampings of at least 0", dampings),
            (0 <= self.gear_switch_time <= 60, "a gear switch time of 0 to 60 s", self.gear_switch_time),
            (all(0 <= gear[0] <= 1e3 for gear in self.gears), "gear ratios of 0 to 1000", self.gears),
            (0 <= self.drag_coefficient <= 1e6, "a drag coefficient of 0 to 1e6", self.drag_coefficient),
            (0 <= self.final_ratio <= 1e3, "a final ratio of 0 to 1000", self.final_ratio),
        )
        for holds, wanted, found in checks:
            if not holds:
                raise LiquidlaneError(f"a vehicle's physics control needs {wanted}, not {found}; send it with one")

    @property
    def wheelbase_parts(self) -> tuple[float, float]:
        """From the centre of mass to the front and to the rear axle [m]."""
        if len(self.wheels) != 4:
            return 0.0, 0.0
        front = (self.wheels[0].x + self.wheels[1].x) / 2
        rear = (self.wheels[2].x + self.wheels[3].x) / 2
        return front - self.center_of_mass[0], self.center_of_mass[0] - rear


def _rises(curve: Curve) -> bool:
    return all(first[0] < second[0] for first, second in pairwise(curve))
