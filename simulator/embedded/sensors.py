"""Sensors that send messages: cameras and the collision sensor."""

import math
from typing import TYPE_CHECKING, Any

import msgpack
import numpy as np

from simulator.camera import Camera
from simulator.embedded.actors import Actor
from simulator.embedded.axes import Pose, rotation_matrix, vector_to_carla
from simulator.embedded.blueprints import COLLISION_SENSOR, RGB_CAMERA, SEMANTIC_CAMERA
from simulator.embedded.collisions import Contact
from simulator.embedded.obstacles import Obstacle
from simulator.embedded.protocol import SensorType, pack_image_header, pack_sensor_header
from simulator.embedded.streaming import Streams
from simulator.embedded.values import write_actor, write_obstacle
from simulator.embedded.vehicle import Vehicle

if TYPE_CHECKING:
    from simulator.embedded.render import Body, Renderer

ABOVE_ROOF = 1.0
"""A camera over its own car, less than this above the roof [m], does not see the car: it would hide the road."""


class Sensor(Actor):
    """Something that sends messages, every tick or every `sensor_tick` seconds."""

    def __init__(self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str]) -> None:
        super().__init__(actor_id, description, pose)
        self._interval = float(attributes["sensor_tick"])
        self._left = 0.0

    def due(self, delta: float) -> bool:
        """Let `delta` seconds pass; tells whether the sensor sends now. The first time is the first tick."""
        if self._interval <= 0.0:
            return True
        if self._left > 1e-6:
            self._left -= delta
        if self._left > 1e-6:
            return False
        self._left = max(self._left + self._interval, 0.0)
        return True


class CameraSensor(Sensor):
    """A camera: rgb, or the class of what each pixel shows."""

    def __init__(self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str]) -> None:
        super().__init__(actor_id, description, pose, attributes)
        self._semantic = self.blueprint_id == SEMANTIC_CAMERA
        self._type = SensorType.SEMANTIC_CAMERA if self._semantic else SensorType.RGB_CAMERA
        width, height = int(attributes["image_size_x"]), int(attributes["image_size_y"])
        fov = float(attributes["fov"])
        self.camera = Camera.from_fov(width, height, math.radians(fov), z=0.0)
        self._to_body = self.camera.rotation()
        self._image_header = pack_image_header(width, height, fov)

    def send(self, streams: Streams, frame: int, elapsed: float, renderer: "Renderer", vehicles: list[Vehicle]) -> None:
        """Draw what it sees, these vehicles among it, and send it to its subscribers."""
        pose = self.pose
        rotation = rotation_matrix(pose) @ self._to_body
        draw = renderer.draw_semantic if self._semantic else renderer.draw
        image = draw(self.camera, (pose.x, pose.y, pose.z), rotation, [_body(v) for v in vehicles], frame)
        header = pack_sensor_header(self._type, frame, elapsed, pose)
        pixels = np.ascontiguousarray(image).data.cast("B")
        streams.send(self.stream_id, [header, self._image_header, pixels], droppable=True)

    def sees(self, vehicle: Vehicle) -> bool:
        """Tell whether a vehicle is in its pictures: all but the one that carries it, unless it looks from outside."""
        if vehicle is not self.parent:
            return True
        x, y, z = self.relative[:3]
        half = vehicle.half_size
        return abs(x) > half[0] or abs(y) > half[1] or z > 2 * half[2] + ABOVE_ROOF


class CollisionSensor(Sensor):
    """Tells what its vehicle hits."""

    def send(self, streams: Streams, frame: int, elapsed: float, contact: Contact) -> None:
        """Send one contact of its vehicle."""
        first, second, impulse = contact
        if first is not self.parent and isinstance(second, Vehicle):
            first, second, impulse = second, first, (-impulse[0], -impulse[1], -impulse[2])
        other = write_obstacle(second) if isinstance(second, Obstacle) else write_actor(second)
        body = msgpack.packb([write_actor(first), other, list(vector_to_carla(*impulse))])
        header = pack_sensor_header(SensorType.COLLISION, frame, elapsed, self.pose)
        streams.send(self.stream_id, [header, body])


class LaneInvasionSensor(Actor):
    """Works in the client, which watches the car on the map; the server only knows that it is there."""


def _body(vehicle: Vehicle) -> "Body":
    """Give a vehicle as the renderer wants it."""
    from simulator.embedded.render import Body

    x, y, z = vehicle.pose[:3]
    half = vehicle.half_size
    return Body((x, y, z + half[2]), rotation_matrix(vehicle.pose), half, vehicle.color)


def make_sensor(actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str]) -> Actor:
    """Make the sensor that a description names."""
    kind = description[1]
    if kind in (RGB_CAMERA, SEMANTIC_CAMERA):
        return CameraSensor(actor_id, description, pose, attributes)
    if kind == COLLISION_SENSOR:
        return CollisionSensor(actor_id, description, pose, attributes)
    return LaneInvasionSensor(actor_id, description, pose)
