"""From OpenDRIVE's XML to checked roads; whatever can't be driven is refused in one sentence.

Our checks run before `carla.Map` sees a document, since that dies of a road without geometry.
"""

import logging
import math
import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np

from simulator.errors import LiquidlaneError
from simulator.opendrive.document import read_document
from simulator.opendrive.fields import Reader, find_all
from simulator.opendrive.geometry import Clothoid, Curve, Geometry, Polynomial, ReferenceLine
from simulator.opendrive.lanes import Cubics
from simulator.opendrive.network import JunctionConnection, RoadNetwork
from simulator.opendrive.parse_furniture import missing_signals, read_objects, read_signals, read_speed_limits
from simulator.opendrive.parse_lanes import read_cubics, read_sections
from simulator.opendrive.road import Link, Road

GAP_TOLERANCE = 0.2
LENGTH_TOLERANCE = 0.1
LONGEST_ROAD = 100_000.0
MOST_ROADS = 20_000
FARTHEST = 2e7
LONGEST_NETWORK = 1_000_000.0
MOST_TURN = 100.0
SHARPEST = 1e4
STEEPEST_BANK = 1.2
SHORTEST = 1e-6
_log = logging.getLogger(__name__)


def parse_network(xml: str, name: str) -> RoadNetwork:
    """See `RoadNetwork.parse`."""
    return parse_root(read_document(xml, name), name)


def parse_root(root: ET.Element, name: str) -> RoadNetwork:
    """Read what `read_document` gave.

    Raises:
        LiquidlaneError: if it holds nothing that can be driven.
    """
    elements = root.findall("road")
    if not elements:
        raise LiquidlaneError(f"{name} holds no road; give an OpenDRIVE file with at least one <road>")
    if len(elements) > MOST_ROADS:
        raise LiquidlaneError(f"{name} holds {len(elements)} roads; at most {MOST_ROADS} can be read, cut a part out")
    with np.errstate(all="ignore"):
        complaints: list[str] = []
        signals = {str(signal.get("id")): signal for signal in root.iterfind("road/signals/signal")}
        roads = tuple(_read_road(element, signals, name, complaints) for element in elements)
    if complaints:
        _log.warning("%s%s", complaints[0], f" (and {len(complaints) - 1} places like it)" * (len(complaints) > 1))
    total = sum(road.length for road in roads)
    if total > LONGEST_NETWORK:
        raise LiquidlaneError(
            f"{name} holds {total / 1000:.0f} km of roads; at most {LONGEST_NETWORK / 1000:.0f} km can be read, "
            "cut a part out"
        )
    ids = [road.id for road in roads]
    if len(set(ids)) < len(ids):
        twice = next(i for i, count in Counter(ids).items() if count > 1)
        raise LiquidlaneError(f"{name} has several roads with the id {twice!r}; give each its own id")
    if not any(lane.drivable for road in roads for section in road.sections for lane in section.lanes.values()):
        raise LiquidlaneError(f'{name} has no drivable lane; give at least one lane the type "driving"')
    junctions = {str(element.get("id")): _read_junction(element, name) for element in root.findall("junction")}
    user_data = {str(e.get("code")): str(e.get("value")) for e in root.findall("header/userData")}
    return RoadNetwork(roads, junctions, user_data)


def _read_road(element: ET.Element, signals: dict[str, ET.Element], name: str, complaints: list[str]) -> Road:
    road_id = element.get("id")
    if not road_id:
        raise LiquidlaneError(f"{name} has a road without an id; give every <road> an id")
    reader = Reader(f"{name}: road {road_id}", complaints)
    length = reader.number(element, "length", above=0.0, most=LONGEST_ROAD)
    line = _read_reference_line(element, length, reader)
    junction = element.get("junction", "-1")
    links = {side: _read_link(find_all(element, "link", side)) for side in ("predecessor", "successor")}
    return Road(
        road_id,
        line,
        read_sections(element, length, reader),
        name=element.get("name", ""),
        left_hand=element.get("rule") == "LHT",
        junction=None if junction in ("-1", "") else junction,
        predecessor=links["predecessor"],
        successor=links["successor"],
        elevation=read_cubics(find_all(element, "elevationProfile", "elevation"), "s", reader),
        superelevation=_read_superelevation(element, length, reader),
        lane_offset=read_cubics(find_all(element, "lanes", "laneOffset"), "s", reader),
        signals=read_signals(element, signals, length, reader),
        missing_signals=missing_signals(element, signals),
        objects=read_objects(element, length, reader),
        speed_limits=read_speed_limits(element, reader),
    )


def _read_superelevation(element: ET.Element, length: float, reader: Reader) -> Cubics:
    """Read the banks, within what is still a road; `<crossfall>` and `<shape>` are passed over, as by `carla.Map`."""
    banks = read_cubics(find_all(element, "lateralProfile", "superelevation"), "s", reader)
    if not banks.is_zero:
        values = banks.evaluate(np.linspace(0.0, length, 65))[0]
        worst = float(values[np.argmax(np.abs(values))])
        if not abs(worst) <= STEEPEST_BANK:
            reader.complain(f"has a superelevation of {worst:.4g} rad", "it is taken to be level across")
            return Cubics.zero()
    return banks


