"""What every driver that learns promises: images and time in, curvature and state out.

Shape suffixes: B batch, T steps, C channels, H rows, W columns, F features, S size of the state.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pipeline.driver.eyes import Eyes

TARGET_SCALE = 20.0
"""Inside a model a curvature of 1/20 per metre (a radius of 20 m) is 1."""
SPEED_SCALE = 20.0
"""Inside a model a speed of 20 m/s is 1."""
AUXILIARY_SCALES = {"offset": 1.0, "heading": 8.0, "curvature": 20.0, "curvature_10": 20.0, "curvature_20": 20.0}
"""What the eyes must also tell while they learn, and the factor that brings each near 1: the car's offset [m] and
heading [rad] in its lane, the lane's curvature here and 10 m and 20 m ahead [1/m]."""


class Output(NamedTuple):
    """What a model gives for a batch of clips.

    curvature: (B, T) [1/m], left positive. state: (B, S) after the last step, None without memory.
    auxiliary: name in AUXILIARY_SCALES -> (B, T) in its SI unit.
    """

    curvature: Tensor
    state: Tensor | None
    auxiliary: dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Counts:
    """How large a driver is.

    neurons: units of the controller. synapses: its connections. masked: its weights that exist. dense: what it would
    have if every neuron were wired to every other and to all features. whole: all weights of the driver with its
    eyes, without the auxiliary heads, which only training needs. multiplies, sigmoids: of the controller in one frame,
    0 if unknown. roles: synapses by what they connect, such as "sensory → inter", if the neurons have roles.
    """

    neurons: int
    synapses: int
    masked: int
    dense: int
    whole: int
    multiplies: int = 0
    sigmoids: int = 0
    roles: dict[str, int] = field(default_factory=dict)

    def table(self) -> str:
        """Give the counts as lines of text."""
        rows = {
            "neurons": self.neurons,
            "synapses": self.synapses,
            **{f"  {pair}": count for pair, count in self.roles.items()},
            "controller parameters": self.masked,
            "controller parameters if dense": self.dense,
            "parameters of the whole driver": self.whole,
            "controller multiplications a frame": self.multiplies,
            "controller sigmoids a frame": self.sigmoids,
        }
        return "\n".join(f"{name:36}{value:>12,}" for name, value in rows.items())


class SequenceModel(nn.Module):
    """Base of all models: eyes, a controller, and the auxiliary heads that help the eyes to learn.

    A model file defines `Config` and `Model(config)`; the model implements `control`, `count` and, with memory,
    `state_size`.

    eyes: the convolutional head. see_speed: whether the controller gets the speed as one more feature.
    """

    state_size = 0

    def __init__(self, eyes: Eyes, *, see_speed: bool = False) -> None:
        super().__init__()
        self.eyes = eyes
        self.see_speed = see_speed
        self.auxiliary = nn.Linear(eyes.features, len(AUXILIARY_SCALES))

    @property
    def input_size(self) -> tuple[int, int]:
        """(height, width) of the images it looks at [px]."""
        return self.eyes.input_size

    @property
    def controller_features(self) -> int:
        """Number of features that reach the controller."""
        return self.eyes.features + int(self.see_speed)

    def forward(self, images_BTCHW: Tensor, speed_BT: Tensor, dt_BT: Tensor, state_BS: Tensor | None = None) -> Output:
        """Drive along a batch of clips.

        Args:
            images_BTCHW: uint8 RGB, of `input_size`.
            speed_BT: [m/s].
            dt_BT: [s] since the frame before.
            state_BS: from the step before; None after a reset.
        """
        return self.decide(self.look(images_BTCHW), speed_BT, dt_BT, state_BS)

    def look(self, images_BTCHW: Tensor) -> Tensor:
        """Give the (B, T, F) features that the eyes see."""
        features_NF: Tensor = self.eyes(images_BTCHW.flatten(0, 1))
        return features_NF.view(*images_BTCHW.shape[:2], -1)

    def decide(self, features_BTF: Tensor, speed_BT: Tensor, dt_BT: Tensor, state_BS: Tensor | None = None) -> Output:
        """Drive along a batch of clips by what the eyes have seen; see `forward`."""
        told = self.auxiliary(features_BTF)
        auxiliary = {name: told[..., i] / scale for i, (name, scale) in enumerate(AUXILIARY_SCALES.items())}
        if self.see_speed:
            features_BTF = torch.cat([features_BTF, speed_BT.unsqueeze(-1) / SPEED_SCALE], -1)
        curvature_BT, state_BS = self.control(features_BTF, dt_BT, state_BS)
        return Output(curvature_BT / TARGET_SCALE, state_BS, auxiliary)

    def control(self, features_BTF: Tensor, dt_BT: Tensor, state_BS: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Give (B, T) curvature times TARGET_SCALE, and the state after the last step."""
        raise NotImplementedError

    def count(self) -> Counts:
        """Count neurons, synapses and weights."""
        raise NotImplementedError

    def initial_state(self, batch: int) -> Tensor | None:
        """Give the state of `batch` cars after a reset, (B, S) zeros; None without memory."""
        if self.state_size == 0:
            return None
        return torch.zeros(batch, self.state_size, device=self.auxiliary.weight.device)

    def neurons(self, state_BS: Tensor) -> Tensor:
        """Give the activity of the units, (B, units), out of a state."""
        return state_BS

    def count_driving(self) -> int:
        """Count the weights that driving needs: all but the auxiliary heads."""
        return count_weights(self) - count_weights(self.auxiliary)


def count_weights(module: nn.Module) -> int:
    """Count the numbers that training changes."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)
