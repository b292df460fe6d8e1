"""A trained model at the wheel: crops what the camera sees, remembers for each car, answers for all at once."""

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.driver.crop import crop_image
from pipeline.driver.sequence import SequenceModel
from pipeline.driver.view import View, find_window
from simulator.camera import Camera, Crop, find_crop
from simulator.errors import LiquidlaneError
from simulator.world import Control, LanePose, Observation

FOV_TOLERANCE = 0.05
"""Relative difference of the field of view from the training's that is still the same view."""


class LearnedPolicy:
    """Drives all cars of a group with one model. A `simulator.world.Policy`.

    Every call computes all cars of the group, seen or not: a car's last bits depend on the size of the group (fixed by
    the unit of work) and not on which others have lost a frame or ended.

    model: in evaluation mode. name: for messages. camera: that filmed the training drives, if known. bottom: rows at
    the lower edge of its images that were left out [px]. view: what it looks at with any camera, instead of those two.
    """

    def __init__(
        self,
        model: SequenceModel,
        *,
        name: str = "model",
        camera: Camera | None = None,
        bottom: int = 0,
        view: View | None = None,
    ) -> None:
        self.model = model.eval()
        self.name, self.camera, self.bottom, self.view = name, camera, bottom, view
        self._period = 0.0
        self._crop: Crop | None = None

    def reset(self, cars: int, camera: Camera, period: float) -> None:
        """Forget everything and prepare for `cars` cars seen by `camera` every `period` seconds.

        Raises:
            LiquidlaneError: if the camera's image has too few pixels or rows for the model.
        """
        height, width = self.model.input_size
        bottom = self.bottom
        if self.camera is not None and self.view is None:
            bottom = round(bottom * camera.height / self.camera.height)
            if abs(camera.fov / self.camera.fov - 1) > FOV_TOLERANCE:
                warnings.warn(
                    f"{self.name} learned from a camera with a field of view of {np.degrees(self.camera.fov):.0f}° and "
                    f"now sees {np.degrees(camera.fov):.0f}°; bends look different to it",
                    stacklevel=2,
                )
        if self.view is not None:
            crop = find_window(camera, self.view, (height, width), self.name)
        else:
            crop = find_crop(camera.width, camera.height, width, height, bottom)
        if self.view is None and crop.source_width < width:
            raise LiquidlaneError(
                f"{self.name} looks at {width} x {height} px and can't drive with a camera of {camera.width} x "
                f"{camera.height} px; set the world's camera to at least {width} px width"
            )
        self._crop, self._period = crop, period
        self._images = np.zeros((cars, height, width, 3), np.uint8)
        self._speed = np.zeros(cars, np.float32)
        self._seen: list[float | None] = [None] * cars
        self._controls = [Control(0.0)] * cars
        self._state = self.model.initial_state(cars)

    def forget(self, car: int) -> None:
        """Forget one car's past; the others go on."""
        self._seen[car] = None
        if self._state is not None:
            self._state[car] = 0.0

    def act(self, observations: Sequence[Observation | None], lanes: Sequence[LanePose]) -> list[Control]:
        """Choose a control for each car; where the observation is None, the last control holds.

        Args:
            observations: one per car, of the camera given to `reset`.
            lanes: ignored; a learned driver sees images only.

        Raises:
            LiquidlaneError: if a frame has another size than the camera's, or the model gives no number.
            ValueError: if time does not rise, or `reset` was not called for this number of cars.
        """
        if self._crop is None or len(observations) != len(self._seen):
            raise ValueError(f"{len(observations)} observations, but reset() prepared for another number of cars")
        present = [car for car, observation in enumerate(observations) if observation is not None]
        if not present:
            return list(self._controls)
        dt = np.full(len(observations), self._period, np.float32)
        for car in present:
            dt[car] = self._take(car, observations[car])
        curvature = self._run(dt, present)
        for car in present:
            if not np.isfinite(curvature[car]):
                raise LiquidlaneError(
                    f"{self.name} gave {curvature[car]} for car {car}; its weights are no use, retrain"
                )
            self._controls[car] = Control(float(curvature[car]))
        return list(self._controls)

    @property
    def neurons(self) -> NDArray[np.float32] | None:
        """Activity of the units after the last `act`, (cars, units), or None for a model without memory."""
        if self._state is None:
            return None
        activity: NDArray[np.float32] = self.model.neurons(self._state).cpu().numpy().copy()
        return activity

    def _take(self, car: int, observation: Observation | None) -> float:
        """Take in what a car sees and give the time since it last saw something [s]."""
        assert observation is not None and self._crop is not None
        before = self._seen[car]
        dt = self._period if before is None else observation.timestamp - before
        if dt <= 0:
            raise ValueError(f"car {car} sees {observation.timestamp} s after {before} s; time must rise")
        self._images[car] = crop_image(observation.image, self._crop)
        self._speed[car] = observation.speed
        self._seen[car] = observation.timestamp
        return dt

    @torch.no_grad()
    def _run(self, dt: NDArray[np.float32], present: list[int]) -> NDArray[np.float32]:
        """Run the model one step for all cars and keep the new state of those present."""
        device = self.model.auxiliary.weight.device
        images = torch.from_numpy(self._images).to(device).permute(0, 3, 1, 2).unsqueeze(1)
        speed = torch.from_numpy(self._speed).to(device).unsqueeze(1)
        output = self.model(images, speed, torch.from_numpy(dt).to(device).unsqueeze(1), self._state)
        if output.state is not None and self._state is not None:
            if len(present) == len(dt):
                self._state = output.state
            else:
                self._state[present] = output.state[present]
        curvature: NDArray[np.float32] = output.curvature[:, 0].float().cpu().numpy()
        return curvature
