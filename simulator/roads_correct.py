"""Documents that can be driven but kill or mislead `carla.Map`, corrected before a client sees them."""

import gc
import logging
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager

from simulator.errors import LiquidlaneError
from simulator.opendrive import RoadNetwork
from simulator.opendrive.check import check_for_carla
from simulator.opendrive.document import read_document
from simulator.opendrive.parse import parse_root
from simulator.roads_borders import has_borders
from simulator.roads_edit import is_simple, move, renumber, repair, simplify

FARTHEST = 500_000.0
"""Beyond this distance from the origin [m] CARLA, which reckons in single precision, is wrong by centimetres."""

_ORIGIN = re.compile(r"\+(?:lat|lon)_0=(\S*)")
_BOUNDS = ("north", "south", "east", "west")
_log = logging.getLogger(__name__)


def load_document(xml: str, name: str) -> tuple[str, RoadNetwork]:
    """Give a document that the client can read, the same one where that is possible, and its network.

    Raises:
        LiquidlaneError: if it can't be driven, or not be corrected.
    """
    with no_collecting():
        root = read_document(xml, name)
        network = parse_root(root, name)
    reason = _reason(root, network, name)
    if reason is None:
        if all(is_simple(road) for road in root.iterfind("road")):
            return xml, network
        # the same curves in other words: the network stays
        for road in root.iterfind("road"):
            simplify(road)
        return ET.tostring(root, encoding="unicode"), network
    for reference in root.findall("header/geoReference"):
        if not _is_origin(reference):
            reference.text = ""
    _log.warning("%s: the world is made from a corrected document, which its clients see", reason)
    repair(root, network)
    _bring_near(root, network)
    roads, junctions = root.findall("road"), root.findall("junction")
    for road in roads:
        simplify(road)
    numbers = {road.id: road.id for road in network.roads}
    if not all(number.isascii() and number.isdigit() for number in numbers):
        numbers = {}
    highest = max(int(number) for number in numbers) if numbers else 0
    renumber(roads, junctions, numbers, highest + 1)
    for junction in root.findall("junction"):
        if junction not in junctions:
            root.remove(junction)
    corrected = ET.tostring(root, encoding="unicode")
    return corrected, RoadNetwork.parse(corrected, name)


@contextmanager
def no_collecting() -> Iterator[None]:
    """Keep Python from looking for garbage, again and again, among hundreds of thousands of things that are none."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _reason(root: ET.Element, network: RoadNetwork, name: str) -> str | None:
    """Say why a client can't have a document as it is."""
    far = max(abs(value) for value in _extent(network))
    if far > FARTHEST:
        return f"{name} lies {far / 1000:,.0f} km from its origin, where CARLA's single precision is too coarse"
    if has_borders(root):
        return f"{name} describes lanes by <border>, which CARLA does not read"
    for signal in root.iterfind("road/signals/*"):
        if signal.get("s", "0").lstrip().startswith("-"):
            return f"{name} has a <{signal.tag}> before its road, at s = {signal.get('s')}"
    if not all(_is_origin(reference) for reference in root.iterfind("header/geoReference")):
        return f"{name} has a <geoReference> whose lat_0 or lon_0 is no number"
    try:
        check_for_carla(network, name)
    except LiquidlaneError as error:
        return str(error)
    return None


def _extent(network: RoadNetwork) -> tuple[float, float, float, float]:
    """Give west, east, south and north of where geometries begin [m]."""
    x, y = zip(*((shape.x, shape.y) for road in network.roads for shape in road.reference_line.geometries), strict=True)
    return min(x), max(x), min(y), max(y)


def _bring_near(root: ET.Element, network: RoadNetwork) -> None:
    """Move roads that lie far away, as those in UTM do, to the origin; by how much, the header's `<offset>` says."""
    west, east, south, north = _extent(network)
    if max(abs(value) for value in (west, east, south, north)) <= FARTHEST:
        return
    x, y = float(round((west + east) / 2)), float(round((south + north) / 2))
    move(root.findall("road"), -x, -y)
    for header in root.findall("header"):
        for offset in header.findall("offset"):
            x, y = (there + float(offset.get(key, "0")) for key, there in (("x", x), ("y", y)))
            header.remove(offset)
        header.append(ET.Element("offset", x=repr(x), y=repr(y), z="0", hdg="0"))
        header.attrib = {key: value for key, value in header.attrib.items() if key not in _BOUNDS}


def _is_origin(reference: ET.Element) -> bool:
    """Tell whether the client can read the origin of a `<geoReference>`; it dies of what is no number."""
    for value in _ORIGIN.findall(reference.text or ""):
        try:
            if not math.isfinite(float(value)):
                return False
        except ValueError:
            return False
    return True
