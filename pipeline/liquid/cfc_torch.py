"""The CfC equations in torch, one matrix product per layer and table of curves: any device, no compiler.

Shape suffixes: B batch, T steps, F features, U units, N units of one layer, C curves, M motor neurons.
"""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from pipeline.liquid.cfc_tables import CurveTable

Mode = Literal["default", "no_gate", "pure"]


class CfcWeights(NamedTuple):
    """The weights of a CfC; see `CfC`. What a mode or a compatibility does not have is None."""

    sensory_w: Tensor
    w: Tensor
    self_w: Tensor | None
    gate_sensory_w: Tensor | None
    gate_w: Tensor | None
    bias: Tensor
    w_tau: Tensor | None
    amplitude: Tensor | None
    output_w: Tensor | None
    output_b: Tensor | None


def run_cfc_in_torch(
    tables: tuple[CurveTable, CurveTable],
    layers: list[list[int]],
    mode: Mode,
    weights: CfcWeights,
    features_BTF: Tensor,
    span_BT: Tensor,
    state_BU: Tensor | None,
    motors: int,
) -> tuple[Tensor, Tensor]:
    """Run T steps.

    Args:
        tables: synapses of the curves f and g, and of the gates a and b (the same table if they hear the same).
        layers: units in the order of computing.
        mode: which equation.
        weights: of the cell.
        features_BTF: inputs.
        span_BT: time of each step, in time units.
        state_BU: states before, or zeros.
        motors: number of motor neurons.

    Returns:
        Motor outputs (B, T, M) and states after every step (B, T, U).
    """
    if state_BU is None:
        state_BU = features_BTF.new_zeros(len(features_BTF), weights.bias.shape[1])
    given, matrices = _arrange(tables, layers, weights, features_BTF)
    steps = []
    for step, span_B1 in enumerate(span_BT.unsqueeze(-1).unbind(1)):
        for units, from_features, matrix in zip(layers, given, matrices, strict=True):
            curves_BCN = torch.addmm(from_features[step], state_BU, matrix)
            new_BN = _move(curves_BCN, span_B1, mode, weights, units)
            first, last = units[0], units[-1] + 1  # the units of a layer are neighbours
            state_BU = torch.cat([state_BU[:, :first], new_BN, state_BU[:, last:]], 1)
        steps.append(state_BU)
    states_BTU = torch.stack(steps, 1)
    motor_BTM = states_BTU[..., :motors]
    if weights.output_w is not None and weights.output_b is not None:
        motor_BTM = motor_BTM * weights.output_w + weights.output_b
    return motor_BTM, states_BTU


def spread_curves(tables: tuple[CurveTable, CurveTable], weights: CfcWeights) -> tuple[Tensor, Tensor]:
    """Give the (C, F, U) and (C, U, U) matrices of all curves; arguments as of `run_cfc_in_torch`."""
    sensory_CFU, recurrent_CUU = tables[0].spread(weights.sensory_w, weights.w, weights.self_w)
    if weights.gate_sensory_w is not None and weights.gate_w is not None:
        gate_sensory, gate_recurrent = tables[1].spread(weights.gate_sensory_w, weights.gate_w, None)
        sensory_CFU = torch.cat([sensory_CFU, gate_sensory])
        recurrent_CUU = torch.cat([recurrent_CUU, gate_recurrent])
    return sensory_CFU, recurrent_CUU


def _arrange(
    tables: tuple[CurveTable, CurveTable], layers: list[list[int]], weights: CfcWeights, features_BTF: Tensor
) -> tuple[list[tuple[Tensor, ...]], list[Tensor]]:
    """Give, per layer, what features and bias give for each step, and the matrix from all units to its curves."""
    sensory_CFU, recurrent_CUU = spread_curves(tables, weights)
    given, matrices = [], []
    for units in layers:
        chosen = slice(units[0], units[-1] + 1)
        matrix = sensory_CFU[..., chosen].movedim(0, 1).flatten(1)
        given.append((features_BTF @ matrix + weights.bias[:, chosen].flatten()).unbind(1))
        matrices.append(recurrent_CUU[..., chosen].movedim(0, 1).flatten(1))
    return given, matrices


def _move(curves_BCN: Tensor, span_B1: Tensor, mode: Mode, weights: CfcWeights, units: list[int]) -> Tensor:
    """Move one layer by its time: from (B, C N) curves to (B, N) states."""
    if mode == "pure":
        assert weights.w_tau is not None and weights.amplitude is not None
        chosen = slice(units[0], units[-1] + 1)
        amplitude_N, rate_BN = weights.amplitude[chosen], weights.w_tau[chosen].abs() + curves_BCN.abs()
        return amplitude_N - amplitude_N * torch.exp(-span_B1 * rate_BN) * curves_BCN
    half = curves_BCN.shape[1] // 2
    ends_BN = torch.tanh(curves_BCN[:, :half]).chunk(2, 1)
    slope_BN, start_BN = curves_BCN[:, half:].chunk(2, 1)
    share_BN = torch.sigmoid(torch.addcmul(start_BN, slope_BN, span_B1))
    if mode == "no_gate":
        return torch.addcmul(ends_BN[0], share_BN, ends_BN[1])
    return torch.lerp(ends_BN[0], ends_BN[1], share_BN)
