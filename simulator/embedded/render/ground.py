"""All roads of a document as the ray-caster reads them: a sample about every metre, and what lies across it.

From the nearest sample the position on the road (s, t) of a point follows to about a millimetre, since between samples
the road is an arc.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.cross_section import CrossSections, make_cross_sections
from simulator.embedded.render.jit import Number
from simulator.embedded.render.markings import HALF_WIDTH, SLOPE, Stripes, collect, make_stripes
from simulator.embedded.render.markings import T as STRIPE_T
from simulator.embedded.render.repairs import make_repairs
from simulator.embedded.road_samples import RoadSamples
from simulator.embedded.terrain import Terrain
from simulator.opendrive import Road
from simulator.randomness import make_generator

_FAR = 1000.0

# columns of a profile: the road's direction, curvature and s at the sample, the carriageway (see CrossSections), and
# how light the asphalt is
PROFILE_COLUMNS = 9
PROFILE_S, PROFILE_LOW, PROFILE_HIGH = 3, 4, 5
# columns of spans: the first strip of a sample, the one after its last, and the same of its stripes
FIRST_STRIP, END_STRIPS, FIRST_STRIPE, END_STRIPES = range(4)
# a sample serves places so far before and behind it that its slanting stripes have moved by their slope times this [m]
_REACH = 1.6
_BITS = 64


class Ground(NamedTuple):
    """What the ray-caster looks up. The last sample stands for all places far from any road.

    middles: (N, 2) float64, x and y on the reference line [m]. profiles: (N, 9) float32, see PROFILE_COLUMNS. spans:
    (N, 4) int32, rows of strips and stripes that belong to each sample. masks: (N,) int64: where across the road there
    is any stripe, a bit for each 1 / bits_per_metre from t = -reach on.
    """

    middles: NDArray[np.float64]
    profiles: NDArray[np.float32]
    spans: NDArray[np.int32]
    strips: NDArray[np.float32]
    stripes: NDArray[np.float32]
    masks: NDArray[np.int64]
    reach: float
    bits_per_metre: float


def _spans(owners: list[NDArray[np.int64]], lines: list[RoadSamples]) -> NDArray[np.int64]:
    """Turn the samples that own each row, road by road, into each sample's rows, (N, 2); the last one owns none."""
    per_road = [np.bincount(owner, minlength=len(line.s)) for owner, line in zip(owners, lines, strict=True)]
    starts = np.concatenate([[0], np.cumsum(np.concatenate([*per_road, [0]]))])
    return np.stack([starts[:-1], starts[1:]], axis=1)


def _mask(stripes: NDArray[np.float32], spans: NDArray[np.int64]) -> tuple[NDArray[np.int64], float, float]:
    """Give masks, reach and bits per metre of `Ground`; spans: (N, 2), rows of each sample's stripes."""
    masks = np.zeros(len(spans), np.uint64)
    if len(stripes) == 0:
        return masks.view(np.int64), 1.0, 1.0
    half = stripes[:, HALF_WIDTH] + _REACH * np.abs(stripes[:, SLOPE])
    low, high = (stripes[:, STRIPE_T] - half).astype(float), (stripes[:, STRIPE_T] + half).astype(float)
    reach = float(max(-low.min(), high.max())) + 0.1
    bits = _BITS / (2 * reach)
    first = np.clip((low + reach) * bits, 0, _BITS - 1).astype(np.uint64)
    last = np.clip((high + reach) * bits, 0, _BITS - 1).astype(np.uint64)
    all_bits = np.uint64(2**64 - 1)
    painted = (all_bits >> (np.uint64(_BITS - 1) - (last - first))) << first
    owner = np.repeat(np.arange(len(spans)), spans[:, 1] - spans[:, 0])
    np.bitwise_or.at(masks, owner, painted)
    return masks.view(np.int64), reach, bits


def _make_profiles(
    whole: RoadSamples, carriageways: NDArray[np.float32], tones: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Make the profiles of all samples, and one of places far from any road, where nothing is paved."""
    own = [np.cos(whole.heading), np.sin(whole.heading), whole.curvature, whole.s]
    profiles = np.concatenate([np.stack(own, axis=1), carriageways, tones[:, None]], axis=1)
    nowhere = np.array([[1.0, 0.0, 0.0, 0.0, _FAR, _FAR, _FAR, _FAR, 1.0]])
    return np.concatenate([profiles, nowhere]).astype(np.float32)


def _paint(
    road: Road, line: RoadSamples, section: CrossSections, patched: Number, generator: np.random.Generator
) -> Stripes:
    """Make the repairs of one road, and its paint over them."""
    repairs = make_repairs(line.s, float(np.median(section.carriageways[:, 1])), patched, generator)
    paint = make_stripes(road, line.s)
    return collect([repairs.sample, paint.sample], [repairs.stripes, paint.stripes])


def lay_ground(roads: tuple[Road, ...], looks: list[Appearance], seed: int, terrain: Terrain) -> Ground:
    """Prepare all roads for drawing. looks: of the region of each road. seed: decides each road's tone and repairs."""
    whole = terrain.relief.samples
    lines = [whole.of_road(k) for k in range(len(roads))]
    sections = [
        make_cross_sections(road, line.s, look.apron) for road, line, look in zip(roads, lines, looks, strict=True)
    ]
    generators = [make_generator(seed, "road", k) for k in range(len(roads))]
    tones = [float(generator.uniform(0.92, 1.08)) for generator in generators]
    paints = [
        _paint(road, line, section, look.patched, generator)
        for road, line, section, look, generator in zip(roads, lines, sections, looks, generators, strict=True)
    ]
    tones_of = np.concatenate([np.full(len(line.s), tone) for line, tone in zip(lines, tones, strict=True)])
    strips = _spans([section.sample for section in sections], lines)
    stripes = _spans([paint.sample for paint in paints], lines)
    paint = np.concatenate([paint.stripes for paint in paints])
    return Ground(
        np.stack([np.append(whole.x, 0.0), np.append(whole.y, 0.0)], axis=1),
        _make_profiles(whole, np.concatenate([section.carriageways for section in sections]), tones_of),
        np.concatenate([strips, stripes], axis=1).astype(np.int32),
        np.concatenate([section.strips for section in sections]),
        paint,
        *_mask(paint, stripes),
    )
