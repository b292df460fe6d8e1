"""Tags of the semantic camera, mirrored roads, and what lies beside and beyond a road."""

import math
import re

import numpy as np
import pytest

from simulator.camera import Camera
from simulator.embedded.render import tags
from simulator.opendrive import RoadNetwork
from tests.simulator.embedded.render.scenes import (
    NO_MARK,
    SOLID,
    YELLOW_DASHES,
    look_down,
    look_from,
    look_from_lane,
    renderer_of,
    two_lanes,
)
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

CAMERA = Camera.from_fov(320, 160, math.radians(90), pitch=0.1)


def _tag_at(xml: str, x: float, y: float) -> int:
    camera = Camera.from_fov(9, 9, 0.02)
    return int(renderer_of(xml).draw_semantic(camera, *look_down(x, y, 10.0, camera))[4, 4, 2])


def test_the_tag_is_in_red_alone() -> None:
    image = renderer_of(two_lanes()).draw_semantic(CAMERA, *look_from(20.0, -1.75, 0.0, CAMERA))
    assert image.shape == (160, 320, 4)
    assert image.dtype == np.uint8
    assert not image[..., :2].any()
    assert (image[..., 3] == 255).all()
    assert set(np.unique(image[..., 2])) == {tags.ROADS, tags.ROAD_LINES, tags.GROUND, tags.TERRAIN, tags.SKY}


def test_every_kind_of_lane_has_its_tag() -> None:
    width = '<width sOffset="0" a="2" b="0" c="0" d="0"/>'
    kinds = ["driving", "shoulder", "sidewalk", "none", "biking", "something new"]
    right = "".join(lane(-k - 1, kind, width=width, mark=NO_MARK) for k, kind in enumerate(kinds))
    xml = document(road(geometry("<line/>", 80), section(right=right, center=NO_MARK), length=80))
    expected = [tags.ROADS, tags.ROADS, tags.SIDEWALKS, tags.TERRAIN, tags.ROADS, tags.ROADS]
    seen = [_tag_at(xml, 40.0, -1.0 - 2 * k) for k in range(len(kinds))]
    # a strip of grass between pavements may hold gravel at its rim
    assert [tag if tag != tags.GROUND else tags.TERRAIN for tag in seen] == expected
    assert _tag_at(xml, 40.0, -40.0) == tags.TERRAIN


def test_beside_the_pavement_comes_gravel_then_grass_but_none_beside_a_sidewalk() -> None:
    row = [_tag_at(two_lanes(edge=NO_MARK), 50.0, y) for y in np.arange(3.0, 9.0, 0.05)]
    order = [tag for k, tag in enumerate(row) if k == 0 or tag != row[k - 1]]
    assert order == [tags.ROADS, tags.GROUND, tags.TERRAIN]
    lanes = section(right=lane(-1, mark=NO_MARK) + lane(-2, "sidewalk", mark=NO_MARK), center=NO_MARK)
    walk = document(road(geometry("<line/>", 80), lanes, length=80))
    row = [_tag_at(walk, 40.0, -y) for y in np.arange(3.0, 9.0, 0.05)]
    order = [tag for k, tag in enumerate(row) if k == 0 or tag != row[k - 1]]
    assert order == [tags.ROADS, tags.SIDEWALKS, tags.TERRAIN]


def _mirror(xml: str) -> str:
    """Swap left and right: curvature and lane ids change sign."""
    xml = re.sub(r'curvature="(-?[\d.]+)"', lambda found: f'curvature="{-float(found[1])}"', xml)
    left, right = re.search(r"<left>(.*?)</left>", xml), re.search(r"<right>(.*?)</right>", xml)
    assert left and right

    def swap(lanes: str) -> str:
        return re.sub(r'<lane id="(-?\d+)"', lambda found: f'<lane id="{-int(found[1])}"', lanes)

    xml = xml.replace(left[0], "<left>@</left>").replace(right[0], f"<right>{swap(left[1])}</right>")
    return xml.replace("@", swap(right[1]))


