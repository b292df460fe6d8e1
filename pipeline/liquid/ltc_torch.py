"""The LTC equation in torch, two matrix products per Euler step: runs on any device, exports, needs no compiler.

Shape suffixes: B batch, T steps, F features, U units, K synapses, M motor neurons.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from pipeline.liquid.ltc_scan import scan_ltc
from pipeline.liquid.synapses import Synapses

EPSILON = 1e-8
"""Added to the conductance of each neuron, as ncps does."""
TINY = 1e-30
"""Added to the capacitance, so that one that underflows to 0 divides no zero by zero."""


class LtcWeights(NamedTuple):
    """The weights of an LTC as the optimiser has them, in the kernel's order; see `LTC`."""

    gleak: Tensor
    vleak: Tensor
    cm: Tensor
    w: Tensor
    sigma: Tensor
    mu: Tensor
    erev: Tensor
    sensory_w: Tensor
    sensory_sigma: Tensor
    sensory_mu: Tensor
    sensory_erev: Tensor
    input_w: Tensor | None
    input_b: Tensor | None
    output_w: Tensor | None
    output_b: Tensor | None


def run_ltc_in_torch(
    sensory: Synapses,
    recurrent: Synapses,
    weights: LtcWeights,
    features_BTF: Tensor,
    span_BT: Tensor,
    state_BU: Tensor | None,
    unfolds: int,
    motors: int,
) -> tuple[Tensor, Tensor]:
    """Run T steps.

    Args:
        sensory: synapses from features.
        recurrent: synapses between neurons.
        weights: of the cell.
        features_BTF: inputs.
        span_BT: time of one unfold, in time units.
        state_BU: potentials before, or zeros.
        unfolds: Euler steps per step.
        motors: number of motor neurons.

    Returns:
        Motor outputs (B, T, M) and potentials after every step (B, T, U).
    """
    if state_BU is None:
        state_BU = features_BTF.new_zeros(len(features_BTF), len(weights.cm))
    if weights.input_w is not None and weights.input_b is not None:
        features_BTF = features_BTF * weights.input_w + weights.input_b
    drive_BT2U = drive_ltc(sensory, weights, features_BTF)
    states_BTU = scan_ltc(
        (
            drive_BT2U,
            span_BT.unsqueeze(-1),
            state_BU,
            recurrent.from_source.to(state_BU.dtype) * weights.sigma,
            -weights.sigma * weights.mu,
            conduct(recurrent, weights.w, weights.erev),
            softplus(weights.cm) + TINY,
        ),
        unfolds,
    )
    motor_BTM = states_BTU[..., :motors]
    if weights.output_w is not None and weights.output_b is not None:
        motor_BTM = motor_BTM * weights.output_w + weights.output_b
    return motor_BTM, states_BTU


def drive_ltc(sensory: Synapses, weights: LtcWeights, features_BTF: Tensor) -> Tensor:
    """What the leak and the (scaled) features contribute to [n, d], for all steps at once, (B, T, 2U)."""
    to_synapse_FK = sensory.from_source.to(features_BTF.dtype) * weights.sensory_sigma
    open_BTK = torch.sigmoid(features_BTF @ to_synapse_FK - weights.sensory_sigma * weights.sensory_mu)
    leak_U = softplus(weights.gleak)
    base = torch.cat([leak_U * weights.vleak, leak_U + EPSILON])
    return open_BTK @ conduct(sensory, weights.sensory_w, weights.sensory_erev) + base


def conduct(synapses: Synapses, weight: Tensor, reversal: Tensor) -> Tensor:
    """Give the (K, 2U) matrix that turns open synapses into currents and conductances."""
    weight = softplus(weight)
    to_target = synapses.to_target.to(weight.dtype)
    return torch.cat([to_target * (weight * reversal).unsqueeze(1), to_target * weight.unsqueeze(1)], 1)
