"""The pinhole camera: intrinsics, mount, crop and where the flat ground is seen."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.errors import LiquidlaneError


@dataclass(frozen=True, slots=True)
class Crop:
    """A window of an image, resized to width x height.

    left, top, source_width, source_height: the window in source pixels. width, height: the result's size in pixels.
    """

    left: int
    top: int
    source_width: int
    source_height: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera fixed to a car. Pixel centres lie at integer coordinates.

    width, height, fx, fy, cx, cy: [px]. x, y, z: of the lens from the actor's origin, in the car's axes (forward,
    left, up) [m]. roll, pitch, yaw: [rad], counter-clockwise about the car's x, y, z axes; a camera that looks down
    has positive pitch (right-hand rule about the y axis, which points left).
    distortion: OpenCV's (k1, k2, p1, p2, k3) or None.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    x: float = 0.0
    y: float = 0.0
    z: float = 1.4
    roll: float = 0.0
    pitch: float = 0.0
    yaw: float = 0.0
    distortion: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or self.fx <= 0 or self.fy <= 0:
            raise LiquidlaneError(
                f"a camera of {self.width} x {self.height} px with focal lengths {self.fx}, {self.fy} px can't exist; "
                "give positive values"
            )

    @classmethod
    def from_fov(cls, width: int, height: int, fov: float, **mount: Any) -> "Camera":
        """Make the camera that CARLA makes from a horizontal field of view [rad]: square pixels, centred axis."""
        if not 0 < fov < math.pi:
            raise LiquidlaneError(f"a field of view of {fov} rad can't exist; give one between 0 and pi")
        focal = width / (2 * math.tan(fov / 2))
        return cls(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2, **mount)

    @property
    def fov(self) -> float:
        """Horizontal field of view [rad]."""
        return 2 * math.atan(self.width / (2 * self.fx))

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON; `from_dict` reads them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Camera":
        """Read what `to_dict` gave."""
        values = dict(values)
        if values.get("distortion") is not None:
            values["distortion"] = tuple(values["distortion"])
        return cls(**values)

    def rotation(self) -> NDArray[np.float64]:
        """Give the (3, 3) matrix from camera axes (x right, y down, z along the view) to the car's axes."""
        axes = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
        cosine_r, sine_r = math.cos(self.roll), math.sin(self.roll)
        cosine_p, sine_p = math.cos(self.pitch), math.sin(self.pitch)
        cosine_y, sine_y = math.cos(self.yaw), math.sin(self.yaw)
        about_x = np.array([[1, 0, 0], [0, cosine_r, -sine_r], [0, sine_r, cosine_r]])
        about_y = np.array([[cosine_p, 0, sine_p], [0, 1, 0], [-sine_p, 0, cosine_p]])
        about_z = np.array([[cosine_y, -sine_y, 0], [sine_y, cosine_y, 0], [0, 0, 1]])
        rotation: NDArray[np.float64] = about_z @ about_y @ about_x @ axes
        return rotation

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Project points (N, 3) in the car's axes [m] to pixels (N, 2); NaN behind the camera. Ignores distortion."""
        in_camera = (np.asarray(points, float) - (self.x, self.y, self.z)) @ self.rotation()
        depth = np.where(in_camera[:, 2] > 1e-6, in_camera[:, 2], np.nan)
        return np.stack(
            [self.cx + self.fx * in_camera[:, 0] / depth, self.cy + self.fy * in_camera[:, 1] / depth], axis=1
        )

    def ground_to_image(self) -> NDArray[np.float64]:
        """Give the (3, 3) homography from the flat ground (x forward, y left) [m] to homogeneous pixels."""
        rotation = self.rotation().T
        intrinsics = np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1.0]])
        columns = np.stack([rotation[:, 0], rotation[:, 1], -rotation @ np.array([self.x, self.y, self.z])], axis=1)
        homography: NDArray[np.float64] = intrinsics @ columns
        return homography

    def crop(self, width: int, height: int, bottom: int = 0) -> Crop:
        """Find the window that a model of width x height pixels looks at. See `find_crop`."""
        return find_crop(self.width, self.height, width, height, bottom)


def find_crop(image_width: int, image_height: int, width: int, height: int, bottom: int = 0) -> Crop:
    """Find the window of full image width and wanted aspect that ends `bottom` source rows above the lower edge.

    The sky is what is cut away, since the road lies below. All sizes in pixels.

    Raises:
        LiquidlaneError: if the image is too flat for the wanted aspect.
    """
    rows = round(image_width * height / width)
    top = image_height - bottom - rows
    if top < 0:
        raise LiquidlaneError(
            f"an image of {image_width} x {image_height} px (lowest {bottom} rows cut) is too flat for a model that "
            f"looks at {width} x {height} px: it needs {rows} rows; use a higher image or a model with a flatter view"
        )
    return Crop(0, top, image_width, rows, width, height)
