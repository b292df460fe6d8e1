"""One view for all cameras: a scene filmed by two of them gives one crop, in training and at the wheel."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.dataset.dataset import ClipDataset, DatasetConfig
from pipeline.driver.crop import crop_image
from pipeline.driver.policy import LearnedPolicy
from pipeline.driver.view import StatedCamera, View, camera_of, find_window
from pipeline.drives.drive import Drive, DriveWriter, Frame, encode_jpeg
from pipeline.models import make_model
from simulator.camera import Camera, find_crop
from simulator.errors import LiquidlaneError
from simulator.world import Observation
from tests.simulator.embedded.render.scenes import generated, look_from_lane, renderer_of

VIEW = View(fov=50, horizon=0.25)
SIZE = (32, 100)
MOUNT = {"x": 0.3, "z": 1.4}
CAMERAS = {
    "usual": Camera.from_fov(320, 160, math.radians(60), **MOUNT),
    "wide": Camera.from_fov(640, 480, math.radians(90), **MOUNT),
    "pitched": Camera.from_fov(800, 450, math.radians(75), pitch=0.06, **MOUNT),
    "flat pixels": Camera(480, 360, 400.0, 300.0, 230.0, 150.0, **MOUNT),
    "turned": Camera.from_fov(640, 360, math.radians(80), yaw=0.04, **MOUNT),
}


def film(camera: Camera) -> np.ndarray:
    """One place of a generated road, on level land, as RGB."""
    renderer = renderer_of(generated(3), 5)
    road = renderer_road()
    position, rotation = look_from_lane(road, 60.0, camera)
    return np.ascontiguousarray(renderer.draw(camera, position, rotation)[..., 2::-1])


def renderer_road():
    from simulator.opendrive import RoadNetwork

    return RoadNetwork.parse(generated(3)).roads[0]


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Mean difference in grey levels, of what remains when pixels are blurred a little."""
    blurred = [cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.0) for image in (one, other)]
    return float(np.abs(blurred[0] - blurred[1]).mean())


@pytest.mark.parametrize("name", [name for name in CAMERAS if name != "usual"])
def test_a_scene_filmed_by_two_cameras_gives_the_same_crop(name: str) -> None:
    usual, other = CAMERAS["usual"], CAMERAS[name]
    pictures = film(usual), film(other)
    crops = [
        crop_image(picture, find_window(camera, VIEW, SIZE, "c"))
        for picture, camera in zip(pictures, (usual, other), strict=True)
    ]
    blind = [
        crop_image(picture, find_crop(camera.width, camera.height, SIZE[1], SIZE[0]))
        for picture, camera in zip(pictures, (usual, other), strict=True)
    ]
    assert apart(*crops) < 3.0
    assert apart(*blind) > 3 * apart(*crops), "a blind resize shows something else"
    moved = [apart(crops[0], np.roll(crops[1], shift, axis=(0, 1))) for shift in ((0, 2), (0, -2), (2, 0), (-2, 0))]
    assert min(moved) > apart(*crops), "nothing fits better than where it is"


@pytest.mark.parametrize("name", CAMERAS)
def test_directions_come_to_the_same_pixel(name: str) -> None:
    """Far points at known angles: their column and row in the crop follow from the view alone."""
    camera = CAMERAS[name]
    crop = find_window(camera, VIEW, SIZE, name)
    for left, down in ((0.0, 0.0), (0.2, 0.05), (-0.3, 0.08), (0.1, -0.02)):
        ((x, y),) = camera.project(np.array([[1e6, left * 1e6, camera.z - down * 1e6]]))
        seen = (
            (x + 0.5 - crop.left) * crop.width / crop.source_width,
            (y + 0.5 - crop.top) * crop.height / crop.source_height,
        )
        focal = SIZE[1] / 2 / math.tan(math.radians(VIEW.fov) / 2)
        wanted = (SIZE[1] / 2 - focal * left, VIEW.horizon * SIZE[0] + focal * down)
        tolerance = 0.5 if name not in ("pitched", "turned") else 1.5
        assert seen == pytest.approx(wanted, abs=tolerance)


def write(folder: Path, camera: Camera, source: str, *, known: bool) -> Drive:
    jpeg = encode_jpeg(film(camera))
    with DriveWriter(
        folder, name=folder.name, recording=folder.name, source=source, camera=camera if known else None, facts={}
    ) as writer:
        for index in range(20):
            writer.append(Frame(0.05 * index, 8.0, 0.01, 0.01, jpeg))
        return writer.finish()


def test_a_mixture_is_brought_to_one_view_in_training_and_at_the_wheel(tmp_path: Path) -> None:
    one = write(tmp_path / "a", CAMERAS["usual"], "udacity", known=False)
    other = write(tmp_path / "b", CAMERAS["wide"], "simulator", known=True)
    cameras = {"udacity": StatedCamera(fov=60, horizon=0.5)}
    config = DatasetConfig(view=VIEW, cameras=cameras, length=8, stride=8)
    clips = ClipDataset([one, other], config, SIZE, cache=tmp_path / "cache")
    first, second = (clips[index].images[0].transpose(1, 2, 0) for index in (0, 2))
    assert apart(first, second) < 3.0
    assert clips.statements() == ["all cameras show 50° across"]
    policy = LearnedPolicy(make_model("cnn", {}, seed=0), view=VIEW)
    for drive, crop in ((one, first), (other, second)):
        camera = camera_of(drive, cameras)
        assert camera is not None
        policy.reset(1, camera, 0.05)
        policy.act([Observation(drive.image(0), 8.0, 0.0)], [])
        np.testing.assert_array_equal(policy._images[0], crop)
    with pytest.raises(LiquidlaneError, match=r"a does not know its camera.*dataset.cameras.udacity="):
        ClipDataset([one, other], DatasetConfig(view=VIEW, length=8), SIZE, cache=tmp_path / "cache")


def test_a_camera_that_does_not_see_the_view_is_told_where() -> None:
    with pytest.raises(
        LiquidlaneError, match=r"\d+ px beyond the (left|right) edge of a camera of 320 x 160 px that sees 60°"
    ):
        find_window(CAMERAS["usual"], View(fov=80, horizon=0.25), SIZE, "ncp")
    with pytest.raises(LiquidlaneError, match="beyond the lower edge"):
        find_window(CAMERAS["usual"], View(fov=58, horizon=-0.9), SIZE, "ncp")
    with pytest.raises(ValidationError, match="bottom means nothing beside a view"):
        DatasetConfig(view=VIEW, bottom=3)


def test_a_stated_horizon_is_where_it_is_stated() -> None:
    for share in (0.3, 0.5, 0.62):
        camera = StatedCamera(fov=70, horizon=share).make(320, 160)
        ((_, row),) = camera.project(np.array([[1e7, 0.0, camera.z]]))
        assert (row + 0.5) / 160 == pytest.approx(share, abs=1e-4)
