"""A pedestrian in the world: where its control takes it, how it stands on the ground, and how it falls."""

import math
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from simulator.embedded.actors import NOTHING, Actor
from simulator.embedded.axes import Pose, Vector, vector_to_carla, wrap
from simulator.embedded.protocol import pack_actor_state
from simulator.embedded.walkers.kinds import WalkerKind

PEDESTRIAN_TAG = 12
FASTEST = 40.0
"""No walker is faster than this over the ground [m/s]."""
_TURNING = math.radians(500.0)
_GRAVITY, _JUMP = 9.81, 4.2
# a step up so high is climbed, and the ground is looked for so far below a foot that stands [m]
_STEP, _KEEP = 0.5, 0.35
# who was knocked over slides with this friction [m/s2], lies down within [s], and gets up again after [s]
_FRICTION, _FALLING, _LYING = 5.0, 0.4, 3.0
_LYING_HEIGHT = 0.2
_STATE = struct.Struct("<3ff?")
Ground = Callable[[float, float, float], float]
"""Gives the ground's height below a place [m]."""


class WalkerControl(NamedTuple):
    """Where to, world axes (of which only the way over the ground counts); how fast [m/s]; whether to jump."""

    direction: Vector = NOTHING
    speed: float = 0.0
    jump: bool = False


