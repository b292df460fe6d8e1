"""Roads of files: moved to their place, mended where CARLA would misread them, hills and all."""

import math
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from simulator.opendrive import RoadNetwork
from simulator.roads import RoadsConfig, build_roads, paths_of
from tests.simulator.opendrive_oracle import ask_carla, first_fatal
from tests.simulator.opendrive_samples import LINE, document, geometry, lane, road, section

CONFIG = RoadsConfig()


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """Three linked roads with the ids 1, 2 and "side" in a far corner of the world; 1 is short, 2 is long."""
    link = '<{} elementType="road" elementId="{}" contactPoint="{}"/>'
    lanes = section(right=lane(-1, link='<predecessor id="-1"/><successor id="-1"/>') + lane(-2, "shoulder"))
    first = geometry("<line/>", 100, x=500_000, y=4_000_000 / 8)
    second = geometry('<arc curvature="0.01"/>', 150, x=500_100, y=500_000)
    xml = document(
        road(first, lanes, id="1", link=link.format("successor", 2, "start")),
        road(second, lanes, id="2", length=150, link=link.format("predecessor", 1, "end")),
        road(geometry("<line/>", 60, x=500_000, y=500_300), lanes, id="side", length=60),
    )
    path = tmp_path / "chain.xodr"
    path.write_text(xml)
    return path


def test_a_file_takes_its_place_and_keeps_its_shape(chain: Path) -> None:
    names = ["generated:3", f"file:{chain}#1", f"file:{chain}"]
    xml = build_roads(names, CONFIG, 0)
    network = RoadNetwork.parse(xml)
    assert len(network.roads) == 7
    linked, alone = paths_of(network, names)[1:]
    assert linked.length == pytest.approx(100 + 150 * (1 + 1.75 * 0.01), abs=1e-6)
    assert alone.length == pytest.approx(150 * (1 + 1.75 * 0.01), abs=1e-6)
    assert np.abs(network.roads[0].reference(np.zeros(1)).x[0]) < 1e5
    assert linked.heading[-1] == pytest.approx(1.5)
    keys = [(2, -1, 50.0), (3, -1, 100.0)]
    for (_, _, s), answer, path in zip(keys, ask_carla(xml, xodr=keys)["xodr"], (linked, alone), strict=True):
        pose, _ = path.lane_pose(answer["x"], answer["y"], answer["heading"])
        assert abs(pose.offset) < 1e-3 and s > 0


def test_a_file_by_itself_is_kept_whole(chain: Path) -> None:
    text = chain.read_text().replace("</OpenDRIVE>", '<controller id="7" name="lights"/></OpenDRIVE>')
    chain.write_text("\ufeff" + text)
    root = ET.fromstring(build_roads([f"file:{chain}#2"], CONFIG, 0))
    assert len(root.findall("road")) == 3 and root.find("controller") is not None
    ids = [one.get("id") for one in root.findall("road")]
    assert ids == ["1000", "1", "1001"]
    assert root.find("road[@id='1000']/link/successor").attrib["elementId"] == "1"  # type: ignore[union-attr]


def test_what_carla_misreads_in_a_file_is_rewritten(tmp_path: Path) -> None:
    """It puts arcs of curvature 0 at NaN and spirals of constant curvature beside their place."""
    arc = '<arc curvature="0.0"/>'
    spiral = '<spiral curvStart="0.02" curvEnd="0.02"/>'
    shape = geometry(arc, 50) + geometry(spiral, 50, s=50, x=50)
    (tmp_path / "a.xodr").write_text(document(road(shape)))
    xml = build_roads([f"file:{tmp_path}/a.xodr"], CONFIG, 0)
    path = paths_of(xml, ["file:a"])[0]
    for answer in ask_carla(xml, xodr=[(1, -1, s) for s in (20.0, 60.0, 95.0)])["xodr"]:
        assert abs(path.lane_pose(answer["x"], answer["y"], answer["heading"])[0].offset) < 1e-3


