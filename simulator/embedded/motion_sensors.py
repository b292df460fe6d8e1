"""Sensors of motion and place: the inertial one, satellite navigation, and what stands ahead."""

import math
import random
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np

from simulator.embedded.actors import NOTHING, Actor
from simulator.embedded.axes import Pose, Vector, rotation_matrix, turn_to_carla, vector_to_carla
from simulator.embedded.blueprints import GNSS_SENSOR, IMU_SENSOR, OBSTACLE_SENSOR
from simulator.embedded.georeference import locate
from simulator.embedded.obstacles import Obstacle
from simulator.embedded.protocol import SensorType
from simulator.embedded.rays import cast
from simulator.embedded.sensor import Sensor
from simulator.embedded.values import write_actor
from simulator.embedded.vehicle import Vehicle

if TYPE_CHECKING:
    from simulator.embedded.surroundings import Surroundings

STANDARD_GRAVITY = 9.81


class MotionSensor(Sensor):
    """A sensor that measures a few numbers. kind: its place in the client's registry."""

    kind: SensorType

    def __init__(self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str]) -> None:
        super().__init__(actor_id, description, pose, attributes)
        self._attributes = attributes
        # the same seed gives the same noise
        self._noise = random.Random(int(attributes.get("noise_seed", "0")))

    def pass_time(self, delta: float) -> None:
        """Take note that a tick of `delta` seconds has passed, whether it is to measure now or not."""

    def rest(self) -> None:
        """Let a time to measure pass, since nobody listens."""

    def measure(self, surroundings: "Surroundings", delta: float) -> bytes | None:
        """Give the body of its message, after a tick of `delta` seconds; None if it has nothing to say."""
        raise NotImplementedError

    def _disturb(self, value: float, name: str, bias: float = 0.0) -> float:
        """Add the noise that the attribute `name` gives the spread of."""
        spread = float(self._attributes[name])
        return value + bias + (self._noise.gauss(0.0, spread) if spread > 0.0 else 0.0)


class ImuSensor(MotionSensor):
    """Feels acceleration with gravity [m/s2], turning [rad/s] and where north is [rad]."""

    kind = SensorType.IMU

    def __init__(self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str]) -> None:
        super().__init__(actor_id, description, pose, attributes)
        self._turn_before: Vector | None = None

    def measure(self, surroundings: "Surroundings", delta: float) -> bytes:
        """See `MotionSensor`."""
        turn = _turn_of(self.parent)
        acceleration = self._accelerate(turn, delta)
        to_sensor = rotation_matrix(self.pose).T
        felt = vector_to_carla(*(to_sensor @ np.add(acceleration, (0.0, 0.0, surroundings.gravity))).tolist())
        turning = [math.radians(rate) for rate in turn_to_carla(*(to_sensor @ np.array(turn)).tolist())]
        axes = "xyz"
        accelerometer = [self._disturb(felt[i], f"noise_accel_stddev_{axes[i]}") for i in range(3)]
        gyroscope = [
            self._disturb(
                turning[i], f"noise_gyro_stddev_{axes[i]}", float(self._attributes[f"noise_gyro_bias_{axes[i]}"])
            )
            for i in range(3)
        ]
        compass = (math.pi / 2 - self.pose.yaw) % math.tau
        return bytes(msgpack.packb([accelerometer, gyroscope, compass]))

    def _accelerate(self, turn: Vector, delta: float) -> Vector:
        """Give its acceleration in the world [m/s2]: its vehicle's, and what turning adds out there."""
        before, self._turn_before = self._turn_before, turn
        if not isinstance(self.parent, Vehicle):
            return NOTHING
        arm = np.subtract(self.pose[:3], self.parent.pose[:3])
        spin = np.array(turn)
        faster = np.zeros(3) if before is None else np.subtract(turn, before) / delta
        x, y, z = (
            np.array(self.parent.acceleration) + np.cross(faster, arm) + np.cross(spin, np.cross(spin, arm))
        ).tolist()
        return x, y, z


def _turn_of(actor: Actor | None) -> Vector:
    """Give an actor's angular velocity [rad/s], world axes."""
    return actor.turn if isinstance(actor, Vehicle) else (0.0, 0.0, 0.0)


class GnssSensor(MotionSensor):
    """Tells latitude, longitude [degrees] and altitude [m]."""

    kind = SensorType.GNSS

    def measure(self, surroundings: "Surroundings", delta: float) -> bytes:
        """See `MotionSensor`."""
        x, y, z = vector_to_carla(*self.pose[:3])
        latitude, longitude = locate(surroundings.origin, x, y)
        place = [
            self._disturb(value, f"noise_{name}_stddev", float(self._attributes[f"noise_{name}_bias"]))
            for value, name in ((latitude, "lat"), (longitude, "lon"), (z, "alt"))
        ]
        return bytes(msgpack.packb(place))


class ObstacleSensor(MotionSensor):
    """Tells what is ahead of it: a ball of `hit_radius` [m] that flies `distance` [m] straight on and hits something.

    The ball is reckoned as a line against boxes that are thicker by its radius.
    """

    kind = SensorType.OBSTACLE

    def measure(self, surroundings: "Surroundings", delta: float) -> bytes | None:
        """See `MotionSensor`."""
        forward = rotation_matrix(self.pose)[:, 0].tolist()
        direction, reach = (forward[0], forward[1], forward[2]), float(self._attributes["distance"])
        if self._attributes["only_dynamics"].lower() == "true":
            solids = surroundings.cars()
        else:
            solids = surroundings.obstacles_along(self.pose[:3], direction, reach)
        hits = cast(
            self.pose[:3],
            direction,
            reach,
            [solid for solid in solids if solid.actor is None or solid.actor is not self.parent],
            lambda x, y, z: np.full_like(x, -np.inf),
            float(self._attributes["hit_radius"]),
        )
        if not hits or hits[0].solid is None:
            return None
        other = hits[0].solid.actor
        # scenery is no actor; CARLA too names the world's own, id 0, in its place
        seen = [
            0,
            0,
            [0, Obstacle(hits[0].solid.pose, hits[0].solid.half, hits[0].solid.tag).kind, []],
            [[0.0] * 3] * 3 + [0],
            bytes([hits[0].solid.tag]),
            b"",
        ]
        me = write_actor(self.parent if self.parent is not None else self)
        return bytes(msgpack.packb([me, write_actor(other) if other is not None else seen, hits[0].distance]))


MOTION_SENSORS: dict[str, type[MotionSensor]] = {
    IMU_SENSOR: ImuSensor,
    GNSS_SENSOR: GnssSensor,
    OBSTACLE_SENSOR: ObstacleSensor,
}
