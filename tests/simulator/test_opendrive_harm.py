"""Broken, huge and malicious files: a sentence in bounded time, or the geometry that the official client sees."""

import math
import random
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import LiquidlaneError
from simulator.opendrive import RoadNetwork
from simulator.roads import RoadsConfig, build_ring, build_roads, paths_of
from simulator.roads_correct import load_document
from tests.simulator.opendrive_oracle import sample_carla
from tests.simulator.opendrive_samples import CENTER_MARK, LINE, document, geometry, lane, road, section

LINK = '<{} elementType="road" elementId="{}" contactPoint="{}"/>'
SIGN = '<signals><signal id="3" s="20" t="-4" type="274" value="50" dynamic="no" orientation="+"/></signals></road>'
HILL = '<elevation s="0" a="2" b="0.05" c="0.001" d="0"/>'
NEST = "<userData>" * 200 + "</userData>" * 200

HARM: dict[str, tuple[Callable[[], str], str]] = {
    "billion laughs": (
        lambda: '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + document(road()),
        "declares entities",
    ),
    "an external entity": (
        lambda: '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + document(road()),
        "declares entities",
    ),
    "deep nesting": (lambda: document(road()).replace("</OpenDRIVE>", NEST + "</OpenDRIVE>"), "elements 100 deep"),
    "a million geometries": (
        lambda: document(road(1_000_001 * '<geometry s="0" x="0" y="0" hdg="0" length="1"/>')),
        "more than 1000000 elements",
    ),
    "a hundred million letters": (lambda: "<OpenDRIVE>" + " " * 100_000_000, "million characters"),
    "a lane offset that is no number": (
        lambda: document(road(offset='<laneOffset s="0" a="nan" b="0" c="0" d="0"/>')),
        "road 1 has a <laneOffset> whose a is 'nan'; give a finite number",
    ),
    "an infinite height": (
        lambda: document(road(elevation='<elevation s="0" a="inf" b="0" c="0" d="0"/>')),
        "road 1 has a <elevation> whose a is 'inf'; give a finite number",
    ),
    "twenty thousand roads": (
        lambda: document(*(f'<road id="{i}" length="1"/>' for i in range(20_001))),
        "holds 20001 roads; at most 20000",
    ),
    "as long as the earth": (
        lambda: document(*(road(LINE.replace("100", "1e5"), id=str(i), length=1e5) for i in range(11))),
        "holds 1100 km of roads; at most 1000 km",
    ),
}


@pytest.mark.parametrize("case", HARM)
def test_what_would_harm_is_refused_in_time(case: str) -> None:
    make, message = HARM[case]
    xml = make()
    start = time.process_time()
    with pytest.raises(LiquidlaneError) as caught:
        load_document(xml, "a.xodr")
    assert time.process_time() - start < 100
    assert message in str(caught.value) and str(caught.value).startswith("a.xodr") and "; " in str(caught.value)


def test_many_pieces_are_read_in_time() -> None:
    """20,000 geometries, 5,000 widths and 5,000 road marks of one lane."""
    widths = "".join(f'<width sOffset="{i * 4}" a="3" b="0" c="0" d="0"/>' for i in range(5000))
    marks = CENTER_MARK.replace('sOffset="0"', 'sOffset="{}"')
    center = "".join(marks.format(i * 4) for i in range(5000))
    course = "".join(geometry("<line/>", 1, s=i, x=i) for i in range(20_000))
    xml = document(road(course, section(right=lane(-1, width=widths), center=center), length=20_000))
    start = time.process_time()
    _, network = load_document(xml, "a.xodr")
    assert len(network.spawn_points()) > 390 and network.locate(15_000.0, -1.0).lane_id == -1
    assert time.process_time() - start < 100


def test_roads_that_lead_to_themselves_come_to_an_end() -> None:
    loop = LINK.format("predecessor", 1, "end") + LINK.format("successor", 1, "start")
    lanes = section(right=lane(-1, link='<predecessor id="-1"/><successor id="-1"/>'))
    straight = document(road(sections=lanes, link=loop))
    with pytest.raises(LiquidlaneError, match=r"file:a leads over a gap of 99\.50 m at"):
        paths_of(straight, ["file:a"])
    xml = document(road(geometry(f'<arc curvature="{math.tau / 100}"/>', 100), lanes, link=loop))
    network = RoadNetwork.parse(xml)
    assert network.leads_back(network.follow(network.road("1"), -1))
    (path,) = paths_of(xml, ["file:a"])
    assert 2000 < path.length < 3000


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_files_in_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    text = document(road(more='name="Gürtelstraße"'))
    (tmp_path / "a.xodr").write_bytes(f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding))
    assert RoadNetwork.parse(build_roads([f"file:{tmp_path}/a.xodr"], RoadsConfig(), 0)).roads[0].length == 100