@pytest.mark.parametrize("rounding", [3e-18, -1e-15, 1e-13])
def test_what_is_constant_up_to_rounding_is_rewritten_too(tmp_path: Path, rounding: float) -> None:
    spiral = f'<spiral curvStart="0.02" curvEnd="{0.02 + rounding!r}"/>'
    shape = geometry(f'<arc curvature="{rounding}"/>', 50) + geometry(spiral, 50, s=50, x=50)
    (tmp_path / "a.xodr").write_text(document(road(shape)))
    xml = build_roads([f"file:{tmp_path}/a.xodr"], CONFIG, 0)
    path = paths_of(xml, ["file:a"])[0]
    for answer in ask_carla(xml, xodr=[(1, -1, s) for s in (20.0, 60.0, 95.0)])["xodr"]:
        assert abs(path.lane_pose(answer["x"], answer["y"], answer["heading"])[0].offset) < 1e-3


def test_a_gentle_spiral_stays_one(tmp_path: Path) -> None:
    (tmp_path / "a.xodr").write_text(document(road(geometry('<spiral curvStart="0.001" curvEnd="0.0011"/>', 100))))
    assert "spiral" in build_roads([f"file:{tmp_path}/a.xodr"], CONFIG, 0)


def test_hills_and_banks_of_a_file_stay(tmp_path: Path) -> None:
    hill = '<elevation s="0" a="30" b="0.05" c="0" d="0"/><elevation s="50" a="32.5" b="-0.02" c="0" d="0"/>'
    bank = '<superelevation s="0" a="0.1" b="0" c="0" d="0"/>'
    (tmp_path / "a.xodr").write_text(document(road(elevation=hill, bank=bank)))
    xml = build_roads([f"file:{tmp_path}/a.xodr"], CONFIG, 0)
    answers = ask_carla(xml, xodr=[(1, -1, s) for s in (10.0, 50.0, 90.0)])["xodr"]
    assert [answer["z"] for answer in answers] == pytest.approx([30.5, 32.5, 31.7])
    path = paths_of(xml, ["file:a"])[0]
    heights = np.interp([10, 50, 90], path.s, path.height)
    # the lane's middle lies 1.75 m to the right of the line that carla.Map takes the height of
    assert heights == pytest.approx(np.array([30.5, 32.5, 31.7]) - 1.75 * math.tan(0.1), abs=1e-6)
    assert path.until(40.0).height[-1] == pytest.approx(32.0 - 1.75 * math.tan(0.1), abs=0.05)


def test_a_road_ends_at_a_direct_junction(tmp_path: Path) -> None:
    lanes = section(right=lane(-1, link='<successor id="-1"/>'))
    into = '<successor elementType="junction" elementId="9"/>'
    first, second = road(LINE, lanes, link=into), road(geometry("<line/>", 100, x=100), id="2")
    direct = '<laneLink from="-1" to="-1"/></connection></junction>'
    direct = f'<junction id="9" type="direct"><connection id="0" incomingRoad="1" linkedRoad="2">{direct}'
    (tmp_path / "a.xodr").write_text(document(first, second).replace("</OpenDRIVE>", direct + "</OpenDRIVE>"))
    name = f"file:{tmp_path}/a.xodr#1"
    xml = build_roads([name], CONFIG, 0)
    assert paths_of(xml, [name])[0].length == pytest.approx(100)
    assert first_fatal([xml]) is None


def test_the_lane_that_leads_farthest_is_driven(tmp_path: Path) -> None:
    tapering = '<width sOffset="0" a="3.5" b="0" c="-0.00105" d="0.000007"/>'
    ending = section(right=lane(-1) + lane(-2, width=tapering))
    (tmp_path / "a.xodr").write_text(document(road(sections=ending)))
    path = paths_of(build_roads([f"file:{tmp_path}/a.xodr"], CONFIG, 0), ["file:a"])[0]
    assert path.length == pytest.approx(100) and path.width.min() == pytest.approx(3.5)
    (tmp_path / "b.xodr").write_text(document(road(sections=section(right=lane(-1, width=tapering)))))
    cut = paths_of(build_roads([f"file:{tmp_path}/b.xodr"], CONFIG, 0), ["file:b"])[0]
    assert 20 < cut.length < 80 and cut.width.min() >= 2.0
    (tmp_path / "c.xodr").write_text(document(road(sections=section(left=lane(1)))))
    backward = paths_of(build_roads([f"file:{tmp_path}/c.xodr"], CONFIG, 0), ["file:c"])[0]
    assert abs(backward.heading[0]) == pytest.approx(math.pi)
