"""The lidars: a fan of lasers that turns, and for each ray that comes back a point in the sensor's axes."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.axes import Pose
from simulator.embedded.motion_sensors import MotionSensor
from simulator.embedded.protocol import SensorType
from simulator.embedded.ranging.field import tags_of_items
from simulator.embedded.ranging.trace import BODIES, GROUND, NOTHING

if TYPE_CHECKING:
    from simulator.embedded.surroundings import Surroundings

MOST_POINTS = 1_000_000
"""So many rays are cast for one message at most."""
_POINT = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("intensity", "<f4")])
_LABELLED = np.dtype([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("facing", "<f4"), ("object", "<u4"), ("tag", "<u4")])
FloatArray = NDArray[np.float64]


class LidarSensor(MotionSensor):
    """What both lidars have in common. Angles are CARLA's: degrees, to the right and up positive."""

    def __init__(self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str]) -> None:
        super().__init__(actor_id, description, pose, attributes)
        numbers = {name: float(attributes[name]) for name in ("range", "rotation_frequency", "horizontal_fov")}
        self.reach, self._frequency, self._wide = numbers.values()
        self._channels = int(attributes["channels"])
        self._rate = int(attributes["points_per_second"])
        elevations = np.radians(
            np.linspace(float(attributes["upper_fov"]), float(attributes["lower_fov"]), self._channels)
        )
        self._level, self._up = np.cos(elevations), np.sin(elevations)
        self._bearing = 0.0
        self._passed = 0.0
        self._random = np.random.default_rng(int(attributes.get("noise_seed", "0")))

    def pass_time(self, delta: float) -> None:
        """Let it turn on for `delta` seconds, whether anybody looks or not."""
        self._passed += delta

    def rest(self) -> None:
        """Turn on."""
        self._bearing = math.fmod(self._bearing + self._frequency * self._wide * self._passed, self._wide)
        self._passed = 0.0

    def measure(self, surroundings: "Surroundings", delta: float) -> bytes:
        """See `MotionSensor`."""
        passed, self._passed = self._passed, 0.0
        count = math.floor(self._rate * passed / self._channels + 0.5)
        count = min(count, MOST_POINTS // self._channels)
        turned = self._frequency * self._wide * passed
        bearings = np.fmod(self._bearing + turned / max(count, 1) * np.arange(count), self._wide) - self._wide / 2
        self._bearing = math.fmod(self._bearing + turned, self._wide)
        ways = self._ways(np.radians(bearings))
        channel = np.repeat(np.arange(self._channels), count)
        chosen = self._choose(len(ways))
        if chosen is not None:
            ways, channel = ways[chosen], channel[chosen]
        points, channel = self._look(surroundings, ways, channel)
        counts = np.bincount(channel, minlength=self._channels).astype("<u4")
        head = np.array([math.radians(self._bearing)], "<f4").tobytes() + np.array([self._channels], "<u4").tobytes()
        return b"".join((head, counts.tobytes(), points.tobytes()))

    def _ways(self, bearings: FloatArray) -> FloatArray:
        """Give the directions of all rays, channel by channel, in CARLA's axes, (R, 3)."""
        ways = np.empty((self._channels, len(bearings), 3))
        ways[..., 0] = self._level[:, None] * np.cos(bearings)
        ways[..., 1] = self._level[:, None] * np.sin(bearings)
        ways[..., 2] = self._up[:, None]
        return ways.reshape(-1, 3)

    def _choose(self, count: int) -> NDArray[np.int64] | None:
        """Choose those of all rays that are cast; None for all."""
        return None

    def _look(
        self, surroundings: "Surroundings", ways: FloatArray, channel: NDArray[np.int64]
    ) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """Cast rays; gives the points of those that come back, and their channels."""
        raise NotImplementedError


class PlainLidar(LidarSensor):
    """Gives each point's intensity; some are lost, the more the weaker they come back."""

    kind = SensorType.LIDAR

    def __init__(self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str]) -> None:
        super().__init__(actor_id, description, pose, attributes)
        self._attenuation, self._lost, self._limit, self._at_zero, self._spread = (
            float(attributes[name])
            for name in (
                *("atmosphere_attenuation_rate", "dropoff_general_rate", "dropoff_intensity_limit"),
                *("dropoff_zero_intensity", "noise_stddev"),
            )
        )

    def _choose(self, count: int) -> NDArray[np.int64] | None:
        return np.flatnonzero(self._random.random(count) >= self._lost) if self._lost > 0.0 else None

    def _look(
        self, surroundings: "Surroundings", ways: FloatArray, channel: NDArray[np.int64]
    ) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        found, _, _ = surroundings.cast_many(self.pose, ways, self.reach)
        back = np.flatnonzero(found.what != NOTHING)
        distance = found.distance[back]
        intensity = np.exp(-self._attenuation * distance)
        kept = np.ones(len(back), bool)
        weak = np.flatnonzero(intensity <= self._limit)
        if len(weak):
            share = 1.0 - self._at_zero + intensity[weak] * (self._at_zero / max(self._limit, 1e-9))
            kept[weak] = self._random.random(len(weak)) < share
        if self._spread > 0.0:
            distance = distance + self._random.normal(0.0, self._spread, len(distance))
        places = ways[back] * distance[:, None]
        points = np.empty(len(back), _POINT)
        for name, column in zip("xyz", places.T, strict=True):
            points[name] = column
        points["intensity"] = intensity
        return points[kept], channel[back][kept]


class SemanticLidar(LidarSensor):
    """Gives, for each point, how squarely the ray met the surface, whose it is, and its tag; nothing is lost."""

    kind = SensorType.SEMANTIC_LIDAR

    def _look(
        self, surroundings: "Surroundings", ways: FloatArray, channel: NDArray[np.int64]
    ) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        found, field, actors = surroundings.cast_many(self.pose, ways, self.reach, facing=True)
        back = np.flatnonzero(found.what != NOTHING)
        what, distance = found.what[back], found.distance[back]
        points = np.zeros(len(back), _LABELLED)
        for name, column in zip("xyz", (ways[back] * distance[:, None]).T, strict=True):
            points[name] = column
        points["facing"] = found.facing[back]
        item, body, ground = what >= 0, what <= BODIES, what == GROUND
        points["tag"][item] = tags_of_items(field)[what[item]]
        ground |= item & (points["tag"] == 0)
        if body.any():
            number = BODIES - what[body]
            points["object"][body] = np.array([actor.id for actor in actors])[number]
            points["tag"][body] = np.array([actor.semantic_tags[0] for actor in actors])[number]
        points["tag"][ground] = surroundings.ground_tags(self.pose, ways[back][ground] * distance[ground, None], field)
        return points, channel[back]
