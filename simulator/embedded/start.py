"""The world that a server shows before a client loads another one."""

import json
import xml.etree.ElementTree as ET
from typing import NamedTuple, get_args

from simulator.embedded.presets import parse_weather
from simulator.embedded.ring import ring_document
from simulator.embedded.weather import Weather
from simulator.embedded.world_map import BUILT_IN_MAP, MAPS_FOLDER, OPENDRIVE_MAP, USER_DATA_CODE, WorldMap
from simulator.errors import LiquidlaneError
from simulator.roads_compose import Season


class Start(NamedTuple):
    """The first map, and the weather that every new episode begins with."""

    map: WorldMap
    weather: Weather


def make_start(road: str = "", season: str = "summer", weather: str = "Default", seed: int | None = None) -> Start:
    """Make the world that the command line asks for.

    road: a road's name, such as generated:7 or file:town.xodr; empty is the built-in ring. seed: of the looks; None
    takes them from the document.

    Raises:
        LiquidlaneError: if there is no such road, season or weather.
    """
    if season not in get_args(Season):
        raise LiquidlaneError(f"there is no season {season!r}; choose one of {', '.join(get_args(Season))}")
    return Start(_make_map(road, season, seed), parse_weather(weather))


def _make_map(road: str, season: str, seed: int | None) -> WorldMap:
    if not road:
        document = ring_document()
        if season != "summer" or seed is not None:
            document = dress(document, season, seed)
        return WorldMap(MAPS_FOLDER + BUILT_IN_MAP, document)
    from simulator.roads import build_roads
    from simulator.roads_config import RoadsConfig

    return WorldMap(MAPS_FOLDER + OPENDRIVE_MAP, build_roads([road], RoadsConfig(), seed or 0, _season(season)))


def _season(name: str) -> Season:
    seasons: tuple[Season, ...] = get_args(Season)
    return seasons[seasons.index(name)]


def dress(document: str, season: str, seed: int | None) -> str:
    """Give an OpenDRIVE document with season and looks in its header's `userData`."""
    root = ET.fromstring(document)
    header = root.find("header")
    if header is None:
        header = ET.Element("header")
        root.insert(0, header)
    for old in header.findall("userData"):
        if old.get("code") == USER_DATA_CODE:
            header.remove(old)
    facts = {"appearance_seed": seed or 0, "season": season}
    ET.SubElement(header, "userData", code=USER_DATA_CODE, value=json.dumps(facts, sort_keys=True))
    return ET.tostring(root, encoding="unicode", xml_declaration=True)
