"""Changes to OpenDRIVE elements that let foreign roads live in one document and in `carla.Map`."""

import xml.etree.ElementTree as ET

from simulator.opendrive import RoadNetwork
from simulator.opendrive.check import missing_target
from simulator.roads_borders import replace_borders

STRAIGHT, ROUND = 1e-5, 1e-7
"""What turns less than STRAIGHT [rad] in all is a line; whose curvature changes that by less than ROUND is an arc."""


def renumber(roads: list[ET.Element], junctions: list[ET.Element], numbers: dict[str, str], following: int) -> int:
    """Give roads and junctions new ids, whole numbers as CARLA needs them, and give the next free one.

    numbers: road ids that are already decided, old to new; all others count from `following` on. What refers to a road
    or junction that isn't there (or to a direct junction) is removed, since `carla.Map` refuses it: roads end there.
    """
    names = dict(numbers)
    for road in roads:
        if str(road.get("id")) not in names:
            names[str(road.get("id"))], following = str(following), following + 1
    crossings = {}
    for junction in list(junctions):
        for connection in junction.findall("connection"):
            if not all(connection.get(key) in names for key in ("incomingRoad", "connectingRoad")):
                junction.remove(connection)
        if junction.find("connection") is None:
            junctions.remove(junction)
            continue
        crossings[str(junction.get("id"))], following = str(following), following + 1
    for road in roads:
        road.set("id", names[str(road.get("id"))])
        road.set("junction", crossings.get(road.get("junction", "-1"), "-1"))
        for links in road.findall("link"):
            for link in list(links):
                table = crossings if link.get("elementType") == "junction" else names
                _refer(links, link, ("elementId",), table)
    for junction in junctions:
        junction.set("id", crossings[str(junction.get("id"))])
        for child in list(junction):
            if child.tag == "connection":
                _refer(junction, child, ("incomingRoad", "connectingRoad"), names)
            elif child.tag == "priority":
                _refer(junction, child, ("high", "low"), names)
    return following


def _refer(parent: ET.Element, element: ET.Element, keys: tuple[str, ...], table: dict[str, str]) -> None:
    """Let attributes name the new ids; an element that names what isn't there is removed."""
    for key in keys:
        old = element.get(key)
        if old is not None and old not in table:
            parent.remove(element)
            return
        if old is not None:
            element.set(key, table[old])


def move(roads: list[ET.Element], x: float, y: float) -> None:
    """Move roads by x, y [m]."""
    for road in roads:
        for geometry in road.findall("planView/geometry"):
            geometry.set("x", repr(float(geometry.get("x", "0")) + x))
            geometry.set("y", repr(float(geometry.get("y", "0")) + y))


def simplify(road: ET.Element) -> None:
    """Write arcs and spirals that are lines or arcs, up to rounding, as such.

    `carla.Map` 0.9.16 gives NaN for an arc of curvature 0, and wrong places (by 0.3 m at 1e-7 1/m) for one that is
    nearly straight, since it reckons with its centre in single precision, and for a spiral whose curvature is constant
    (by metres at a difference of 1e-13 1/m).
    """
    for geometry in road.findall("planView/geometry"):
        for shape in list(geometry):
            tag = _simpler(geometry, shape)
            if tag == "arc" and shape.tag == "spiral":
                start, end = _number(shape, "curvStart"), _number(shape, "curvEnd")
                shape.attrib = {"curvature": repr((start + end) / 2)}
            elif tag == "line":
                shape.attrib = {}
            shape.tag = tag


def is_simple(road: ET.Element) -> bool:
    """Tell whether `simplify` would leave a road as it is."""
    return all(
        _simpler(geometry, shape) == shape.tag for geometry in road.findall("planView/geometry") for shape in geometry
    )


def _simpler(geometry: ET.Element, shape: ET.Element) -> str:
    """Name the simplest element that a geometry's shape can be written as."""
    if shape.tag not in ("spiral", "arc"):
        return shape.tag
    length = _number(geometry, "length")
    names = ("curvStart", "curvEnd") if shape.tag == "spiral" else ("curvature", "curvature")
    start, end = (_number(shape, key) for key in names)
    if abs(end - start) * length >= ROUND:
        return shape.tag
    return "line" if abs(start + end) / 2 * length < STRAIGHT else "arc"


def repair(root: ET.Element, network: RoadNetwork) -> None:
    """Change what CARLA dies of: links and references to what isn't there, missing centre lanes, late descriptions.

    network: what was parsed from the document.
    """
    for element, road in zip(root.findall("road"), network.roads, strict=True):
        replace_borders(element)
        _begin_at_zero(element)
        for holder in element.findall("signals"):
            for one in holder:
                if _number(one, "s") < 0:
                    one.set("s", "0")
            for reference in holder.findall("signalReference"):
                if str(reference.get("id")) in road.missing_signals:
                    holder.remove(reference)
        elements = sorted(element.findall("lanes/laneSection"), key=lambda section: float(section.get("s", "0")))
        for i, (section_element, section) in enumerate(zip(elements, road.sections, strict=True)):
            if 0 not in section.lanes:
                left = section_element.find("left")
                center = section_element.find("center")
                if center is None:
                    center = ET.Element("center")
                    section_element.insert(0 if left is None else list(section_element).index(left) + 1, center)
                ET.SubElement(center, "lane", id="0", type="none", level="false")
            for lane_element in section_element.findall("*/lane"):
                lane = section.lanes.get(int(float(lane_element.get("id", "0"))))
                if lane is not None and lane.id != 0 and missing_target(network, road, i, lane) is not None:
                    _remove(lane_element, "link", "successor" if lane.id < 0 else "predecessor")
    for connection in root.findall("junction/connection"):
        connecting = connection.get("connectingRoad", "")
        for link in connection.findall("laneLink"):
            sections = network.road(connecting).sections if network.has_road(connecting) else ()
            if not any(int(float(link.get("to", "0"))) in section.lanes for section in sections):
                connection.remove(link)


def _number(element: ET.Element, key: str) -> float:
    """Read a number; what has no length, or is not looked at, may hold anything and counts as 0."""
    try:
        return float(element.get(key, "0"))
    except ValueError:
        return 0.0


def _begin_at_zero(road: ET.Element) -> None:
    """Let height, lane offset and widths be 0 before they are described, and the first geometry start the road."""
    lists = [(road.find("lanes"), "laneOffset", "s"), (road.find("elevationProfile"), "elevation", "s")]
    lists += [(lane, "width", "sOffset") for lane in road.findall("lanes/laneSection/*/lane")]
    for parent, tag, key in lists:
        found = [] if parent is None else parent.findall(tag)
        if parent is not None and found and min(float(element.get(key, "0")) for element in found) > 0:
            zero = ET.Element(tag, {key: "0", "a": "0", "b": "0", "c": "0", "d": "0"})
            parent.insert(list(parent).index(found[0]), zero)
    geometries = road.findall("planView/geometry")
    min(geometries, key=lambda geometry: float(geometry.get("s", "0"))).set("s", "0")


def _remove(parent: ET.Element, path: str, tag: str) -> None:
    for holder in parent.findall(path):
        for child in holder.findall(tag):
            holder.remove(child)
