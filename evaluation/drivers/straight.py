"""The lower bound: never steers."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.world import Control, LanePose, Observation


class Straight:
    """Commands zero curvature, always."""

    looks: ClassVar[bool] = False

    def reset(self, cars: int, camera: Camera, period: float) -> None:
        """Nothing to forget."""

    def forget(self, car: int) -> None:
        """Nothing to forget."""

    def act(self, observations: Sequence[Observation | None], lanes: Sequence[LanePose]) -> list[Control]:
        """Go straight on."""
        return [Control(0.0) for _ in observations]

    @property
    def neurons(self) -> NDArray[np.float32] | None:
        """None."""
        return None
