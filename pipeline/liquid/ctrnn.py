"""Continuous-time recurrent cell: neurons that lean towards what they hear, at a rate of their own.

Shape suffixes: B batch, T steps, F features, U units, M motor neurons.

    tau dx/dt = tanh(sum_k w_k u_k + b) - x

solved by `unfolds` semi-implicit Euler steps, x <- (x + h/tau tanh(...)) / (1 + h/tau), stable for any step. One weight
per synapse and one bias per neuron; the time constant is one time unit, or learned.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from pipeline.liquid.inputs import agree, check_inputs, convert, gather, without_autocast
from pipeline.liquid.synapses import Synapses
from pipeline.liquid.wiring import Wiring

_WEIGHTS = ("sensory_w", "w", "bias", "tau")


class CTRNN(nn.Module):
    """CT-RNN neurons over a wiring.

    wiring: who is connected to whom. unfolds: Euler steps per step. time_unit: the time constant [s], or its start
    value. learn_tau: whether each neuron learns its own; it passes through a softplus and stays positive.
    """

    def __init__(self, wiring: Wiring, *, unfolds: int = 6, time_unit: float = 1.0, learn_tau: bool = False) -> None:
        super().__init__()
        self.wiring, self.unfolds, self.time_unit = wiring, unfolds, time_unit
        self.sensory, self.recurrent = Synapses(wiring.sensory), Synapses(wiring.recurrent)
        fan_in = (self.sensory.fan_in() + self.recurrent.fan_in()).clamp_min(1)
        self.sensory_w, self.w = (
            nn.Parameter(torch.randn(table.count) / fan_in[table.target].sqrt())
            for table in (self.sensory, self.recurrent)
        )
        self.bias = nn.Parameter(torch.zeros(wiring.units))
        if learn_tau:
            self.tau = nn.Parameter(torch.full((wiring.units,), 0.5413248546))  # softplus of it is 1

    @property
    def cell_parameters(self) -> int:
        """Number of weights."""
        return sum(weight.numel() for weight in self.parameters())

    def forward(self, features_BTF: Tensor, dt_BT: Tensor, state_BU: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run T steps.

        Args:
            features_BTF: inputs.
            dt_BT: seconds that pass in each step, >= 0.
            state_BU: states before, or zeros.

        Returns:
            Motor neurons (B, T, M) and states after every step (B, T, U), in the order motor, command, inter.

        Raises:
            ValueError: if shapes or dtypes do not fit, or a dt is negative or not a finite number.
        """
        check_inputs(features_BTF, dt_BT, state_BU, self.wiring.features, self.wiring.units)
        dtype = features_BTF.dtype
        given = agree(features_BTF, dt_BT, state_BU, gather(self, _WEIGHTS))
        with without_autocast(features_BTF):
            states_BTU = convert(self._scan(*given), dtype)
        return states_BTU[..., : self.wiring.motor], states_BTU

    def _scan(
        self, features_BTF: Tensor, dt_BT: Tensor, state_BU: Tensor | None, weights: list[Tensor | None]
    ) -> Tensor:
        sensory_w, w, bias, tau = weights
        assert sensory_w is not None and w is not None and bias is not None
        heard_BTU = features_BTF @ self.sensory.spread(sensory_w) + bias
        recurrent_UU = self.recurrent.spread(w)
        rate = 1.0 / (self.time_unit * self.unfolds)
        share_BTU = dt_BT.unsqueeze(-1) * rate
        if tau is not None:
            share_BTU = share_BTU / softplus(tau)
        share_BTU = share_BTU / (1 + share_BTU)
        if state_BU is None:
            state_BU = features_BTF.new_zeros(len(features_BTF), self.wiring.units)
        steps = []
        for heard_BU, share_BU in zip(heard_BTU.unbind(1), share_BTU.unbind(1), strict=True):
            for _ in range(self.unfolds):
                goal_BU = torch.tanh(torch.addmm(heard_BU, state_BU, recurrent_UU))
                state_BU = torch.lerp(state_BU, goal_BU, share_BU)
            steps.append(state_BU)
        return torch.stack(steps, 1)
