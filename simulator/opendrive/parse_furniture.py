"""The `<signals>`, `<objects>` and speed limits of a road."""

import math
import xml.etree.ElementTree as ET

from simulator.opendrive.fields import Reader, find_all
from simulator.opendrive.furniture import Orientation, RoadObject, Signal, SpeedLimit, metres_per_second

MOST_OBJECTS = 20_000
MOST_CORNERS = 1000
UNLIMITED = ("no limit", "undefined", "")


def read_signals(road: ET.Element, known: dict[str, ET.Element], length: float, reader: Reader) -> tuple[Signal, ...]:
    """Read the signals that stand at a road, and those of others that it refers to.

    known: all `<signal>`s of the file by id; a reference to none of them is passed over.
    """
    result = [_read_signal(element, element, length, reader) for element in find_all(road, "signals", "signal")]
    for element in find_all(road, "signals", "signalReference"):
        original = known.get(str(element.get("id")))
        if original is not None:
            result.append(_read_signal(element, original, length, reader))
    return tuple(sorted(result, key=lambda signal: signal.s))


def missing_signals(road: ET.Element, known: dict[str, ET.Element]) -> frozenset[str]:
    """Give the ids of signals that a road refers to and the file does not hold."""
    return frozenset(
        {str(element.get("id")) for element in find_all(road, "signals", "signalReference")} - known.keys()
    )


def _read_signal(place: ET.Element, what: ET.Element, length: float, reader: Reader) -> Signal:
    """Read a signal from what says where it applies and what says what it is."""
    value = what.get("value")
    return Signal(
        id=what.get("id", ""),
        name=what.get("name", ""),
        s=min(max(reader.number(place, "s", 0.0), 0.0), length),
        t=reader.number(place, "t", 0.0, least=-1e4, most=1e4),
        z=reader.number(what, "zOffset", 0.0, least=-1e4, most=1e4),
        orientation=_orientation(place),
        heading=reader.number(what, "hOffset", 0.0),
        dynamic=what.get("dynamic", "no") == "yes",
        type=what.get("type", ""),
        subtype=what.get("subtype", ""),
        country=what.get("country", ""),
        value=None if value is None or value in ("", "none") else _lenient(value),
        unit=what.get("unit", ""),
        width=max(reader.number(what, "width", 0.0), 0.0),
        height=max(reader.number(what, "height", 0.0), 0.0),
    )


def read_objects(road: ET.Element, length: float, reader: Reader) -> tuple[RoadObject, ...]:
    """Read the objects of a road, each of a `<repeat>` by itself unless that runs along the road."""
    result: list[RoadObject] = []
    for element in find_all(road, "objects", "object"):
        one = _read_object(element, length, reader)
        repeats = element.findall("repeat")
        result += [part for repeat in repeats for part in _repeat(one, repeat, length, reader)] if repeats else [one]
        if len(result) > MOST_OBJECTS:
            raise reader.error(f"has more than {MOST_OBJECTS} objects", "let its <repeat>s be farther apart")
    return tuple(sorted(result, key=lambda thing: thing.s))


def _read_object(element: ET.Element, length: float, reader: Reader) -> RoadObject:
    limits = {"least": -1e4, "most": 1e4}
    s = min(max(reader.number(element, "s", 0.0), 0.0), length)
    t = reader.number(element, "t", 0.0, **limits)
    radius = max(reader.number(element, "radius", 0.0, **limits), 0.0)
    turned = math.pi if _orientation(element) == "-" else 0.0
    corners, on_road = _read_corners(element, reader) if element.get("type") == "crosswalk" else ((), False)
    return RoadObject(
        id=element.get("id", ""),
        name=element.get("name", ""),
        type=element.get("type", ""),
        s=s,
        t=t,
        z=reader.number(element, "zOffset", 0.0, **limits),
        heading=reader.number(element, "hdg", 0.0) + turned,
        length=2 * radius or max(reader.number(element, "length", 0.0, **limits), 0.0),
        width=2 * radius or max(reader.number(element, "width", 0.0, **limits), 0.0),
        height=max(reader.number(element, "height", 0.0, **limits), 0.0),
        round=radius > 0,
        end_s=s,
        end_t=t,
        corners=corners,
        corners_on_road=on_road,
    )


