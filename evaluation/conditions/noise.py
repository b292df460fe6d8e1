"""Clear noon with image noise, as in the active test of NCP 2020 (variance 0.1 to 0.3 on [0, 1])."""

import numpy as np
from pydantic import Field

from evaluation.conditions.clear import Clear
from simulator.world import Observation


class Noise(Clear):
    """Add Gaussian noise to every pixel and channel of every frame."""

    variance: float = Field(default=0.1, ge=0, le=1, description="of the noise on images scaled to [0, 1]")

    @property
    def words(self) -> str:
        """Say it in a sentence."""
        return f"with image noise of variance {self.variance:g}"

    def observe(self, observation: Observation, rng: np.random.Generator) -> Observation:
        """Add noise on [0, 1], clip, go back to uint8.

        Single precision, half the cost of double (benchmarks/conditions.py), is exact for our purpose: a uint8 step
        is four orders of magnitude above the rounding of the sum.
        """
        noisy = rng.standard_normal(observation.image.shape, dtype=np.float32)
        noisy *= np.float32(255 * self.variance**0.5)
        noisy += observation.image
        np.rint(np.clip(noisy, 0, 255, out=noisy), out=noisy)
        return Observation(noisy.astype(np.uint8), observation.speed, observation.timestamp)
