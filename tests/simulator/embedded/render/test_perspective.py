"""The picture agrees with `Camera`, for any pose, and lines lie where the map and the official client say."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.camera import Camera
from simulator.embedded.render import tags
from simulator.embedded.render.shot import DEPTH, Shot
from simulator.opendrive import RoadNetwork
from tests.simulator.embedded.render.scenes import (
    generated,
    look_down,
    look_from,
    look_from_lane,
    pixel_size,
    renderer_of,
    two_lanes,
)
from tests.simulator.opendrive_oracle import ask_carla

ANGLE = st.floats(-math.pi, math.pi)


@pytest.mark.parametrize("pitch", [-0.2, -0.05, 0.0, 0.1, 0.25])
def test_the_horizon_is_at_the_row_of_the_pitch(pitch: float) -> None:
    camera = Camera.from_fov(200, 78, math.radians(90), pitch=pitch)
    tag = renderer_of(two_lanes()).draw_semantic(camera, *look_from(20.0, -1.75, 0.0, camera))[..., 2]
    horizon = camera.cy - camera.fy * math.tan(pitch)
    for column in (0, 100, 199):
        sky = np.flatnonzero(tag[:, column] == tags.SKY)
        assert sky.max(initial=-1) == math.floor(min(max(horizon, -1), 77))
        assert len(sky) == sky.max(initial=-1) + 1


@pytest.mark.parametrize("pitch", [-0.1, 0.0, 0.05])
def test_depth_is_that_of_the_pixels_middle(pitch: float) -> None:
    camera = Camera.from_fov(200, 78, math.radians(90), pitch=pitch)
    position, axes = look_from(20.0, -1.75, 0.0, camera)
    coded = renderer_of(two_lanes(length=400)).take(Shot(camera, position, axes), (DEPTH,))[0].astype(float)
    depth = (coded[..., 2] + coded[..., 1] * 256 + coded[..., 0] * 65536) / (256**3 - 1) * 1000
    down = axes[2, 2] + (np.arange(78) - camera.cy) / camera.fy * axes[2, 1]
    on_road = (down < 0) & (-position[2] / np.minimum(down, -1e-9) < 300)
    assert on_road.sum() > 20
    assert depth[on_road, 100] == pytest.approx(-position[2] / down[on_road], rel=2e-3)


@settings(max_examples=60, deadline=None)
@given(roll=ANGLE, pitch=ANGLE, yaw=ANGLE, height=st.floats(0.3, 40.0))
def test_sky_is_what_lies_above_the_lens_in_any_pose(roll: float, pitch: float, yaw: float, height: float) -> None:
    camera = Camera.from_fov(60, 40, math.radians(80), roll=roll, pitch=pitch, yaw=yaw, z=height)
    position, rotation = look_from(30.0, 2.0, 0.4, camera)
    tag = renderer_of(two_lanes()).draw_semantic(camera, position, rotation)[..., 2]
    columns, rows = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    rays = np.stack([(columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy, np.ones_like(rows)])
    rise = np.tensordot(rotation[2], rays, axes=1)
    clear = np.abs(rise) > 1e-4
    assert np.array_equal((tag == tags.SKY)[clear], (rise > 0)[clear])


@settings(max_examples=40, deadline=None)
@given(roll=st.floats(-3, 3), pitch=st.floats(0.1, 1.2), yaw=st.floats(-1, 1), x=st.floats(20, 150), y=st.floats(-5, 5))
def test_the_carriageway_is_where_the_camera_projects_it(
    roll: float, pitch: float, yaw: float, x: float, y: float
) -> None:
    camera = Camera.from_fov(160, 120, math.radians(70), roll=roll, pitch=pitch, yaw=yaw, z=3.0)
    position, rotation = look_from(x, y, 0.0, camera)
    tag = renderer_of(two_lanes()).draw_semantic(camera, position, rotation)[..., 2]
    # points in the middle of each half lane, and well in the grass, in the car's axes
    ahead, across = np.meshgrid(np.linspace(1, 15, 29), [-9.0, -2.6, -0.9, 0.9, 2.6, 9.0])
    points = np.stack([ahead.ravel(), across.ravel() - y, np.zeros(ahead.size)], axis=1)
    pixels = camera.project(points)
    for (u, v), t in zip(pixels, across.ravel(), strict=True):
        if not (0 <= u <= camera.width - 1 and 0 <= v <= camera.height - 1):
            continue
        expected = tags.TERRAIN if abs(t) > 8 else tags.ROADS
        assert tag[round(v), round(u)] == expected, (u, v, t)


def _painted_runs(row: np.ndarray) -> list[tuple[float, int]]:
    """Middles and widths of the runs of painted pixels."""
    padded = np.diff(np.concatenate([[0], (row == tags.ROAD_LINES).astype(int), [0]]))
    starts, ends = np.flatnonzero(padded == 1), np.flatnonzero(padded == -1)
    return [((start + end - 1) / 2, end - start) for start, end in zip(starts, ends, strict=True)]


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_painted_edges_lie_within_5_cm_of_the_official_client_s_lanes(seed: int) -> None:
    xml = generated(seed)
    network = RoadNetwork.parse(xml)
    stations = [30.0, 140.0, 260.0, 390.0, 520.0, 650.0, 780.0]
    answers = ask_carla(xml, xodr=[(1, -1, s + ahead) for s in stations for ahead in (3.0, 5.0, 8.0)])["xodr"]
    camera = Camera.from_fov(640, 320, math.radians(90), z=1.4, pitch=0.25)
    renderer = renderer_of(xml)
    differences = []
    for k, answer in enumerate(answers):
        if answer["left_mark"][0] == "NONE" and answer["right_mark"][0] == "NONE":
            continue
        s = stations[k // 3]
        position, rotation = look_from_lane(network.roads[0], s, camera)
        tag = renderer.draw_semantic(camera, position, rotation)[..., 2]
        for side, mark in ((1, answer["left_mark"]), (-1, answer["right_mark"])):
            if mark[0] != "Solid":
                continue
            normal = answer["heading"] + side * math.pi / 2
            edge = answer["width"] / 2
            point = np.array([answer["x"] + edge * math.cos(normal), answer["y"] + edge * math.sin(normal), 0.0])
            seen = rotation.T @ (point - position)
            u, v = camera.cx + camera.fx * seen[0] / seen[2], camera.cy + camera.fy * seen[1] / seen[2]
            if not (20 <= u <= camera.width - 20 and 0 <= v <= camera.height - 1):
                continue
            row = round(v)
            # along the row of the picture: a line of the ground that the row sees, made exact by following the edge
            runs = _painted_runs(tag[row])
            metres = seen[2] / camera.fx
            slope = math.tan(_slope(rotation, camera, point, answer["heading"], position))
            middle = min(runs, key=lambda run: abs(run[0] - u))[0] if runs else math.inf
            differences.append(abs(middle - (u + (row - v) * slope)) * metres * abs(math.cos(math.atan(slope))))
    assert len(differences) > 12
    assert max(differences) < 0.05


def _slope(rotation: np.ndarray, camera: Camera, point: np.ndarray, heading: float, position: tuple) -> float:
    """The angle in the picture, from the column's direction, of a line of the ground through a point."""
    ends = []
    for step in (-0.05, 0.05):
        seen = rotation.T @ (point + step * np.array([math.cos(heading), math.sin(heading), 0.0]) - position)
        ends.append((camera.fx * seen[0] / seen[2], camera.fy * seen[1] / seen[2]))
    return math.atan((ends[1][0] - ends[0][0]) / (ends[1][1] - ends[0][1]))


@pytest.mark.parametrize("curvature", [0.0, 0.04, -0.04, 0.012])
def test_lines_seen_from_above_lie_within_a_centimetre(curvature: float) -> None:
    camera = Camera.from_fov(800, 800, math.radians(60))
    xml = two_lanes(curvature)
    road = RoadNetwork.parse(xml).roads[0]
    height = 5.0
    for s in (10.0, 57.3, 120.9):
        at = road.reference(np.array([s]))
        position, rotation = look_down(float(at.x[0]), float(at.y[0]), height, camera)
        tag = renderer_of(xml).draw_semantic(camera, position, rotation)[..., 2]
        rows, columns = np.nonzero(tag == tags.ROAD_LINES)
        size = pixel_size(camera, height)
        x = position[0] + (columns - camera.cx) * size
        y = position[1] - (rows - camera.cy) * size
        t = np.array([road.locate(a, b)[1] for a, b in zip(x[::7], y[::7], strict=True)])
        for border in (-3.5, 3.5):
            near = t[np.abs(t - border) < 0.5]
            if len(near) > 50:
                assert abs(near.mean() - border) < 0.01
                assert np.abs(near - border).max() < 0.06 + size
