"""A car's numbers as CARLA names them, and what the single-track model makes of them."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from simulator.embedded import dynamics
from simulator.errors import LiquidlaneError

AIR_DENSITY = 1.225
ROLLING_RESISTANCE = 0.012
TYRE_FRICTION = 1.0489
TYRE_STIFFNESS = 21.92 / 1.0489
FRONT_GRIP, REAR_GRIP = 0.95, 1.05
USUAL_WHEEL_FRICTION = 3.5
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

    torque_curve: (rpm, Nm). steering_curve: (km/h, share of the largest wheel angle). mass [kg]. drag_coefficient: of
    the car's front area. center_of_mass: from the actor's origin, in the car's axes [m]. gears: (ratio, down, up);
    the first one is used. The others have no effect here.
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
        checks = (
            (len(self.wheels) == 4, "four wheels", len(self.wheels)),
            (1 <= self.mass <= 1e6, "a mass of 1 to 1e6 kg", self.mass),
            (all(1 <= radius <= 1e3 for radius in radii), "wheels with a radius of 1 to 1000 cm", radii),
            (all(0 <= angle < 90 for angle in angles), "wheel angles of 0 to 90 degrees", angles),
            (front > 0 and rear > 0, "a centre of mass between its axles", self.center_of_mass),
            (_rises(self.torque_curve), "a torque curve of rising rpm", self.torque_curve),
            (_rises(self.steering_curve), "a steering curve of rising speed", self.steering_curve),
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


@dataclass(frozen=True, slots=True)
class Car:
    """A kind of car: its box, and what the single-track model needs beyond `physics`.

    length, width, height: of the box [m], centred on the actor's origin, on the ground. yaw_inertia: at the mass in
    `physics` [kg m2]. mass_height: of the centre of mass [m]. steering_rate: of the wheels [rad/s]. fastest,
    fastest_reverse, speed_switch [m/s], largest_acceleration [m/s2]: the limits of `dynamics`.
    """

    length: float
    width: float
    height: float
    yaw_inertia: float
    mass_height: float
    physics: PhysicsControl
    steering_rate: float = 0.4
    fastest: float = 50.8
    fastest_reverse: float = 13.9
    speed_switch: float = 7.319
    largest_acceleration: float = 11.5


def model_parameters(car: Car, physics: PhysicsControl) -> NDArray[np.float64]:
    """Give the single-track model's parameter vector of a car with these numbers. See `dynamics`."""
    front, rear = physics.wheelbase_parts
    friction = sum(wheel.tire_friction for wheel in physics.wheels) / len(physics.wheels)
    steer = math.radians((physics.wheels[0].max_steer_angle + physics.wheels[1].max_steer_angle) / 2)
    drive_radius = (physics.wheels[2].radius + physics.wheels[3].radius) / 200
    ratio = physics.final_ratio * (physics.gears[0][0] if physics.gears else 1.0)
    values = {
        dynamics.MASS: physics.mass,
        dynamics.YAW_INERTIA: car.yaw_inertia * physics.mass / car.physics.mass,
        dynamics.FRONT: front,
        dynamics.REAR: rear,
        dynamics.HEIGHT: car.mass_height,
        dynamics.FRICTION: max(TYRE_FRICTION * friction / USUAL_WHEEL_FRICTION, 0.01),
        dynamics.STIFFNESS: TYRE_STIFFNESS,
        dynamics.FRONT_GRIP: FRONT_GRIP,
        dynamics.REAR_GRIP: REAR_GRIP,
        dynamics.STEER_LOW: -steer,
        dynamics.STEER_HIGH: steer,
        dynamics.STEER_RATE: car.steering_rate,
        dynamics.SPEED_LOW: -car.fastest_reverse,
        dynamics.SPEED_HIGH: car.fastest,
        dynamics.SPEED_SWITCH: car.speed_switch,
        dynamics.ACCELERATION_LIMIT: car.largest_acceleration,
        dynamics.AIR_DRAG: 0.5 * AIR_DENSITY * physics.drag_coefficient * car.width * car.height,
        dynamics.ROLLING: ROLLING_RESISTANCE * dynamics.GRAVITY,
        dynamics.BRAKE_FORCE: sum(wheel.max_brake_torque * 100 / wheel.radius for wheel in physics.wheels),
        dynamics.HAND_BRAKE_FORCE: sum(wheel.max_handbrake_torque * 100 / wheel.radius for wheel in physics.wheels[2:]),
        dynamics.FORCE_PER_TORQUE: ratio / drive_radius,
        dynamics.RPM_PER_SPEED: ratio / drive_radius * 60 / (2 * math.pi),
    }
    vector = dynamics.parameter_vector()
    for place, value in values.items():
        vector[place] = value
    return vector


@dataclass(frozen=True, slots=True)
class CarShape:
    """What tells one kind of car from another. Lengths [m], mass [kg], max_steer [degrees], torques [Nm].

    front, rear: from the centre of mass to the axles. The wheelbase is centred on the actor's origin.
    """

    length: float
    width: float
    height: float
    front: float
    rear: float
    track: float
    mass: float
    mass_height: float
    yaw_inertia: float
    wheel_radius: float
    max_steer: float
    torque_curve: Curve
    final_ratio: float
    drag_coefficient: float
    brake_torque: float
    fastest: float = 50.8
    fastest_reverse: float = 13.9
    speed_switch: float = 7.319
    steering_curve: Curve = field(default=((0.0, 1.0), (20.0, 0.9), (60.0, 0.8), (120.0, 0.7)))


def make_car(shape: CarShape) -> Car:
    """Write a car's numbers out in CARLA's terms."""
    half = (shape.front + shape.rear) / 2

    def wheel(x: float, y: float) -> Wheel:
        steer, hand = (shape.max_steer, 0.0) if x > 0 else (0.0, 2 * shape.brake_torque)
        radius = shape.wheel_radius
        return Wheel(
            USUAL_WHEEL_FRICTION, 0.25, steer, 100 * radius, shape.brake_torque, hand, 3.0, 20.0, 3000.0, x, y, radius
        )

    side = shape.track / 2
    physics = PhysicsControl(
        torque_curve=shape.torque_curve,
        max_rpm=15000.0,
        moi=1.0,
        damping_full_throttle=0.15,
        damping_clutch_engaged=2.0,
        damping_clutch_disengaged=0.35,
        use_gear_autobox=True,
        gear_switch_time=0.0,
        clutch_strength=10.0,
        final_ratio=shape.final_ratio,
        gears=((1.0, 0.5, 0.65),),
        mass=shape.mass,
        drag_coefficient=shape.drag_coefficient,
        center_of_mass=(half - shape.front, 0.0, shape.mass_height),
        steering_curve=shape.steering_curve,
        wheels=(wheel(half, side), wheel(half, -side), wheel(-half, side), wheel(-half, -side)),
    )
    return Car(
        shape.length,
        shape.width,
        shape.height,
        shape.yaw_inertia,
        shape.mass_height,
        physics,
        fastest=shape.fastest,
        fastest_reverse=shape.fastest_reverse,
        speed_switch=shape.speed_switch,
    )
