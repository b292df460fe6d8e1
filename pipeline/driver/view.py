"""One view for all cameras: the same angle of the world in every crop, with the horizon in the same row.

Cameras of different size, field of view and pitch then show a bend alike. A window is cut and resized; a camera's pitch
only moves the horizon, its roll, its distortion and its height above the road are left as they are.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from simulator.camera import Camera, Crop, find_crop
from simulator.config import Config
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from pipeline.drives.drive import Drive

SLACK = 1.0
"""A window that reaches out of the picture by so few pixels is moved into it [px]."""


class View(Config):
    """What a model looks at, whichever camera it is seen with."""

    fov: float = Field(gt=1, lt=170, description="Horizontal field of view of what a model sees [degrees].")
    horizon: float = Field(
        0.2, gt=-1, lt=1, description="Where the horizon lies in it, as a share of its height from above."
    )


class StatedCamera(Config):
    """What is told of a camera that recordings do not know."""

    fov: float = Field(gt=1, lt=170, description="Horizontal field of view [degrees].")
    horizon: float = Field(0.42, gt=-1, lt=2, description="Where the horizon lies, as a share of the picture's height.")
    height: float = Field(1.4, gt=0, description="Of the lens above the road [m].")

    def make(self, width: int, height: int) -> Camera:
        """Make the camera of a picture of this size [px]."""
        level = Camera.from_fov(width, height, math.radians(self.fov))
        pitch = math.atan2(level.cy - (self.horizon * height - 0.5), level.fy)
        return Camera.from_fov(width, height, math.radians(self.fov), z=self.height, pitch=pitch)


def camera_of(drive: "Drive", stated: Mapping[str, StatedCamera]) -> Camera | None:
    """Give a drive's camera: its own, or the one stated for its source, or None."""
    if drive.camera is not None or drive.source not in stated:
        return drive.camera
    height, width = drive.image_size
    return stated[drive.source].make(width, height)


def window_of(
    drive: "Drive", input_size: tuple[int, int], bottom: int, view: View | None, stated: Mapping[str, StatedCamera]
) -> Crop:
    """Find the window of a drive's pictures that a model looks at.

    Args:
        drive: whose.
        input_size: (height, width) of the model [px].
        bottom: rows left out at the lower edge, if there is no view [px].
        view: what to look at; None is the full width above `bottom`, whatever the camera.
        stated: cameras of sources that do not know theirs.

    Raises:
        LiquidlaneError: if the camera is not known but needed, or does not see the whole view.
    """
    if view is None:
        height, width = drive.image_size
        return find_crop(width, height, input_size[1], input_size[0], bottom)
    camera = camera_of(drive, stated)
    if camera is None:
        raise LiquidlaneError(
            f"{drive.name} does not know its camera, which dataset.view needs; state it, such as "
            f"dataset.cameras.{drive.source}={{fov: 70, horizon: 0.42}}"
        )
    return find_window(camera, view, input_size, drive.name)


def find_window(camera: Camera, view: View, input_size: tuple[int, int], name: str) -> Crop:
    """Find the window of a camera's picture that shows a view.

    Args:
        camera: its picture.
        view: what to show.
        input_size: (height, width) of the model [px].
        name: of who needs it, for messages.

    Raises:
        LiquidlaneError: if the camera does not see all of it.
    """
    height, width = input_size
    across = 2 * camera.fx * math.tan(math.radians(view.fov) / 2)
    down = across * height / width * camera.fy / camera.fx
    left = camera.cx + 0.5 + camera.fx * math.tan(camera.yaw) - across / 2
    top = camera.cy + 0.5 - camera.fy * math.tan(camera.pitch) - view.horizon * down
    edges = (-left, -top, left + across - camera.width, top + down - camera.height)
    if max(edges) > SLACK:
        side = ("left", "upper", "right", "lower")[edges.index(max(edges))]
        raise LiquidlaneError(
            f"{name}: a view of {view.fov:g}° with the horizon at {view.horizon:g} of its height reaches "
            f"{max(edges):.0f} px beyond the {side} edge of a camera of {camera.width} x {camera.height} px that sees "
            f"{math.degrees(camera.fov):.0f}°; choose a smaller dataset.view.fov or another dataset.view.horizon"
        )
    columns, rows = min(round(across), camera.width), min(round(down), camera.height)
    return Crop(
        min(max(round(left), 0), camera.width - columns),
        min(max(round(top), 0), camera.height - rows),
        max(columns, 1),
        max(rows, 1),
        width,
        height,
    )
