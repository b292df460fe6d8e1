"""Kinds of cars: what tells one from another, and what the single-track model makes of their numbers."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulator.embedded import dynamics
from simulator.embedded.physics_control import Curve, PhysicsControl, Wheel

AIR_DENSITY = 1.225
TYRE_FRICTION = 1.0489
TYRE_STIFFNESS = 21.92 / 1.0489
FRONT_GRIP, REAR_GRIP = 0.95, 1.05
USUAL_WHEEL_FRICTION = 3.5
# how much of the largest wheel angle a second may add: Unreal's default for the wheeled vehicles that CARLA's are, on
# whose pace its Traffic Manager counts. A driver's arms are slower (0.4 rad/s in commonroad-vehicle-models).
STEERING_RISE = 2.5


@dataclass(frozen=True, slots=True)
class Car:
    """A kind of car: its box, and what the single-track model needs beyond `physics`.

    length, width, height: of the box [m], centred on the actor's origin, on the ground. yaw_inertia: at the mass in
    `physics` [kg m2]. mass_height: of the centre of mass [m]. driven: "front", "rear" or "all" wheels. rolling:
    resistance per weight. stiffness: of a tyre per friction and load [1/rad]. throttle_lag, brake_lag [s].
    steering_rate: of the wheels [rad/s]. fastest, fastest_reverse, speed_switch [m/s], largest_acceleration [m/s2]: the
    limits of `dynamics`.
    """

    length: float
    width: float
    height: float
    yaw_inertia: float
    mass_height: float
    physics: PhysicsControl
    driven: str = "rear"
    rolling: float = 0.012
    stiffness: float = TYRE_STIFFNESS
    throttle_lag: float = 0.1
    brake_lag: float = 0.1
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
    on_rear = front / (front + rear)
    values = {
        dynamics.MASS: physics.mass,
        dynamics.YAW_INERTIA: car.yaw_inertia * physics.mass / car.physics.mass,
        dynamics.FRONT: front,
        dynamics.REAR: rear,
        dynamics.HEIGHT: car.mass_height,
        dynamics.FRICTION: max(TYRE_FRICTION * friction / USUAL_WHEEL_FRICTION, 0.01),
        dynamics.STIFFNESS: car.stiffness,
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
        dynamics.ROLLING: car.rolling * dynamics.GRAVITY,
        dynamics.BRAKE_FORCE: sum(wheel.max_brake_torque * 100 / wheel.radius for wheel in physics.wheels),
        dynamics.HAND_BRAKE_FORCE: sum(wheel.max_handbrake_torque * 100 / wheel.radius for wheel in physics.wheels[2:]),
        dynamics.WHEEL_RADIUS: (physics.wheels[2].radius + physics.wheels[3].radius) / 200,
        dynamics.FINAL_RATIO: physics.final_ratio,
        dynamics.DRIVEN_SHARE: {"all": 1.0, "rear": on_rear, "front": 1.0 - on_rear}[car.driven],
        dynamics.THROTTLE_LAG: car.throttle_lag,
        dynamics.BRAKE_LAG: car.brake_lag,
        dynamics.SHIFT_TIME: physics.gear_switch_time,
        dynamics.MAX_RPM: max(physics.max_rpm, 1.0),
        dynamics.ENGINE_INERTIA: physics.moi,
        dynamics.DAMPING_CLOSED: physics.damping_clutch_engaged,
        dynamics.DAMPING_FULL: physics.damping_full_throttle,
        dynamics.AUTOMATIC: float(physics.use_gear_autobox),
    }
    vector = dynamics.parameter_vector()
    for place, value in values.items():
        vector[place] = value
    return vector


@dataclass(frozen=True, slots=True)
class CarShape:
    """What tells one kind of car from another. Lengths [m], mass [kg], max_steer [degrees], torques [Nm].

    front, rear: from the centre of mass to the axles. The wheelbase is centred on the actor's origin. gears: ratios of
    the forward gears; shift_down, shift_up: shares of max_rpm. grip: of its tyres, relative to a passenger car's.
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
    max_rpm: float
    gears: tuple[float, ...] = (1.0,)
    shift_down: float = 0.3
    shift_up: float = 0.75
    shift_time: float = 0.2
    engine_inertia: float = 0.15
    engine_damping: float = 0.08
    driven: str = "rear"
    grip: float = 1.0
    rolling: float = 0.012
    stiffness: float = TYRE_STIFFNESS
    throttle_lag: float = 0.15
    brake_lag: float = 0.1
    fastest: float = 50.8
    fastest_reverse: float = 13.9
    speed_switch: float = 7.319
    steering_curve: Curve = field(default=((0.0, 1.0), (20.0, 0.9), (60.0, 0.8), (120.0, 0.7)))


def make_car(shape: CarShape) -> Car:
    """Write a car's numbers out in CARLA's terms."""
    half = (shape.front + shape.rear) / 2

    def wheel(x: float, y: float) -> Wheel:
        steer, hand = (shape.max_steer, 0.0) if x > 0 else (0.0, 2 * shape.brake_torque)
        radius, grip = shape.wheel_radius, USUAL_WHEEL_FRICTION * shape.grip
        return Wheel(grip, 0.25, steer, 100 * radius, shape.brake_torque, hand, 3.0, 20.0, 3000.0, x, y, radius)

    side = shape.track / 2
    physics = PhysicsControl(
        torque_curve=shape.torque_curve,
        max_rpm=shape.max_rpm,
        moi=shape.engine_inertia,
        damping_full_throttle=shape.engine_damping / 4,
        damping_clutch_engaged=shape.engine_damping,
        damping_clutch_disengaged=shape.engine_damping / 4,
        use_gear_autobox=True,
        gear_switch_time=shape.shift_time if len(shape.gears) > 1 else 0.0,
        clutch_strength=10.0,
        final_ratio=shape.final_ratio,
        gears=tuple((ratio, shape.shift_down, shape.shift_up) for ratio in shape.gears),
        mass=shape.mass,
        drag_coefficient=shape.drag_coefficient,
        center_of_mass=(half - shape.front, 0.0, shape.mass_height),
        steering_curve=shape.steering_curve,
        wheels=(wheel(half, side), wheel(half, -side), wheel(-half, side), wheel(-half, -side)),
    )
    return Car(
        length=shape.length,
        width=shape.width,
        height=shape.height,
        yaw_inertia=shape.yaw_inertia,
        mass_height=shape.mass_height,
        physics=physics,
        driven=shape.driven,
        rolling=shape.rolling,
        stiffness=shape.stiffness,
        throttle_lag=shape.throttle_lag,
        brake_lag=shape.brake_lag,
        steering_rate=STEERING_RISE * math.radians(shape.max_steer),
        fastest=shape.fastest,
        fastest_reverse=shape.fastest_reverse,
        speed_switch=shape.speed_switch,
    )
