"""The recurrent baseline of the paper: an LSTM of 64 units behind the same eyes."""

import torch
from pydantic import Field
from torch import Tensor, nn

from pipeline.driver.eyes import EyesName, make_eyes
from pipeline.driver.sequence import Counts, SequenceModel, count_weights
from simulator.config import Config as BaseConfig


class Config(BaseConfig):
    """Settings of the LSTM."""

    units: int = Field(default=64, ge=1, description="LSTM units")
    eyes: EyesName = Field(default="light", description="head: light (32 x 100 px) or the paper's (78 x 200 px)")
    see_speed: bool = Field(default=False, description="whether the units sense the speed too")


class Model(SequenceModel):
    """Eyes, an LSTM and one linear output; the state is (hidden, cell) side by side.

    Torch gives an LSTM two biases that only ever act as their sum. The second stays zero and untrained, so that the
    number of weights is the one that papers count (24,897 with 32 features).
    """

    def __init__(self, config: Config) -> None:
        super().__init__(make_eyes(config.eyes), see_speed=config.see_speed)
        self.state_size = 2 * config.units
        self.memory = nn.LSTM(self.controller_features, config.units, batch_first=True)
        nn.init.zeros_(self.memory.get_parameter("bias_hh_l0")).requires_grad_(False)
        self.steer = nn.Linear(config.units, 1)

    def control(self, features_BTF: Tensor, dt_BT: Tensor, state_BS: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """See `SequenceModel.control`; an LSTM knows no time, dt is ignored."""
        start = None
        if state_BS is not None:
            hidden, cell = state_BS.chunk(2, 1)
            start = (hidden.unsqueeze(0).contiguous(), cell.unsqueeze(0).contiguous())
        hidden_BTU, (hidden, cell) = self.memory(features_BTF, start)
        return self.steer(hidden_BTU)[..., 0], torch.cat([hidden[0], cell[0]], 1)

    def neurons(self, state_BS: Tensor) -> Tensor:
        """Give the hidden activity, (B, units)."""
        return state_BS[:, : self.memory.hidden_size]

    def count(self) -> Counts:
        """Count; all connections exist, so masked is dense."""
        units, weights = self.memory.hidden_size, count_weights(self.memory) + count_weights(self.steer)
        synapses = (self.controller_features + units) * units + units
        multiplies, sigmoids = 4 * (self.controller_features + units) * units + 4 * units, 5 * units
        return Counts(units, synapses, weights, weights, self.count_driving(), multiplies, sigmoids)
