"""What a camera asks of the renderer."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.render.bodies import Body
from simulator.embedded.render.headlights import Beam
from simulator.embedded.render.lens import Lens

Vector = tuple[float, float, float]
# kinds of pictures
RGB: Final = "rgb"
SEMANTIC: Final = "semantic_segmentation"
DEPTH: Final = "depth"
INSTANCE: Final = "instance_segmentation"


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A picture to take.

    camera: its mount is not looked at. position: of the lens, right-handed world axes [m]. rotation: (3, 3) from camera
    axes (x right, y down, z along the view) to the world's. bodies: cars; one that holds the lens is not drawn.
    beams: cars whose headlights are on if it is dark, the camera's own among them. velocity: of the lens [m/s].
    number: of the camera; picture: how many it took before. With the world's seed they decide noise and raindrops.
    """

    camera: Camera
    position: Vector
    rotation: NDArray[np.float64]
    bodies: tuple[Body, ...] = ()
    beams: tuple[Beam, ...] = ()
    velocity: Vector = (0.0, 0.0, 0.0)
    lens: Lens = field(default_factory=Lens)
    number: int = 0
    picture: int = 0
