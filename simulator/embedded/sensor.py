"""What sensors have in common: when they send."""

from typing import Any

from simulator.embedded.actors import Actor
from simulator.embedded.axes import Pose


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
