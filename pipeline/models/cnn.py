"""The feed-forward baseline: one image, one curvature, no memory."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from pipeline.driver.eyes import Eyes, LightEyes, PilotEyes
from pipeline.driver.sequence import Counts, SequenceModel, count_weights
from simulator.config import Config as BaseConfig


class Config(BaseConfig):
    """Settings of the feed-forward network."""

    eyes: Literal["light", "paper"] = Field(
        default="light", description="light (32 x 100 px) or the baseline of the paper (78 x 200 px, 5 million weights)"
    )
    see_speed: bool = Field(default=False, description="whether the fully connected layers get the speed too")


class Model(SequenceModel):
    """Convolutions, then fully connected layers; no state.

    The paper's variant is 24@5x5, 36@5x5, 48@3x3 (stride 2), 64@3x3, 64@3x3 without padding, then 1000, 100 and
    1 neurons, the last without bias: 5,068,900 weights.
    """

    def __init__(self, config: Config) -> None:
        paper = config.eyes == "paper"
        eyes: Eyes = PilotEyes((78, 200), (5, 5, 3, 3, 3)) if paper else LightEyes()
        super().__init__(eyes, see_speed=config.see_speed)
        self.layers = make_layers(self.controller_features, (1000, 100, 1) if paper else (32, 1), last_bias=not paper)
        self.starts_with_relu = not paper

    def control(self, features_BTF: Tensor, dt_BT: Tensor, state_BS: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """See `SequenceModel.control`; each image is judged by itself."""
        if self.starts_with_relu:
            features_BTF = torch.relu(features_BTF)
        return self.layers(features_BTF)[..., 0], None

    def count(self) -> Counts:
        """Count the fully connected layers as the controller."""
        return count_layers(self.layers, self.count_driving())


def make_layers(inputs: int, widths: tuple[int, ...], *, last_bias: bool = True) -> nn.Sequential:
    """Make fully connected layers with ReLU between them."""
    layers: list[nn.Module] = []
    for index, width in enumerate(widths):
        last = index == len(widths) - 1
        layers += [nn.Linear(inputs, width, bias=last_bias or not last)] + ([] if last else [nn.ReLU()])
        inputs = width
    return nn.Sequential(*layers)


def count_layers(layers: nn.Sequential, whole: int) -> Counts:
    """Count neurons, connections and weights of fully connected layers."""
    linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
    weights = count_weights(layers)
    neurons, synapses = sum(layer.out_features for layer in linear), sum(layer.weight.numel() for layer in linear)
    return Counts(neurons, synapses, weights, weights, whole, multiplies=synapses)
