"""A clip that could not have been filmed can't be made."""

from typing import Any

import numpy as np
import pytest

from pipeline.dataset.clip import AUXILIARY, Clip


def make(**changes: Any) -> Clip:
    steps = 5
    values: dict[str, Any] = {
        "images": np.random.default_rng(0).integers(0, 256, (steps, 3, 4, 6), np.uint8),
        "speed": np.full(steps, 8, np.float32),
        "dt": np.full(steps, 0.05, np.float32),
        "curvature": np.linspace(-0.1, 0.2, steps, dtype=np.float32),
        "auxiliary": {name: np.arange(steps, dtype=np.float32) for name in AUXILIARY},
        "weight": np.ones(steps, np.float32),
    }
    return Clip(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"images": np.zeros((5, 4, 6, 3), np.uint8)}, "images"),
        ({"images": np.zeros((5, 3, 4, 6), np.float32)}, "images"),
        ({"speed": np.ones(4, np.float32)}, "speed"),
        ({"curvature": np.ones(5)}, "curvature must be"),
        ({"dt": np.array([0.05, 0.05, 0, 0.05, 0.05], np.float32)}, "rises"),
        ({"dt": np.array([0.05, 0.05, -1, 0.05, 0.05], np.float32)}, "rises"),
        ({"curvature": np.array([0, np.nan, 0, 0, 0], np.float32)}, "finite"),
        ({"weight": np.full(5, -1, np.float32)}, "weights"),
        ({"auxiliary": {"offset": np.ones(6, np.float32)}}, "offset"),
        ({"auxiliary": {"ofset": np.ones(5, np.float32)}}, "among"),
    ],
)
def test_a_wrong_clip_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make(**changes)


def test_unknown_auxiliary_targets_are_allowed() -> None:
    assert np.isnan(make(auxiliary={"offset": np.full(5, np.nan, np.float32)}).auxiliary["offset"]).all()


def test_a_mirror_changes_every_sign_and_twice_is_nothing() -> None:
    clip = make()
    mirrored = clip.mirror()
    np.testing.assert_array_equal(mirrored.curvature, -clip.curvature)
    np.testing.assert_array_equal(mirrored.images[2, 1, 3], clip.images[2, 1, 3][::-1])
    for name in AUXILIARY:
        np.testing.assert_array_equal(mirrored.auxiliary[name], -clip.auxiliary[name])
    np.testing.assert_array_equal(mirrored.speed, clip.speed)
    np.testing.assert_array_equal(mirrored.mirror().images, clip.images)
