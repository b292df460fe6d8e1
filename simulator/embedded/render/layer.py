"""What is drawn before the ground and its houses, from the nearest to the farthest, until nothing shines through."""

from typing import NamedTuple

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from simulator.embedded.jit import step
from simulator.embedded.render.canvas import Canvas
from simulator.embedded.render.cards import (
    INSTANCE,
    TAG,
    X,
    Y,
    Z,
)
from simulator.embedded.render.lanes import cover
from simulator.embedded.render.noise import FloatImage
from simulator.embedded.render.view import View

# pixels that let less through are finished
SHUT = float32(0.06)
# a pixel's tag and depth are those of the card that leaves less than this of what is behind
MOSTLY = float32(0.6)
ALL_OPEN = np.uint64(2**64 - 1)
_THREE, _FOUR = np.uint64(3), np.uint64(4)


class Layer(NamedTuple):
    """What is drawn before the ground, from the nearest to the farthest. All is reset when it is laid over the ground.

    light: (height, width, 4) float32: blue, green, red, and how much of what is behind still shows. card: (height,
    width) int32, the card that hides enough of what is behind to stand for the pixel, or -1. rows: (2,) int32, the
    first and the last row drawn on. shine: (12,) float32, how the card that is being drawn changes its picture.
    open: (height, width / 64 and above) uint64, a bit for each pixel, the lowest first: whether something that is not
    drawn yet could show there.
    """

    light: FloatImage
    card: NDArray[np.int32]
    rows: NDArray[np.int32]
    shine: NDArray[np.float32]
    open: NDArray[np.uint64]


class Front(NamedTuple):
    """What stands before the ground: the layer, and the cards whose numbers it notes."""

    layer: Layer
    cards: NDArray[np.float64]


def make_layer(height: int, width: int) -> Layer:
    """Make a layer on which nothing is drawn."""
    light = np.zeros((height, width, 4), np.float32)
    light[:, :, 3] = 1.0
    card = np.full((height, width), -1, np.int32)
    open_pixels = np.full((height, (width + 63) // 64), ALL_OPEN)
    return Layer(light, card, np.array([height, -1], np.int32), np.zeros(12, np.float32), open_pixels)


@step
def lay_over(layer: Layer, cards: NDArray[np.float64], view: View, canvas: Canvas) -> None:
    """Lay the layer over the ground, and reset it."""
    width = layer.light.shape[1]
    lights, colours = layer.light.reshape(-1), canvas.light.reshape(-1)
    for row in range(layer.rows[0], layer.rows[1] + 1):
        layer.open[row] = ALL_OPEN
        for column in range(width):
            pixel = np.uint64(row * width + column)
            if lights[pixel * _FOUR + _THREE] == float32(1.0):
                continue
            cover(colours, lights, pixel)
            number = int(layer.card[row, column])
            if number >= 0:
                dx, dy, dz = cards[number, X] - view.x, cards[number, Y] - view.y, cards[number, Z] - view.z
                canvas.depth[row, column] = dx * view.forward[0] + dy * view.forward[1] + dz * view.forward[2]
                canvas.tag[row, column] = int(cards[number, TAG])
                canvas.instance[row, column] = int(cards[number, INSTANCE]) & 0xFFFF
                layer.card[row, column] = -1
    layer.rows[0], layer.rows[1] = layer.light.shape[0], -1
