"""What a picture is drawn on, pass by pass: background, scenery, air; the lens develops the light to bytes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.noise import FloatImage


class Canvas(NamedTuple):
    """light: (height, width, 4) float32 as blue, green, red and one unused, without the air before it.

    depth: (height, width) float32, along the optical axis [m], infinite for the sky. tag: what is seen, see `tags`.
    mirror: (height, width) float32, share of the pixel that is covered by water which mirrors: 0 dry, 0.5 wet asphalt,
    1 a puddle. instance: (height, width) uint16, the number of the thing that is seen, 0 where things aren't counted.
    rows: (3, width or more) float32, where a pass notes something of the pixels of one row.
    """

    light: FloatImage
    depth: FloatImage
    tag: NDArray[np.uint8]
    mirror: FloatImage
    instance: NDArray[np.uint16]
    rows: FloatImage


def make_canvas(height: int, width: int) -> Canvas:
    """Make a canvas; the background's pass clears it."""
    return Canvas(
        np.zeros((height, width, 4), np.float32),
        np.zeros((height, width), np.float32),
        np.zeros((height, width), np.uint8),
        np.zeros((height, width), np.float32),
        np.zeros((height, width), np.uint16),
        np.zeros((3, max(width, 4)), np.float32),
    )
