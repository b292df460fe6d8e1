"""Liquid time-constant cell (Hasani et al. 2021; Lechner et al. 2020), truly sparse, over whole sequences.

Shape suffixes: B batch, T steps, F features, U units, K synapses, M motor neurons.

A neuron with potential v, leak g toward v_leak, capacitance c and synapses k from potentials (or features) u:

    c dv/dt = g (v_leak - v) + sum_k w_k sigmoid(sigma_k (u_k - mu_k)) (erev_k - v)  =  n - d v

solved by `unfolds` semi-implicit Euler steps of h = dt / unfolds: v <- (c v + h n) / (c + h d).
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from pipeline.liquid.synapses import Synapses
from pipeline.liquid.time import scale_time
from pipeline.liquid.wiring import Wiring

EPSILON = 1e-8
"""Added to the conductance of each neuron, as ncps does."""


class LTC(nn.Module):
    """LTC neurons over a wiring; one weight per synapse.

    c, g and the w are positive: the parameters `cm`, `gleak`, `w` and `sensory_w` pass through a softplus, so that
    no optimiser step can leave the valid range. Start values are those of ncps 1.0.1's `LTC`.

    wiring: who is connected to whom. unfolds: Euler steps per frame. time_unit: seconds that count as 1 in the
    equation. affine: whether features and motor neurons are scaled and shifted (ncps' input and output mapping).
    """

    def __init__(self, wiring: Wiring, *, unfolds: int = 6, time_unit: float = 1.0, affine: bool = True) -> None:
        super().__init__()
        self.wiring, self.unfolds, self.time_unit, self.affine = wiring, unfolds, time_unit, affine
        self.sensory, self.recurrent = Synapses(wiring.sensory), Synapses(wiring.recurrent)
        units = wiring.units
        self.gleak = _uniform(0.001, 1.0, units)
        self.vleak = _uniform(-0.2, 0.2, units)
        self.cm = _uniform(0.4, 0.6, units)
        self.w, self.sensory_w = (_uniform(0.001, 1.0, s.count) for s in (self.recurrent, self.sensory))
        self.sigma, self.sensory_sigma = (_uniform(3.0, 8.0, s.count) for s in (self.recurrent, self.sensory))
        self.mu, self.sensory_mu = (_uniform(0.3, 0.8, s.count) for s in (self.recurrent, self.sensory))
        self.erev, self.sensory_erev = (nn.Parameter(s.polarity.clone()) for s in (self.recurrent, self.sensory))
        if affine:
            self.input_w, self.input_b = nn.Parameter(torch.ones(wiring.features)), _zeros(wiring.features)
            self.output_w, self.output_b = nn.Parameter(torch.ones(wiring.motor)), _zeros(wiring.motor)

    @property
    def cell_parameters(self) -> int:
        """Number of weights of the neurons and synapses, without the affine maps around them."""
        return 3 * self.wiring.units + 4 * self.wiring.synapses

    def forward(self, features_BTF: Tensor, dt_BT: Tensor, state_BU: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run T steps.

        Args:
            features_BTF: inputs.
            dt_BT: seconds that pass in each step, >= 0.
            state_BU: potentials before, or zeros.

        Returns:
            Motor outputs (B, T, M) and potentials after every step (B, T, U), in the order motor, command, inter.

        Raises:
            ValueError: if shapes do not fit or a dt is negative or not a number.
        """
        time_BT = scale_time(features_BTF, dt_BT, self.wiring.features, self.time_unit)
        if state_BU is None:
            state_BU = features_BTF.new_zeros(len(features_BTF), self.wiring.units)
        if self.affine:
            features_BTF = features_BTF * self.input_w + self.input_b
        steps = self._scan(self._drive(features_BTF), time_BT.unsqueeze(-1) / self.unfolds, state_BU)
        states_BTU = torch.stack(steps, 1)
        motor_BTM = states_BTU[..., : self.wiring.motor]
        return (motor_BTM * self.output_w + self.output_b if self.affine else motor_BTM), states_BTU

    def _drive(self, features_BTF: Tensor) -> Tensor:
        """What the leak and the features contribute to [n, d], for all steps at once, (B, T, 2U)."""
        to_synapse_FK = self.sensory.from_source * self.sensory_sigma
        open_BTK = torch.sigmoid(features_BTF @ to_synapse_FK - self.sensory_sigma * self.sensory_mu)
        leak_U = softplus(self.gleak)
        base = torch.cat([leak_U * self.vleak, leak_U + EPSILON])
        return open_BTK @ _conductances(self.sensory, self.sensory_w, self.sensory_erev) + base

    def _scan(self, drive_BT2U: Tensor, step_BT1: Tensor, state_BU: Tensor) -> list[Tensor]:
        """Solve the equation in two matrix products per Euler step.

        c stands once only, as v + h (n - d v) / (c + h d): its gradient in the textbook form is the small difference
        of two large sums, which float32 loses; and a step of h = 0 leaves v exactly as it was.
        """
        to_synapse_UK = self.recurrent.from_source * self.sigma
        threshold_K = -self.sigma * self.mu
        conductances_K2U = _conductances(self.recurrent, self.w, self.erev)
        capacitance_U = softplus(self.cm)
        steps = []
        for drive_B2U, step_B1 in zip(drive_BT2U.unbind(1), step_BT1.unbind(1), strict=True):
            for _ in range(self.unfolds):
                open_BK = torch.sigmoid(torch.addmm(threshold_K, state_BU, to_synapse_UK))
                current_BU, conductance_BU = torch.addmm(drive_B2U, open_BK, conductances_K2U).mul(step_B1).chunk(2, 1)
                change_BU = torch.addcmul(current_BU, conductance_BU, state_BU, value=-1)
                state_BU = torch.addcdiv(state_BU, change_BU, capacitance_U + conductance_BU)
            steps.append(state_BU)
        return steps

    @torch.no_grad()
    def load_ncps(self, weights: Mapping[str, Tensor], *, implicit_constraints: bool = True) -> None:
        """Take the weights of an ncps 1.0.1 `LTC` (or `LTCCell`) with the same wiring.

        Args:
            weights: its `state_dict()`.
            implicit_constraints: the `implicit_param_constraints` it was made with
                (True by default in `LTC`, False in `LTCCell`), which the weights themselves do not tell.

        Raises:
            ValueError: if the weights belong to another wiring or lack something.
        """
        given = {name.removeprefix("rnn_cell."): value for name, value in weights.items()}
        for prefix, synapses in (("", self.recurrent), ("sensory_", self.sensory)):
            mask = given.get(f"{prefix}sparsity_mask")
            if mask is not None and int(mask.sum()) != int(synapses.pick(mask).sum()):
                raise ValueError(f"the {prefix or 'recurrent '}synapses of these ncps weights follow another wiring")
        for name, parameter in self.named_parameters():
            if name not in given:
                raise ValueError(f"these ncps weights have no {name}; make the cell with affine=False or check them")
            value = given[name].to(parameter.dtype)
            if value.ndim == 2:
                value = (self.sensory if name.startswith("sensory_") else self.recurrent).pick(value)
            if not implicit_constraints and name in ("w", "sensory_w", "cm", "gleak"):
                value = value.clamp_min(math.exp(-15.0))
                value = value + torch.log(-torch.expm1(-value))
            if value.shape != parameter.shape:
                raise ValueError(f"{name} of these ncps weights has {tuple(value.shape)} values; another wiring?")
            parameter.copy_(value)


def _conductances(synapses: Synapses, weight: Tensor, reversal: Tensor) -> Tensor:
    """Give the (K, 2U) matrix that turns open synapses into currents and conductances."""
    weight = softplus(weight)
    return torch.cat(
        [synapses.to_target * (weight * reversal).unsqueeze(1), synapses.to_target * weight.unsqueeze(1)], 1
    )


def _uniform(low: float, high: float, count: int) -> nn.Parameter:
    return nn.Parameter(torch.empty(count).uniform_(low, high))


def _zeros(count: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(count))
