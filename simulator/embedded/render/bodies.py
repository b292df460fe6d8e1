"""Other cars, as the world hands them to its cameras: oriented boxes. `solids` makes car bodies of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render import tags

# bodies farther than this are not drawn [m]
REACH = 250.0


@dataclass(frozen=True, slots=True)
class Body:
    """An oriented box in the world.

    middle: of the box [m], right-handed axes. rotation: (3, 3) from the box's axes (x forward, y left, z up) to the
    world's. half_size: half of length, width, height [m]. color: red, green, blue, 0 to 255. tag: for the semantic
    camera. Bodies of tags `tags.CAR` and `tags.TRUCK` look like cars. number: what the instance camera tells of it,
    0 to 65535.
    """

    middle: tuple[float, float, float]
    rotation: NDArray[np.float64]
    half_size: tuple[float, float, float]
    color: tuple[int, int, int] = (90, 100, 110)
    tag: int = tags.CAR
    number: int = 0
