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
# what the fan says of it (see fan.INVERSE): inverse depth [1/m], eye's height over the plane [m], sunlight there
INVERSE, EYE, SUNLIT = (SIZE * k for k in range(6, 9))
# where it meets the ground: depth along the optical axis, offset from the lens, the pixel's steps on the ground [m]
DEPTH, HIT_X, HIT_Y, RIGHT_X, RIGHT_Y, DOWN_X, DOWN_Y = (SIZE * k for k in range(9, 16))
# its place in the axes of the nearest sample [m], and that sample's profile (see ground.Ground); repairs change TONE
PLACE_X, PLACE_Y = (SIZE * k for k in range(16, 18))
SAMPLE_COSINE, SAMPLE_SINE, CURVATURE, SAMPLE_S, LOW, HIGH, FIRST_LANE, LANE_PITCH, TONE = (
    SIZE * k for k in range(18, 27)
)
# position (s, t) on the road [m], s beyond the sample [m], the road's direction there
S, T, AHEAD, COSINE, SINE = (SIZE * k for k in range(27, 32))
# the pixel on the ground: along and across the road [m], and its mip level l at texels.DENSITY as 2^-l and 2^l
ALONG, ACROSS, SCALE, COARSENESS = (SIZE * k for k in range(32, 36))
# what covers it: shares of asphalt and concrete, beyond the pavement's edge [m], width of gravel there [m]
ASPHALT, CONCRETE, OUTSIDE, VERGE = (SIZE * k for k in range(36, 40))
# how light wheel tracks make the asphalt
TRACKS = SIZE * 40
# paint: its share, and its colour times that share
PAINT, PAINT_RED, PAINT_GREEN, PAINT_BLUE = (SIZE * k for k in range(41, 45))
# how far the place lies to the right of and below the first of the four texels around it
TEXEL_RIGHT, TEXEL_BELOW = (SIZE * k for k in range(45, 47))
# noise: of the road, and of the land
CHIPS, STAINS, FINE, CRACK, BLADES, TUFTS, FIELD = (SIZE * k for k in range(47, 54))
# of winter: how far tyres have cleared the snow, and where the tracks lie beside the lane's middle [m]
CLEARED, STRAY = (SIZE * k for k in range(54, 56))
# mirroring water, and the result
MIRROR, RED, GREEN, BLUE = (SIZE * k for k in range(56, 60))
# inverse depth at the middle of the ray's pixel, if MIDDLE is 2 [1/m]
CENTER = SIZE * 60
_REAL_ROWS = 61

# which pixel the ray belongs to, whether it stands for the pixel's tag and depth (0 or 1; 2 if it passes
# beside the pixel's middle, see CENTER), and the nearest sample
PIXEL, MIDDLE, SAMPLE, GROUP = (SIZE * k for k in range(4))
# the first of the four texels around the place, and what the table holds there of each of four kinds of noise
TEXEL, TEXELS = (SIZE * k for k in range(4, 6))
# to the cell of the shadows above
STEP_BELOW = SIZE * 6
# the tag of what is seen
TAG = SIZE * 7
_WHOLE_ROWS = 8


class Packet(NamedTuple):
    """real: (61 * SIZE,) float32. whole: (8 * SIZE,) int32."""

    real: NDArray[np.float32]
    whole: NDArray[np.int32]


def make_packet() -> Packet:
    """Make an empty packet, all zero."""
    return Packet(np.zeros(_REAL_ROWS * SIZE, np.float32), np.zeros(_WHOLE_ROWS * SIZE, np.int32))
