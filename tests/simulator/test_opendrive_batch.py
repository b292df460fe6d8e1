"""Many roads at once give the bits that each gives alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.grid_town import grid_town
from simulator.embedded.road_samples import EXTENSION, sample_roads
from simulator.opendrive import Road, RoadNetwork
from simulator.opendrive.batch import evaluate_cubics, evaluate_lines
from simulator.opendrive.lanes import Cubics
from simulator.roads import RoadsConfig, build_roads
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

WIDER = '<width sOffset="0" a="3" b="0.02" c="0" d="0"/><width sOffset="20" a="3.4" b="0" c="0.001" d="0"/>'
OFFSET = '<laneOffset s="0" a="0" b="0" c="0" d="0"/><laneOffset s="30" a="0" b="0.05" c="0" d="-1e-5"/>'
HILLS = '<elevation s="0" a="3" b="0.06" c="0" d="0"/><elevation s="60" a="6.6" b="0.06" c="-0.0006" d="0"/>'
BANK = '<superelevation s="0" a="0" b="0.001" c="0" d="0"/>'
PARAM = '<paramPoly3 aU="0" bU="100" cU="0" dU="0" aV="0" bV="0" cV="8" dV="-5" pRange="normalized"/>'
TWO_SECTIONS = section(left=lane(1), right=lane(-1, width=WIDER) + lane(-2)) + section(40, right=lane(-1))


def odd() -> str:
    """Give roads of all shapes, with sections, heights and offsets."""
    line = geometry("<line/>", 30)
    turn = geometry('<arc curvature="-0.02"/>', 70, s=30, x=30)
    roads = [
        road(line + turn, TWO_SECTIONS, id="1", elevation=HILLS, bank=BANK),
        road(geometry('<spiral curvStart="0" curvEnd="0.03"/>', 100, y=80), OFFSET + TWO_SECTIONS, id="2"),
        road(geometry(PARAM, 100.5, y=160), id="3", length=100.5),
        road(geometry("<line/>", 0.4, y=240), id="4", length=0.4),
    ]
    return document(*roads)


DOCUMENTS = {"odd": odd(), "town": grid_town(2), "generated": build_roads(["generated:3"], RoadsConfig(), 0)}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_lines_at_once_have_the_bits_of_each_alone(name: str) -> None:
    roads = RoadNetwork.parse(DOCUMENTS[name], for_carla=False).roads
    rng = np.random.default_rng(1)
    places = [np.sort(rng.uniform(-5.0, one.length + 5.0, int(rng.integers(0, 40)))) for one in roads]
    counts = np.array([len(each) for each in places])
    poses, rate = evaluate_lines([one.reference_line for one in roads], np.concatenate(places), counts)
    alone = [one.reference_line.evaluate(each) for one, each in zip(roads, places, strict=True)]
    for k in range(4):
        assert np.array_equal(poses[k], np.concatenate([each[0][k] for each in alone]))
    assert np.array_equal(rate, np.concatenate([each[1] for each in alone]))


ROWS = st.lists(st.tuples(*[st.floats(-9, 9)] * 5), min_size=1, max_size=3)


@given(st.lists(ROWS, min_size=1, max_size=4), st.data())
@settings(deadline=None, max_examples=60)
def test_cubics_at_once_have_the_bits_of_each_alone(tables: list[list[tuple[float, ...]]], data: st.DataObject) -> None:
    cubics = []
    for table in tables:
        rows = np.array(sorted(table))
        cubics.append(Cubics(rows[:, 0], rows[:, 1:]))
    places = [np.sort(np.array(data.draw(st.lists(st.floats(-20, 20), max_size=5)), float)) for _ in cubics]
    at_once = evaluate_cubics(cubics, np.concatenate(places), np.array([len(each) for each in places]))
    alone = [each.evaluate(s) for each, s in zip(cubics, places, strict=True)]
    for k in range(3):
        assert np.array_equal(at_once[k], np.concatenate([each[k] for each in alone]))


def borders(one: Road, s: float) -> tuple[float, float]:
    """Give t of a road's outermost borders at s, by its lane sections one by one."""
    part = one.section_at(s)
    held = np.array([min(max(s, part.start), max(part.end - 1e-6, part.start))])
    low, high = (float(part.border(end(part.lanes), held)[0][0]) for end in (min, max))
    offset = float(one.lane_offset.evaluate(held)[0][0])
    return min(low, high) + offset, max(low, high) + offset


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_samples_of_all_roads_lie_where_each_road_says(name: str) -> None:
    roads = RoadNetwork.parse(DOCUMENTS[name], for_carla=False).roads
    samples = sample_roads(roads)
    for k, one in enumerate(roads):
        own = samples.of_road(k)
        inside = own.beyond == 0.0
        s = own.s[inside]
        assert s[0] == 0.0 and s[-1] == one.length and np.diff(s).max() <= 1.0
        assert np.array_equal(s, one.samples.s)
        poses = one.reference(s)
        for column, expected in ((own.x, poses.x), (own.y, poses.y), (own.heading, poses.heading)):
            assert np.abs(column[inside] - expected).max() < 1e-9
        assert np.abs(own.height[inside] - one.height(s)).max() < 1e-9
        expected_borders = np.array([borders(one, float(value)) for value in s])
        assert np.abs(own.low[inside] - expected_borders[:, 0]).max() < 1e-9
        assert np.abs(own.high[inside] - expected_borders[:, 1]).max() < 1e-9
        free = (one.junction is None) * ((one.predecessor is None) + (one.successor is None))
        assert len(own.s) - len(s) == free * EXTENSION
        gaps = np.hypot(np.diff(own.x), np.diff(own.y))
        assert gaps.max() < 1.05
        assert own.end[0] == -1 and own.end[-1] == 1 and not own.end[1:-1].any()
