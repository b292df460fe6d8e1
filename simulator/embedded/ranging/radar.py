"""The radar: rays at random within a cone, and how fast what they meet comes nearer or goes away."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.embedded.axes import Pose, rotation_matrix
from simulator.embedded.motion_sensors import MotionSensor
from simulator.embedded.protocol import SensorType
from simulator.embedded.ranging.lidar import MOST_POINTS
from simulator.embedded.ranging.trace import BODIES, NOTHING
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from simulator.embedded.surroundings import Surroundings


class RadarSensor(MotionSensor):
    """Gives, for each ray that comes back: velocity [m/s], azimuth and altitude [rad], depth [m]."""

    kind = SensorType.RADAR

    def __init__(self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str]) -> None:
        super().__init__(actor_id, description, pose, attributes)
        self.reach, self._rate = float(attributes["range"]), int(attributes["points_per_second"])
        if float(attributes["horizontal_fov"]) > 179.0:
            wide = attributes["horizontal_fov"]
            raise LiquidlaneError(f"{self.blueprint_id}: horizontal_fov is {wide!r}; give a radar at most 179.0")
        self._wide, self._high = (
            math.tan(math.radians(float(attributes[name])) / 2) for name in ("horizontal_fov", "vertical_fov")
        )
        self._random = np.random.default_rng(int(attributes["noise_seed"]))
        self._before: Pose | None = None
        self._passed = 0.0

    def pass_time(self, delta: float) -> None:
        """Let `delta` seconds pass."""
        self._passed += delta

    def rest(self) -> None:
        """Take note of where it is."""
        self._before, self._passed = self.pose, 0.0

    def measure(self, surroundings: "Surroundings", delta: float) -> bytes:
        """See `MotionSensor`. As CARLA's code has it, velocity is positive for what goes away."""
        before = self.pose if self._before is None else self._before
        own = np.subtract(self.pose[:3], before[:3]) / self._passed
        count = min(int(self._rate * self._passed), MOST_POINTS)
        self._before, self._passed = self.pose, 0.0
        radius, angle = self._random.random(count), self._random.uniform(0.0, math.tau, count)
        # in CARLA's axes: forward, right, up
        ways = np.stack(
            [np.ones(count), self._wide * radius * np.cos(angle), self._high * radius * np.sin(angle)], axis=1
        )
        lengths = np.linalg.norm(ways, axis=1)
        ways /= lengths[:, None]
        # a ray ends in the plane `reach` ahead, so that those aside are longer
        found, _, actors = surroundings.cast_many(self.pose, ways, self.reach * math.hypot(1, self._wide, self._high))
        back = np.flatnonzero((found.what != NOTHING) & (found.distance <= self.reach * lengths))
        what, ways = found.what[back], ways[back]
        speeds = np.zeros((len(back), 3))
        moving = what <= BODIES
        if moving.any():
            speeds[moving] = np.array([actor.velocity for actor in actors])[BODIES - what[moving]]
        outward = (ways * (1.0, -1.0, 1.0)) @ rotation_matrix(self.pose).T
        velocity = ((speeds - own) * outward).sum(axis=1)
        azimuth, altitude = np.arctan2(ways[:, 1], ways[:, 0]), np.arcsin(ways[:, 2])
        return np.stack([velocity, azimuth, altitude, found.distance[back]], axis=1).astype("<f4").tobytes()
