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
COLUMN, ROW, PART, RAY_X, RAY_Y, RAY_Z = (SIZE * k for k in range(0, 6))
# where it meets the ground: depth along the optical axis, offset from the lens, the pixel's steps on the ground [m]
DEPTH, HIT_X, HIT_Y, RIGHT_X, RIGHT_Y, DOWN_X, DOWN_Y = (SIZE * k for k in range(6, 13))
# its place in the axes of the nearest sample [m], and that sample's profile (see ground.Ground)
PLACE_X, PLACE_Y = (SIZE * k for k in range(13, 15))
SAMPLE_COSINE, SAMPLE_SINE, CURVATURE, SAMPLE_S, LOW, HIGH, FIRST_LANE, LANE_PITCH = (SIZE * k for k in range(15, 23))
# position (s, t) on the road [m], s beyond the sample [m], the road's direction there
S, T, AHEAD, COSINE, SINE = (SIZE * k for k in range(23, 28))
# the pixel on the ground: along and across the road [m], and its mip level l at texels.DENSITY as 2^-l and 2^l
ALONG, ACROSS, SCALE, COARSENESS = (SIZE * k for k in range(28, 32))
# what covers it: shares of asphalt and concrete, beyond the pavement's edge [m], width of gravel there [m]
ASPHALT, CONCRETE, OUTSIDE, VERGE = (SIZE * k for k in range(32, 36))
# how light the asphalt is against the region's: by wheel tracks, and by road and repairs
TRACKS, TONE = (SIZE * k for k in range(36, 38))
# paint: its share, and its colour times that share
PAINT, PAINT_RED, PAINT_GREEN, PAINT_BLUE = (SIZE * k for k in range(38, 42))
# how far the place lies to the right of and below the first of the four texels around it
TEXEL_RIGHT, TEXEL_BELOW = (SIZE * k for k in range(42, 44))
# noise: of the road, and of the land
CHIPS, STAINS, FINE, CRACK, BLADES, TUFTS, FIELD = (SIZE * k for k in range(44, 51))
# headlights, and the result
LAMPS, RED, GREEN, BLUE = (SIZE * k for k in range(51, 55))
_REAL_ROWS = 55

# which pixel the ray belongs to, whether it stands for the pixel's tag and depth (0 or 1), and the nearest sample
PIXEL, MIDDLE, SAMPLE = (SIZE * k for k in range(3))
# the four texels of the noise around the place, as rows
TEXEL_A, TEXEL_B, TEXEL_C, TEXEL_D = (SIZE * k for k in range(3, 7))
_WHOLE_ROWS = 7


class Packet(NamedTuple):
    """real: (55 * SIZE,) float32. whole: (7 * SIZE,) int32."""

    real: NDArray[np.float32]
    whole: NDArray[np.int32]


def make_packet() -> Packet:
    """Make an empty packet, all zero."""
    return Packet(np.zeros(_REAL_ROWS * SIZE, np.float32), np.zeros(_WHOLE_ROWS * SIZE, np.int32))
