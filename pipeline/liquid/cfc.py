"""Closed-form continuous-time cell (Hasani et al. 2022), truly sparse, over whole sequences.

Shape suffixes: B batch, T steps, F features, U units, K synapses, M motor neurons, N units of one layer.

A neuron with inputs and own state u moves in the time t between two curves:

    x = (1 - s) tanh(f u) + s tanh(g u),    s = sigmoid(a u t + b u)

f, g, a and b each have one weight per synapse, one for the neuron's own state (the membrane, which an LTC neuron has
too) and one bias. Nothing else exists: unlike ncps' wired CfC, the time gates a and b follow the wiring, neurons of a
layer do not all see each other, and command-to-command synapses count.

Within a step the signal passes inter, command and motor neurons in turn, each layer seeing the new states before it.
"""

import torch
from torch import Tensor, nn

from pipeline.liquid.synapses import Synapses
from pipeline.liquid.inputs import check_inputs
from pipeline.liquid.wiring import Wiring

CURVES = 4
"""f, g, a and b, in this order."""


class CfC(nn.Module):
    """CfC neurons over a wiring; four weights per synapse.

    wiring: who is connected to whom. time_unit: seconds that count as 1 in the equation. affine: whether the motor
    neurons are scaled and shifted.
    """

    def __init__(self, wiring: Wiring, *, time_unit: float = 1.0, affine: bool = True) -> None:
        super().__init__()
        self.wiring, self.time_unit, self.affine = wiring, time_unit, affine
        self.sensory, self.recurrent = Synapses(wiring.sensory), Synapses(wiring.recurrent)
        self._layers = list(wiring.layers())
        self.sensory_w = self._draw(self.sensory)
        self.w = self._draw(self.recurrent)
        self.self_w = nn.Parameter(torch.empty(CURVES, wiring.units).uniform_(-0.5, 0.5))
        self.bias = nn.Parameter(torch.zeros(CURVES, wiring.units))
        if affine:
            self.output_w = nn.Parameter(torch.ones(wiring.motor))
            self.output_b = nn.Parameter(torch.zeros(wiring.motor))

    @property
    def cell_parameters(self) -> int:
        """Number of weights of the neurons and synapses, without the affine map behind them."""
        return CURVES * (2 * self.wiring.units + self.wiring.synapses)

    def forward(self, features_BTF: Tensor, dt_BT: Tensor, state_BU: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run T steps.

        Args:
            features_BTF: inputs.
            dt_BT: seconds that pass in each step, >= 0.
            state_BU: states before, or zeros.

        Returns:
            Motor outputs (B, T, M) and states after every step (B, T, U), in the order motor, command, inter.

        Raises:
            ValueError: if shapes do not fit or a dt is negative or not a number.
        """
        check_inputs(features_BTF, dt_BT, state_BU, self.wiring.features, self.wiring.units)
        time_BT1 = (dt_BT.to(features_BTF.dtype) / self.time_unit).unsqueeze(-1)
        if state_BU is None:
            state_BU = features_BTF.new_zeros(len(features_BTF), self.wiring.units)
        states_BTU = torch.stack(self._scan(features_BTF, time_BT1, state_BU), 1)
        motor_BTM = states_BTU[..., : self.wiring.motor]
        return (motor_BTM * self.output_w + self.output_b if self.affine else motor_BTM), states_BTU

    def _scan(self, features_BTF: Tensor, time_BT1: Tensor, state_BU: Tensor) -> list[Tensor]:
        sensory_4FU = self.sensory.spread(self.sensory_w)
        recurrent_4UU = self.recurrent.spread(self.w) + torch.diag_embed(self.self_w)
        # per layer: what features and bias give for all steps at once, and the matrix from all units to its curves
        given, matrices = [], []
        for units in self._layers:
            matrix = sensory_4FU[..., units].movedim(0, 1).flatten(1)
            given.append((features_BTF @ matrix + self.bias[:, units].flatten()).unbind(1))
            matrices.append(recurrent_4UU[..., units].movedim(0, 1).flatten(1))
        steps = []
        for step, time_B1 in enumerate(time_BT1.unbind(1)):
            for units, from_features, matrix in zip(self._layers, given, matrices, strict=True):
                new_BN = _move(torch.addmm(from_features[step], state_BU, matrix), time_B1)
                state_BU = torch.cat([state_BU[:, : units.start], new_BN, state_BU[:, units.stop :]], 1)
            steps.append(state_BU)
        return steps

    @staticmethod
    def _draw(synapses: Synapses) -> nn.Parameter:
        """Draw start values after Glorot, by the synapses that a neuron really has."""
        fans = synapses.fan_in()[synapses.target] + synapses.fan_out()[synapses.source]
        return nn.Parameter(torch.empty(CURVES, synapses.count).uniform_(-1, 1) * (6.0 / fans).sqrt())


def _move(curves_B4N: Tensor, time_B1: Tensor) -> Tensor:
    """Move one layer by its time: from (B, 4N) curves to (B, N) states."""
    half = curves_B4N.shape[1] // 2
    ends_BN = torch.tanh(curves_B4N[:, :half]).chunk(2, 1)
    slope_BN, start_BN = curves_B4N[:, half:].chunk(2, 1)
    return torch.lerp(ends_BN[0], ends_BN[1], torch.sigmoid(torch.addcmul(start_BN, slope_BN, time_B1)))
