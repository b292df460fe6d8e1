"""What authorities put beside roads: delineators, signs, street lamps and guard rails."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.embedded.scenery.character import Character
from simulator.embedded.scenery.pavement import ON_ROAD, Pavement
from simulator.embedded.scenery.things import (
    CHEVRON,
    CURVE_SIGN,
    DELINEATOR,
    LAMP,
    RAIL,
    SPEED_SIGN,
    Things,
    make_things,
)
from simulator.opendrive import Road

# beyond the pavement's edge [m]
_POST_GAP, _SIGN_GAP, _LAMP_GAP, _RAIL_GAP = 1.0, 1.5, 1.2, 1.15
# between delineators on straight roads, and the least in bends; between lamps; length of a rail's pieces [m]
_POSTS, _CLOSEST_POSTS, _LAMPS, _PIECE = 50.0, 8.0, 32.0, 4.0
# bends with less than these radii get chevrons, curve signs, rails [m]
_CHEVRON_RADIUS, _SIGN_RADIUS, _RAIL_RADIUS = 45.0, 80.0, 75.0
# a curve sign stands so far before its bend, a speed sign about so far after the last [m]
_WARNING, _SIGN_DISTANCE = 60.0, 380.0
# what is of least length along s to count as a bend, and how far a rail reaches beyond it [m]
_LEAST_BEND, _OVERLAP = 8.0, 12.0
_SPEEDS = (30.0, 50.0, 70.0, 80.0, 100.0)
_Array = NDArray[np.float64]


class _Side(NamedTuple):
    """One side of a road.

    ribs: its cross-sections in order. side: 1 for the left. s: [m]. bend: curvature away from this side [1/m]. village:
    how much of one there is.
    """

    ribs: NDArray[np.int64]
    side: int
    s: _Array
    bend: _Array
    village: _Array


def _put(
    pavement: Pavement, side: _Side, at: NDArray[np.int64], gap: float, kind: int, size: tuple[float, float, float]
) -> Things:
    """Put things beside ribs (positions in side.ribs), facing along the road; those on another road are left out."""
    ribs = side.ribs[at]
    edge = pavement.ribs.left[ribs] if side.side > 0 else pavement.ribs.right[ribs]
    things = make_things(len(ribs), kind)
    things["x"], things["y"] = pavement.place(ribs, edge + side.side * gap)
    things["heading"] = pavement.ribs.heading[ribs]
    things["length"], things["width"], things["height"] = size
    return things


def _clear(things: Things, pavement: Pavement) -> Things:
    return things[pavement.nearest(things["x"], things["y"]).distance > ON_ROAD]


def _crossings(amount: _Array) -> NDArray[np.int64]:
    """Give where a rising sequence passes whole numbers."""
    return np.flatnonzero(np.diff(np.floor(amount)) > 0)


def _runs(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Give first and last index + 1 of each run of true values."""
    change = np.diff(np.concatenate([[0], chosen.astype(int), [0]]))
    return list(zip(np.flatnonzero(change > 0).tolist(), np.flatnonzero(change < 0).tolist(), strict=True))


def _delineators(pavement: Pavement, side: _Side, railed: NDArray[np.bool_], s_step: _Array) -> Things:
    """Posts every 50 m, closer in bends, none in villages or behind rails."""
    radius = 1 / np.maximum(np.abs(side.bend), 1e-6)
    spacing = np.clip(2.6 * np.sqrt(radius), _CLOSEST_POSTS, _POSTS)
    at = _crossings(np.cumsum(s_step / spacing) + 0.45)
    at = at[(side.village[at] < 0.4) & ~railed[at]]
    posts = _put(pavement, side, at, _POST_GAP, DELINEATOR, (0.12, 0.12, 1.0))
    # what is black and white from the front shows its front to the traffic on its own side
    posts["heading"] += np.pi if side.side < 0 else 0.0
    return posts


def _rails(pavement: Pavement, side: _Side, railed: NDArray[np.bool_]) -> list[Things]:
    """Pieces of rail, end to end."""
    found = []
    for start, end in _runs(railed):
        at = np.arange(start, end, int(_PIECE))
        ends = _put(pavement, side, at, _RAIL_GAP, RAIL, (_PIECE, 0.12, 0.78))
        if len(ends) < 3:
            continue
        pieces = ends[:-1].copy()
        dx, dy = np.diff(ends["x"]), np.diff(ends["y"])
        pieces["x"] += dx / 2
        pieces["y"] += dy / 2
        pieces["heading"], pieces["length"] = np.arctan2(dy, dx), np.hypot(dx, dy) + 0.03
        found.append(pieces)
    return found


