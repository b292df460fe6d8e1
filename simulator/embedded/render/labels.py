"""Pictures that tell what is seen, and how far, in CARLA's encodings."""

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.shot import DEPTH, INSTANCE, SEMANTIC

Picture = NDArray[np.uint8]
# what the largest number of 24 bits stands for [m]
DEEPEST = 1000.0
_STEPS = (1 << 24) - 1


def encode(canvas: Canvas, kind: str) -> Picture:
    """Give a picture of a kind, (height, width, 4) uint8 BGRA."""
    picture = np.zeros((*canvas.tag.shape, 4), np.uint8)
    picture[..., 3] = 255
    if kind == SEMANTIC:
        picture[..., 2] = canvas.tag
    elif kind == INSTANCE:
        # the number's lower byte in green, its upper one in blue
        picture[..., 2] = canvas.tag
        picture[..., 1] = canvas.instance & 255
        picture[..., 0] = canvas.instance >> 8
    elif kind == DEPTH:
        # the lowest byte in red; along the optical axis, the sky at 1000 m
        shares = np.clip(canvas.depth.astype(np.float64) / DEEPEST, 0.0, 1.0)
        steps = np.round(shares * _STEPS).astype("<u4")
        picture[..., 2::-1] = steps[..., None].view(np.uint8)[..., :3]
    return picture
