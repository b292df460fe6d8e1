"""Liquid time-constant cell (Hasani et al. 2021; Lechner et al. 2020), truly sparse, over whole sequences.

Shape suffixes: B batch, T steps, F features, U units, K synapses, M motor neurons.

A neuron with potential v, leak g toward v_leak, capacitance c and synapses k from potentials (or features) u:

    c dv/dt = g (v_leak - v) + sum_k w_k sigmoid(sigma_k (u_k - mu_k)) (erev_k - v)  =  n - d v

solved by `unfolds` semi-implicit Euler steps of h = dt / unfolds: v <- (c v + h n) / (c + h d).
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from pipeline.liquid.backend import Backend, choose_backend
from pipeline.liquid.inputs import agree, check_inputs, convert, gather, without_autocast
from pipeline.liquid.ltc_kernel import run_ltc_in_c
from pipeline.liquid.ltc_torch import LtcWeights, run_ltc_in_torch
from pipeline.liquid.ncps_ltc import export_ltc, load_ltc
from pipeline.liquid.synapses import Synapses
from pipeline.liquid.wiring import Wiring


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
        self.backend: Backend = "auto"
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
            ValueError: if shapes or dtypes do not fit, or a dt is negative or not a finite number.
        """
        wiring = self.wiring
        check_inputs(features_BTF, dt_BT, state_BU, wiring.features, wiring.units)
        dtype = features_BTF.dtype
        features_BTF, dt_BT, state_BU, same = agree(features_BTF, dt_BT, state_BU, self.weights())
        weights = LtcWeights(*same)  # type: ignore[arg-type]
        choice = choose_backend(self.backend, [features_BTF, dt_BT, state_BU, *weights])
        time_scale = 1.0 / (self.time_unit * self.unfolds)
        synapses = self.sensory, self.recurrent
        if choice.kernel is not None:
            motor_BTM, states_BTU = run_ltc_in_c(
                choice.kernel, *synapses, weights, features_BTF, dt_BT, state_BU, self.unfolds, time_scale, wiring.motor
            )
        else:
            with without_autocast(features_BTF):
                motor_BTM, states_BTU = run_ltc_in_torch(
                    *synapses, weights, features_BTF, dt_BT * time_scale, state_BU, self.unfolds, wiring.motor
                )
        return convert(motor_BTM, dtype), convert(states_BTU, dtype)

    def weights(self) -> LtcWeights:
        """Give the weights as the optimiser has them."""
        return LtcWeights(*gather(self, LtcWeights._fields))  # type: ignore[arg-type]

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
        load_ltc(self, weights, implicit_constraints)

    @torch.no_grad()
    def to_ncps(self, *, implicit_constraints: bool = True) -> dict[str, Tensor]:
        """Give the weights as the `state_dict()` of an ncps 1.0.1 `LTC` over the same wiring.

        Args:
            implicit_constraints: the `implicit_param_constraints` of the cell that they are for.
        """
        return export_ltc(self, implicit_constraints)


def _uniform(low: float, high: float, count: int) -> nn.Parameter:
    return nn.Parameter(torch.empty(count).uniform_(low, high))


def _zeros(count: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(count))
