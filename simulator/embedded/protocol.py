"""CARLA 0.9.16's binary layouts: stream tokens, sensor headers, images and the state of the world.

All are little-endian and packed. Facts taken from the official client's wheel; other client versions differ.
"""

import struct
from enum import IntEnum

from simulator.embedded.axes import Pose, Vector, pose_to_carla, turn_to_carla, vector_to_carla

VERSION = "0.9.16"
WORLD_STREAM = 1
STREAM_ID = struct.Struct("<I")
MESSAGE_SIZE = struct.Struct("<I")

_TOKEN = struct.Struct("<IHBB16s")
_SENSOR_HEADER = struct.Struct("<QQd6f")
_EPISODE_HEADER = struct.Struct("<QdfiiiI")
_IMAGE_HEADER = struct.Struct("<IIf")
_ACTOR_STATE = struct.Struct("<IB6f3f3f3f54s")
_VEHICLE_STATE = struct.Struct("<fff???ifB?IB")

_TCP = 1
_SAME_HOST = 0
_ACTIVE = 1
_NO_LIGHT = 4


class SensorType(IntEnum):
    """Index of a sensor in the client's registry."""

    COLLISION = 0
    DEPTH_CAMERA = 1
    GNSS = 4
    IMU = 5
    LANE_INVASION = 6
    OBSTACLE = 7
    RADAR = 9
    SEMANTIC_LIDAR = 10
    LIDAR = 11
    RGB_CAMERA = 13
    SEMANTIC_CAMERA = 14
    INSTANCE_CAMERA = 15
    WORLD = 17


def pack_token(stream_id: int, port: int) -> bytes:
    """Name a stream (24 bytes); the client reaches it at the host it already talks to."""
    return _TOKEN.pack(stream_id, port, _TCP, _SAME_HOST, b"")


def pack_sensor_header(sensor: SensorType, frame: int, elapsed: float, pose: Pose) -> bytes:
    """Begin a sensor's message (48 bytes): frame, simulated time [s] and where the sensor is in the world."""
    return _SENSOR_HEADER.pack(sensor, frame, elapsed, *pose_to_carla(pose))


def pack_image_header(width: int, height: int, fov: float) -> bytes:
    """Describe an image (12 bytes): [px], [px], horizontal field of view [degrees]."""
    return _IMAGE_HEADER.pack(width, height, fov)


def pack_episode_header(episode_id: int, wall_time: float, delta: float) -> bytes:
    """Begin the state of the world (36 bytes).

    The flag that says "the map changed" is never set: a client whose server has died would call a method from its
    network thread on seeing it, and end its whole process when that times out. A new episode id says the same.
    """
    return _EPISODE_HEADER.pack(episode_id, wall_time, delta, 0, 0, 0, 0)


def pack_actor_state(
    actor_id: int, pose: Pose, velocity: Vector, turn: Vector, acceleration: Vector, kind: bytes = b""
) -> bytes:
    """Give one actor's state (119 bytes): [m/s], [rad/s], [m/s2] in our axes; `kind` is what its type adds."""
    return _ACTOR_STATE.pack(
        actor_id,
        _ACTIVE,
        *pose_to_carla(pose),
        *vector_to_carla(*velocity),
        *turn_to_carla(*turn),
        *vector_to_carla(*acceleration),
        kind,
    )


def pack_vehicle_state(
    throttle: float,
    steer: float,
    brake: float,
    hand_brake: bool,
    reverse: bool,
    manual_gear_shift: bool,
    gear: int,
    speed_limit: float,
) -> bytes:
    """Give what a vehicle adds to its state (30 bytes); steer right positive, speed limit [km/h], no traffic light."""
    return _VEHICLE_STATE.pack(
        throttle, steer, brake, hand_brake, reverse, manual_gear_shift, gear, speed_limit, _NO_LIGHT, False, 0, 0
    )