def _read_reference_line(element: ET.Element, length: float, reader: Reader) -> ReferenceLine:
    """Read and check the planView."""
    geometries = []
    for child in find_all(element, "planView", "geometry"):
        s = reader.number(child, "s", least=0.0, most=LONGEST_ROAD)
        x = reader.number(child, "x", least=-FARTHEST, most=FARTHEST)
        y = reader.number(child, "y", least=-FARTHEST, most=FARTHEST)
        heading = reader.number(child, "hdg", least=-1e3, most=1e3)
        extent = reader.number(child, "length", least=0.0, most=LONGEST_ROAD)
        if extent > 0:
            geometries.append(Geometry(s, x, y, heading, _read_curve(child, extent, reader)))
    if not geometries:
        raise reader.error("has no geometry of positive length in its <planView>", "give it at least one <geometry>")
    geometries.sort(key=lambda geometry: geometry.s)
    _check_joints(geometries, length, reader)
    return ReferenceLine(geometries, length)


def _read_curve(geometry: ET.Element, length: float, reader: Reader) -> Curve:
    """Read what is inside a `<geometry>`."""
    shapes = [child for child in geometry if child.tag in ("line", "arc", "spiral", "poly3", "paramPoly3")]
    if not shapes:
        found = ", ".join(f"<{child.tag}>" for child in geometry) or "nothing"
        raise reader.error(
            f"has a geometry at s = {geometry.get('s')} made of {found}",
            "use line, arc, spiral, poly3 or paramPoly3",
        )
    shape = shapes[0]
    if shape.tag == "line":
        return Clothoid(length, 0.0, 0.0)
    if shape.tag in ("arc", "spiral"):
        start, end = ("curvature", "curvature") if shape.tag == "arc" else ("curvStart", "curvEnd")
        for key in [key for key in dict.fromkeys((start, end)) if shape.get(key) is None]:
            reader.complain(f"has a {shape.tag} at s = {geometry.get('s')} without {key}", "it is taken to be 0")
        limits = {"least": -SHARPEST, "most": SHARPEST}
        curve = Clothoid(length, reader.number(shape, start, 0.0, **limits), reader.number(shape, end, 0.0, **limits))
        if length * max(abs(curve.start), abs(curve.end)) > MOST_TURN:
            raise reader.error(
                f"has a {shape.tag} at s = {geometry.get('s')} that winds up more than {MOST_TURN:g} rad",
                "correct its curvature or length",
            )
        return curve
    polynomial = _read_polynomial(shape, length, reader)
    wrong = abs(polynomial.true_length - length)
    if not (math.isfinite(wrong) and polynomial.true_length > SHORTEST):
        raise reader.error(
            f"has a {shape.tag} at s = {geometry.get('s')} whose true length is {polynomial.true_length:.4g} m",
            "correct its coefficients",
        )
    if wrong > LENGTH_TOLERANCE + 0.02 * length:
        what = f"has a {shape.tag} that is {polynomial.true_length:.2f} m long and says {length:.2f} m"
        reader.complain(f"{what} at s = {geometry.get('s')}", "it is followed by its true length")
    return polynomial


def _read_polynomial(shape: ET.Element, length: float, reader: Reader) -> Polynomial:
    if shape.tag == "poly3":
        return Polynomial.from_height(length, np.array([reader.number(shape, key, 0.0) for key in "abcd"]))
    u = np.array([reader.number(shape, key + "U", 0.0) for key in "abcd"])
    v = np.array([reader.number(shape, key + "V", 0.0) for key in "abcd"])
    if not (u[1:].any() or v[1:].any()):
        raise reader.error("has a paramPoly3 that is a single point", "give it coefficients")
    # without a pRange carla.Map takes it for normalised
    end = length if shape.get("pRange") == "arcLength" else 1.0
    return Polynomial(length, u, v, end)


def _check_joints(geometries: list[Geometry], length: float, reader: Reader) -> None:
    """Complain of geometries that don't meet, in s or on the ground: the road then jumps or ends there, as in CARLA."""
    if geometries[0].s > GAP_TOLERANCE:
        raise reader.error(f"has no geometry before s = {geometries[0].s:g}", "let the first one start at s = 0")
    for here, following in zip(geometries, [*geometries[1:], None], strict=True):
        end = here.s + here.curve.length
        meant = length if following is None else following.s
        if not abs(end - meant) <= GAP_TOLERANCE:
            what = f"has a geometry that ends at s = {end:.2f} m where s = {meant:.2f} m should be"
            reader.complain(what, "it is cut, or stands still, there")
        if following is not None:
            poses, _ = here.evaluate(np.array([following.s - here.s]))
            gap = float(np.hypot(poses.x[0] - following.x, poses.y[0] - following.y))
            if not gap <= GAP_TOLERANCE:
                what = f"has a gap of {gap:.2f} m between its geometries at s = {following.s:.2f} m"
                reader.complain(what, "it can't be driven across")


def _read_link(elements: list[ET.Element]) -> Link | None:
    if not elements or not elements[0].get("elementId"):
        return None
    element = elements[0]
    if element.get("elementType", "road") == "junction":
        return Link("junction", str(element.get("elementId")), None)
    return Link("road", str(element.get("elementId")), "end" if element.get("contactPoint") == "end" else "start")


def _read_junction(element: ET.Element, name: str) -> tuple[JunctionConnection, ...]:
    reader = Reader(f"{name}: junction {element.get('id')}")
    connections = []
    for child in element.findall("connection"):
        lanes = {reader.integer(e, "from"): reader.integer(e, "to") for e in child.findall("laneLink")}
        connections.append(
            JunctionConnection(
                str(child.get("incomingRoad", "")),
                str(child.get("connectingRoad", "")),
                str(child.get("contactPoint", "start")),
                lanes,
            )
        )
    return tuple(connections)
