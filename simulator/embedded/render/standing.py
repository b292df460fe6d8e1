"""Where in the picture a card stands."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.jit import inner
from simulator.embedded.render.cards import (
    COSINE,
    FARTHEST,
    FIXED,
    HEIGHT,
    SINE,
    WIDTH,
    X,
    Y,
    Z,
)
from simulator.embedded.render.coverage import clamp
from simulator.embedded.render.view import View

# nearer than this nothing is drawn [m]
NEAREST = 0.6
# a card is drawn at least so wide and high, and the fainter [px]
_LEAST = 1.5
# over the last part of the way to where it is not seen any more a card fades
_FADE = 0.25


class Standing(NamedTuple):
    """A card in the picture: pixel = foot + u * across + v * up, u from -0.5 to 0.5, v from 0 to 1.

    depth: [m], 0 if it can't be seen. faint: what its light and alpha are multiplied by. front: whether its front is
    seen. right: cosine and sine of where its right side points; distance: from the lens [m].
    """

    depth: float
    column: float
    row: float
    across_x: float
    across_y: float
    up_x: float
    up_y: float
    faint: float
    front: bool
    right: tuple[float, float]
    distance: float


@inner
def nothing_to_see() -> Standing:
    """Give a card that can't be seen."""
    return Standing(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, True, (1.0, 0.0), 1.0)


@inner
def see(view: View, x: float, y: float, z: float, depth: float) -> tuple[float, float]:
    """Give column and row of a point x, y, z from the lens [m]; depth: its own [m]."""
    across = view.fx * view.fx * (x * view.right[0] + y * view.right[1] + z * view.right[2])
    down = view.fy * view.fy * (x * view.down[0] + y * view.down[1] + z * view.down[2])
    return view.cx + across / depth, view.cy + down / depth


@inner
def stand(card: NDArray[np.float64], view: View) -> Standing:
    """Find where in the picture a card stands."""
    dx, dy, dz = card[X] - view.x, card[Y] - view.y, card[Z] - view.z
    level = max(np.sqrt(dx * dx + dy * dy), 1e-6)
    distance = np.sqrt(level * level + dz * dz)
    depth = dx * view.forward[0] + dy * view.forward[1] + dz * view.forward[2]
    if depth < NEAREST or distance > card[FARTHEST]:
        return nothing_to_see()
    front = True
    right_x, right_y = dy / level, -dx / level
    # what turns to the camera stands across the picture, so that rows of its picture are the picture's
    wide_x, wide_y = view.heading[1], -view.heading[0]
    if card[FIXED] > 0.0:
        front = card[COSINE] * dx + card[SINE] * dy < 0.0
        turn = 1.0 if front else -1.0
        right_x, right_y = -turn * card[SINE], turn * card[COSINE]
        wide_x, wide_y = right_x, right_y
    # seen from above, a card leans back, as a crown has a top too
    lean = clamp((-dz / distance - 0.25) / 0.75, 0.0, 1.0)
    height = card[HEIGHT]
    top_x, top_y = dx + lean * height * dx / level, dy + lean * height * dy / level
    top_z = dz + height * (1.0 - 0.7 * lean)
    top_depth = top_x * view.forward[0] + top_y * view.forward[1] + top_z * view.forward[2]
    if top_depth < NEAREST:
        return nothing_to_see()
    column = view.cx + view.fx * view.fx * (dx * view.right[0] + dy * view.right[1] + dz * view.right[2]) / depth
    row = view.cy + view.fy * view.fy * (dx * view.down[0] + dy * view.down[1] + dz * view.down[2]) / depth
    top = (
        view.cx
        + view.fx * view.fx * (top_x * view.right[0] + top_y * view.right[1] + top_z * view.right[2]) / top_depth
    )
    top_row = (
        view.cy + view.fy * view.fy * (top_x * view.down[0] + top_y * view.down[1] + top_z * view.down[2]) / top_depth
    )
    wide = card[WIDTH] / depth
    across_x = wide * view.fx * view.fx * (wide_x * view.right[0] + wide_y * view.right[1])
    across_y = wide * view.fy * view.fy * (wide_x * view.down[0] + wide_y * view.down[1])
    up_x, up_y = top - column, top_row - row
    faint = clamp((card[FARTHEST] - distance) / (_FADE * card[FARTHEST]), 0.0, 1.0)
    width, tall = np.sqrt(across_x * across_x + across_y * across_y), np.sqrt(up_x * up_x + up_y * up_y)
    if width < _LEAST:
        faint *= width / _LEAST
        stretch = _LEAST / max(width, 1e-6)
        across_x, across_y = across_x * stretch, across_y * stretch
    if tall < _LEAST:
        faint *= tall / _LEAST
        stretch = _LEAST / max(tall, 1e-6)
        up_x, up_y = up_x * stretch, up_y * stretch
    return Standing(
        depth, column, row, across_x, across_y, up_x, up_y, float(faint), front, (right_x, right_y), distance
    )
