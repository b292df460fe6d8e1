"""Trees, posts and signs: seen where they stand, hidden by what is nearer, steady while one drives past."""

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.camera import Camera
from simulator.embedded.render import Renderer
from simulator.embedded.scenery import Scenery, Things
from simulator.embedded.scenery.things import BUSH, DELINEATOR, OAK, SPEED_SIGN, SPRUCE, make_things, pick
from simulator.embedded.scenery.trees import TILE
from simulator.opendrive import RoadNetwork
from tests.simulator.embedded.render.scenes import look_from, two_lanes

VEGETATION, POLES, SIGNS = 9, 6, 8
CAMERA = Camera.from_fov(200, 78, 1.2, z=1.5)


class Few(Scenery):
    """A world in which only a few things stand."""

    def __init__(self, network: RoadNetwork, things: Things) -> None:
        super().__init__(network, 0, lambda x, y: 0 * x)
        self._few = things

    def tile(self, column: int, row: int) -> Things:
        """Give those that stand on a tile."""
        return pick(self._few, (self._few["x"] // TILE == column) & (self._few["y"] // TILE == row))


def thing(kind: int, x: float, y: float, height: float, width: float, number: int = 7) -> Things:
    things = make_things(1, kind)
    things["x"], things["y"], things["height"], things["width"], things["length"] = x, y, height, width, width
    things["id"], things["shade"] = number * 64 + 9, 0.5
    return things


def draw(things: list[Things], camera: Camera = CAMERA, x: float = 0.0) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw things from a place on a straight road along x: the picture and its tags."""
    network = RoadNetwork.parse(two_lanes())
    table = np.concatenate(things) if things else make_things(0)
    renderer = Renderer(network, 5, scenery=Few(network, table))
    position, rotation = look_from(x, 0.0, 0.0, camera)
    position = position[0], position[1], 1.5
    image = renderer.draw(camera, position, rotation)
    return image[..., :3], renderer.draw_semantic(camera, position, rotation)[..., 2]


@pytest.mark.parametrize(
    ("kind", "tag", "size"),
    [(OAK, VEGETATION, (8.0, 7.0)), (DELINEATOR, POLES, (1.0, 0.12)), (SPEED_SIGN, SIGNS, (2.5, 0.7))],
)
def test_things_are_seen_where_they_stand(kind: int, tag: int, size: tuple[float, float]) -> None:
    x, y = (15.0, 7.0) if kind == OAK else (9.0, 4.0)
    it = thing(kind, x, y, *size)
    it["heading"] = np.pi
    _, tags = draw([it])
    rows, columns = np.nonzero(tags == tag)
    assert len(rows) > 5
    scale = CAMERA.fx / (x - CAMERA.x)
    assert columns.mean() == pytest.approx(CAMERA.cx - scale * y, abs=2.0)
    assert rows.max() == pytest.approx(CAMERA.cy + scale * 1.5, abs=2.5)
    assert rows.min() >= max(CAMERA.cy + scale * (1.5 - size[0]) - 2, 0)


def test_a_nearer_tree_hides_a_farther_one() -> None:
    near, far = thing(SPRUCE, 12.0, 4.0, 9.0, 4.0), thing(BUSH, 24.0, 8.2, 2.0, 2.4)
    alone, _ = draw([near])
    both, _ = draw([near, far])
    swapped, _ = draw([far, near])
    assert np.array_equal(both, swapped)
    assert np.abs(both.astype(int) - alone).sum() < np.abs(draw([far])[0].astype(int) - draw([])[0]).sum() / 2


def test_light_and_alpha_change_smoothly_on_the_way_past() -> None:
    it = thing(OAK, 120.0, 9.0, 10.0, 8.6)
    bare = [draw([], x=x)[0].astype(float) for x in np.arange(0.0, 60.0, 0.5)]
    there = [draw([it], x=x)[0].astype(float) for x in np.arange(0.0, 60.0, 0.5)]
    # how much darker the picture is, divided by how large the tree is in it
    share = np.array([(a - b).sum() * (120.0 - 0.5 * k) ** 2 for k, (a, b) in enumerate(zip(bare, there, strict=True))])
    assert (share > 0).all()
    assert np.abs(np.diff(share)).max() < 0.035 * share.mean()


def test_a_rolled_camera_sees_the_same_tree() -> None:
    it = thing(OAK, 20.0, 6.0, 8.0, 7.0)
    level_tags = draw([it], Camera.from_fov(160, 160, 1.2, z=1.5))[1]
    rolled_tags = draw([it], Camera.from_fov(160, 160, 1.2, z=1.5, roll=0.4))[1]
    assert (rolled_tags == VEGETATION).sum() == pytest.approx((level_tags == VEGETATION).sum(), rel=0.06)


def test_from_behind_a_sign_is_grey() -> None:
    sign = thing(SPEED_SIGN, 8.0, 2.0, 2.5, 0.7)
    sign["heading"] = np.pi
    front, tags = draw([sign])
    sign["heading"] = 0.0
    back, _ = draw([sign])
    upper = np.nonzero(tags == SIGNS)
    red = front[upper][:, 2].astype(int) - front[upper][:, 1]
    assert red.max() > 30
    grey = back[upper][:, 2].astype(int) - back[upper][:, 1]
    assert grey.max() < 12
