"""Heights, slopes and banks of roads: against the official client's, and against themselves."""

import math

import numpy as np
import pytest

from simulator.embedded.axes import Pose, rotation_matrix
from simulator.opendrive import Road, RoadNetwork
from tests.simulator.opendrive_oracle import ask_carla
from tests.simulator.opendrive_samples import document, geometry, road

ARC = geometry('<arc curvature="0.01"/>', 100)
HILL = '<elevation s="0" a="2" b="0.05" c="0.001" d="0"/><elevation s="60" a="8.6" b="0.17" c="-0.003" d="0"/>'
BANK = '<superelevation s="0" a="0.1" b="0.001" c="0" d="0"/><superelevation s="50" a="0.15" b="-0.004" c="0" d="0"/>'
PLACES = np.linspace(0.5, 99.5, 40)


def hilly(bank: str = BANK) -> Road:
    return RoadNetwork.parse(document(road(ARC, elevation=HILL, bank=bank))).roads[0]


def test_heights_and_slopes_are_carlas() -> None:
    ours = hilly("")
    keys = [(1, lane_id, float(s)) for lane_id in (1, -1) for s in PLACES]
    answers = ask_carla(document(road(ARC, elevation=HILL)), xodr=keys)["xodr"]
    for (_, lane_id, s), theirs in zip(keys, answers, strict=True):
        assert ours.height(s, ours.lateral(lane_id, np.array([s]))[0])[0] == pytest.approx(theirs["z"], abs=1e-4)
        along = float(ours.slope(s)[0][0])
        # carla.Map gives the slope itself for its angle
        assert (along if lane_id < 0 else -along) == pytest.approx(theirs["pitch"], abs=1e-5)


def test_carla_knows_no_banks() -> None:
    """Our waypoints' reference line is theirs; beside it we bank. If a later client banks too, ours must follow."""
    ours = hilly()
    xml = document(road(ARC, elevation=HILL, bank=BANK))
    for s, theirs in zip(PLACES, ask_carla(xml, xodr=[(1, -1, float(s)) for s in PLACES])["xodr"], strict=True):
        assert ours.height(s)[0] == pytest.approx(theirs["z"], abs=1e-4)
        center = ours.lane_center(-1, np.array([s]))
        assert math.hypot(center.x[0] - theirs["x"], center.y[0] - theirs["y"]) < 1e-3


def test_a_positive_superelevation_lifts_the_left_side() -> None:
    ours = RoadNetwork.parse(
        document(road(bank='<superelevation s="0" a="0.1" b="0" c="0" d="0"/>', elevation=HILL))
    ).roads[0]
    left, middle, right = (float(ours.height(10.0, t)[0]) for t in (3.0, 0.0, -3.0))
    assert left - middle == pytest.approx(3 * math.tan(0.1), abs=1e-12)
    assert middle - right == pytest.approx(3 * math.tan(0.1), abs=1e-12)
    assert not ours.is_level and RoadNetwork.parse(document(road())).roads[0].is_level


def test_slopes_are_the_heights_derivatives_on_the_map() -> None:
    ours = hilly()
    for s, t in zip(PLACES, np.linspace(-8, 8, len(PLACES)), strict=True):
        along, across = (float(rise[0]) for rise in ours.slope(s, t))
        here = ours.reference(np.array([s]))
        ahead = np.array([math.cos(here.heading[0]), math.sin(here.heading[0])])
        left = np.array([-ahead[1], ahead[0]])
        point = np.array([here.x[0], here.y[0]]) + t * left
        for direction, rise in ((ahead, along), (left, across)):
            low, high = (float(ours.height(*ours.locate(*(point + step * direction)))[0]) for step in (-1e-4, 1e-4))
            assert (high - low) / 2e-4 == pytest.approx(rise, abs=1e-5)


def test_cars_stand_on_the_road_with_all_wheels() -> None:
    network = RoadNetwork.parse(document(road(ARC, elevation=HILL, bank=BANK)))
    points = network.spawn_points()
    assert {point.lane_id for point in points} == {1, -1}
    for point in points:
        rotation = rotation_matrix(Pose(point.x, point.y, point.z, point.roll, point.pitch, point.heading))
        for axis in (0, 1):
            x, y, z = np.array([point.x, point.y, point.z]) + 1e-3 * rotation[:, axis]
            assert network.roads[0].height(*network.roads[0].locate(x, y))[0] == pytest.approx(z, abs=1e-6)
    # left lanes are driven backwards along s
    climb = {point.lane_id: -point.pitch for point in points if abs(point.s - 50) < 10}
    assert climb[-1] > 0.05 and climb[1] < -0.05


def test_heights_go_on_level_beyond_the_ends() -> None:
    ours = hilly()
    assert ours.height(np.array([-5.0, 105.0])).tolist() == ours.height(np.array([0.0, 100.0])).tolist()


def test_an_absurd_bank_is_taken_to_be_level(caplog: pytest.LogCaptureFixture) -> None:
    network = RoadNetwork.parse(document(road(bank='<superelevation s="0" a="3.5" b="0" c="0" d="0"/>')), "a.xodr")
    assert network.roads[0].is_level
    assert "a.xodr: road 1 has a superelevation of 3.5 rad; it is taken to be level across" in caplog.text
