"""Sensors that are no cameras, and how a sensor is made."""

from collections.abc import Callable
from typing import Any

import msgpack

from simulator.embedded.actors import Actor
from simulator.embedded.axes import Pose, vector_to_carla
from simulator.embedded.blueprints import CAMERAS, COLLISION_SENSOR, RANGERS, WALKER_CONTROLLER
from simulator.embedded.cameras import CameraSensor
from simulator.embedded.collisions import Contact
from simulator.embedded.motion_sensors import MOTION_SENSORS
from simulator.embedded.obstacles import Obstacle
from simulator.embedded.protocol import SensorType, pack_sensor_header
from simulator.embedded.sensor import Sensor
from simulator.embedded.streaming import Streams
from simulator.embedded.values import write_actor, write_obstacle
from simulator.embedded.vehicle import Vehicle
from simulator.embedded.walkers.walker import Walker


class CollisionSensor(Sensor):
    """Tells what its vehicle hits."""

    def send(self, streams: Streams, frame: int, elapsed: float, contact: Contact) -> None:
        """Send one contact of its vehicle."""
        first: Actor
        first, second, impulse = contact
        if first is not self.parent and isinstance(second, Vehicle | Walker):
            first, second, impulse = second, first, (-impulse[0], -impulse[1], -impulse[2])
        other = write_obstacle(second) if isinstance(second, Obstacle) else write_actor(second)
        body = msgpack.packb([write_actor(first), other, list(vector_to_carla(*impulse))])
        header = pack_sensor_header(SensorType.COLLISION, frame, elapsed, self.pose)
        streams.send(self.stream_id, [header, body])


class LaneInvasionSensor(Actor):
    """Works in the client, which watches the car on the map; the server only knows that it is there."""


class WalkerController(Actor):
    """Works in the client, which finds the walker's way on a mesh of the map and tells the server where it is."""


def find_maker(kind: str) -> Callable[[int, list[Any], Pose, dict[str, str]], Actor]:
    """Give what makes sensors of a kind; what only lidars and radars need is imported with the first of them."""
    if kind in RANGERS:
        from simulator.embedded.ranging.kinds import RANGE_SENSORS

        return RANGE_SENSORS[kind]
    if kind in MOTION_SENSORS:
        return MOTION_SENSORS[kind]
    if kind in CAMERAS:
        return CameraSensor
    if kind == COLLISION_SENSOR:
        return CollisionSensor
    make = WalkerController if kind == WALKER_CONTROLLER else LaneInvasionSensor
    return lambda actor_id, description, pose, attributes: make(actor_id, description, pose)
