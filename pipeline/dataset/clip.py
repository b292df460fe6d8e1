"""A clip: consecutive frames of one drive, as a model learns from them."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

# What a model may be asked to know besides the curvature; all of them change sign in a mirror.
AUXILIARY = types.MappingProxyType(
    {
        "offset": "car minus lane centre [m]",
        "heading": "car minus lane [rad]",
        "curvature": "of the lane here [1/m]",
        "curvature_10": "of the lane 10 m ahead [1/m]",
        "curvature_20": "of the lane 20 m ahead [1/m]",
    }
)


@dataclass(frozen=True, slots=True)
class Clip:
    """Frames at times t = 0 … T-1 with the control that was right at each.

    images: (T, 3, H, W) uint8 RGB. speed: (T,) [m/s]. dt: (T,) [s], time since the frame before; for the first frame
    the camera's nominal period. curvature: (T,) [1/m], the label. auxiliary: name → (T,), see `AUXILIARY`, NaN where
    unknown. weight: (T,) >= 0, how much each step counts in the loss. Left is positive. All but the images are float32.

    Raises:
        ValueError: if a shape or type differs, time does not rise, or a label is not finite.
    """

    images: NDArray[np.uint8]
    speed: FloatArray
    dt: FloatArray
    curvature: FloatArray
    auxiliary: Mapping[str, FloatArray]
    weight: FloatArray

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.shape[1] != 3 or self.images.dtype != np.uint8:
            raise ValueError(f"images must be (T, 3, H, W) uint8, not {self.images.shape} {self.images.dtype}")
        steps = (len(self.images),)
        series = {"speed": self.speed, "dt": self.dt, "curvature": self.curvature, "weight": self.weight}
        for name, values in (*series.items(), *self.auxiliary.items()):
            if values.shape != steps or values.dtype != np.float32:
                raise ValueError(f"{name} must be {steps} float32, not {values.shape} {values.dtype}")
        if not self.auxiliary.keys() <= AUXILIARY.keys():
            raise ValueError(f"auxiliary must be among {', '.join(AUXILIARY)}, not {', '.join(self.auxiliary)}")
        if not np.isfinite(np.stack(list(series.values()))).all():
            raise ValueError("speed, dt, curvature and weight must be finite")
        if steps[0] == 0 or self.dt.min() <= 0 or self.weight.min() < 0:
            raise ValueError("a clip needs frames, time that rises (dt > 0) and weights that are not negative")

    def __len__(self) -> int:
        return len(self.images)

    def replace(self, **changes: Any) -> "Clip":
        """Give a clip with some fields changed."""
        return replace(self, **changes)

    def mirror(self) -> "Clip":
        """Give the clip as seen in a mirror: left and right change places, and so does every sign."""
        return self.replace(
            images=self.images[..., ::-1],
            curvature=-self.curvature,
            auxiliary={name: -values for name, values in self.auxiliary.items()},
        )
