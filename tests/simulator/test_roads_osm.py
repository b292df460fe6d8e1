"""Roads from OpenStreetMap: the extracts that come along are read by the official client and can be driven."""

import re
from pathlib import Path

import numpy as np
import pytest

from simulator import roads_osm
from simulator.carla.world import CarlaWorld
from simulator.errors import LiquidlaneError
from simulator.expert import Expert
from simulator.opendrive import RoadNetwork
from simulator.roads import RoadsConfig, build_roads, paths_of
from simulator.roads_osm import EXTRACTS, convert_extract, extract_names
from simulator.rollout import rollout
from simulator.world import Group
from tests.simulator.opendrive_oracle import ask_carla, first_fatal

WAY = '<way id="9"><nd ref="1"/><nd ref="2"/><tag k="highway" v="{}"/></way>'
NODES = '<node id="1" lat="48.0" lon="10.0"/><node id="2" lat="48.002" lon="10.001"/>'
OSM = '<osm version="0.6"><bounds minlat="47.9" minlon="9.9" maxlat="48.1" maxlon="10.1"/>{}</osm>'


def test_two_extracts_come_along_with_their_licence() -> None:
    assert extract_names() == ["kirchberg-iller", "west-oakland"]
    for name in extract_names():
        text = (EXTRACTS / f"{name}.osm").read_text(encoding="utf-8")
        assert "© OpenStreetMap contributors" in text and "ODbL" in text and len(text) < 200_000
        assert not re.search(r"\buser=|\buid=|\bchangeset=", text)
    assert "Open Database License" in (EXTRACTS / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "length", "spawns"), [("west-oakland", 1500, 200), ("kirchberg-iller", 150, 8)])
def test_an_extract_lies_where_carla_puts_it(name: str, length: float, spawns: int) -> None:
    xml = build_roads([f"osm:{name}"], RoadsConfig(), 0)
    assert first_fatal([xml]) is None
    network = RoadNetwork.parse(xml)
    points = network.spawn_points()
    assert len(points) >= spawns and len(network.junctions) >= 4
    keys = [(int(point.road_id), point.lane_id, point.s) for point in points]
    for point, theirs in zip(points, ask_carla(xml, xodr=keys)["xodr"], strict=True):
        assert np.hypot(point.x - theirs["x"], point.y - theirs["y"]) < 0.05
        assert abs(np.angle(np.exp(1j * (point.heading - theirs["heading"])))) < 0.05
    assert paths_of(network, [f"osm:{name}"])[0].length > length


def test_the_expert_drives_through_the_streets_of_an_extract(blind: CarlaWorld) -> None:
    offsets = []
    for step in rollout(Expert(), blind, Group(("osm:west-oakland",)), 1, max_steps=1500):
        offsets.append(abs(step.moment.lanes[0].offset))
    assert step.moment.cars[0].distance > 300
    assert np.mean(offsets) < 0.1 and max(offsets) < 1.0


def test_ones_own_extract_is_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "street.osm"
    path.write_text(OSM.format(NODES + WAY.format("residential")))
    road = RoadNetwork.parse(build_roads([f"osm:{path}"], RoadsConfig(), 0)).road("1")
    # 0.002 degrees to the north and 0.001 to the east
    assert road.length == pytest.approx(np.hypot(222.4, 74.5), abs=3)


REFUSED = {
    "missing": (None, r"can't be read \(No such file or directory\); give the path of an .osm file, or one of kirch"),
    "binary": (b"\x00\x01OSMHeader", "is not XML"),
    "another root": (b"<OpenDRIVE/>", "its root is <OpenDRIVE>"),
    "no road": (OSM.format(NODES).encode(), "holds no road"),
    "paths only": (OSM.format(NODES + WAY.format("footway")).encode(), "made no roads of"),
    "entities": (b'<!DOCTYPE osm [<!ENTITY a "b">]><osm/>', "declares entities"),
    "nodes left out": (OSM.format(WAY.format("residential")).encode(), "made no roads"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_extract_is_refused_in_a_sentence(case: str, tmp_path: Path) -> None:
    content, message = REFUSED[case]
    path = tmp_path / "a.osm"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LiquidlaneError, match=message) as caught:
        convert_extract(str(path))
    assert "a.osm" in str(caught.value) and "; " in str(caught.value) and "\n" not in str(caught.value)


def test_a_crash_of_the_converter_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "simulator").mkdir()
    (tmp_path / "simulator/__init__.py").touch()
    (tmp_path / "simulator/osm_convert.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    path = tmp_path / "a.osm"
    path.write_text(OSM.format(NODES + WAY.format("residential")) + "<!-- crash -->")
    monkeypatch.setattr(roads_osm, "_root", lambda: tmp_path)
    with pytest.raises(LiquidlaneError, match=r"converter died of SIGSEGV over the OpenStreetMap extract .*a\.osm; it"):
        convert_extract(str(path))
