"""Augmentation changes the look of a clip, never of its frames against each other, and keeps its label true."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.augmentation.augment import AugmentConfig, Augmenter
from pipeline.augmentation.viewpoint import camera_of_frames, curvature_that_returns, move_view
from pipeline.dataset.cache import CachedFrames
from pipeline.dataset.clip import AUXILIARY, Clip
from simulator.camera import Camera, find_crop
from simulator.errors import LiquidlaneError

CAMERA = Camera.from_fov(200, 100, 1.2, x=0.8, y=0.1, z=1.4, pitch=0.1, yaw=0.02)
FRAMES = CachedFrames(Path(), find_crop(200, 100, 100, 32, 10), 4, 4)
NOTHING: dict[str, Any] = dict.fromkeys(("gamma", "contrast", "brightness", "grey", "colour", "light", "noise"), 0)


def make_clip(images: NDArray[np.uint8] | None = None, steps: int = 6) -> Clip:
    if images is None:
        one = np.random.default_rng(0).integers(30, 220, (1, 3, 40, 100), np.uint8)
        images = np.repeat(one, steps, axis=0)
    return Clip(
        images,
        np.full(steps, 8, np.float32),
        np.full(steps, 0.05, np.float32),
        np.linspace(-0.02, 0.03, steps, dtype=np.float32),
        {name: np.full(steps, 0.1 * (n + 1), np.float32) for n, name in enumerate(AUXILIARY)},
        np.ones(steps, np.float32),
    )


def vary(seed: int = 0, clip: Clip | None = None, camera: Camera | None = CAMERA, **config: Any) -> Clip:
    return Augmenter(AugmentConfig(**config))(clip or make_clip(), FRAMES, camera, np.random.default_rng(seed))


def test_one_draw_holds_for_all_frames_of_a_clip() -> None:
    looks = [vary(seed, noise=0) for seed in range(20)]
    for clip in looks:
        assert (clip.images == clip.images[:1]).all()
    assert len({clip.images.tobytes() for clip in looks}) == 20


def test_noise_differs_from_frame_to_frame_and_is_as_strong_as_said() -> None:
    grey = make_clip(np.full((6, 3, 40, 100), 128, np.uint8))
    spreads = []
    for seed in range(200):
        noise = vary(seed, grey, **{**NOTHING, "noise": 12}).images.astype(float) - 128
        assert abs(noise.mean()) < 0.5
        spreads.append(noise.std())
        if spreads[-1] > 1:
            assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.06
    assert max(spreads) == pytest.approx(12, abs=0.4), "strengths are even from 0 to the limit"
    assert np.mean(spreads) == pytest.approx(6, abs=0.6)


def test_no_strength_changes_nothing() -> None:
    clip = make_clip()
    result = vary(3, clip, **NOTHING)
    np.testing.assert_array_equal(result.images, clip.images[:, :, 4:36])
    np.testing.assert_array_equal(result.curvature, clip.curvature)


@pytest.mark.parametrize(
    ("name", "strength", "low", "high"),
    [
        ("gamma", 0.45, 0.03, 0.2),
        ("contrast", 0.4, 0.1, 0.45),
        ("brightness", 0.14, 0.02, 0.15),
        ("light", 0.25, 0, 0.05),
    ],
)
def test_each_strength_has_its_size(name: str, strength: float, low: float, high: float) -> None:
    grey = make_clip(np.full((6, 3, 40, 100), 100, np.uint8))
    levels = [vary(seed, grey, **{**NOTHING, name: strength}).images.mean() / 255 for seed in range(100)]
    assert low <= max(abs(level - 100 / 255) for level in levels) <= high
    assert np.mean(levels) == pytest.approx(100 / 255, abs=0.03)


def test_grey_takes_colour_from_a_share_of_clips() -> None:
    colourless = [
        np.ptp(vary(seed, **{**NOTHING, "grey": 0.3}).images.astype(int), axis=1).max() == 0 for seed in range(200)
    ]
    assert np.mean(colourless) == pytest.approx(0.3, abs=0.1)


def test_colour_moves_each_channel_by_itself() -> None:
    grey = make_clip(np.full((6, 3, 40, 100), 100, np.uint8))
    gains = (
        np.array([vary(seed, grey, **{**NOTHING, "colour": 0.2}).images.mean((0, 2, 3)) for seed in range(100)]) / 100
    )
    assert gains.min() == pytest.approx(0.8, abs=0.03)
    assert gains.max() == pytest.approx(1.2, abs=0.03)
    assert abs(np.corrcoef(gains.T)[0, 1]) < 0.3


def test_a_mirror_negates_the_label_and_all_that_is_known() -> None:
    clip = make_clip()
    mirrored = vary(0, clip, **NOTHING, mirror=1)
    np.testing.assert_array_equal(mirrored.images, clip.images[:, :, 4:36, ::-1])
    np.testing.assert_array_equal(mirrored.curvature, -clip.curvature)
    for name, values in clip.auxiliary.items():
        np.testing.assert_array_equal(mirrored.auxiliary[name], -values)
    shares = [vary(seed, clip, **NOTHING, mirror=0.25).curvature[0] > 0 for seed in range(300)]
    assert np.mean(shares) == pytest.approx(0.25, abs=0.08)


def paint(camera: Camera, shift: float, yaw: float) -> NDArray[np.uint8]:
    """Draw a soft chequered plane, and far posts, seen after the car moved; by shooting a ray through each pixel."""
    columns, rows = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    rays = np.stack([(columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy, np.ones(rows.shape)], -1)
    rays = rays @ camera.rotation().T
    along = np.arctan2(rays[..., 1], rays[..., 0]) + yaw
    down = np.minimum(rays[..., 2], -1e-3)
    forward, left = (camera.x - camera.z * rays[..., 0] / down, camera.y - camera.z * rays[..., 1] / down)
    world_x = np.cos(yaw) * forward - np.sin(yaw) * left
    world_y = shift + np.sin(yaw) * forward + np.cos(yaw) * left
    ground = 128 + 60 * np.sin(world_y * 1.5) + 40 * np.sin(world_x * 0.8) * np.exp(-forward / 20)
    image = np.where(rays[..., 2] < 0, ground, 128 + 80 * np.sin(along * 12))
    return np.repeat(image[..., None], 3, axis=2).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(("shift", "yaw"), [(0.8, 0.0), (-0.8, 0.0), (0.0, 0.08), (0.0, -0.08), (0.5, -0.06)])
def test_a_moved_view_is_what_would_have_been_seen(shift: float, yaw: float) -> None:
    camera = camera_of_frames(CAMERA, FRAMES)
    assert (camera.width, camera.height) == (100, 40)
    before, after = paint(camera, 0, 0), paint(camera, shift, yaw)
    moved = move_view(before[None], camera, shift, yaw)[0]
    inside = (slice(None), slice(30, 70))  # away from what the camera had not seen
    horizon = slice(0, 15), slice(15, 22), slice(22, None)  # far, too fine to resolve, near
    for rows in (horizon[0], horizon[2]):
        error = np.abs(moved[rows][inside].astype(float) - after[rows][inside]).mean()
        unmoved = np.abs(before[rows][inside].astype(float) - after[rows][inside]).mean()
        assert error < max(0.35 * unmoved, 2.0), (rows, error, unmoved)


def test_the_frames_camera_sees_where_the_crop_shows_it() -> None:
    points = np.array([[12.0, 2.0, 0.0], [8.0, -1.5, 0.0], [30.0, 4.0, 0.5]])
    full, small = CAMERA.project(points), camera_of_frames(CAMERA, FRAMES).project(points)
    crop = FRAMES.crop
    np.testing.assert_allclose(small[:, 0], (full[:, 0] + 0.5) / 2 - 0.5)
    np.testing.assert_allclose(small[:, 1], (full[:, 1] - crop.top + 0.5) / 2 - 0.5 + FRAMES.above)


@pytest.mark.parametrize(("shift", "yaw", "speed"), [(0.6, 0, 10), (-0.4, 0.05, 8), (0, -0.06, 13), (0.5, 0.05, 2)])
def test_the_corrected_label_starts_the_way_back(shift: float, yaw: float, speed: float) -> None:
    """The cubic that joins both ends, solved anew by linear algebra, and what DAVE-2 asks: back within two seconds."""
    distance = max(2 * speed, 10)
    ends = [[1, 0, 0, 0], [0, 1, 0, 0], [1, distance, distance**2, distance**3], [0, 1, 2 * distance, 3 * distance**2]]
    cubic = np.linalg.solve(np.array(ends, float), [shift, yaw, 0, 0])
    assert float(curvature_that_returns(shift, yaw, speed, 2.0)) == pytest.approx(2 * cubic[2], rel=1e-5)


def test_steering_by_the_corrected_label_leads_back() -> None:
    """A car that obeys the label anew at each moment, its own offset and heading known, ends up on the line."""
    offset, heading, speed = 0.6, 0.05, 8.0
    for _ in range(80):
        turn = float(curvature_that_returns(offset, heading, speed, 2.0))
        offset += speed * 0.05 * heading
        heading += speed * 0.05 * turn
    assert abs(offset) < 0.1
    assert abs(heading) < 0.02


def test_clips_seen_from_the_left_steer_right() -> None:
    clip = make_clip()
    for seed in range(30):
        moved = vary(seed, clip, **NOTHING, moved=1, shift=0.6, yaw=0.0)
        change = moved.auxiliary["offset"][0] - clip.auxiliary["offset"][0]
        assert np.sign(moved.curvature[0] - clip.curvature[0]) == -np.sign(change)
        assert abs(change) <= 0.6
        np.testing.assert_array_equal(moved.auxiliary["curvature_10"], clip.auxiliary["curvature_10"])
    for seed in range(10):
        askew = vary(seed, clip, **NOTHING, moved=1, shift=0.0, yaw=0.06)
        turned = askew.auxiliary["heading"][0] - clip.auxiliary["heading"][0]
        assert np.sign(askew.curvature[0] - clip.curvature[0]) == -np.sign(turned)
        camera = camera_of_frames(CAMERA, FRAMES)
        images = move_view(np.ascontiguousarray(clip.images.transpose(0, 2, 3, 1)), camera, 0.0, float(turned))
        assert np.abs(askew.images.transpose(0, 2, 3, 1).astype(int) - images[:, 4:36]).mean() < 1
    unknown = vary(0, clip, camera=None, **NOTHING, moved=1)
    np.testing.assert_array_equal(unknown.curvature, clip.curvature)


def test_a_moved_mirror_is_a_mirrored_move() -> None:
    """Seen by a camera in the middle: moving left and mirroring is mirroring and moving right."""
    camera = Camera.from_fov(100, 40, 1.2, pitch=0.1)
    image = paint(camera, 0.3, 0.05)
    one = move_view(image[None], camera, 0.5, 0.04)[:, :, ::-1]
    other = move_view(np.ascontiguousarray(image[None, :, ::-1]), camera, -0.5, -0.04)
    assert np.abs(one.astype(int) - other).max() <= 3


def test_more_transforms_of_albumentations_by_name() -> None:
    blurred = vary(0, **NOTHING, more=({"name": "Blur", "blur_limit": 7, "p": 1.0},))
    assert blurred.images.std() < 0.7 * make_clip().images.std()
    with pytest.raises(LiquidlaneError, match="did you mean MotionBlur"):
        vary(0, more=({"name": "MotionBlurr"},))
    with pytest.raises(LiquidlaneError, match="Blur can't be made"):
        vary(0, more=({"name": "Blur", "blur_limt": 3},))


def test_albumentations_is_told_not_to_ask_the_network() -> None:
    program = (
        "import os, sys\nimport pipeline.augmentation.augment as augment\nassert 'albumentations' not in sys.modules\n"
        "augment.Augmenter(augment.AugmentConfig())\nprint(os.environ['NO_ALBUMENTATIONS_UPDATE'])"
    )
    clean = {key: value for key, value in os.environ.items() if key != "NO_ALBUMENTATIONS_UPDATE"}
    answer = subprocess.run([sys.executable, "-c", program], env=clean, capture_output=True, text=True, check=True)
    assert answer.stdout == "1\n"
