"""What is not accepted as a road network, and that the client survives what is."""

import random
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from simulator.errors import LiquidlaneError
from simulator.opendrive import RoadNetwork
from simulator.roads import RoadsConfig, build_ring
from tests.simulator.opendrive_oracle import first_fatal
from tests.simulator.opendrive_samples import LINE, document, geometry, lane, road, section

SPIRAL = '<spiral curvStart="{}" curvEnd="0.01"/>'
NEGATIVE = '<width sOffset="0" a="3.5" b="-0.1" c="0" d="0"/>'
CUBIC = '<paramPoly3 pRange="normalized" aU="0" bU="{}" cU="0" dU="0" aV="0" bV="0" cV="0" dV="0"/>'

REFUSED = {
    "not XML": ("road to nowhere", "is not XML"),
    "empty": ("", "is not XML"),
    "HTML": ("<html><body/></html>", "root element is <html>"),
    "no road": ("<OpenDRIVE><header/></OpenDRIVE>", "holds no road"),
    "road without geometry": (document(road("")), "no geometry of positive length"),
    "geometry of no length": (document(road(geometry("<line/>", 0))), "no geometry of positive length"),
    "zero length": (document(road(length=0)), "length is 0; give a value above 0"),
    "NaN length": (document(road(length="nan")), "length is 'nan'"),
    "infinite coordinate": (document(road(geometry("<line/>", 100, x=float("inf")))), "x is 'inf'"),
    "absurd length": (document(road(length=1e7)), "length is 10000000.0"),
    "absurd place": (document(road(geometry("<line/>", 100, y=1e8))), "y is 100000000.0"),
    "text for a number": (document(road(length="long")), "length is 'long'"),
    "no id": (document(road(id="")), "without an id"),
    "two of an id": (document(road(), road()), "several roads with the id '1'"),
    "unknown primitive": (document(road(geometry("<bezier/>", 100))), "made of <bezier>"),
    "no primitive": (document(road(geometry("", 100))), "made of nothing"),
    "NaN curvature": (document(road(geometry(SPIRAL.format("nan"), 100))), "curvStart is 'nan'"),
    "absurd curvature": (document(road(geometry(SPIRAL.format(50000), 100))), "curvStart is 50000"),
    "winding up": (document(road(geometry('<arc curvature="5"/>', 100))), "winds up more than"),
    "polynomial that is a point": (document(road(geometry(CUBIC.format(0), 100))), "single point"),
    "no lanes": (document(road(sections="")), "has no <laneSection>"),
    "lanes begin late": (document(road(sections=section(9, right=lane(-1)))), "no lanes before s = 9"),
    "two sections in a place": (document(road(sections=2 * section(right=lane(-1)))), "two <laneSection>s"),
    "no drivable lane": (document(road(sections=section(right=lane(-1, "sidewalk")))), "no drivable lane"),
    "a lane twice": (document(road(sections=section(right=2 * lane(-1)))), "3 lanes with 2 different ids"),
    "a lane left out": (document(road(sections=section(right=lane(-2)))), "lane -2 but no lane -1"),
    "half a lane": (document(road()).replace('lane id="-1"', 'lane id="-0.5"'), "id is -0.5; give a whole number"),
    "negative width": (document(road(sections=section(right=lane(-1, width=NEGATIVE)))), "lane -1 that is -6.5 m wide"),
    "wide as a field": (
        document(road(sections=section(right=lane(-1, width=NEGATIVE.replace("-0.1", "5"))))),
        "that is 503.5 m wide",
    ),
}