class Walker(Actor):
    """A pedestrian. Its pose is that of its middle, as in CARLA, half its height above the ground.

    stride: how far it has walked [m], which its legs go by. simulated: whether it moves by its control and falls, or is
    only put somewhere. fallen: seconds since a car has knocked it over, None while it stands. guided: whether a
    controller walks it.
    """

    semantic_tags = bytes([PEDESTRIAN_TAG])

    def __init__(
        self, actor_id: int, description: list[Any], pose: Pose, attributes: dict[str, str], kind: WalkerKind
    ) -> None:
        super().__init__(actor_id, description, pose)
        self.kind = kind
        self.invincible = attributes["is_invincible"].lower() == "true"
        self.control = WalkerControl()
        self.velocity: Vector = NOTHING
        self.acceleration: Vector = NOTHING
        self.simulated = True
        self.collides = True
        self.gravity = True
        self.guided = False
        self.stride = 0.0
        self.fallen: float | None = None
        self.pose_before = pose
        self._climb = 0.0
        self._slide = (0.0, 0.0)
        self._on_ground = False

    @property
    def half_size(self) -> Vector:
        """Half its length, width and height [m]."""
        return self.kind.half_size

    @property
    def box_middle(self) -> Vector:
        """Its box lies about its pose."""
        return NOTHING

    @property
    def reach(self) -> float:
        """No part of it was farther from where it is now [m] during the last tick, over the map."""
        pose, before = self.pose, self.pose_before
        return math.hypot(*self.kind.half_size[:2]) + abs(pose.x - before.x) + abs(pose.y - before.y)

    @property
    def foot(self) -> Pose:
        """Where it stands."""
        return Pose(self.pose.x, self.pose.y, self.pose.z - self.kind.half_size[2], yaw=self.pose.yaw)

    def place(self, pose: Pose) -> None:
        """Put it somewhere, on its feet."""
        self.pose = pose
        self.fallen = None
        self._climb = 0.0

    def set_velocity(self, velocity: Vector) -> None:
        """Have it walk that way on, and rise or fall."""
        speed = math.hypot(velocity[0], velocity[1])
        self.control = WalkerControl((velocity[0], velocity[1], 0.0), speed)
        self._climb = velocity[2]

    def guide(self, pose: Pose, speed: float) -> None:
        """Take it on as a controller asks; `pose` is of its foot. Who has fallen stays where it is."""
        if self.fallen is None:
            way = pose.x - self.pose.x, pose.y - self.pose.y, 0.0
            self.control = WalkerControl(way, min(max(speed, 0.0), FASTEST))
            self.pose = self.pose._replace(x=pose.x, y=pose.y, yaw=pose.yaw)

    def knock(self, velocity: tuple[float, float], climb: float) -> None:
        """Knock it over: it is thrown over the map, and up [m/s]."""
        self.fallen, self._slide = 0.0, velocity
        self._climb, self._on_ground = climb, False

    def push(self, x: float, y: float) -> None:
        """Move it over the map [m]; that is no velocity of its own."""
        self.pose = self.pose._replace(x=self.pose.x + x, y=self.pose.y + y)
        self.pose_before = self.pose_before._replace(x=self.pose_before.x + x, y=self.pose_before.y + y)

    def advance(self, delta: float, ground: Ground) -> None:
        """Walk, slide or stand for `delta` seconds."""
        if self.fallen is not None:
            self._lie(delta, ground)
        elif self.simulated:
            self._walk(delta, ground)
        else:
            self._stand(ground)
        pose, before, velocity = self.pose, self.pose_before, self.velocity
        moved = pose.x - before.x, pose.y - before.y, pose.z - before.z
        self.velocity = moved[0] / delta, moved[1] / delta, moved[2] / delta
        self.acceleration = (
            (self.velocity[0] - velocity[0]) / delta,
            (self.velocity[1] - velocity[1]) / delta,
            (self.velocity[2] - velocity[2]) / delta,
        )
        if self.fallen is None:
            self.stride += min(math.hypot(moved[0], moved[1]), FASTEST * delta)
        self.pose_before = pose

    def _walk(self, delta: float, ground: Ground) -> None:
        (x, y, _), speed, jump = self.control
        size = math.hypot(x, y)
        pose = self.pose
        if size > 0.0 and speed > 0.0:
            stride = min(speed, FASTEST) * delta / size
            turn = min(max(wrap(math.atan2(y, x) - pose.yaw), -_TURNING * delta), _TURNING * delta)
            pose = pose._replace(x=pose.x + stride * x, y=pose.y + stride * y, yaw=wrap(pose.yaw + turn))
        if jump and self._on_ground:
            self._climb, self._on_ground = _JUMP, False
        self.pose = self._settle(pose._replace(roll=0.0, pitch=0.0), self.kind.half_size[2], delta, ground)

    def _settle(self, pose: Pose, height: float, delta: float, ground: Ground) -> Pose:
        """Give a pose on the ground, or falling to it. height: of its middle above the ground when it stands [m]."""
        foot = pose.z - height
        floor = ground(pose.x, pose.y, foot + _STEP)
        if self._on_ground and abs(foot - floor) < _KEEP:
            self._climb = 0.0
            return pose._replace(z=floor + height)
        if self.gravity:
            self._climb -= _GRAVITY * delta
        foot += self._climb * delta
        self._on_ground = foot <= floor
        if self._on_ground:
            self._climb, foot = 0.0, floor
        return pose._replace(z=foot + height)

    def _stand(self, ground: Ground) -> None:
        """Keep it on the ground where a controller walks it; else leave it where it was put."""
        if self.guided:
            half = self.kind.half_size[2]
            floor = ground(self.pose.x, self.pose.y, self.pose.z - half + _STEP)
            self.pose = self.pose._replace(z=floor + half)

    def _lie(self, delta: float, ground: Ground) -> None:
        assert self.fallen is not None
        self.fallen += delta
        if self.fallen > _LYING and self.invincible:
            self.fallen, self._on_ground = None, True
            floor = ground(self.pose.x, self.pose.y, self.pose.z + _STEP)
            self.pose = self.pose._replace(z=floor + self.kind.half_size[2], roll=0.0, pitch=0.0)
            return
        speed = math.hypot(*self._slide)
        slower = max(speed - (_FRICTION if self._on_ground else 0.0) * delta, 0.0) / speed if speed > 0.0 else 0.0
        self._slide = self._slide[0] * slower, self._slide[1] * slower
        share = min(self.fallen / _FALLING, 1.0)
        upright, lying = self.kind.half_size[2], _LYING_HEIGHT
        height = upright + (lying - upright) * share
        pose = self.pose._replace(
            x=self.pose.x + self._slide[0] * delta, y=self.pose.y + self._slide[1] * delta, pitch=-0.5 * math.pi * share
        )
        if self._on_ground:
            pose = pose._replace(z=ground(pose.x, pose.y, pose.z) + height)
        self.pose = self._settle(pose, height, delta, ground)

    def pack_state(self) -> bytes:
        """Give its 119 bytes of the world's state."""
        direction, speed, jump = self.control
        size = math.sqrt(sum(part * part for part in direction)) or 1.0
        x, y, z = vector_to_carla(*direction)
        kind = _STATE.pack(x / size, y / size, z / size, speed, jump)
        return pack_actor_state(self.id, self.pose, self.velocity, NOTHING, self.acceleration, kind)
