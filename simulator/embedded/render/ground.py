"""All roads of a document as the ray-caster reads them: a sample about every metre, and what lies across it.

From the nearest sample the position on the road (s, t) of a point follows to about a millimetre, since between samples
the road is an arc.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.markings import HALF_WIDTH, SLOPE
from simulator.embedded.render.markings import T as STRIPE_T
from simulator.embedded.road_samples import RoadSamples

_FAR = 1000.0

# columns of a profile: the road's direction, curvature and s at the sample, the carriageway (see CrossSections), and
# how light the asphalt is
PROFILE_COLUMNS = 9
PROFILE_S, PROFILE_LOW, PROFILE_HIGH = 3, 4, 5
# columns of a strip, see `cross_section`
STRIP_COLUMNS = 5
# columns of spans: the first strip of a sample, the one after its last, and the same of its stripes
FIRST_STRIP, END_STRIPS, FIRST_STRIPE, END_STRIPES = range(4)
# a sample serves places so far before and behind it that its slanting stripes have moved by their slope times this [m]
_REACH = 1.6
_BITS = 64


class Ground(NamedTuple):
    """What the ray-caster looks up. The last sample stands for all places far from any road; see also `paving`.

    middles: (N, 2) float64, x and y on the reference line [m]. profiles: (N, 9) float32, see PROFILE_COLUMNS. spans:
    (N, 4) int32, rows of strips and stripes that belong to each sample. masks: (N,) int64: where across the road there
    is any stripe, a bit for each 1 / bits_per_metre from t = -reach on; the outermost bits stand for all beyond.
    """

    middles: NDArray[np.float64]
    profiles: NDArray[np.float32]
    spans: NDArray[np.int32]
    strips: NDArray[np.float32]
    stripes: NDArray[np.float32]
    masks: NDArray[np.int64]
    reach: float
    bits_per_metre: float


def mask_stripes(
    stripes: NDArray[np.float32], spans: NDArray[np.int32], reach: float, bits: float
) -> NDArray[np.int64]:
    """Give `Ground.masks` of some samples; spans: (N, 2), rows of each sample's stripes. reach, bits: of `Ground`."""
    masks = np.zeros(len(spans), np.uint64)
    half = stripes[:, HALF_WIDTH] + _REACH * np.abs(stripes[:, SLOPE])
    low, high = (stripes[:, STRIPE_T] - half).astype(float), (stripes[:, STRIPE_T] + half).astype(float)
    first = np.clip((low + reach) * bits, 0, _BITS - 1).astype(np.uint64)
    last = np.clip((high + reach) * bits, 0, _BITS - 1).astype(np.uint64)
    all_bits = np.uint64(2**64 - 1)
    painted = (all_bits >> (np.uint64(_BITS - 1) - (last - first))) << first
    owner = np.repeat(np.arange(len(spans)), spans[:, 1] - spans[:, 0])
    np.bitwise_or.at(masks, owner, painted)
    return masks.view(np.int64)


def make_profiles(line: RoadSamples, carriageways: NDArray[np.float32], tone: float) -> NDArray[np.float32]:
    """Make the profiles of a road's samples. tone: how light its asphalt is."""
    own = [np.cos(line.heading), np.sin(line.heading), line.curvature, line.s]
    columns = [*own, *carriageways.T, np.full(len(line.s), tone)]
    return np.stack(columns, axis=1).astype(np.float32)


def nowhere_profile() -> NDArray[np.float32]:
    """Make the profile of places far from any road, where nothing is paved."""
    return np.array([1.0, 0.0, 0.0, 0.0, _FAR, _FAR, _FAR, _FAR, 1.0], np.float32)
