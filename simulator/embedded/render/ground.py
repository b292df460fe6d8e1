"""All roads of a document as the ray-caster reads them: samples of every road, and which sample is near a point.

The plane is cut into tiles of 32 x 32 cells of one metre; only tiles near a road exist, so that memory goes with the
length of the roads. A cell holds the sample nearest to its middle; from there the position on the road (s, t) follows
exactly to about a millimetre, since between samples the road is an arc.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.render.cross_section import LEFT, RIGHT, make_cross_sections
from simulator.embedded.render.jit import entry, inner, step
from simulator.embedded.render.markings import make_stripes
from simulator.embedded.render.packet import AHEAD as RAY_AHEAD
from simulator.embedded.render.packet import COSINE as RAY_COSINE
from simulator.embedded.render.packet import HIT_X, HIT_Y, SAMPLE, Packet
from simulator.embedded.render.packet import SINE as RAY_SINE
from simulator.embedded.render.packet import S as RAY_S
from simulator.embedded.render.packet import T as RAY_T
from simulator.embedded.render.view import View
from simulator.opendrive import Road

TILE = 32
# how far beyond the pavement the road shapes the ground (verge, ragged edges) [m]
MARGIN = 14.0
# an end that leads nowhere is drawn on straight, so that the last metres of a road look like the rest of it [m]
EXTENSION = 80.0
_LAST_RESORT = 1000.0

# columns of the frames
X, Y, COSINE, SINE, CURVATURE, S, TONE, END = range(8)


class Ground(NamedTuple):
    """What the ray-caster looks up.

    left, bottom: world position of the directory's corner [m]. directory: (rows, columns) int32, the tile or -1.
    cells: (tiles, 32, 32) int32, the nearest sample or -1. frames: (N, 8) float64: x, y, cosine and sine of the
    heading, curvature, s, how light the road is against its region, and -1 or 1 at its first or last sample. edges: see CrossSections.
    first_strip, first_stripe: (N + 1,) int32 rows of strips and stripes that belong to each sample.
    """

    left: float
    bottom: float
    directory: NDArray[np.int32]
    cells: NDArray[np.int32]
    frames: NDArray[np.float64]
    edges: NDArray[np.float32]
    first_strip: NDArray[np.int32]
    strips: NDArray[np.float32]
    first_stripe: NDArray[np.int32]
    stripes: NDArray[np.float32]


def _sample(road: Road, tone: float) -> NDArray[np.float64]:
    """Give the frames of one road, about one a metre, with straight extensions at ends that lead nowhere."""
    samples = road.samples
    inner = np.stack(
        [
            samples.x,
            samples.y,
            np.cos(samples.heading),
            np.sin(samples.heading),
            samples.curvature,
            samples.s,
            np.full(len(samples.s), tone),
            np.zeros(len(samples.s)),
        ],
        axis=1,
    )
    parts = [inner]
    beyond = np.arange(1.0, EXTENSION + 1.0)
    for end, linked, direction in ((0, road.predecessor, -1.0), (-1, road.successor, 1.0)):
        if linked is not None or road.junction is not None:
            continue
        tail = np.repeat(inner[end][None], len(beyond), axis=0)
        for column, rate in ((X, inner[end, COSINE]), (Y, inner[end, SINE]), (S, 1.0)):
            tail[:, column] += direction * rate * beyond
        tail[:, CURVATURE] = 0.0
        parts = [tail[::-1], *parts] if end == 0 else [*parts, tail]
    frames = np.concatenate(parts)
    frames[0, END], frames[-1, END] = -1.0, 1.0
    return frames


@inner
def find_sample(ground: Ground, x: float, y: float) -> int:
    """Find the sample nearest to a point of the world [m], or -1 far from any road."""
    column = int(np.floor(x - ground.left))
    row = int(np.floor(y - ground.bottom))
    height, width = ground.directory.shape
    if column < 0 or row < 0 or column >= width * TILE or row >= height * TILE:
        return -1
    tile = np.int64(ground.directory[row // TILE, column // TILE])
    if tile < 0:
        return -1
    return np.int64(ground.cells[tile, row % TILE, column % TILE])


@step
def locate(packet: Packet, ground: Ground, view: View, count: int) -> None:
    """Find where each ray's place on the ground lies on its nearest road."""
    real, whole, frames = packet.real, packet.whole, ground.frames
    for i in range(count):
        x = view.x + real[HIT_X + i]
        y = view.y + real[HIT_Y + i]
        sample = find_sample(ground, x, y)
        whole[SAMPLE + i] = sample
        if sample < 0:
            continue
        dx = x - frames[sample, X]
        dy = y - frames[sample, Y]
        along = frames[sample, COSINE] * dx + frames[sample, SINE] * dy
        across = frames[sample, COSINE] * dy - frames[sample, SINE] * dx
        if frames[sample, END] * along > 0.01:
            whole[SAMPLE + i] = -1
            continue
        # the road is an arc here: second order in the distance along it
        curvature = frames[sample, CURVATURE]
        ahead = along / max(1.0 - curvature * across, 0.2)
        turn = curvature * ahead
        real[RAY_S + i] = frames[sample, S] + ahead
        real[RAY_T + i] = across - 0.5 * turn * along
        real[RAY_AHEAD + i] = ahead
        real[RAY_COSINE + i] = frames[sample, COSINE] - turn * frames[sample, SINE]
        real[RAY_SINE + i] = frames[sample, SINE] + turn * frames[sample, COSINE]


