"""Other cars: oriented boxes, shaded, hidden by and hiding what they should."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render import tags

# bodies farther than this are not drawn [m]
REACH = 250.0
# columns of a box: its middle, its x, y and z axes in the world, half sizes, colour, kind, tag
MIDDLE, AXIS_X, AXIS_Y, AXIS_Z, HALF, COLOUR, KIND, TAG, COLUMNS = 0, 3, 6, 9, 12, 15, 18, 19, 20
PLAIN, HULL, CABIN = 0.0, 1.0, 2.0


@dataclass(frozen=True, slots=True)
class Body:
    """An oriented box in the world.

    middle: of the box [m], right-handed axes. rotation: (3, 3) from the box's axes (x forward, y left, z up) to the
    world's. half_size: half of length, width, height [m]. color: red, green, blue, 0 to 255. tag: for the semantic
    camera. A body of tag `tags.CAR` gets a cabin with windows.
    """

    middle: tuple[float, float, float]
    rotation: NDArray[np.float64]
    half_size: tuple[float, float, float]
    color: tuple[int, int, int] = (90, 100, 110)
    tag: int = tags.CAR


def _box(body: Body, low: NDArray[np.float64], high: NDArray[np.float64], kind: float) -> NDArray[np.float64]:
    """Make the row of a part of a body; low, high: (3,) corners as shares of the half size."""
    half_size = np.asarray(body.half_size, float)
    row = np.empty(COLUMNS)
    row[MIDDLE:AXIS_X] = body.middle + body.rotation @ (0.5 * (low + high) * half_size)
    row[AXIS_X:HALF] = np.asarray(body.rotation, float).T.ravel()
    row[HALF:COLOUR] = 0.5 * (high - low) * half_size
    row[COLOUR:KIND] = (np.asarray(body.color) / 255.0) ** 2.2
    row[KIND], row[TAG] = kind, body.tag
    return row


def make_boxes(bodies: Sequence[Body], position: tuple[float, float, float]) -> NDArray[np.float64]:
    """Make the boxes (N, 20) of all bodies near the lens; one that holds the lens is left out."""
    rows = []
    for body in bodies:
        # far bodies are the usual case, and this test costs a tenth of numpy's
        if math.dist(position, body.middle) > REACH:
            continue
        offset = np.subtract(position, body.middle)
        if (np.abs(body.rotation.T @ offset) < body.half_size).all():
            continue
        if body.tag == tags.CAR:
            rows.append(_box(body, np.array([-1.0, -1.0, -1.0]), np.array([1.0, 1.0, 0.12]), HULL))
            rows.append(_box(body, np.array([-0.85, -0.88, 0.12]), np.array([0.42, 0.88, 1.0]), CABIN))
        else:
            rows.append(_box(body, -np.ones(3), np.ones(3), PLAIN))
    return np.array(rows) if rows else np.zeros((0, COLUMNS))