def _read_corners(element: ET.Element, reader: Reader) -> tuple[tuple[tuple[float, float], ...], bool]:
    """Read the first outline, and tell whether its corners are told by s and t."""
    outlines = element.findall("outline") + find_all(element, "outlines", "outline")
    for tag, keys in (("cornerLocal", ("u", "v")), ("cornerRoad", ("s", "t"))):
        for outline in outlines[:1]:
            found = outline.findall(tag)
            if len(found) > MOST_CORNERS:
                raise reader.error(f"has a crosswalk with {len(found)} corners", f"give it at most {MOST_CORNERS}")
            if found:
                rows = [[reader.number(corner, key, 0.0, least=-1e4, most=1e4) for key in keys] for corner in found]
                return tuple((a, b) for a, b in rows), tag == "cornerRoad"
    return (), False


def _repeat(one: RoadObject, repeat: ET.Element, length: float, reader: Reader) -> list[RoadObject]:
    """Give what a `<repeat>` makes of an object: many, or one long one where their distance is 0."""
    start = min(max(reader.number(repeat, "s", one.s), 0.0), length)
    run = min(max(reader.number(repeat, "length", 0.0), 0.0), length - start)
    distance = max(reader.number(repeat, "distance", 0.0), 0.0)
    names = {"t": one.t, "zOffset": one.z, "height": one.height, "width": one.width, "length": one.length}
    ends = {key: [reader.number(repeat, key + end, own) for end in ("Start", "End")] for key, own in names.items()}
    if distance == 0:
        middle = {key: sum(values) / 2 for key, values in ends.items()}
        return [
            one._replace(
                s=start,
                t=ends["t"][0],
                z=ends["zOffset"][0],
                length=run,
                width=max(middle["width"], 0.0),
                height=max(middle["height"], 0.0),
                end_s=start + run,
                end_t=ends["t"][1],
            )
        ]
    count = int(run / distance + 1e-9) + 1
    if count > MOST_OBJECTS:
        raise reader.error(f"has a <repeat> of {count} objects", f"repeat at most {MOST_OBJECTS}")
    result = []
    for i in range(count):
        share = i * distance / run if run > 0 else 0.0
        t, z, height, width, extent = (low + share * (high - low) for low, high in ends.values())
        s = start + i * distance
        result.append(
            one._replace(
                s=s,
                t=t,
                z=z,
                height=max(height, 0.0),
                width=max(width, 0.0),
                length=max(extent, 0.0),
                end_s=s,
                end_t=t,
            )
        )
    return result


def read_speed_limits(road: ET.Element, reader: Reader) -> tuple[SpeedLimit, ...]:
    """Read the limits of the whole road, by rising s."""
    limits = []
    for element in road.findall("type"):
        speed = element.find("speed")
        limits.append(SpeedLimit(reader.number(element, "s", 0.0), None if speed is None else _limit(speed)))
    return tuple(sorted(limits, key=lambda limit: limit.s))


def read_lane_limits(lane: ET.Element, start: float, reader: Reader) -> tuple[SpeedLimit, ...]:
    """Read a lane's own limits, by rising s. start: of its section [m]."""
    limits = [SpeedLimit(start + reader.number(e, "sOffset", 0.0), _limit(e)) for e in lane.findall("speed")]
    return tuple(sorted(limits, key=lambda limit: limit.s))


def _limit(speed: ET.Element) -> float | None:
    value = _lenient(speed.get("max", ""))
    return None if value is None or value <= 0 else metres_per_second(value, speed.get("unit", ""))


def _lenient(text: str) -> float | None:
    """Read a number of a sign, which may say anything."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _orientation(element: ET.Element) -> Orientation:
    given = element.get("orientation", "none")
    if given in ("+", "-"):
        return "+" if given == "+" else "-"
    return "none"