def _signs(pavement: Pavement, side: _Side, generator: np.random.Generator, forward: bool, road: Road) -> list[Things]:
    """Signs for the traffic on this side: speed limits now and then (if the file has none), warnings before bends."""
    length = side.s[-1] - side.s[0]
    order = 1 if forward else -1
    turned = np.pi if forward else 0.0
    found = []
    start = 25.0 + _SIGN_DISTANCE * generator.random()
    at = np.searchsorted(side.s, side.s[0] + np.arange(start, max(length - 20, start), _SIGN_DISTANCE))
    limits = _put(pavement, side, np.minimum(at, len(side.s) - 1), _SIGN_GAP, SPEED_SIGN, (0.08, 0.7, 2.5))
    limits["variant"] = np.where(
        side.village[np.minimum(at, len(side.s) - 1)] > 0.3, 1, generator.integers(1, 5, len(at))
    )
    limits["heading"] += turned
    if all(signal.speed_limit is None for signal in road.signals):
        found.append(limits)
    radius = 1 / np.maximum(np.abs(side.bend), 1e-6)
    for first, last in _runs(radius < _SIGN_RADIUS):
        entry = first if forward else last - 1
        place = side.s[entry] - order * _WARNING
        if last - first < _LEAST_BEND or not side.s[0] < place < side.s[-1] or generator.random() < 0.4:
            continue
        to_left = (side.bend[(first + last) // 2] * -side.side > 0) == forward
        sign = _put(pavement, side, np.array([np.searchsorted(side.s, place)]), _SIGN_GAP, CURVE_SIGN, (0.08, 0.9, 2.6))
        sign["variant"], sign["heading"] = int(not to_left), sign["heading"] + turned
        found.append(sign)
    return found


def _chevrons(pavement: Pavement, side: _Side) -> list[Things]:
    """Boards with arrows on the outside of the tightest bends, facing who comes from either end."""
    found = []
    for first, last in _runs(side.bend > 1 / _CHEVRON_RADIUS):
        if last - first < _LEAST_BEND:
            continue
        at = np.linspace(first, last - 1, 2 + (last - first) // 14).astype(int)
        for turned, variant in ((np.pi, 0), (0.0, 1)):
            boards = _put(pavement, side, at, _RAIL_GAP + 0.7, CHEVRON, (0.06, 0.6, 1.45))
            # away from this side is to the left for who drives forward on the right
            boards["variant"] = variant if side.side < 0 else 1 - variant
            boards["heading"] += turned
            found.append(boards)
    return found


def _lamps(pavement: Pavement, side: _Side, s_step: _Array) -> Things:
    """Street lamps in villages, their arms over the road."""
    at = _crossings(np.cumsum(s_step) / _LAMPS + 0.3)
    at = at[side.village[at] > 0.3]
    lamps = _put(pavement, side, at, _LAMP_GAP, LAMP, (2.2, 0.16, 6.5))
    lamps["heading"] += -side.side * np.pi / 2
    return lamps


def most_things(ribs: int) -> int:
    """Give how many things `furnish` may put beside a road of so many ribs, which are at most a metre apart."""
    # on each side delineators, a rail, chevrons, both kinds of signs, and on one of them lamps
    chevrons = 2 * (2 / _LEAST_BEND + 1 / 14)
    per_rib = 1 / _CLOSEST_POSTS + 1 / int(_PIECE) + chevrons + 1 / _SIGN_DISTANCE + 1 / _LEAST_BEND + 1 / _LAMPS
    return 2 * int(per_rib * ribs) + 12


def furnish(index: int, country: Character, pavement: Pavement, generator: np.random.Generator) -> list[Things]:
    """Give all that stands beside one road; heights of the ground are left 0. index: of the road."""
    road = pavement.roads[index]
    ribs = pavement.ribs_of(index)
    if road.junction is not None or len(ribs) < 10:
        return []
    s = pavement.ribs.s[ribs]
    s_step = np.diff(s, prepend=s[0])
    village = country.village_at(pavement.ribs.x[ribs], pavement.ribs.y[ribs])
    village = np.maximum(village, pavement.ribs.in_town[ribs])
    lit_side = 1 if generator.random() < 0.5 else -1
    found: list[Things] = []
    for side_sign in (1, -1):
        bend = -side_sign * pavement.ribs.curvature[ribs]
        side = _Side(ribs, side_sign, s, bend, village)
        tight = (bend > 1 / _RAIL_RADIUS) & (village < 0.5)
        railed = np.zeros(len(ribs), bool)
        if country.rails > 0.3:
            for first, last in _runs(tight):
                if last - first >= 2 * _LEAST_BEND and generator.random() < country.rails:
                    railed[max(first - int(_OVERLAP), 0) : last + int(_OVERLAP)] = True
        found += [_delineators(pavement, side, railed, s_step), *_rails(pavement, side, railed)]
        found += _chevrons(pavement, side)
        forward = (side_sign < 0) != road.left_hand
        found += _signs(pavement, side, generator, forward, road)
        if side_sign == lit_side:
            found.append(_lamps(pavement, side, s_step))
    return [_clear(things, pavement) for things in found if len(things)]
