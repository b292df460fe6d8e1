"""Latitude and longitude of a place, as CARLA 0.9.16 reckons them.

Its client takes two numbers from the OpenDRIVE header's `geoReference`, lat_0 and lon_0, and whatever the projection
says, lays a transverse Mercator projection of the sphere with scale 0.9996 through them. Without both numbers it takes
42 degrees north, 2 degrees east. We do the same, so that the GNSS sensor and `Map.transform_to_geolocation` agree.
"""

import math
import re
from typing import NamedTuple
from xml.etree import ElementTree

EARTH_RADIUS = 6378137.0
SCALE = 0.9996


class Origin(NamedTuple):
    """Where the map's origin lies [degrees]."""

    latitude: float = 42.0
    longitude: float = 2.0


def read_origin(document: str) -> Origin:
    """Read a map's origin from its OpenDRIVE document."""
    root = ElementTree.fromstring(document)
    text = root.findtext("header/geoReference") or ""
    numbers = {}
    for name in ("lat_0", "lon_0"):
        found = re.findall(rf"\+{name}=(\S+)", text)
        try:
            numbers[name] = float(found[-1])
        except (IndexError, ValueError):
            return Origin()
    return Origin(numbers["lat_0"], numbers["lon_0"])


def locate(origin: Origin, x: float, y: float) -> tuple[float, float]:
    """Give latitude and longitude [degrees] of a place in **CARLA's** axes [m].

    The client counts a positive y, which is right of x, as north; its compass says the opposite.
    """
    across, along = x / (EARTH_RADIUS * SCALE), y / (EARTH_RADIUS * SCALE) + math.radians(origin.latitude)
    across = min(max(across, -50.0), 50.0)
    latitude = math.asin(min(max(math.sin(along) / math.cosh(across), -1.0), 1.0))
    longitude = math.atan2(math.sinh(across), math.cos(along))
    return math.degrees(latitude), origin.longitude + math.degrees(longitude)
