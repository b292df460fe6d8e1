"""The ground: roads at their file's height, land beside them, storeys, and the same land for the same seed."""

import numpy as np
import pytest

from simulator.embedded.terrain import Terrain
from simulator.opendrive import RoadNetwork
from tests.simulator.opendrive_samples import document, geometry, road

HILLS = '<elevation s="0" a="3" b="0.06" c="0" d="0"/><elevation s="60" a="6.6" b="0.06" c="-0.0006" d="0"/>'
BANK = '<superelevation s="0" a="0" b="0.001" c="0" d="0"/>'
HILLY = document(road(geometry('<arc curvature="0.01"/>', 160), length=160, elevation=HILLS, bank=BANK))
FLAT = document(road(geometry("<line/>", 200), length=200))


def _on_lanes(network: RoadNetwork) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first = network.roads[0]
    s = np.repeat(np.linspace(0.0, first.length, 321), 9)
    t = np.tile(np.linspace(-3.45, 3.45, 9), 321)
    at = first.reference(s)
    return at.x - t * np.sin(at.heading), at.y + t * np.cos(at.heading), first.height(s, t)


def test_lanes_lie_where_the_file_says() -> None:
    network = RoadNetwork.parse(HILLY)
    x, y, z = _on_lanes(network)
    assert np.ptp(z) > 5
    assert np.abs(Terrain(network, 1).height(x, y) - z).max() < 0.002


def test_a_flat_road_is_level_and_the_land_beside_it_rolls() -> None:
    network = RoadNetwork.parse(FLAT)
    terrain = Terrain(network, 1)
    x, y, _ = _on_lanes(network)
    assert np.abs(terrain.height(x, y)).max() == 0.0
    land = terrain.height(np.linspace(0, 200, 50), np.full(50, 150.0))
    assert np.ptp(land) > 1.0
    assert np.abs(land).max() < 30.0


def test_the_ground_has_no_steps_and_no_steep_slopes() -> None:
    terrain = Terrain(RoadNetwork.parse(HILLY), 1)
    for bearing in np.linspace(0, 2 * np.pi, 25):
        distance = np.arange(0.0, 300.0, 0.05)
        z = terrain.height(60 + distance * np.cos(bearing), 25 + distance * np.sin(bearing))
        assert np.abs(np.diff(z)).max() < 0.05, bearing


def test_the_normal_stands_on_the_bank() -> None:
    network = RoadNetwork.parse(HILLY)
    at = network.roads[0].reference(np.array([100.0]))
    along, across = network.roads[0].slope(100.0, 0.0)
    expected = np.array(
        [
            -along * np.cos(at.heading) + across * np.sin(at.heading),
            -along * np.sin(at.heading) - across * np.cos(at.heading),
            np.ones(1),
        ]
    )[:, 0]
    normal = Terrain(network, 1).normal(at.x[0], at.y[0])
    assert normal == pytest.approx(expected / np.linalg.norm(expected), abs=1e-3)


def test_storeys_are_told_apart_by_who_asks() -> None:
    above = road(
        geometry("<line/>", 100, x=50, y=-50, heading=1.5707963),
        id="2",
        elevation='<elevation s="0" a="6" b="0" c="0" d="0"/>',
    )
    terrain = Terrain(RoadNetwork.parse(document(road(), above)), 1)
    assert terrain.height(50, 0) == pytest.approx(6)
    assert terrain.height(50, 0, 6.5) == pytest.approx(6)
    assert terrain.height(50, 0, 1.0) == pytest.approx(0)
    assert terrain.height(10, 0, 1.0) == terrain.height(10, 0) == pytest.approx(0)


def test_the_seed_decides_the_land() -> None:
    network = RoadNetwork.parse(FLAT)
    x, y = np.linspace(-300, 500, 40), np.full(40, 120.0)
    first = Terrain(network, 4).height(x, y)
    assert np.array_equal(first, Terrain(network, 4).height(x, y))
    assert np.abs(first - Terrain(network, 5).height(x, y)).max() > 1


def test_shapes_follow_the_arguments() -> None:
    terrain = Terrain(RoadNetwork.parse(FLAT), 1)
    assert terrain.height(1, 2).shape == ()
    assert terrain.height(np.zeros((2, 3)), 1.0).shape == (2, 3)
    assert terrain.normal(np.zeros(4), np.zeros(4)).shape == (4, 3)