@pytest.mark.parametrize("curvature", [0.0, 0.02, -0.035])
def test_a_mirrored_road_gives_the_mirrored_picture(curvature: float) -> None:
    left = lane(1, mark=SOLID) + lane(2, "shoulder", mark=YELLOW_DASHES)
    lanes = section(left=left, right=lane(-1, mark=YELLOW_DASHES), center=YELLOW_DASHES)
    shape = f'<arc curvature="{curvature}"/>' if curvature else "<line/>"
    xml = document(road(geometry(shape, 200), lanes, length=200))
    mirrored = _mirror(xml)
    assert mirrored != xml
    for s in (5.0, 60.0):
        pose = look_from_lane(RoadNetwork.parse(xml).roads[0], s, CAMERA, -1.75)
        other = look_from_lane(RoadNetwork.parse(mirrored).roads[0], s, CAMERA, 1.75)
        seen = renderer_of(xml).draw_semantic(CAMERA, *pose)[..., 2]
        flipped = renderer_of(mirrored).draw_semantic(CAMERA, *other)[:, ::-1, 2]
        assert (seen != flipped).mean() < 0.002
        assert len(np.unique(seen)) >= 5


def test_a_road_goes_on_beyond_an_end_that_leads_nowhere() -> None:
    xml = two_lanes(length=100.0)
    assert _tag_at(xml, 130.0, -1.75) == tags.ROADS
    assert _tag_at(xml, -30.0, 3.5) == tags.ROAD_LINES
    assert _tag_at(xml, 250.0, -1.75) == tags.TERRAIN


def test_a_road_drawn_on_beyond_its_end_yields_to_a_real_one() -> None:
    crossing = road(geometry("<line/>", 100, x=130, y=-50, heading=math.pi / 2), id="2")
    xml = document(road(), crossing)
    assert _tag_at(xml, 128.0, 0.03) == tags.ROADS
    assert _tag_at(xml, 126.5, 0.03) == tags.ROAD_LINES
    assert _tag_at(xml, 133.5, 0.03) == tags.ROAD_LINES


def test_a_linked_road_ends_where_the_next_begins() -> None:
    one = road(
        geometry("<line/>", 50), length=50, link='<successor elementType="road" elementId="2" contactPoint="start"/>'
    )
    wide = '<width sOffset="0" a="6" b="0" c="0" d="0"/>'
    lanes = section(left=lane(1, width=wide, mark=SOLID), right=lane(-1, width=wide, mark=SOLID))
    back = '<predecessor elementType="road" elementId="1" contactPoint="end"/>'
    two = road(geometry("<line/>", 50, x=50), lanes, id="2", length=50, link=back)
    xml = document(one, two)
    assert _tag_at(xml, 49.0, 6.0) != tags.ROAD_LINES
    assert _tag_at(xml, 51.0, 6.0) == tags.ROAD_LINES
    assert _tag_at(xml, 49.0, 3.5) == tags.ROAD_LINES
    assert _tag_at(xml, 52.0, 3.5) == tags.ROADS


def test_memory_goes_with_the_length_of_the_roads_not_with_their_distance() -> None:
    near = document(*(road(geometry("<line/>", 500, y=100 * k), id=str(k + 1), length=500) for k in range(3)))
    far = document(*(road(geometry("<line/>", 500, y=6000 * k), id=str(k + 1), length=500) for k in range(3)))
    sizes = []
    for xml in (near, far):
        renderer = renderer_of(xml)
        camera = Camera.from_fov(16, 8, 1.2)
        for road_number in range(3):
            y = (100 if xml == near else 6000) * road_number
            renderer.draw(camera, (250.0, y, 1.5), camera.rotation())
        relief, ground = renderer._terrain.relief, renderer._vicinity._paving._ground
        arrays = [array for array in (*ground, *relief, *relief.tiles) if isinstance(array, np.ndarray)]
        sizes.append(sum(array.nbytes for array in arrays))
    assert sizes[1] < 1.2 * sizes[0]
    assert sizes[1] < 3e6
