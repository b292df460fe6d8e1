"""Houses, guard rails and cars as shapes bounded by planes: their outlines, their depth, and who hides whom."""

import numpy as np
import pytest

from simulator.embedded.render import shapes
from simulator.embedded.scenery.things import HOUSE, OAK, RAIL, Things
from tests.simulator.embedded.render.test_cards import CAMERA, VEGETATION, draw, thing

BUILDINGS, GUARD_RAIL = 3, 28


def house(x: float, y: float, heading: float = 0.0) -> Things:
    it = thing(HOUSE, x, y, 5.0, 8.0)
    it["length"], it["heading"] = 10.0, heading
    return it


def test_all_shapes_are_within_their_cube_and_hold_its_middle() -> None:
    table = shapes.make_shapes()
    axis = np.linspace(-1.6, 1.6, 33)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    for shape in range(shapes.COUNT):
        planes = table.planes[shape, : table.number[shape]]
        inside = (points @ planes[:, :3].T <= planes[:, 3] + 1e-9).all(axis=1)
        assert inside.any()
        assert np.abs(points[inside]).max() < 1.35
        if shape not in (shapes.GABLE, shapes.HIP):
            assert (planes[:, 3] > 0).all()


def test_a_house_covers_the_pixels_of_its_walls_and_roof() -> None:
    _, tags = draw([house(30.0, 9.0)])
    rows, columns = np.nonzero(tags == BUILDINGS)
    depth = 25.0 - CAMERA.x
    assert columns.min() == pytest.approx(CAMERA.cx - CAMERA.fx * 13.45 / depth, abs=2.0)
    assert rows.max() == pytest.approx(CAMERA.cy + CAMERA.fy * 1.5 / depth, abs=2.0)
    assert rows.min() < CAMERA.cy - CAMERA.fy * 3.5 / depth


def test_a_tree_behind_a_house_is_hidden_and_one_in_front_is_seen() -> None:
    walls = house(30.0, 9.0)
    behind = thing(OAK, 42.0, 13.0, 4.0, 3.4)
    before = thing(OAK, 20.0, 8.0, 4.0, 3.4)
    _, alone = draw([walls])
    picture, hidden = draw([walls, behind])
    assert not (hidden == VEGETATION).any()
    assert np.array_equal(picture[alone == BUILDINGS], draw([walls])[0][alone == BUILDINGS])
    _, seen = draw([walls, before])
    assert (seen[alone == BUILDINGS] == VEGETATION).sum() > 30


def test_outlines_are_smooth() -> None:
    """Moving sideways by a tenth of a pixel at a time, a house's picture changes evenly."""
    sums = []
    for step in range(30):
        picture, _ = draw([house(30.0, 9.0 + 0.018 * step)])
        sums.append(picture.astype(float).sum())
    steps = np.abs(np.diff(sums))
    assert steps.max() < 6.0 * steps.mean() + 60


def test_a_rail_far_away_grows_faint_and_does_not_vanish() -> None:
    rail = thing(RAIL, 60.0, 5.0, 0.78, 0.12)
    rail["length"], rail["heading"] = 4.0, np.pi / 2
    bare, there = draw([])[0].astype(float), draw([rail])[0].astype(float)
    area = np.abs(there - bare).sum()
    rail["x"] = 90.0
    far = np.abs(draw([rail])[0].astype(float) - bare).sum()
    assert 0.15 * area < far < 0.8 * area
    rail["x"] = 8.0
    assert (draw([rail])[1] == GUARD_RAIL).sum() > 100
