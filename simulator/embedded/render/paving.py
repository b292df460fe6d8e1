"""The roads of a document, prepared for drawing when a camera first comes near, and forgotten when others need room.

As in `tile_store`, what a picture is being drawn from never changes: rows are added behind those that there are, and to
make room all is copied.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.appearance import Appearance
from simulator.embedded.render.cross_section import make_cross_sections
from simulator.embedded.render.crosswalks import make_bars
from simulator.embedded.render.ground import (
    END_STRIPES,
    END_STRIPS,
    FIRST_STRIP,
    FIRST_STRIPE,
    PROFILE_COLUMNS,
    STRIP_COLUMNS,
    Ground,
    make_profiles,
    mask_stripes,
    nowhere_profile,
)
from simulator.embedded.render.markings import COLUMNS as STRIPE_COLUMNS
from simulator.embedded.render.markings import collect, make_stripes
from simulator.embedded.render.repairs import make_repairs
from simulator.embedded.road_samples import RoadSamples
from simulator.opendrive import Road
from simulator.opendrive.crosswalk import all_bars
from simulator.randomness import make_generator

# what strips and stripes may take when no picture needs them that was asked for lately [bytes; pictures]
MOST_BYTES, _LATELY = 48 << 20, 64
_FIRST_ROOM = 1024
_BITS = 64
Spans = NDArray[np.int32]


class Paving:
    """Lays roads for drawing.

    roads: of the document. samples: of all of them. looks: of the region of each road. seed: decides each road's tone
    and repairs.
    """

    def __init__(self, roads: Sequence[Road], samples: RoadSamples, looks: Sequence[Appearance], seed: int) -> None:
        self._roads, self._samples, self._looks, self._seed = roads, samples, looks, seed
        self._bars = all_bars(roads)
        self._starts = np.searchsorted(samples.road, np.arange(len(roads) + 1))
        count = len(samples.x)
        profiles = np.zeros((count + 1, PROFILE_COLUMNS), np.float32)
        profiles[-1] = nowhere_profile()
        reach = float(np.maximum(samples.high, -samples.low).max()) + 1.0
        self._ground = Ground(
            np.stack([np.append(samples.x, 0.0), np.append(samples.y, 0.0)], axis=1),
            profiles,
            np.zeros((count + 1, 4), np.int32),
            np.empty((_FIRST_ROOM, STRIP_COLUMNS), np.float32),
            np.empty((_FIRST_ROOM, STRIPE_COLUMNS), np.float32),
            np.zeros(count + 1, np.int64),
            reach,
            _BITS / (2 * reach),
        )
        self._strips = self._stripes = 0
        self._laid = np.zeros(len(roads), bool)
        self._asked = np.zeros(len(roads), np.int64)
        self._count = 0

    @property
    def bytes(self) -> int:
        """What the strips and stripes take that are kept."""
        return 4 * (self._strips * STRIP_COLUMNS + self._stripes * STRIPE_COLUMNS)

    def lay(self, roads: NDArray[np.int64]) -> Ground:
        """Give what pictures are drawn from, these roads in it."""
        self._count += 1
        self._asked[roads] = self._count
        missing = roads[~self._laid[roads]]
        if len(missing):
            self._forget()
            for road in missing.tolist():
                self._lay(road)
        return self._ground

    def lay_ahead(self, roads: NDArray[np.int64], most: int) -> bool:
        """Lay some of the roads that may be asked for soon; tells whether there was one to lay."""
        missing = roads[~self._laid[roads]][:most]
        for road in missing.tolist():
            self._asked[road] = self._count
            self._lay(road)
        return len(missing) > 0

    def _lay(self, number: int) -> None:
        """Lay one road."""
        road, look = self._roads[number], self._looks[number]
        here = slice(int(self._starts[number]), int(self._starts[number + 1]))
        line = RoadSamples(*(column[here] for column in self._samples))
        section = make_cross_sections(road, line.s, look.apron)
        generator = make_generator(self._seed, "road", number)
        tone = float(generator.uniform(0.92, 1.08))
        half_width = float(np.median(section.carriageways[:, 1]))
        repairs = make_repairs(line.s, half_width, look.patched, generator)
        paint = make_stripes(road, line.s)
        parts = [repairs, paint, make_bars(line, self._bars)] if len(self._bars) else [repairs, paint]
        paint = collect([part.sample for part in parts], [part.stripes for part in parts])
        ground = self._make_room(len(section.strips), len(paint.stripes))
        ground.strips[self._strips : self._strips + len(section.strips)] = section.strips
        ground.stripes[self._stripes : self._stripes + len(paint.stripes)] = paint.stripes
        spans = ground.spans[here]
        spans[:, FIRST_STRIP : END_STRIPS + 1] = _spans(section.sample, len(line.s)) + self._strips
        own = _spans(paint.sample, len(line.s))
        spans[:, FIRST_STRIPE : END_STRIPES + 1] = own + self._stripes
        ground.masks[here] = mask_stripes(paint.stripes, own, ground.reach, ground.bits_per_metre)
        ground.profiles[here] = make_profiles(line, section.carriageways, tone)
        self._strips, self._stripes = self._strips + len(section.strips), self._stripes + len(paint.stripes)
        self._laid[number] = True

    def _make_room(self, strips: int, stripes: int) -> Ground:
        """Make room for so many more rows."""
        ground = self._ground
        self._ground = ground._replace(
            strips=_with_room(ground.strips, self._strips, strips),
            stripes=_with_room(ground.stripes, self._stripes, stripes),
        )
        return self._ground

    def _forget(self) -> None:
        """Forget the roads that were asked for longest ago, if all take too much; a quarter is made free at once."""
        if self.bytes <= MOST_BYTES:
            return
        before = self._ground
        laid = np.flatnonzero(self._laid)
        laid = laid[np.argsort(-self._asked[laid], kind="stable")]
        first, last = self._starts[laid], self._starts[laid + 1] - 1
        spans = [(before.spans[first, k], before.spans[last, k + 1]) for k in (FIRST_STRIP, FIRST_STRIPE)]
        (strip, end_strip), (stripe, end_stripe) = spans
        size = np.cumsum(4 * ((end_strip - strip) * STRIP_COLUMNS + (end_stripe - stripe) * STRIPE_COLUMNS))
        kept = np.flatnonzero((size <= 0.75 * MOST_BYTES) | (self._asked[laid] > self._count - _LATELY))
        self._ground = before._replace(
            spans=np.zeros_like(before.spans),
            strips=_join(before.strips, strip[kept], end_strip[kept]),
            stripes=_join(before.stripes, stripe[kept], end_stripe[kept]),
        )
        self._strips = self._stripes = 0
        for k in kept.tolist():
            here = slice(int(first[k]), int(last[k]) + 1)
            moved = np.array([self._strips - strip[k], self._stripes - stripe[k]]).repeat(2)
            self._ground.spans[here] = before.spans[here] + moved
            self._strips += int(end_strip[k] - strip[k])
            self._stripes += int(end_stripe[k] - stripe[k])
        self._laid[:] = False
        self._laid[laid[kept]] = True


def _spans(owner: NDArray[np.int64], count: int) -> Spans:
    """Turn the samples that own each row, rising, into each sample's rows, (count, 2)."""
    ends = np.cumsum(np.bincount(owner, minlength=count))
    return np.stack([np.append(0, ends[:-1]), ends], axis=1).astype(np.int32)


def _with_room(rows: NDArray[np.float32], used: int, more: int) -> NDArray[np.float32]:
    """Give a table that has room for more rows behind those that are used."""
    if used + more <= len(rows):
        return rows
    larger = np.empty((max(2 * len(rows), used + more), rows.shape[1]), np.float32)
    larger[:used] = rows[:used]
    return larger


def _join(rows: NDArray[np.float32], first: Spans, last: Spans) -> NDArray[np.float32]:
    """Put some stretches of a table behind each other."""
    stretches = [rows[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
    return np.concatenate([*stretches, np.empty((_FIRST_ROOM, rows.shape[1]), np.float32)])
