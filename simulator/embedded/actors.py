"""What is in the world: anything with an id and a pose, such as the spectator; sensors and vehicles build on it."""

from typing import Any

from simulator.embedded.axes import Pose, Vector
from simulator.embedded.protocol import pack_actor_state

NOTHING: Vector = (0.0, 0.0, 0.0)


class Actor:
    """Anything that has an id and a pose.

    description: the wire's (uid, blueprint id, attributes). parent, relative: what it is fixed to, and where on it.
    stream_id: 0 unless it sends messages; token: how a client finds that stream.
    """

    semantic_tags = b""

    def __init__(self, actor_id: int, description: list[Any], pose: Pose) -> None:
        self.id = actor_id
        self.description = description
        self.pose = pose
        self.parent: Actor | None = None
        self.relative = Pose()
        self.stream_id = 0
        self.token = b""
        self._packed: tuple[Pose, bytes] | None = None

    @property
    def blueprint_id(self) -> str:
        """Name of its kind."""
        return str(self.description[1])

    @property
    def half_size(self) -> Vector:
        """Half its length, width and height [m]."""
        return NOTHING

    @property
    def box_middle(self) -> Vector:
        """Middle of its box in its own axes [m]."""
        return 0.0, 0.0, self.half_size[2]

    def place(self, pose: Pose) -> None:
        """Put it somewhere, now."""
        self.pose = pose

    def teleport(self, pose: Pose) -> None:
        """Put it somewhere, now, as a client asks."""
        self.place(pose)

    def pack_state(self) -> bytes:
        """Give its 119 bytes of the world's state; packed anew only when it has moved."""
        if self._packed is None or self._packed[0] is not self.pose:
            self._packed = self.pose, pack_actor_state(self.id, self.pose, NOTHING, NOTHING, NOTHING)
        return self._packed[1]
