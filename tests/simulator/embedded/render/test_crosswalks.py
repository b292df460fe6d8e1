"""Crosswalks: where the official client has them, painted as bars, whole where several roads cover the place."""

import math

import carla
import numpy as np
import pytest
from matplotlib.path import Path
from numpy.typing import NDArray

from benchmarks.grid_town import grid_town
from simulator.camera import Camera
from simulator.embedded.render import tags
from simulator.opendrive import RoadNetwork
from simulator.opendrive.crosswalk import bars_of, outline_of
from tests.simulator.embedded.render.scenes import NO_MARK, look_down, pixel_size, renderer_of
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

CAMERA = Camera.from_fov(800, 800, math.radians(90))
HEIGHT = 8.0
SIZE = pixel_size(CAMERA, HEIGHT)
CORNERS = ((4.9, 1.5), (5.4, -1.2), (-5.3, -1.6), (-4.8, 1.1), (4.9, 1.5))
LOCAL = "".join(f'<cornerLocal u="{u}" v="{v}" z="0"/>' for u, v in CORNERS)


def crosswalk(s: float, t: float, heading: float, inside: str = f"<outline>{LOCAL}</outline>") -> str:
    return (
        f'<objects><object id="7" type="crosswalk" name="zebra" s="{s}" t="{t}" zOffset="0" hdg="{heading}" roll="0" '
        f'pitch="0" orientation="+" width="3" length="10">{inside}</object></objects>'
    )


def bare_road(objects: str, curvature: float = 0.02) -> str:
    lanes = section(left=lane(1, mark=NO_MARK), right=lane(-1, mark=NO_MARK), center=NO_MARK)
    shape = geometry(f'<arc curvature="{curvature}"/>', 60, x=10, y=-20, heading=0.4)
    return document(road(shape, lanes, length=60).replace("</road>", objects + "</road>"))


def carlas_outline(xml: str) -> NDArray[np.float64]:
    """The corners of the first crosswalk, without the last one that is the first again."""
    corners = carla.Map("asked", xml).get_crosswalks()
    return np.array([(corner.x, -corner.y) for corner in corners])[: len(CORNERS) - 1]


def painted(xml: str, x: float, y: float) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """What is painted around a place, and where each pixel lies, (800, 800, 2) [m]."""
    tag = renderer_of(xml).draw_semantic(CAMERA, *look_down(x, y, HEIGHT, CAMERA))[..., 2]
    rows, columns = np.mgrid[0:800, 0:800]
    return tag == tags.ROAD_LINES, np.stack([x + (columns - CAMERA.cx) * SIZE, y - (rows - CAMERA.cy) * SIZE], axis=-1)


@pytest.mark.parametrize("heading", [1.5, -1.64, 1.8])
def test_a_crosswalk_lies_where_carla_has_it(heading: float) -> None:
    xml = bare_road(crosswalk(30, 0, heading))
    (ours,) = RoadNetwork.parse(xml).roads
    outline = carlas_outline(xml)
    assert np.abs(outline_of(ours, ours.objects[0])[: len(CORNERS) - 1] - outline).max() < 0.02
    seen, places = painted(xml, *outline.mean(axis=0))
    inside = Path(outline).contains_points(places.reshape(-1, 2), radius=0.0).reshape(800, 800)
    # bars end across the road, which lies askew of them
    near = Path(outline).contains_points(places.reshape(-1, 2), radius=0.16).reshape(800, 800)
    near |= Path(outline).contains_points(places.reshape(-1, 2), radius=-0.16).reshape(800, 800)
    assert not (seen & ~near).any()
    # bars lie square to the longest edge, half a metre of each metre
    edge = outline[1] - outline[2]
    walked = (places - outline.mean(axis=0)) @ (edge / np.hypot(*edge))
    (ours,) = RoadNetwork.parse(xml).roads
    x, y = np.array([(bar.x, bar.y) for bar in bars_of(ours, ours.objects[0])]).T
    middles = ((np.stack([x, y], axis=1) - outline.mean(axis=0)) @ (edge / np.hypot(*edge)))[2:-2]
    aside = np.abs(walked[..., None] - middles).min(axis=-1)
    core = np.hypot(*(places - outline.mean(axis=0)).reshape(-1, 2).T).reshape(800, 800) < 1.2
    assert seen[core & (aside < 0.2)].mean() > 0.99
    assert seen[core & (aside > 0.3)].mean() < 0.01
    # the road is 7 m wide and the crosswalk 10 m long
    assert 0.3 < seen[inside].mean() * 10 / 7 < 0.6


ON_ROAD = "".join(f'<cornerRoad s="{s}" t="{t}"/>' for s, t in ((28, 3), (31, 3), (31, -3), (28, -3)))


@pytest.mark.parametrize("inside", ["", f"<outlines><outline>{ON_ROAD}</outline></outlines>"])
def test_outlines_by_size_and_by_the_road(inside: str) -> None:
    xml = bare_road(crosswalk(29.5, 0, math.pi / 2, inside), curvature=0.001)
    (ours,) = RoadNetwork.parse(xml).roads
    s, t = np.array([ours.locate(x, y) for x, y in outline_of(ours, ours.objects[0])]).T
    assert (s.min(), s.max()) == (pytest.approx(28, abs=0.05), pytest.approx(31, abs=0.05))
    assert t.max() == pytest.approx(3 if inside else 5, abs=0.05)
    x, y, _, heading = ours.place(29.5, 0)
    seen, places = painted(xml, x, y)
    across = -math.sin(heading) * (places[..., 0] - x) + math.cos(heading) * (places[..., 1] - y)
    ahead = math.cos(heading) * (places[..., 0] - x) + math.sin(heading) * (places[..., 1] - y)
    # bars of half a metre with gaps of half a metre, along the road
    line = seen[(np.abs(ahead) < 0.05) & (np.abs(across) < 2.9)]
    assert 0.4 < line.mean() < 0.6
    assert np.abs(ahead[seen]).max() == pytest.approx(1.5, abs=0.06)


def test_bars_are_whole_where_roads_cover_each_other() -> None:
    """A crosswalk over one arm of a crossing, told of by a way that turns; the arm is 7 m wide, under three ways."""
    town = grid_town(3)
    network = RoadNetwork.parse(town)
    # the ways that leave the middle crossing to the east all end on its eastern arm
    inside = [one for one in network.roads if one.junction is not None and one.length > 15]
    owner = max(inside, key=lambda one: abs(float(one.reference(np.array([one.length])).curvature[0])) * one.length)
    text = crosswalk(owner.length - 2.5, 1.75, math.pi / 2, "").replace('length="10"', 'length="7"')
    start = town.index(f'<road id="{owner.id}"')
    end = town.index("</road>", start)
    xml = town[:end] + text + town[end:]
    ours = RoadNetwork.parse(xml).road(owner.id)
    middle = outline_of(ours, ours.objects[0]).mean(axis=0)
    seen, places = painted(xml, *middle)
    near = np.hypot(places[..., 0] - middle[0], places[..., 1] - middle[1]) < 1.2
    # smears would fill the gaps
    assert 0.35 < seen[near].mean() < 0.65
