"""Several sources of roads in one OpenDRIVE document: renumbered, moved apart, with a header of our own."""

import json
import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from simulator.errors import LiquidlaneError
from simulator.opendrive import Road, RoadNetwork
from simulator.opendrive.document import read_document
from simulator.roads_config import RoadsConfig
from simulator.roads_edit import move, renumber, repair, simplify
from simulator.roads_generate import generate_ring, generate_road
from simulator.roads_osm import convert_extract

Season = Literal["summer", "autumn", "winter", "spring"]
DISTANCE = 3000.0
MARGIN = 50.0  # room for lanes beside the reference line [m]
SECONDARY_IDS = 1000  # roads beside the driven ones, and junctions, are numbered from here on
GEO_REFERENCE = "+proj=tmerc +lat_0=0 +lon_0=0 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"


@dataclass
class Piece:
    """What one name of a group brings: elements of its own that may be changed, and the driven road's id.

    roads, junctions: OpenDRIVE elements. others: further top-level elements (signal controllers and the like), kept
    where the document has one piece only.
    """

    roads: list[ET.Element]
    driven: str
    junctions: list[ET.Element] = field(default_factory=list)
    others: list[ET.Element] = field(default_factory=list)


def load_generated(seed: int, config: RoadsConfig) -> Piece:
    """Give a generated road."""
    return Piece([ET.fromstring(generate_road(seed, config))], "1")


def load_ring(seed: int, config: RoadsConfig) -> Piece:
    """Give a generated ring of three roads."""
    return Piece([ET.fromstring(text) for text in generate_ring(seed, config)], "1")


def load_file(path: str, road_id: str | None) -> Piece:
    """Give the roads of a file, checked; driven is `road_id` or else the longest road outside junctions.

    Raises:
        LiquidlaneError: if the file is missing or can't be driven, or has no such road.
    """
    return _load(_read_text(path), path, road_id)


def load_osm(place: str, road_id: str | None) -> Piece:
    """Give the roads of an OpenStreetMap extract; driven is `road_id` of the converted document, or the longest.

    Raises:
        LiquidlaneError: if there is no such extract, or it can't be driven.
    """
    return _load(convert_extract(place), f"osm:{place}", road_id)


def _load(text: str, path: str, road_id: str | None) -> Piece:
    network = RoadNetwork.parse(text, path, for_carla=False)
    root = read_document(text, path)
    repair(root, network)
    drivable = {road.id: road.length for road in network.roads if entry_lanes(road)}
    if road_id is not None and road_id not in {road.id for road in network.roads}:
        known = ", ".join(list(drivable)[:10]) or "none"
        raise LiquidlaneError(f"{path} has no road {road_id!r}; roads to drive are {known}")
    if not drivable or (road_id is not None and road_id not in drivable):
        which = "no road with" if road_id is None else f"a road {road_id!r} without"
        raise LiquidlaneError(f"{path} has {which} a driving lane to begin in; choose another road")
    outside = {road.id for road in network.roads if road.junction is None} & set(drivable)
    candidates = outside or set(drivable)
    longest = max((road.id for road in network.roads if road.id in candidates), key=lambda i: drivable[i])
    others = [element for element in root if element.tag not in ("header", "road", "junction")]
    return Piece(root.findall("road"), road_id or longest, root.findall("junction"), others)


def _read_text(path: str) -> str:
    try:
        content = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise LiquidlaneError(
            f"the road file {path} can't be read ({error.strerror}); give the path of an OpenDRIVE file"
        ) from None
    try:
        return content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        # what names in old files are written in; numbers and tags are ASCII anyhow
        return content.decode("latin-1")


def entry_lanes(road: Road) -> list[int]:
    """Give the lanes that can be entered at the road's start, the outermost first; if there are none, at its end."""
    for section, forward in ((road.sections[0], True), (road.sections[-1], False)):
        lanes = [lane for lane in section.lanes.values() if lane.id != 0 and road.runs_forward(lane.id) == forward]
        driving = [lane.id for lane in lanes if lane.type == "driving"] or [lane.id for lane in lanes if lane.drivable]
        if driving:
            return sorted(driving, key=abs, reverse=True)
    return []


def compose(pieces: Sequence[Piece], appearance_seed: int, season: Season) -> str:
    """Write pieces into one document, on a grid whose middle is the origin.

    The header carries what CARLA's format has no place for: `<userData code="liquidlane">` with a JSON object of
    "appearance_seed" and "season".
    """
    root = ET.Element("OpenDRIVE")
    header = ET.SubElement(root, "header", revMajor="1", revMinor="4", name="liquidlane", version="1.00")
    ET.SubElement(header, "geoReference").text = GEO_REFERENCE
    facts = json.dumps({"appearance_seed": appearance_seed, "season": season}, sort_keys=True)
    ET.SubElement(header, "userData", code="liquidlane", value=facts)
    bounds = [_bounds(piece) for piece in pieces]
    extent = max(max(high - low for low, high in box) for box in bounds)
    columns = math.ceil(math.sqrt(len(pieces)))
    rows = math.ceil(len(pieces) / columns)
    following = SECONDARY_IDS
    corners: list[tuple[float, float]] = []
    for k, (piece, box) in enumerate(zip(pieces, bounds, strict=True)):
        row, column = divmod(k, columns)
        centre = [(place - (count - 1) / 2) * (extent + DISTANCE) for place, count in ((column, columns), (row, rows))]
        # whole metres keep the coordinates' fractions
        shift = [float(round(to - (low + high) / 2)) for to, (low, high) in zip(centre, box, strict=True)]
        following = renumber(piece.roads, piece.junctions, {piece.driven: str(k + 1)}, following)
        for road in piece.roads:
            simplify(road)
        move(piece.roads, shift[0], shift[1])
        corners += [(box[0][0] + shift[0], box[1][0] + shift[1]), (box[0][1] + shift[0], box[1][1] + shift[1])]
    for side, index, choose in (("north", 1, max), ("south", 1, min), ("east", 0, max), ("west", 0, min)):
        header.set(side, str(choose(corner[index] for corner in corners)))
    for piece in pieces:
        root.extend(piece.roads)
    for piece in pieces:
        root.extend(piece.junctions)
    if len(pieces) == 1:
        root.extend(pieces[0].others)
    return ET.tostring(root, encoding="unicode", xml_declaration=False)


def _bounds(piece: Piece) -> tuple[tuple[float, float], tuple[float, float]]:
    """Give ((west, east), (south, north)) of a piece [m], generously."""
    places = []
    for road in piece.roads:
        for geometry in road.findall("planView/geometry"):
            x, y, reach = (float(geometry.get(key, "0")) for key in ("x", "y", "length"))
            places += [(x - reach, y - reach), (x + reach, y + reach)]
    xs, ys = zip(*places, strict=True)
    return (min(xs) - MARGIN, max(xs) + MARGIN), (min(ys) - MARGIN, max(ys) + MARGIN)
