"""Hilly roads: painted edges lie where the official client says, crests hide what is behind; seasons show."""

import math

import numpy as np
import pytest

from simulator.camera import Camera
from simulator.embedded.render import Renderer, tags
from simulator.opendrive import RoadNetwork
from tests.simulator.embedded.render.scenes import SOLID, renderer_of, two_lanes
from tests.simulator.opendrive_oracle import ask_carla
from tests.simulator.opendrive_samples import document, geometry, lane, road, section

HILLS = (
    '<elevation s="0" a="2" b="0.05" c="0" d="0"/><elevation s="40" a="4" b="0.05" c="-0.001" d="0"/>'
    '<elevation s="90" a="4" b="-0.05" c="0.0008" d="0"/>'
)
WIDENING = '<width sOffset="0" a="3.2" b="0.01" c="0" d="0"/>'
CUBIC = '<paramPoly3 aU="0" bU="150" cU="0" dU="0" aV="0" bV="0" cV="20" dV="-12" pRange="normalized"/>'
SHAPES = {
    "line": ("<line/>", 140.0),
    "arc": ('<arc curvature="0.008"/>', 140.0),
    "spiral": ('<spiral curvStart="0" curvEnd="0.02"/>', 140.0),
    "paramPoly3": (CUBIC, 150.6),
}
CAMERA = Camera.from_fov(640, 320, math.radians(90), z=1.5, pitch=0.2)


def _hilly(shape: str) -> str:
    text, length = SHAPES[shape]
    lanes = section(left=lane(1, width=WIDENING, mark=SOLID), right=lane(-1, width=WIDENING, mark=SOLID), center=SOLID)
    return document(road(geometry(text, length), lanes, length=length, elevation=HILLS))


def _pose_on(network: RoadNetwork, s: float, t: float) -> tuple[tuple[float, float, float], np.ndarray]:
    """Stand on the slope at (s, t)."""
    at = network.roads[0].reference(np.array([s]))
    heading, climb = float(at.heading[0]), math.atan(float(network.roads[0].slope(s, t)[0][0]))
    forward = np.array([math.cos(heading) * math.cos(climb), math.sin(heading) * math.cos(climb), math.sin(climb)])
    left = np.array([-math.sin(heading), math.cos(heading), 0.0])
    axes = np.stack([forward, left, np.cross(forward, left)], axis=1)
    place = np.array([at.x[0], at.y[0], float(network.roads[0].height(s, t)[0])]) + t * left
    x, y, z = place + axes @ np.array([CAMERA.x, CAMERA.y, CAMERA.z])
    return (float(x), float(y), float(z)), axes @ CAMERA.rotation()


@pytest.mark.parametrize("shape", list(SHAPES))
def test_painted_edges_of_hilly_roads_lie_within_5_cm_of_the_official_client_s(shape: str) -> None:
    xml = _hilly(shape)
    network, renderer = RoadNetwork.parse(xml), renderer_of(xml, hills=1.0)
    stations = (5.0, 30.0, 50.0, 75.0, 100.0)
    answers = ask_carla(xml, xodr=[(1, -1, s + ahead) for s in stations for ahead in (4.0, 6.0, 9.0, 12.0)])["xodr"]
    misses = []
    for k, answer in enumerate(answers):
        position, rotation = _pose_on(network, stations[k // 4], -1.7)
        tag = renderer.draw_semantic(CAMERA, position, rotation)[..., 2]
        normal = answer["heading"] - math.pi / 2
        step = np.array([math.cos(normal), math.sin(normal), 0.0])
        edge = np.array([answer["x"], answer["y"], answer["z"]]) + step * answer["width"] / 2
        # walk across the edge on the ground: its paint's middle is where the edge is said to be
        painted = []
        for aside in np.arange(-0.3, 0.3, 0.01):
            seen = rotation.T @ (edge + aside * step - np.array(position))
            u, v = CAMERA.cx + CAMERA.fx * seen[0] / seen[2], CAMERA.cy + CAMERA.fy * seen[1] / seen[2]
            if not (0 <= u <= CAMERA.width - 1 and 0 <= v <= CAMERA.height - 1):
                break
            if tag[round(v), round(u)] == tags.ROAD_LINES:
                painted.append(aside)
        else:
            misses.append(abs(np.mean(painted)) if painted else math.inf)
    assert len(misses) >= 10
    assert max(misses) < 0.05


def test_a_crest_hides_the_road_behind_it() -> None:
    hump = (
        '<elevation s="0" a="0" b="0" c="0.006" d="-0.0001"/><elevation s="40" a="3.2" b="0" c="-0.006" d="0.0001"/>'
        '<elevation s="80" a="0" b="0" c="0" d="0"/>'
    )
    camera, rotation = Camera.from_fov(64, 64, 1.0), Camera.from_fov(64, 64, 1.0).rotation()
    depths = [
        _depths(renderer_of(document(road(geometry("<line/>", 200), length=200, elevation=shape))), camera, rotation)
        for shape in (hump, "")
    ]
    column = depths[0][:, 32]
    seen = column[np.isfinite(column)]
    # the ray that touches the crest does so 33 m away; pixels are several metres long there
    assert seen[seen < 60].max() == pytest.approx(33, abs=7)
    assert np.isfinite(column).sum() > np.isfinite(depths[1][:, 32]).sum() + 2


def _depths(renderer: Renderer, camera: Camera, rotation: np.ndarray) -> np.ndarray:
    renderer.draw(camera, (2.0, 0.0, 1.5), rotation)
    depth: np.ndarray = renderer._easel.canvas(camera)[0].value.depth.copy()
    return depth


def test_seasons_colour_the_land_and_snow_lies_on_the_road() -> None:
    xml = two_lanes()
    camera = Camera.from_fov(100, 60, 1.4, pitch=0.1)
    rotation = camera.rotation()
    means = {}
    for season in ("summer", "autumn", "winter", "spring"):
        picture = renderer_of(xml, season=season).draw(camera, (10.0, 0.0, 1.5), rotation)  # type: ignore[arg-type]
        means[season] = picture[28:33, 0:8, :3].reshape(-1, 3).mean(axis=0)
    assert means["winter"].min() > means["summer"].max() * 0.9
    assert means["summer"][1] > means["summer"][2]
    assert means["autumn"][2] > means["summer"][2] * 0.9
    assert means["spring"][1] > means["spring"][2]


def test_wheel_tracks_in_snow_lie_elsewhere_for_other_seeds() -> None:
    from simulator.embedded.render.appearance import draw_appearance

    looks = [draw_appearance(seed, 0, "winter") for seed in range(60)]
    offsets = np.array([look.rut_offset for look in looks])
    assert np.ptp(offsets) > 1.2
    assert abs(offsets.mean()) < 0.3
    assert np.ptp([look.rut_clear for look in looks]) > 0.5
