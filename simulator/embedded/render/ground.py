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
from simulator.embedded.render.markings import Stripes, collect, make_stripes
from simulator.embedded.render.repairs import make_repairs
from simulator.embedded.road_samples import RoadSamples
from simulator.embedded.terrain import Terrain
from simulator.embedded.tiles import Tiles
from simulator.opendrive import Road
from simulator.randomness import make_generator

_FAR = 1000.0

# columns of a profile: the road's direction, curvature and s at the sample, and the carriageway (see CrossSections)
PROFILE_COLUMNS = 8


class Ground(NamedTuple):
    """What the ray-caster looks up. The last sample stands for all places far from any road.

    tiles: the nearest sample. middles: (N, 2) float64, x and y on the reference line [m]. profiles: (N, 8) float32:
    cosine and sine of the heading, curvature, s, and the carriageway. tones: (N,) float32, how light the road is.
    first_strip, first_stripe: (N + 1,) int32, rows of strips and stripes that belong to each sample.
    """

    tiles: Tiles
    middles: NDArray[np.float64]
    profiles: NDArray[np.float32]
    tones: NDArray[np.float32]
    first_strip: NDArray[np.int32]
    strips: NDArray[np.float32]
    first_stripe: NDArray[np.int32]
    stripes: NDArray[np.float32]


def _starts(owners: list[NDArray[np.int64]], lines: list[RoadSamples]) -> NDArray[np.int32]:
    """Turn the samples that own each row, road by road, into the first row of each sample; the last one owns none."""
    per_road = [np.bincount(owner, minlength=len(line.s)) for owner, line in zip(owners, lines, strict=True)]
    return np.concatenate([[0], np.cumsum(np.concatenate([*per_road, [0]]))]).astype(np.int32)


def _make_profiles(whole: RoadSamples, carriageways: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make the profiles of all samples, and one of places far from any road, where nothing is paved."""
    own = [np.cos(whole.heading), np.sin(whole.heading), whole.curvature, whole.s]
    profiles = np.concatenate([np.stack(own, axis=1), carriageways], axis=1)
    nowhere = np.array([[1.0, 0.0, 0.0, 0.0, _FAR, _FAR, _FAR, _FAR]])
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
    return Ground(
        terrain.relief.tiles,
        np.stack([np.append(whole.x, 0.0), np.append(whole.y, 0.0)], axis=1),
        _make_profiles(whole, np.concatenate([section.carriageways for section in sections])),
        np.append(tones_of, 1.0).astype(np.float32),
        _starts([section.sample for section in sections], lines),
        np.concatenate([section.strips for section in sections]),
        _starts([paint.sample for paint in paints], lines),
        np.concatenate([paint.stripes for paint in paints]),
    )
