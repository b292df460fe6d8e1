"""What stands beside a road: signals, objects and the speed limit that they announce."""

from typing import Literal, NamedTuple

Orientation = Literal["+", "-", "none"]
SPEED_SIGN = "274"


class Signal(NamedTuple):
    """One `<signal>` or `<signalReference>`.

    s, t: along and to the left of the reference line [m]. z: of its lower edge above the road [m]. orientation: for
    whose traffic: along s ("+"), against it ("-") or both ("none"). heading: its own turn beside that [rad], left
    positive. dynamic: a light or a changing sign. type, subtype, country: as the file has them; "" if it does not say.
    value, unit: what it says, None if nothing. width, height: [m], 0 where the file does not say.
    """

    id: str
    name: str
    s: float
    t: float
    z: float
    orientation: Orientation
    heading: float
    dynamic: bool
    type: str
    subtype: str
    country: str
    value: float | None
    unit: str
    width: float
    height: float

    @property
    def speed_limit(self) -> float | None:
        """What a speed sign allows [m/s]; None for others."""
        if self.type != SPEED_SIGN:
            return None
        value = self.value if self.value is not None and self.value > 0 else _number(self.subtype)
        return None if value is None else metres_per_second(value, self.unit or "km/h")


class RoadObject(NamedTuple):
    """One `<object>`, or one of those that its `<repeat>` makes.

    s, t, z: of its middle [m], z above the road. heading: from the road's direction [rad], left positive. length,
    width, height: along that heading, across it and upwards [m]; of a round one both first are its diameter.
    end_s, end_t: where one that runs along the road (a guard rail, a wall) ends [m]; those of its start for others.
    corners: the outline of a crosswalk [m], along and across its heading from its middle, or (corners_on_road) as s and
    t; none for others.
    """

    id: str
    name: str
    type: str
    s: float
    t: float
    z: float
    heading: float
    length: float
    width: float
    height: float
    round: bool
    end_s: float
    end_t: float
    corners: tuple[tuple[float, float], ...] = ()
    corners_on_road: bool = False

    @property
    def runs_along(self) -> bool:
        """Whether it runs along the road, from (s, t) to (end_s, end_t)."""
        return self.end_s > self.s


class SpeedLimit(NamedTuple):
    """From s [m] on at most `speed` [m/s]; None: no limit."""

    s: float
    speed: float | None


def metres_per_second(value: float, unit: str) -> float:
    """Turn a speed in OpenDRIVE's units into m/s; without a unit it is that already."""
    return value * {"km/h": 1 / 3.6, "kmh": 1 / 3.6, "mph": 0.44704}.get(unit.lower(), 1.0)


def _number(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 4 else None