FATAL = {
    "lane link to nowhere": document(
        road(
            sections=section(right=lane(-1, link='<successor id="-2"/>')),
            link='<successor elementType="road" elementId="2" contactPoint="start"/>',
        ),
        road(geometry("<line/>", 100, x=100), section(right=lane(-1)), id="2"),
    ),
    "section link to nowhere": document(
        road(sections=section(right=lane(-1, link='<successor id="-2"/>')) + section(50, right=lane(-1)))
    ),
    "no centre lane": document(
        re.sub("<center>.*</center>", "", road()),
        road(
            geometry("<line/>", 100, x=100),
            id="2",
            link='<predecessor elementType="road" elementId="1" contactPoint="end"/>',
        ),
    ),
    "lane offset that begins late": document(road(offset='<laneOffset s="50" a="1" b="0" c="0" d="0"/>')),
    "elevation that begins late": document(road(elevation='<elevation s="50" a="1" b="0" c="0" d="0"/>')),
    "width that begins late": document(
        road(sections=section(right=lane(-1, width='<width sOffset="5" a="3" b="0" c="0" d="0"/>')))
    ),
    "geometry that begins late": document(road(LINE.replace('s="0"', 's="0.1"'))),
    "junction to a missing road": document(road()).replace(
        "</OpenDRIVE>",
        '<junction id="4"><connection id="0" incomingRoad="1" connectingRoad="77" contactPoint="start">'
        '<laneLink from="-1" to="-1"/></connection></junction></OpenDRIVE>',
    ),
    "id that is no number": document(road(id="main"), road(geometry("<line/>", 100, x=100), id="side")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cant_be_driven_is_refused_in_one_sentence(case: str) -> None:
    xml, message = REFUSED[case]
    with pytest.raises(LiquidlaneError) as caught:
        RoadNetwork.parse(xml, "a.xodr")
    assert message in str(caught.value)
    assert str(caught.value).startswith("a.xodr")
    assert "; " in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", FATAL)
def test_what_kills_the_client_is_refused(case: str) -> None:
    with pytest.raises(LiquidlaneError, match=r"^a\.xodr"):
        RoadNetwork.parse(FATAL[case], "a.xodr")
    assert RoadNetwork.parse(FATAL[case], "a.xodr", for_carla=False).roads


def test_the_client_really_dies_of_it() -> None:
    """If a later client survives, these checks may go."""
    fatal = {case for case, xml in FATAL.items() if first_fatal([xml]) is not None}
    assert fatal >= set(FATAL) - {"id that is no number", "junction to a missing road"}


def changed(root: ET.Element, generator: random.Random) -> str:
    """Change one to three things of a document at random."""
    values = ["0", "-1", "nan", "1e9", "", "abc", "1e-9", "0.5", "100", "3", "99999999999"]

    def set_value(parent: ET.Element, child: ET.Element) -> None:
        if child.attrib:
            child.set(generator.choice(sorted(child.attrib)), generator.choice(values))

    def clear(parent: ET.Element, child: ET.Element) -> None:
        for grandchild in list(child):
            child.remove(grandchild)

    changes: list[Callable[[ET.Element, ET.Element], None]] = [
        set_value,
        set_value,
        lambda parent, child: parent.remove(child),
        lambda parent, child: parent.append(child),
        clear,
    ]
    for _ in range(generator.randint(1, 3)):
        pairs = [(parent, child) for parent in root.iter() for child in parent]
        if pairs:
            generator.choice(changes)(*generator.choice(pairs))
    return ET.tostring(root, encoding="unicode")


def test_the_client_survives_whatever_is_accepted() -> None:
    generator = random.Random(7)
    base = build_ring(2, RoadsConfig(), 0)
    accepted, refused = [], 0
    for _ in range(150):
        xml = changed(ET.fromstring(base), generator)
        try:
            network = RoadNetwork.parse(xml)
        except LiquidlaneError:
            refused += 1
            continue
        network.spawn_points()
        network.locate(0.0, 0.0)
        accepted.append(xml)
    assert len(accepted) > 30 and refused > 30
    died = first_fatal(accepted)
    assert died is None, accepted[died or 0]


def test_encodings_and_byte_order_marks_are_no_obstacle() -> None:
    xml = document(road())
    for text in (f'<?xml version="1.0" encoding="UTF-16"?>{xml}', f'\ufeff<?xml version="1.0"?>\n{xml}'):
        assert RoadNetwork.parse(text).roads[0].length == 100
    assert RoadNetwork.parse(xml.replace("<OpenDRIVE", '<OpenDRIVE xmlns="http://code.asam.net/x"')).roads
