"""What the neurons of an LTC do in a recorded run: their time constants and the current through each synapse.

Shape suffixes: B batch, T steps, F features, U units, K synapses. Computed afterwards from the states, so that neither
training nor driving is slower for it.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from pipeline.liquid.ltc import LTC
from pipeline.liquid.synapses import Synapses


class Activity(NamedTuple):
    """A run of an LTC.

    motor, states: what the cell gives. time_constant: (B, T, U) [s], tau_sys = 1 / (1/tau + sum w sigma / C), with
    tau = C / gleak, after each step. leak: (B, T, U), current through each neuron's leak. sensory, recurrent: current
    through each synapse, (B, T, K), in the order of `cell.sensory` and `cell.recurrent` (by source, then target).
    Currents are those of the equation, positive where they raise the potential.
    """

    motor: Tensor
    states: Tensor
    time_constant: Tensor
    leak: Tensor
    sensory: Tensor
    recurrent: Tensor


@torch.no_grad()
def observe(cell: LTC, features_BTF: Tensor, dt_BT: Tensor, state_BU: Tensor | None = None) -> Activity:
    """Run a cell and tell what its neurons do; arguments as for the cell itself.

    Raises:
        ValueError: as the cell.
    """
    motor_BTM, states_BTU = cell(features_BTF, dt_BT, state_BU)
    weights = cell.weights()
    given_BTF = features_BTF
    if weights.input_w is not None and weights.input_b is not None:
        given_BTF = features_BTF * weights.input_w + weights.input_b
    sensory_g = _open(cell.sensory, given_BTF, weights.sensory_w, weights.sensory_sigma, weights.sensory_mu)
    recurrent_g = _open(cell.recurrent, states_BTU, weights.w, weights.sigma, weights.mu)
    leak_U = softplus(weights.gleak)
    conductance_BTU = (leak_U + torch.zeros_like(states_BTU)).index_add(-1, cell.sensory.target, sensory_g)
    conductance_BTU = conductance_BTU.index_add(-1, cell.recurrent.target, recurrent_g)
    return Activity(
        motor_BTM,
        states_BTU,
        softplus(weights.cm) / conductance_BTU * cell.time_unit,
        leak_U * (weights.vleak - states_BTU),
        sensory_g * (weights.sensory_erev - states_BTU[..., cell.sensory.target]),
        recurrent_g * (weights.erev - states_BTU[..., cell.recurrent.target]),
    )


def _open(synapses: Synapses, source_BTS: Tensor, w: Tensor, sigma: Tensor, mu: Tensor) -> Tensor:
    """Give the conductance of each synapse, (B, T, K)."""
    return softplus(w) * torch.sigmoid(sigma * (source_BTS[..., synapses.source] - mu))
