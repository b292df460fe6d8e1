"""A neural circuit policy: 19 liquid neurons in the wiring of Lechner et al. 2020 behind convolutional eyes."""

from typing import Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor
from typing_extensions import Self

from pipeline.driver.eyes import EyesName, make_eyes
from pipeline.driver.sequence import Counts, SequenceModel
from pipeline.liquid.cfc import CURVES, CfC
from pipeline.liquid.cfc_torch import Mode
from pipeline.liquid.counts import count_cell
from pipeline.liquid.ltc import LTC
from pipeline.liquid.wiring import Wiring
from simulator.config import Config as BaseConfig


class Config(BaseConfig):
    """Settings of a neural circuit policy."""

    cell: Literal["ltc", "cfc"] = Field(default="cfc", description="liquid time-constant or closed-form neurons")
    mode: Mode = Field(
        default="default", description="a closed-form neuron's equation: default, no_gate or pure (Cf-S)"
    )
    compat: Literal["ncps"] | None = Field(
        default=None, description="ncps connects closed-form neurons as ncps 1.0.1 does, more densely than the wiring"
    )
    eyes: EyesName = Field(default="light", description="head: light (32 x 100 px) or the paper's (78 x 200 px)")
    see_speed: bool = Field(default=False, description="whether the neurons sense the speed too")
    inter: int = Field(default=12, ge=1, description="inter neurons")
    command: int = Field(default=6, ge=1, description="command neurons")
    sensory_fanout: int = Field(default=6, ge=1, description="inter neurons that each feature reaches")
    inter_fanout: int = Field(default=4, ge=1, description="command neurons that each inter neuron reaches")
    recurrent_command: int = Field(default=6, ge=0, description="synapses drawn among command neurons")
    motor_fanin: int = Field(default=6, ge=1, description="command neurons that the motor neuron hears")
    wiring_seed: int = Field(
        default=20190120, ge=0, lt=2**32, description="seed of the wiring; the paper's is 20190120"
    )
    unfolds: int = Field(default=6, ge=1, description="Euler steps per frame of an LTC")
    time_unit: float = Field(
        default=0.05,
        gt=0,
        description="seconds that count as 1 in the neurons' equations; a frame of a 20 Hz camera lasts one unit, "
        "which is the span ncps assumes for any frame",
    )
    gain: float = Field(default=1.5, gt=0, description="start value of the factor from motor neuron to curvature")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for fan, neurons in (("sensory_fanout", "inter"), ("inter_fanout", "command"), ("motor_fanin", "command")):
            if getattr(self, fan) > getattr(self, neurons):
                raise ValueError(f"{fan} ({getattr(self, fan)}) exceeds the {getattr(self, neurons)} {neurons} neurons")
        return self


class Model(SequenceModel):
    """Eyes, then liquid neurons; the state is their activity in the order motor, command, inter."""

    def __init__(self, config: Config) -> None:
        super().__init__(make_eyes(config.eyes), see_speed=config.see_speed)
        wiring = Wiring.ncp(
            self.controller_features,
            inter=config.inter,
            command=config.command,
            sensory_fanout=config.sensory_fanout,
            inter_fanout=config.inter_fanout,
            recurrent_command=config.recurrent_command,
            motor_fanin=config.motor_fanin,
            seed=config.wiring_seed,
        )
        self.state_size = wiring.units
        self.cell: LTC | CfC
        if config.cell == "ltc":
            self.cell = LTC(wiring, unfolds=config.unfolds, time_unit=config.time_unit)
        else:
            self.cell = CfC(wiring, mode=config.mode, time_unit=config.time_unit, compat=config.compat)
        torch.nn.init.constant_(self.cell.output_w, config.gain)
        if config.cell == "cfc" and config.mode == "pure":  # whose motor neuron starts near its amplitude, 1
            torch.nn.init.constant_(self.cell.output_b, -config.gain)

    def control(self, features_BTF: Tensor, dt_BT: Tensor, state_BS: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """See `SequenceModel.control`."""
        motor_BTM, states_BTU = self.cell(features_BTF, dt_BT, state_BS)
        return motor_BTM[..., 0], states_BTU[:, -1]

    def count(self) -> Counts:
        """Count; masked as the paper counts: the cell without the affine maps around it."""
        wiring, cell = self.cell.wiring, count_cell(self.cell)
        pairs = (wiring.features + wiring.units) * wiring.units
        dense = 3 * wiring.units + 4 * pairs if isinstance(self.cell, LTC) else CURVES * (wiring.units + pairs)
        if isinstance(self.cell, CfC) and self.cell.mode == "pure":
            dense = 3 * wiring.units + pairs
        return Counts(
            wiring.units,
            wiring.synapses,
            cell.masked,
            dense,
            self.count_driving(),
            cell.multiplies,
            cell.sigmoids,
            cell.synapses,
        )
