"""Where crosswalks lie: their outlines on the map, and the bars of a zebra that fill them."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from simulator.opendrive.furniture import RoadObject
from simulator.opendrive.geometry import FloatArray
from simulator.opendrive.road import Road

BAR, GAP = 0.5, 0.5
"""How wide a bar is, and the gap to the next [m]."""
_SHORTEST = 0.3


class Bar(NamedTuple):
    """A painted bar: its middle x, y and height z [m], the heading it runs along [rad], its length and width [m]."""

    x: float
    y: float
    z: float
    heading: float
    length: float
    width: float


def outline_of(road: Road, item: RoadObject) -> FloatArray:
    """Give the corners of a crosswalk on the map, (N, 2) [m]; without an outline it is as long and wide as it says."""
    if item.corners_on_road:
        return np.array([road.place(min(max(s, 0.0), road.length), t)[:2] for s, t in item.corners])
    x, y, _, heading = road.place(item.s, item.t)
    half, aside = item.length / 2, item.width / 2
    corners = np.array(item.corners or ((half, aside), (-half, aside), (-half, -aside), (half, -aside)))
    cosine, sine = math.cos(heading + item.heading), math.sin(heading + item.heading)
    turned: FloatArray = corners @ np.array([[cosine, sine], [-sine, cosine]]) + (x, y)
    return turned


def _span(outline: FloatArray, across: float) -> tuple[float, float] | None:
    """Give where the line at `across` lies within an outline whose axes are (across, along)."""
    start, end = outline, np.roll(outline, -1, axis=0)
    cuts = (start[:, 0] <= across) != (end[:, 0] <= across)
    if not cuts.any():
        return None
    share = (across - start[cuts, 0]) / (end[cuts, 0] - start[cuts, 0])
    along = start[cuts, 1] + share * (end[cuts, 1] - start[cuts, 1])
    return float(along.min()), float(along.max())


def bars_of(road: Road, item: RoadObject) -> list[Bar]:
    """Give the bars of a crosswalk, side by side along the way that is walked, the longer one."""
    outline = outline_of(road, item)
    if len(outline) < 3 or not np.isfinite(outline).all():
        return []
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    edges = np.roll(outline, -1, axis=0) - outline
    longest = edges[int(np.argmax(np.hypot(*edges.T)))]
    # bars lie across the longest edge
    walked = math.atan2(longest[1], longest[0])
    cosine, sine = math.cos(walked), math.sin(walked)
    turned = (outline - middle) @ np.array([[cosine, -sine], [sine, cosine]])
    low, high = float(turned[:, 0].min()), float(turned[:, 0].max())
    count = max(int((high - low + GAP) / (BAR + GAP)), 1)
    first = (low + high - count * (BAR + GAP) + GAP + BAR) / 2
    height = float(road.height(item.s, item.t)[0]) + item.z
    bars = []
    for across in (first + (BAR + GAP) * np.arange(count)).tolist():
        span = _span(turned, across)
        if span is None or span[1] - span[0] < _SHORTEST:
            continue
        along = (span[0] + span[1]) / 2
        x, y = middle + across * np.array([cosine, sine]) + along * np.array([-sine, cosine])
        bars.append(Bar(float(x), float(y), height, walked + math.pi / 2, span[1] - span[0], BAR))
    return bars


def all_bars(roads: Sequence[Road]) -> FloatArray:
    """Give the bars of all crosswalks of all roads as rows of x, y, z, heading, length, width, (N, 6)."""
    found = [bar for road in roads for item in road.objects if item.type == "crosswalk" for bar in bars_of(road, item)]
    return np.array(found, float).reshape(-1, 6)