@entry
def _fill(
    left: float,
    bottom: float,
    directory: NDArray[np.int32],
    cells: NDArray[np.int32],
    costs: NDArray[np.float32],
    frames: NDArray[np.float64],
    half_widths: NDArray[np.float64],
    handicaps: NDArray[np.float64],
) -> None:
    """Write to each cell near a road the sample whose pavement is nearest."""
    for i in range(frames.shape[0]):
        x = frames[i, 0] - left
        y = frames[i, 1] - bottom
        reach = half_widths[i] + MARGIN
        for row in range(int(y - reach), int(y + reach) + 1):
            for column in range(int(x - reach), int(x + reach) + 1):
                dx = column + 0.5 - x
                dy = row + 0.5 - y
                distance = np.sqrt(dx * dx + dy * dy)
                if distance > reach:
                    continue
                tile = directory[row // TILE, column // TILE]
                cost = distance - half_widths[i] + handicaps[i]
                if tile >= 0 and cost < costs[tile, row % TILE, column % TILE]:
                    costs[tile, row % TILE, column % TILE] = cost
                    cells[tile, row % TILE, column % TILE] = i


def _lay_tiles(
    frames: NDArray[np.float64], half_widths: NDArray[np.float64], handicaps: NDArray[np.float64]
) -> tuple[float, float, NDArray[np.int32], NDArray[np.int32]]:
    """Make the directory and the cells around all samples."""
    widest = float(half_widths.max()) + MARGIN
    left, bottom = np.floor(frames[:, X].min() - widest) - TILE, np.floor(frames[:, Y].min() - widest) - TILE
    columns = int((frames[:, X].max() + widest - left) // TILE) + 2
    rows = int((frames[:, Y].max() + widest - bottom) // TILE) + 2
    used = np.zeros((rows, columns), bool)
    reach = half_widths + MARGIN + 1.0
    low_x, high_x = ((frames[:, X] + side * reach - left) // TILE for side in (-1, 1))
    low_y, high_y = ((frames[:, Y] + side * reach - bottom) // TILE for side in (-1, 1))
    span = int(max((high_x - low_x).max(), (high_y - low_y).max())) + 1
    for dy in range(span):
        for dx in range(span):
            row, column = np.minimum(low_y + dy, high_y), np.minimum(low_x + dx, high_x)
            used[row.astype(np.int64), column.astype(np.int64)] = True
    directory = np.full((rows, columns), -1, np.int32)
    directory[used] = np.arange(int(used.sum()), dtype=np.int32)
    cells = np.full((int(used.sum()), TILE, TILE), -1, np.int32)
    costs = np.full(cells.shape, np.inf, np.float32)
    _fill(float(left), float(bottom), directory, cells, costs, frames, half_widths, handicaps)
    return float(left), float(bottom), directory, cells


def _starts(owners: list[NDArray[np.int64]], counts: list[int]) -> NDArray[np.int32]:
    """Turn the samples that own each row, road by road, into the first row of each sample."""
    per_road = [np.bincount(owner, minlength=count) for owner, count in zip(owners, counts, strict=True)]
    return np.concatenate([[0], np.cumsum(np.concatenate(per_road))]).astype(np.int32)


def lay_ground(roads: tuple[Road, ...], aprons: list[float], tones: list[float]) -> Ground:
    """Prepare all roads for drawing.

    aprons: asphalt beyond the outermost border of each road [m]. tones: brightness of each road, about 1.
    """
    frames = [_sample(road, tone) for road, tone in zip(roads, tones, strict=True)]
    sections = [make_cross_sections(road, frame[:, S], apron) for road, frame, apron in zip(roads, frames, aprons, strict=True)]
    paints = [make_stripes(road, frame[:, S]) for road, frame in zip(roads, frames, strict=True)]
    counts = [len(frame) for frame in frames]
    edges = np.concatenate([section.edges for section in sections])
    half_widths = np.maximum(edges[:, LEFT], -edges[:, RIGHT]).astype(np.float64)
    beyond = [(frame[:, S] < 0) | (frame[:, S] > road.length) for road, frame in zip(roads, frames, strict=True)]
    handicaps = np.concatenate(beyond) * _LAST_RESORT
    joined = np.concatenate(frames)
    left, bottom, directory, cells = _lay_tiles(joined, half_widths, handicaps)
    return Ground(
        left,
        bottom,
        directory,
        cells,
        joined,
        edges,
        _starts([section.sample for section in sections], counts),
        np.concatenate([section.strips for section in sections]),
        _starts([paint.sample for paint in paints], counts),
        np.concatenate([paint.stripes for paint in paints]),
    )
