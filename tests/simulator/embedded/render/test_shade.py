"""Shadows of trees and houses: on the computed side, as long as the sun is low, the same in whatever order."""

import math

import numpy as np
import pytest

from simulator.embedded.render.daylight import make_light
from simulator.embedded.render.shade import SIZE
from simulator.embedded.render.shadow import CELLS, Shadow
from simulator.embedded.render.stage import Stage
from simulator.embedded.scenery import Scenery
from simulator.embedded.scenery.things import HOUSE, OAK, Things
from simulator.embedded.weather import Weather
from simulator.opendrive import RoadNetwork
from simulator.roads import RoadsConfig, build_roads
from tests.simulator.embedded.render.scenes import two_lanes
from tests.simulator.embedded.render.test_cards import Few, thing


def unfold(shadow: Shadow, x: float, y: float) -> np.ndarray:
    """Give the share of the sun around a place, row 0 at the lowest y, its middle tile that of the place."""
    column, row = int((x - shadow.left) // SIZE), int((y - shadow.bottom) // SIZE)
    rows = []
    for i in range(row - 2, row + 3):
        tiles = [shadow.tiles[shadow.directory[i, j], : CELLS * CELLS] for j in range(column - 2, column + 3)]
        rows.append(np.concatenate([tile.reshape(CELLS, CELLS) for tile in tiles], axis=1))
    return np.concatenate(rows) / 255.0


def darkness(it: Things, altitude: float, azimuth: float) -> tuple[float, np.ndarray]:
    """Give the area [m²] of a thing's shadow and its middle from the thing's foot [m]."""
    scenery = Few(RoadNetwork.parse(two_lanes()), it)
    stage = Stage(scenery, "summer")
    light = make_light(Weather(sun_altitude_angle=altitude, sun_azimuth_angle=azimuth, cloudiness=0.0))
    x, y = float(it["x"][0]), float(it["y"][0])
    dark = 1.0 - unfold(stage.shadow(x, y, light).value, x, y)
    corner = np.floor(np.array([x, y]) / SIZE) * SIZE - 2 * SIZE
    rows, columns = np.indices(dark.shape)
    middle = np.array([(columns * dark).sum(), (rows * dark).sum()]) / dark.sum()
    return float(dark.sum() / 4), corner + (middle + 0.5) / 2 - (x, y)


@pytest.mark.parametrize("azimuth", [0.0, 60.0, 130.0, 200.0, 290.0])
def test_a_trees_shadow_lies_on_the_side_away_from_the_sun(azimuth: float) -> None:
    _, middle = darkness(thing(OAK, 60.0, 12.0, 10.0, 8.0), 35.0, azimuth)
    # CARLA's azimuth turns clockwise, and the world's y points left here
    toward_sun = np.array([math.cos(math.radians(azimuth)), -math.sin(math.radians(azimuth))])
    along, aside = middle @ -toward_sun, middle @ (toward_sun[1], -toward_sun[0])
    assert along == pytest.approx(0.6 * 10.0 / math.tan(math.radians(35.0)), rel=0.2)
    assert abs(aside) < 0.8


def test_a_houses_shadow_is_as_long_as_the_sun_is_low() -> None:
    it = thing(HOUSE, 60.0, 20.0, 5.0, 8.0)
    it["length"] = 10.0
    areas = [darkness(it, altitude, 90.0)[0] for altitude in (60.0, 40.0, 20.0)]
    assert areas[0] > 80.0
    assert areas[0] < areas[1] < areas[2]
    walls = 10.0 * 5.0 / math.tan(math.radians(20.0))
    assert areas[2] == pytest.approx(80.0 + 1.3 * walls, rel=0.25)


def test_a_place_has_the_same_shadows_wherever_one_came_from() -> None:
    network = RoadNetwork.parse(build_roads(["generated:3"], RoadsConfig(), 1))
    scenery = Scenery(network, 4, lambda x, y: 0 * x)
    light = make_light(Weather(sun_altitude_angle=25.0))
    way = network.roads[0].samples
    one, other = Stage(scenery, "summer"), Stage(scenery, "summer")
    for k in range(0, len(way.x), 60):
        one.shadow(float(way.x[k]), float(way.y[k]), light)
    x, y = float(way.x[500]), float(way.y[500])
    assert np.array_equal(unfold(one.shadow(x, y, light).value, x, y), unfold(other.shadow(x, y, light).value, x, y))
    assert (one.shadow(x, y, light).value.directory >= 0).sum() == (
        other.shadow(x, y, light).value.directory >= 0
    ).sum()


def test_no_sun_no_shadows() -> None:
    stage = Stage(Few(RoadNetwork.parse(two_lanes()), thing(OAK, 60.0, 12.0, 10.0, 8.0)), "summer")
    light = make_light(Weather(sun_altitude_angle=1.0))
    assert (stage.shadow(60.0, 0.0, light).value.directory < 0).all()
