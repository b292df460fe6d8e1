"""The continuous-time baseline of the paper: a CT-RNN of 64 units, all connected, behind the same eyes."""

from pydantic import Field
from torch import Tensor, nn

from pipeline.driver.eyes import EyesName, make_eyes
from pipeline.driver.sequence import Counts, SequenceModel, count_weights
from pipeline.liquid.counts import count_cell
from pipeline.liquid.ctrnn import CTRNN
from pipeline.liquid.wiring import Wiring
from simulator.config import Config as BaseConfig


class Config(BaseConfig):
    """Settings of the CT-RNN."""

    units: int = Field(default=64, ge=1, description="CT-RNN units")
    eyes: EyesName = Field(default="light", description="head: light (32 x 100 px) or the paper's (78 x 200 px)")
    see_speed: bool = Field(default=False, description="whether the units sense the speed too")
    unfolds: int = Field(default=6, ge=1, description="Euler steps per frame")
    time_unit: float = Field(default=0.05, gt=0, description="time constant of the neurons [s], or its start value")
    learn_tau: bool = Field(default=False, description="whether each neuron learns its own time constant")


class Model(SequenceModel):
    """Eyes, a CT-RNN and one linear output; 6,273 weights with 32 features, as the paper counts."""

    def __init__(self, config: Config) -> None:
        super().__init__(make_eyes(config.eyes), see_speed=config.see_speed)
        self.state_size = config.units
        wiring = Wiring.fully_connected(self.controller_features, config.units, config.units)
        self.cell = CTRNN(wiring, unfolds=config.unfolds, time_unit=config.time_unit, learn_tau=config.learn_tau)
        self.steer = nn.Linear(config.units, 1)

    def control(self, features_BTF: Tensor, dt_BT: Tensor, state_BS: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """See `SequenceModel.control`."""
        _, states_BTU = self.cell(features_BTF, dt_BT, state_BS)
        steer_BT: Tensor = self.steer(states_BTU)[..., 0]
        return steer_BT, states_BTU[:, -1]

    def count(self) -> Counts:
        """Count; all connections exist, so masked is dense."""
        units, cell = self.cell.wiring.units, count_cell(self.cell)
        weights = count_weights(self.cell) + count_weights(self.steer)
        return Counts(
            units,
            self.cell.wiring.synapses + units,
            weights,
            weights,
            self.count_driving(),
            cell.multiplies + units,
            cell.sigmoids,
        )