def test_names_that_are_no_good_xml_are_read_as_carla_reads_them() -> None:
    for more in ('name="Dot & Co"', 'name="a\x01b"', 'name="a\udcfcb"'):
        xml = document(road(more=more))
        assert load_document(xml, "a.xodr")[0] is xml
        if "\udcfc" not in xml:
            assert sample_carla([xml])[0]


@lru_cache
def seeds() -> tuple[str, ...]:
    """Small documents with all that is read."""
    lanes = section(left=lane(1), right=lane(-1, link='<successor id="-1"/>') + lane(-2, "sidewalk"))
    second = lanes.replace("successor", "predecessor")
    furnished = document(
        road(sections=lanes, elevation=HILL, link=LINK.format("successor", 2, "start")).replace("</road>", SIGN),
        road(
            geometry('<spiral curvStart="0" curvEnd="0.02"/>', 60, x=100),
            second,
            id="2",
            length=60,
            link=LINK.format("predecessor", 1, "end"),
        ),
    )
    return furnished, build_ring(2, RoadsConfig(), 0)


def check(xmls: list[str]) -> int:
    """Load documents; those that are accepted must be what the client sees. Gives how many were."""
    accepted = []
    for xml in xmls:
        try:
            corrected, network = load_document(xml, "a.xodr")
        except LiquidlaneError as error:
            assert str(error).startswith("a.xodr") and "\n" not in str(error)
            continue
        network.spawn_points()
        network.locate(3.0, 4.0)
        accepted.append((corrected, network))
    for (xml, network), points in zip(accepted, sample_carla([xml for xml, _ in accepted]), strict=True):
        for road_id, lane_id, s, x, y, z, width in points:
            if s < 1e-6:  # where pieces meet within rounding either is right
                continue
            ours = network.road(road_id)
            place = np.array([s])
            pose = ours.lane_center(lane_id, place)
            told = (pose.x[0], pose.y[0], float(ours.height(place)[0]), float(ours.lane_width(lane_id, place)[0]))
            # single precision is theirs
            slack = 0.05 + 2e-6 * max(abs(x), abs(y), abs(z), abs(width))
            assert np.allclose(told, (x, y, z, width), rtol=0, atol=slack), (road_id, lane_id, s, told, xml)
    return len(accepted)


def test_flipped_bits_and_cut_files_are_refused_or_mean_what_carla_sees() -> None:
    generator = random.Random(11)
    mutated = []
    for _ in range(400):
        content = bytearray(generator.choice(seeds()).encode())
        if generator.random() < 0.1:
            del content[generator.randrange(len(content)) :]
        for _ in range(generator.choice((1, 1, 2, 5))):
            content[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
        mutated.append(bytes(content).decode("utf-8", "surrogateescape"))
    # json, which takes them to the client, knows no lone surrogates
    mutated = [xml for xml in mutated if not any("\ud800" <= letter <= "\udfff" for letter in xml)]
    assert check(mutated) > 60


def test_changed_numbers_are_refused_or_mean_what_carla_sees() -> None:
    generator = random.Random(5)
    values = ["0", "-1", "1e-9", "0.5", "2.5", "100", "-3e4", "99999999999", "nan", "", "1,5", "0x10", "1e400"]
    mutated = []
    for _ in range(300):
        root = ET.fromstring(generator.choice(seeds()))
        for _ in range(generator.randint(1, 3)):
            element = generator.choice([e for e in root.iter() if e.attrib])
            element.set(generator.choice(sorted(element.attrib)), generator.choice(values))
        mutated.append(ET.tostring(root, encoding="unicode"))
    assert check(mutated) > 60


@settings(max_examples=300, deadline=2000)
@given(st.text(max_size=300), st.integers(0, 2000), st.integers(0, 200))
def test_text_put_anywhere_never_crashes_the_reader(text: str, at: int, cut: int) -> None:
    xml = seeds()[0]
    at = min(at, len(xml))
    try:
        load_document(xml[:at] + text + xml[at + cut :], "a.xodr")
    except LiquidlaneError as error:
        assert str(error).startswith("a.xodr")
