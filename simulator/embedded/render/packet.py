"""Rays are worked on in packets: each step runs over all rays of a packet before the next step begins.

So the arithmetic runs on several rays at once (the compiler turns such loops into vector instructions), and what has to
be looked up stays in short loops of its own. A packet is two flat arrays that hold one row of SIZE values per name
below: `packet.real[DEPTH + i]` is the depth of ray i. Rows past `count` hold values of former rays, which do no harm.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SIZE = 64

# the ray: where it pierces the picture [px], its share of the pixel, and its direction at depth 1
COLUMN, ROW, PART, RAY_X, RAY_Y, RAY_Z = (SIZE * k for k in range(6))
# where it meets the ground: depth along the optical axis, offset from the lens, the pixel's steps on the ground [m]
DEPTH, HIT_X, HIT_Y, RIGHT_X, RIGHT_Y, DOWN_X, DOWN_Y = (SIZE * k for k in range(6, 13))
# the road there: position (s, t) [m], s beyond the sample [m], direction, and brightness against its region
S, T, AHEAD, COSINE, SINE, TONE = (SIZE * k for k in range(13, 19))
# the pixel on the ground: along and across the road [m], and the mip level for noise of `noise.DENSITY`
ALONG, ACROSS, LEVEL = (SIZE * k for k in range(19, 22))
# what covers it: shares of asphalt and concrete, wheel tracks, beyond the pavement's edge [m], width of gravel there [m]
ASPHALT, CONCRETE, TRACKS, OUTSIDE, VERGE = (SIZE * k for k in range(22, 27))
# paint: its share, and its colour times that share
PAINT, PAINT_RED, PAINT_GREEN, PAINT_BLUE = (SIZE * k for k in range(27, 31))
# noise: of the road, and of the land
CHIPS, STAINS, FINE, CRACK, REPAIR = (SIZE * k for k in range(31, 36))
BLADES, TUFTS, CLUMPS, FIELD, PATCH = (SIZE * k for k in range(36, 41))
# headlights, and the result
LAMPS, RED, GREEN, BLUE = (SIZE * k for k in range(41, 45))
_REAL_ROWS = 45

# which pixel the ray belongs to, whether it is the pixel's middle (0 or 1), the sample of the road (-1: none), the tag
PIXEL, MIDDLE, SAMPLE, TAG = (SIZE * k for k in range(4))
_WHOLE_ROWS = 4


class Packet(NamedTuple):
    """real: (45 * SIZE,) float32. whole: (4 * SIZE,) int32."""

    real: NDArray[np.float32]
    whole: NDArray[np.int32]


def make_packet() -> Packet:
    """Make an empty packet, all zero."""
    return Packet(np.zeros(_REAL_ROWS * SIZE, np.float32), np.zeros(_WHOLE_ROWS * SIZE, np.int32))
