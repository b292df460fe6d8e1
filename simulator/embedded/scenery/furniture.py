"""What the file itself puts beside its roads: signs and objects."""

import numpy as np

from simulator.embedded.scenery.things import (
    BLOCK,
    BUSH,
    CHEVRON,
    CURVE_SIGN,
    DELINEATOR,
    HOUSE,
    LAMP,
    LIME,
    RAIL,
    SPEED_SIGN,
    Things,
    make_things,
)
from simulator.opendrive import Road, RoadObject, Signal

# OpenDRIVE's (Germany's) numbers of the other signs that there are pictures of
_CURVE, _BOARD = "103", "625"
_SPEEDS = (30.0, 50.0, 70.0, 80.0, 100.0)
# objects lower than this are paint, and of these types nothing stands there [m]
_LOWEST = 0.25
_FLAT = ("crosswalk", "parkingspace", "roadmark", "patch", "railway", "none")
_KINDS = {"tree": LIME, "vegetation": BUSH, "building": HOUSE, "pole": DELINEATOR, "streetlamp": LAMP}
_SIZES = {LIME: (8.0, 6.0), BUSH: (1.8, 2.0), HOUSE: (5.0, 9.0), DELINEATOR: (1.0, 0.12), LAMP: (6.5, 2.0)}
_PIECE = 4.0


def _place(road: Road, things: Things, s: float, t: float, heading: float) -> Things:
    at = road.reference(np.array([s]))
    turn = float(at.heading[0])
    things["x"], things["y"] = float(at.x[0]) - t * np.sin(turn), float(at.y[0]) + t * np.cos(turn)
    things["heading"] = turn + heading
    return things


def _sign(road: Road, signal: Signal) -> Things | None:
    """Make the sign of a signal, None if there is no picture of it."""
    if signal.speed_limit is not None:
        things = make_things(1, SPEED_SIGN)
        things["variant"] = int(np.argmin([abs(speed - signal.speed_limit * 3.6) for speed in _SPEEDS]))
        things["width"], things["height"] = 0.7, 2.5
    elif signal.type in (_CURVE, _BOARD) and not signal.dynamic:
        things = make_things(1, CURVE_SIGN if signal.type == _CURVE else CHEVRON)
        things["variant"] = int(signal.subtype.startswith("2"))
        things["width"], things["height"] = (0.9, 2.6) if signal.type == _CURVE else (0.6, 1.45)
    else:
        return None
    # it looks at whom it is for
    return _place(road, things, signal.s, signal.t, signal.heading + (0.0 if signal.orientation == "-" else np.pi))


def _rail(road: Road, item: RoadObject) -> Things:
    """Make a barrier that runs along the road, piece by piece."""
    count = max(int((item.end_s - item.s) / _PIECE), 1)
    share = np.linspace(0.0, 1.0, count + 1)
    s, t = item.s + share * (item.end_s - item.s), item.t + share * (item.end_t - item.t)
    at = road.reference(s)
    x, y = at.x - t * np.sin(at.heading), at.y + t * np.cos(at.heading)
    things = make_things(count, RAIL if "rail" in item.type.lower() or item.type.lower() == "barrier" else BLOCK)
    things["x"], things["y"] = (x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2
    things["heading"], things["length"] = np.arctan2(np.diff(y), np.diff(x)), np.hypot(np.diff(x), np.diff(y)) + 0.03
    things["width"], things["height"] = max(item.width, 0.12), item.height if item.height > _LOWEST else 0.78
    return things


def _object(road: Road, item: RoadObject) -> Things | None:
    """Make the thing of an object, None for what is flat."""
    if item.type.lower() in _FLAT:
        return None
    if item.runs_along:
        return _rail(road, item)
    kind = _KINDS.get(item.type.lower(), BLOCK)
    if kind == BLOCK and item.height < _LOWEST:
        return None
    height, width = _SIZES.get(kind, (1.0, 1.0))
    things = make_things(1, kind)
    things["height"] = item.height if item.height > _LOWEST else height
    things["length"] = item.length if item.length > 0.0 else width
    things["width"] = item.width if item.width > 0.0 else width
    things["shade"] = 0.5
    return _place(road, things, item.s, item.t, item.heading)


def most_furniture(road: Road) -> tuple[int, float]:
    """Give how many things `read_furniture` may make, and how far from the reference line the farthest reaches [m]."""
    count = len(road.signals) + len(road.objects)
    count += sum(int((item.end_s - item.s) / _PIECE) for item in road.objects if item.runs_along)
    places = [abs(signal.t) for signal in road.signals]
    places += [max(abs(item.t), abs(item.end_t)) for item in road.objects]
    return count, max(places, default=0.0)


def read_furniture(road: Road) -> list[Things]:
    """Give what the file puts beside a road; heights of the ground are left 0."""
    found = [_sign(road, signal) for signal in road.signals] + [_object(road, item) for item in road.objects]
    return [things for things in found if things is not None]
