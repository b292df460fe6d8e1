"""Bridges: whoever drives on one sees its road, whoever drives below sees its deck, both where geometry has them."""

import math
from functools import lru_cache

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.decks import EDGE, SURFACE, THICKNESS, UNDERSIDE, find_decks
from simulator.embedded.render import tags
from simulator.embedded.render.renderer import DEPTH, RGB, SEMANTIC, Renderer, Shot
from simulator.embedded.terrain import Terrain
from simulator.opendrive import RoadNetwork
from tests.simulator.embedded.render.scenes import SOLID, two_lanes
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

HEIGHT, EYE = 6.5, 1.4
CAMERA = Camera.from_fov(240, 120, 1.5)


def crossing() -> str:
    """A road along x, and one along y that passes above it at x = 150 m."""
    lanes = section(left=lane(1, mark=SOLID), right=lane(-1, mark=SOLID))
    above = road(
        geometry("<line/>", 300, x=150, y=-150, heading=math.pi / 2),
        lanes,
        id="2",
        length=300,
        elevation=f'<elevation s="0" a="{HEIGHT}" b="0" c="0" d="0"/>',
    )
    return document(road(geometry("<line/>", 300), lanes, length=300), above)


@lru_cache(maxsize=1)
def renderer() -> Renderer:
    network = RoadNetwork.parse(crossing())
    return Renderer(network, 5, Terrain(network, 5, 0.0))


def take(
    position: tuple[float, float, float], yaw: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float64]]:
    """Give picture, tags and depth [m] of a camera that looks level along yaw."""
    cosine, sine = math.cos(yaw), math.sin(yaw)
    axes = np.array([[sine, 0.0, cosine], [-cosine, 0.0, sine], [0.0, -1.0, 0.0]])
    picture, labels, coded = renderer().take(Shot(CAMERA, position, axes), (RGB, SEMANTIC, DEPTH))
    blue, green, red = (coded[..., k].astype(float) for k in range(3))
    depth = (red + green * 256 + blue * 65536) / (256**3 - 1) * 1000
    return picture[..., :3], labels[..., 2], depth


def test_faces_are_as_wide_as_the_lanes_and_only_where_something_is_below() -> None:
    network = RoadNetwork.parse(crossing())
    decks = find_decks(Terrain(network, 5, 0.0), 150.0, 0.0, 400.0)
    top = decks.corners[decks.kind == SURFACE]
    assert np.allclose(top[..., 2], HEIGHT) and np.allclose(np.abs(top[..., 0] - 150), 3.5)
    assert top[..., 1].min() < -3.5 and top[..., 1].max() > 3.5 and np.abs(top[..., 1]).max() < 25
    assert np.allclose(decks.corners[decks.kind == UNDERSIDE][..., 2], HEIGHT - THICKNESS)
    assert len(decks.kind) == 4 * len(top) and np.ptp(decks.corners[decks.kind == EDGE][..., 2]) == pytest.approx(
        THICKNESS
    )
    (middle_x, middle_y, middle_z, radius), half = decks.bridges[0], np.ptp(top[..., 1]) / 2
    assert (middle_x, middle_z, radius) == pytest.approx((150, HEIGHT, np.hypot(3.5, half))) and abs(middle_y) <= 1
    assert not len(find_decks(Terrain(RoadNetwork.parse(two_lanes()), 5), 0.0, 0.0, 400.0).kind)


def test_who_drives_on_a_bridge_sees_its_road() -> None:
    _, labels, depth = take((151.75, -12.0, HEIGHT + EYE), math.pi / 2)
    column = CAMERA.width // 2
    for row in range(CAMERA.height // 2 + 6, CAMERA.height):
        expected = EYE * CAMERA.fy / (row - CAMERA.cy)
        assert depth[row, column] == pytest.approx(expected, rel=0.01), row
        assert labels[row, column] in (tags.ROADS, tags.ROAD_LINES)
    # 1.75 m to the right lies the painted edge
    row = CAMERA.height - 20
    edge = CAMERA.cx + 1.75 * (row - CAMERA.cy) / EYE * CAMERA.fx / CAMERA.fy
    assert tags.ROAD_LINES in labels[row, int(edge) - 2 : int(edge) + 3]


def test_who_drives_below_sees_the_deck() -> None:
    picture, labels, depth = take((130.0, -1.75, EYE), 0.0)
    column = CAMERA.width // 2
    rows = np.flatnonzero(labels[:, column] == tags.BRIDGE)
    to_edge = 150 - 3.5 - 130.0
    top = CAMERA.cy - (HEIGHT - EYE) / to_edge * CAMERA.fy
    foot = CAMERA.cy - (HEIGHT - THICKNESS - EYE) / (to_edge + 7) * CAMERA.fy
    assert abs(rows.min() - top) <= 1 and abs(rows.max() - foot) <= 1
    assert depth[rows.min() + 1, column] == pytest.approx(to_edge, rel=0.01)
    below = EYE * CAMERA.fy / (to_edge + 3.5)
    assert labels[int(CAMERA.cy + below), column] in (tags.ROADS, tags.ROAD_LINES)
    # the ground under the deck is darker than that before it
    before = EYE * CAMERA.fy / (to_edge - 8)
    assert picture[int(CAMERA.cy + below), column].mean() < 0.6 * picture[int(CAMERA.cy + before), column].mean()
