"""A car in the world: its pedals, its numbers, and where they take it."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.embedded import dynamics, motion, powertrain, slide, suspension
from simulator.embedded.actors import NOTHING, Actor
from simulator.embedded.axes import Pose, Vector, mirror_steering, wrap
from simulator.embedded.car_model import Car, model_parameters
from simulator.embedded.pedals import VehicleControl
from simulator.embedded.physics_control import PhysicsControl
from simulator.embedded.protocol import pack_actor_state, pack_vehicle_state
from simulator.embedded.settings import EpisodeSettings
from simulator.embedded.telemetry import Telemetry, read_telemetry
from simulator.errors import LiquidlaneError

SPEED_LIMIT = 30.0
FASTEST = 300.0
FASTEST_TURN = math.tau
CAR_TAG = 14
LEVEL_GROUND = dynamics.level_ground()
LIFTS_OFF = 0.5
"""Given more speed upwards than this [m/s], a car leaves the ground."""


def read_color(text: str) -> tuple[int, int, int]:
    """Read "red,green,blue", each 0 to 255.

    Raises:
        LiquidlaneError: if it is none.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(part.isdecimal() and int(part) < 256 for part in parts):
        raise LiquidlaneError(f"color is {text!r}; give red,green,blue with numbers from 0 to 255")
    return int(parts[0]), int(parts[1]), int(parts[2])


