"""A car in the world: its pedals, its numbers, and where they take it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.embedded import dynamics
from simulator.embedded.actors import NOTHING, Actor
from simulator.embedded.axes import Pose, Vector, mirror_steering, wrap
from simulator.embedded.physics_control import Car, PhysicsControl, model_parameters
from simulator.embedded.protocol import pack_actor_state, pack_vehicle_state
from simulator.embedded.settings import EpisodeSettings
from simulator.errors import LiquidlaneError

GROUND = 0.0
SPEED_LIMIT = 30.0
FASTEST = 300.0
CAR_TAG = 14


@dataclass(frozen=True, slots=True)
class VehicleControl:
    """CARLA's pedals and wheel, as they came and go back out: 0 to 1, but steer -1 to 1, **right positive**."""

    throttle: float = 0.0
    steer: float = 0.0
    brake: float = 0.0
    hand_brake: bool = False
    reverse: bool = False
    manual_gear_shift: bool = False
    gear: int = 0

    @property
    def direction(self) -> int:
        """Which way the engine pushes: 1, -1 in reverse gear, 0 in neutral."""
        if self.manual_gear_shift and not self.reverse:
            return min(max(self.gear, -1), 1)
        return -1 if self.reverse else 1


def _read_color(text: str) -> tuple[int, int, int]:
    """Read "red,green,blue", each 0 to 255.

    Raises:
        LiquidlaneError: if it is none.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(part.isdecimal() and int(part) < 256 for part in parts):
        raise LiquidlaneError(f"color is {text!r}; give red,green,blue with numbers from 0 to 255")
    return int(parts[0]), int(parts[1]), int(parts[2])


class Vehicle(Actor):
    """A car under the single-track model, on flat ground.

    The model's state is kept at the centre of mass; the pose is that of the box's centre on the ground.
    color: red, green, blue, 0 to 255.
    """

    semantic_tags = bytes([CAR_TAG])

    def __init__(self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str], car: Car) -> None:
        super().__init__(actor_id, description, pose)
        self.car = car
        self.color = _read_color(attributes["color"])
        self.control = VehicleControl()
        self.lights = 0
        self.simulated = True
        self.gravity = True
        self.collides = True
        self.velocity: Vector = NOTHING
        self.acceleration: Vector = NOTHING
        self._state: NDArray[np.float64] = np.zeros(dynamics.STATE_SIZE)
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
        self._to_mass = physics.center_of_mass[0]
        self._wheel_is_free = False
        self.place(self.pose)

    @property
    def half_size(self) -> Vector:
        """Half its length, width and height [m]."""
        return self.car.length / 2, self.car.width / 2, self.car.height / 2

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

    def place(self, pose: Pose) -> None:
        """Put it somewhere, now; it keeps its velocity over the ground, as a moved body does in CARLA."""
        self.pose = pose
        state = self._state
        state[dynamics.X] = pose.x + self._to_mass * math.cos(pose.yaw)
        state[dynamics.Y] = pose.y + self._to_mass * math.sin(pose.yaw)
        state[dynamics.YAW] = pose.yaw
        self.set_velocity(self.velocity)

    def teleport(self, pose: Pose) -> None:
        """Put it somewhere; its wheels start at the angle of the control it has then, not at that of the place before.

        Turning at their limited rate they would steer a car that is put back on its lane off it again.
        """
        self.place(pose)
        self._wheel_is_free = True

    def set_velocity(self, velocity: Vector) -> None:
        """Give it a velocity over the ground [m/s], world axes."""
        self.velocity = velocity
        state, yaw = self._state, self.pose.yaw
        forward = velocity[0] * math.cos(yaw) + velocity[1] * math.sin(yaw)
        left = velocity[1] * math.cos(yaw) - velocity[0] * math.sin(yaw) + self._to_mass * state[dynamics.YAW_RATE]
        slip = math.atan2(left, abs(forward)) if abs(forward) > 1.0 else 0.0
        # tyres hold what slides more than about 30 degrees
        slides = abs(slip) < 0.5 and forward > 0
        state[dynamics.SLIP] = slip if slides else 0.0
        speed = math.hypot(forward, left) if slides else forward
        state[dynamics.SPEED] = min(max(speed, -FASTEST), FASTEST)

    def set_yaw_rate(self, yaw_rate: float) -> None:
        """Let it turn at this rate [rad/s] until its tyres say otherwise."""
        self._state[dynamics.YAW_RATE] = min(max(yaw_rate, -math.tau), math.tau)

    def set_simulated(self, simulated: bool) -> None:
        """Let it move by itself, or hold it where it is put."""
        self.simulated = simulated
        if not simulated:
            self.velocity = self.acceleration = NOTHING
            self._state[dynamics.SPEED] = self._state[dynamics.YAW_RATE] = self._state[dynamics.SLIP] = 0.0

    def advance(self, delta: float, settings: EpisodeSettings) -> None:
        """Drive for `delta` seconds."""
        if not self.simulated:
            return
        control, state = self.control, self._state
        if self._wheel_is_free:
            state[dynamics.STEER] = self._wanted_wheel_angle()
            self._wheel_is_free = False
        dynamics.advance(
            state,
            control.direction * control.throttle,
            mirror_steering(control.steer),
            control.brake,
            1.0 if control.hand_brake else 0.0,
            self._parameters,
            self._torque_curve,
            self._steering_curve,
            delta,
            settings.substeps(delta),
        )
        x, y, _, speed, yaw, yaw_rate, slip = state.tolist()
        z, fall = self._fall(delta)
        before = self.velocity
        cosine, sine = math.cos(yaw), math.sin(yaw)
        sideways = -self._to_mass * yaw_rate
        velocity = (
            speed * math.cos(yaw + slip) - sideways * sine,
            speed * math.sin(yaw + slip) + sideways * cosine,
            fall,
        )
        self.velocity = velocity
        self.acceleration = (
            (velocity[0] - before[0]) / delta,
            (velocity[1] - before[1]) / delta,
            (velocity[2] - before[2]) / delta,
        )
        self.pose = Pose(x - self._to_mass * cosine, y - self._to_mass * sine, z, 0.0, 0.0, wrap(yaw))

    def _wanted_wheel_angle(self) -> float:
        """Give the wheel angle [rad] that the control asks for at this speed."""
        speed, curve = abs(self._state[dynamics.SPEED]) * 3.6, self._steering_curve
        share = float(np.interp(speed, curve[:, 0], curve[:, 1])) if len(curve) else 1.0
        return mirror_steering(self.control.steer) * self.steers_up_to * share

    def _fall(self, delta: float) -> tuple[float, float]:
        """Give height and vertical speed after `delta` seconds: a car spawned in the air falls to the ground."""
        height, speed = self.pose.z, self.velocity[2]
        if not self.gravity or height < GROUND:
            return (height, 0.0) if not self.gravity else (GROUND, 0.0)
        if height == GROUND and speed <= 0.0:
            return GROUND, 0.0
        fall = speed - dynamics.GRAVITY * delta
        height += 0.5 * (speed + fall) * delta
        return (height, fall) if height > GROUND else (GROUND, 0.0)

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
            control.gear if control.manual_gear_shift else control.direction,
            SPEED_LIMIT,
        )
        return pack_actor_state(self.id, self.pose, self.velocity, (0.0, 0.0, self.yaw_rate), self.acceleration, kind)
