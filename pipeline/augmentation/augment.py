"""Variations of a clip that must not change how it is driven: one draw for the whole clip.

Gamma, brightness, contrast and grey come from albumentations, colour cast, uneven light and per-frame noise from
`pipeline.augmentation.sensor`. Of albumentations' own, `MultiplicativeNoise`, `Illumination` and `GaussNoise` cost 5 to
15 times as much, and its noise would be the same in all frames of a clip.
"""

import difflib
import math
import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.dataset.clip import Clip
from simulator.camera import Camera
from simulator.config import Config
from simulator.errors import LiquidlaneError

if TYPE_CHECKING:
    from pipeline.dataset.cache import CachedFrames


class AugmentConfig(Config):
    """How much a clip may vary. All strengths are limits; each clip draws its own."""

    gamma: float = Field(0.45, ge=0, le=2, description="Limit of |log gamma|.")
    contrast: float = Field(0.4, ge=0, lt=1, description="Limit of the change of contrast.")
    brightness: float = Field(0.14, ge=0, le=1, description="Limit of the brightness added, of full scale.")
    grey: float = Field(0.3, ge=0, le=1, description="Share of clips without colour.")
    colour: float = Field(0.2, ge=0, lt=1, description="Limit of the change of each colour channel.")
    light: float = Field(0.25, ge=0, lt=0.5, description="Limit of the change of light towards the image's edges.")
    noise: float = Field(10.0, ge=0, le=128, description="Limit of the standard deviation of noise per frame, of 255.")
    mirror: float = Field(0.0, ge=0, le=1, description="Share of mirrored clips (the traffic changes side, too).")
    moved: float = Field(0.0, ge=0, le=1, description="Share of clips seen from the side; needs a known camera.")
    shift: float = Field(0.6, ge=0, le=3, description="Limit of how far to the side [m].")
    yaw: float = Field(0.06, ge=0, le=0.5, description="Limit of how far askew [rad].")
    return_seconds: float = Field(2.0, gt=0, description="A clip seen from the side is labelled to be back after [s].")
    more: tuple[dict[str, Any], ...] = Field(
        (), description='Further transforms of albumentations, such as {"name": "MotionBlur", "p": 0.2}.'
    )


class Augmenter:
    """Varies clips as an AugmentConfig says.

    Raises:
        LiquidlaneError: if a transform named in `more` does not exist or can't be made.
    """

    def __init__(self, config: AugmentConfig) -> None:
        self.config = config
        self._photometric = _compose(config)

    def __call__(self, clip: Clip, frames: "CachedFrames", camera: Camera | None, random: np.random.Generator) -> Clip:
        """Vary a clip.

        Args:
            clip: with images of the cached frames' size, margin included.
            frames: tell where the crop lies in the margin.
            camera: of the drive; without it no clip is seen from the side.
            random: where everything is drawn from.

        Returns:
            A clip with images of the crop's size.
        """
        config = self.config
        images: NDArray[np.uint8] = clip.images.transpose(0, 2, 3, 1)
        moved, mirrored = random.random() < config.moved, random.random() < config.mirror
        shift, yaw = (limit * random.uniform(-1, 1) for limit in (config.shift, config.yaw))
        if moved and camera is not None:
            clip, images = self._move(clip, images, frames, camera, shift, yaw)
        images = np.ascontiguousarray(images[:, frames.above : frames.above + frames.crop.height])
        if mirrored:
            clip, images = clip.mirror(), _flip(images)
        images = self._photograph(images, random)
        return clip.replace(images=images.transpose(0, 3, 1, 2))

    def _move(
        self, clip: Clip, images: NDArray[np.uint8], frames: "CachedFrames", camera: Camera, shift: float, yaw: float
    ) -> tuple[Clip, NDArray[np.uint8]]:
        from pipeline.augmentation.viewpoint import camera_of_frames, curvature_that_returns, move_view

        images = move_view(images, camera_of_frames(camera, frames), shift, yaw)
        auxiliary = dict(clip.auxiliary)
        for name, change in (("offset", shift), ("heading", yaw)):
            if name in auxiliary:
                auxiliary[name] = auxiliary[name] + np.float32(change)
        back = curvature_that_returns(shift, yaw, clip.speed, self.config.return_seconds)
        return clip.replace(curvature=clip.curvature + back, auxiliary=auxiliary), images

    def _photograph(self, images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
        """Draw the look of a clip; (T, H, W, 3) in and out."""
        from pipeline.augmentation.sensor import expose

        config = self.config
        self._photometric.set_random_seed(int(random.integers(1 << 32)))
        images = self._photometric(images=images)["images"]
        height, width = images.shape[1:3]
        gain = 1 + random.uniform(-config.colour, config.colour, 3).astype(np.float32)
        down, across = random.uniform(-config.light, config.light, 2).astype(np.float32)
        light = (
            1
            + down * np.linspace(-1, 1, height, dtype=np.float32)[:, None]
            + across * np.linspace(-1, 1, width, dtype=np.float32)
        )
        return expose(images, gain, light, config.noise * random.random(), random)


def _flip(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Mirror (T, H, W, 3), thirty times as fast as numpy does."""
    import cv2

    steps, height, width, channels = images.shape
    flipped = cv2.flip(images.reshape(steps * height, width, channels), 1)
    return np.asarray(flipped, np.uint8).reshape(images.shape)


def _compose(config: AugmentConfig) -> Any:
    """Make albumentations' part: random numbers come from a seed set before each call."""
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # or importing it asks a server for its newest version
    import albumentations

    transforms: list[Any] = []
    if config.gamma > 0:
        limits = tuple(100 * math.exp(sign * config.gamma) for sign in (-1, 1))
        transforms.append(albumentations.RandomGamma(gamma_limit=limits, p=1))
    if config.brightness > 0 or config.contrast > 0:
        transforms.append(
            albumentations.RandomBrightnessContrast(
                brightness_limit=config.brightness, contrast_limit=config.contrast, p=1
            )
        )
    if config.grey > 0:
        transforms.append(albumentations.ToGray(p=config.grey))
    transforms += [_make_transform(albumentations, dict(settings)) for settings in config.more]
    return albumentations.Compose(transforms)


def _make_transform(albumentations: Any, settings: dict[str, Any]) -> Any:
    name = str(settings.pop("name", ""))
    known = [key for key, value in vars(albumentations).items() if isinstance(value, type)]
    if name not in known:
        close = difflib.get_close_matches(name, known, 1, 0.5)
        hint = f"did you mean {close[0]}?" if close else "see its documentation for what there is"
        raise LiquidlaneError(f"augment.more: albumentations has no transform {name!r}; {hint}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # albumentations only warns about settings it does not know
            return getattr(albumentations, name)(**settings)
    except (TypeError, ValueError, UserWarning) as error:
        raise LiquidlaneError(f"augment.more: {name} can't be made with {settings} ({error})") from None