class Vehicle(Actor):
    """A car under the single-track model, on the ground that it feels under its wheels.

    The model's state is kept at the centre of mass; the pose is that of the box's middle on the ground. `advance`
    drives it over the map, then `settle` sets it on the ground there. color: red, green, blue, 0 to 255. collides:
    whether it hits things or passes through them.
    """

    semantic_tags = bytes([CAR_TAG])

    def __init__(self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str], car: Car) -> None:
        super().__init__(actor_id, description, pose)
        self.car = car
        self.color = read_color(attributes["color"])
        self.control = VehicleControl()
        self.lights = 0
        self.simulated = True
        self.gravity = True
        self.collides = True
        self.velocity: Vector = NOTHING
        self.acceleration: Vector = NOTHING
        self.turn: Vector = NOTHING
        self._state: NDArray[np.float64] = np.zeros(dynamics.STATE_SIZE)
        self._body: NDArray[np.float64] = np.zeros(suspension.BODY_SIZE)
        self._ground = dynamics.level_ground()
        self._before: Vector | None = None
        self.pose_before = pose
        self.set_physics(car.physics)

    def set_physics(self, physics: PhysicsControl) -> None:
        """Take other numbers.

        Raises:
            LiquidlaneError: if no car can have them.
        """
        self.physics = physics
        self._parameters = model_parameters(self.car, physics)
        self._torque_curve = np.array(physics.torque_curve, float).reshape(-1, 2)
        self._steering_curve = np.array(physics.steering_curve, float).reshape(-1, 2)
        self._gears = np.array(physics.gears, float).reshape(-1, 3)
        self._to_mass = physics.center_of_mass[0]
        wheels = physics.wheels
        self._half_base = (wheels[0].x - wheels[2].x) / 2
        self._half_track = (wheels[0].y - wheels[1].y) / 2
        self._starts_anew = False
        self.place(self.pose)

    @property
    def half_size(self) -> Vector:
        """Half its length, width and height [m]."""
        return self.car.length / 2, self.car.width / 2, self.car.height / 2

    @property
    def reach(self) -> float:
        """No part of it was farther from where it is now [m] during the last tick."""
        pose, before = self.pose, self.pose_before
        return math.hypot(self.car.length, self.car.width) / 2 + abs(pose.x - before.x) + abs(pose.y - before.y)

    @property
    def yaw_inertia(self) -> float:
        """About the vertical through its centre of mass [kg m2]."""
        return float(self._parameters[dynamics.YAW_INERTIA])

    @property
    def yaw_rate(self) -> float:
        """[rad/s], left positive."""
        return float(self._state[dynamics.YAW_RATE]) if self.simulated else 0.0

    @property
    def wheel_angle(self) -> float:
        """Of the front wheels [rad], left positive."""
        return float(self._state[dynamics.STEER])

    @property
    def steers_up_to(self) -> float:
        """Largest wheel angle [rad]."""
        return float(self._parameters[dynamics.STEER_HIGH])

    @property
    def gear(self) -> int:
        """The gear that is in: -1 reverse, 0 neutral."""
        return int(self._state[dynamics.GEAR])

    @property
    def mass_center(self) -> tuple[float, float]:
        """Where its centre of mass is on the map [m]."""
        return float(self._state[dynamics.X]), float(self._state[dynamics.Y])

    @property
    def mass_velocity(self) -> tuple[float, float]:
        """Velocity of its centre of mass over the map [m/s], world axes."""
        state = self._state
        direction, speed = (
            state[dynamics.YAW] + state[dynamics.SLIP],
            state[dynamics.SPEED] * self._ground[dynamics.LEVEL],
        )
        return float(speed * math.cos(direction)), float(speed * math.sin(direction))

    @property
    def telemetry(self) -> Telemetry:
        """What its engine, brakes and tyres do."""
        return read_telemetry(self._state, self._ground, self._parameters)

    def place(self, pose: Pose) -> None:
        """Put it somewhere, now; it keeps its velocity over the ground, as a moved body does in CARLA."""
        self.pose = self.pose_before = pose
        state, body = self._state, self._body
        state[dynamics.X] = pose.x + self._to_mass * math.cos(pose.yaw)
        state[dynamics.Y] = pose.y + self._to_mass * math.sin(pose.yaw)
        state[dynamics.YAW] = pose.yaw
        body[:] = 0.0
        self._ground[dynamics.RESISTANCE :] = LEVEL_GROUND[dynamics.RESISTANCE :]
        body[suspension.Z], body[suspension.PITCH], body[suspension.ROLL] = pose.z, pose.pitch, pose.roll
        self.set_velocity(self.velocity)

    def shift(self, x: float, y: float, yaw: float = 0.0) -> None:
        """Move it by so much over the map [m] and turn it [rad], its velocity and its seat on the ground staying."""
        pose = self.pose
        self.pose = pose._replace(x=pose.x + x, y=pose.y + y, yaw=wrap(pose.yaw + yaw))
        state = self._state
        state[dynamics.X] = self.pose.x + self._to_mass * math.cos(self.pose.yaw)
        state[dynamics.Y] = self.pose.y + self._to_mass * math.sin(self.pose.yaw)
        state[dynamics.YAW] = self.pose.yaw

    def teleport(self, pose: Pose) -> None:
        """Put it somewhere; wheels, engine and gears start as its control then asks, not as they were before.

        Turning at their limited rate the wheels would steer a car that is put back on its lane off it again.
        """
        self.place(pose)
        self._starts_anew = True

    def set_velocity(self, velocity: Vector) -> None:
        """Give it a velocity of its origin [m/s], world axes; thrown sideways it slides."""
        self.velocity = velocity
        yaw, swing = self.pose.yaw, self._to_mass * self._state[dynamics.YAW_RATE]
        self.set_mass_velocity(velocity[0] - swing * math.sin(yaw), velocity[1] + swing * math.cos(yaw))
        self._body[suspension.CLIMB] = velocity[2]
        if velocity[2] > LIFTS_OFF:
            self._body[suspension.FLIES] = 1.0

    def set_mass_velocity(self, x: float, y: float) -> None:
        """Give its centre of mass a velocity over the map [m/s], world axes."""
        speed, level = math.hypot(x, y), self._ground[dynamics.LEVEL]
        held = min(1.0, FASTEST / speed) if speed > 0.0 else 1.0
        slide.write_velocity(self._state, held * x / level, held * y / level)
        self._read_velocity()

    def hit(self, impulse: tuple[float, float], turn: float) -> None:
        """Take an impulse over the map [N s], world axes, and a change of the yaw rate [rad/s] at once."""
        x, y = self.mass_velocity
        self._state[dynamics.YAW_RATE] = min(max(self._state[dynamics.YAW_RATE] + turn, -FASTEST_TURN), FASTEST_TURN)
        self.set_mass_velocity(x + impulse[0] / self.physics.mass, y + impulse[1] / self.physics.mass)

    def set_yaw_rate(self, yaw_rate: float) -> None:
        """Let it turn at this rate [rad/s] until its tyres say otherwise."""
        self._state[dynamics.YAW_RATE] = min(max(yaw_rate, -FASTEST_TURN), FASTEST_TURN)
        self._read_velocity()

    def set_simulated(self, simulated: bool) -> None:
        """Let it move by itself, or hold it where it is put."""
        self.simulated = simulated
        if not simulated:
            self.velocity = self.acceleration = self.turn = NOTHING
            self.pose_before = self.pose
            self._state[dynamics.SPEED] = self._state[dynamics.YAW_RATE] = self._state[dynamics.SLIP] = 0.0

    def advance(self, delta: float, settings: EpisodeSettings) -> None:
        """Drive for `delta` seconds over the map; `settle` must follow."""
        control, state = self.control, self._state
        self._before, self.pose_before = self.velocity, self.pose
        if self._starts_anew:
            self._start_anew()
        motion.advance(
            state,
            control.throttle,
            mirror_steering(control.steer),
            control.brake,
            1.0 if control.hand_brake else 0.0,
            control.asked_gear,
            self._parameters,
            self._torque_curve,
            self._steering_curve,
            self._gears,
            self._ground,
            delta,
            settings.substeps(delta),
        )

    def write_wheels(self, places: NDArray[np.float64]) -> float:
        """Write x and y of the four wheels [m] into (8,); gives about which height to look for the ground at [m]."""
        suspension.write_wheels(self._state, self._to_mass, self._half_base, self._half_track, places)
        return self._body.item(suspension.Z)

    def settle(
        self,
        heights: NDArray[np.float64],
        outside: NDArray[np.float64],
        places: NDArray[np.float64],
        surface: NDArray[np.float64],
        delta: float,
    ) -> None:
        """Sit on the ground for the `delta` seconds of the last drive; see `suspension`. Its pose is new thereafter."""
        suspension.settle(
            self._body, self._ground, heights, outside, places, surface,
            2 * self._half_base, 2 * self._half_track, delta, self.gravity,
        )  # fmt: skip
        x, y, _, _, yaw, yaw_rate = self._state[: dynamics.SLIP].tolist()
        z, _, pitch, pitch_rate, roll, roll_rate = self._body[: suspension.FLIES].tolist()
        cosine, sine = math.cos(yaw), math.sin(yaw)
        self._read_velocity()
        before = self._before or self.velocity
        now = self.velocity
        self.acceleration = (now[0] - before[0]) / delta, (now[1] - before[1]) / delta, (now[2] - before[2]) / delta
        self.turn = roll_rate * cosine - pitch_rate * sine, roll_rate * sine + pitch_rate * cosine, yaw_rate
        self.pose = Pose(x - self._to_mass * cosine, y - self._to_mass * sine, z, roll, pitch, wrap(yaw))

    def _read_velocity(self) -> None:
        """Bring `velocity`, which is that of the origin, in line with the model's state."""
        _, _, _, speed, yaw, yaw_rate, slip = self._state[: dynamics.PACKAGE_SIZE].tolist()
        # as Python's numbers, with which it counts faster than with numpy's
        speed *= self._ground.item(dynamics.LEVEL)
        swing = self._to_mass * yaw_rate
        self.velocity = (
            speed * math.cos(yaw + slip) + swing * math.sin(yaw),
            speed * math.sin(yaw + slip) - swing * math.cos(yaw),
            self._body.item(suspension.CLIMB),
        )

    def _start_anew(self) -> None:
        """Bring wheels, pedals and gear to where the control and the speed would have them."""
        self._starts_anew = False
        state, control, curve = self._state, self.control, self._steering_curve
        speed = abs(state[dynamics.SPEED])
        share = float(np.interp(speed * 3.6, curve[:, 0], curve[:, 1])) if len(curve) else 1.0
        state[dynamics.STEER] = mirror_steering(control.steer) * self.steers_up_to * share
        state[dynamics.THROTTLE], state[dynamics.BRAKE] = control.throttle, control.brake
        state[dynamics.SHIFTING] = 0.0
        state[dynamics.GEAR] = powertrain.best_gear(speed, self._parameters, self._gears)

    def pack_state(self) -> bytes:
        """Give its 119 bytes of the world's state."""
        control = self.control
        kind = pack_vehicle_state(
            control.throttle,
            control.steer,
            control.brake,
            control.hand_brake,
            control.reverse,
            control.manual_gear_shift,
            self.gear,
            SPEED_LIMIT,
        )
        return pack_actor_state(self.id, self.pose, self.velocity, self.turn, self.acceleration, kind)
