"""The Euler steps of an LTC in torch, with a gradient written by hand: autograd would record six times as much.

Shape suffixes: B batch, T steps, U units, K synapses, N all Euler steps of all samples.
"""

from typing import Any

import torch
from torch import Tensor

from pipeline.liquid.backend import is_traced

Inputs = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]
"""drive (B, T, 2U), span (B, T, 1), state (B, U), to_synapse (U, K), threshold (K,), conductances (K, 2U), capacitance
(U,)."""


def scan_ltc(inputs: Inputs, unfolds: int) -> Tensor:
    """Give the potentials after every step, (B, T, U)."""
    if is_traced(inputs) or not torch.is_grad_enabled():
        return _scan(inputs, unfolds)
    states_BTU: Tensor = _Scan.apply(unfolds, *inputs)  # type: ignore[no-untyped-call]
    return states_BTU


def _scan(inputs: Inputs, unfolds: int, kept: list[tuple[Tensor, Tensor, Tensor, Tensor]] | None = None) -> Tensor:
    """Solve the equation in two matrix products per Euler step.

    c stands once only, as v + h (n - d v) / (c + h d): its gradient in the textbook form is the small difference
    of two large sums, which float32 loses; and a step of h = 0 leaves v exactly as it was.

    kept: takes, for each Euler step, v before, how far synapses are open, c + h d, and h (n - d v).
    """
    drive_BT2U, span_BT1, state_BU, to_synapse_UK, threshold_K, conductances_K2U, capacitance_U = inputs
    steps = []
    for drive_B2U, span_B1 in zip(drive_BT2U.unbind(1), span_BT1.unbind(1), strict=True):
        for _ in range(unfolds):
            open_BK = torch.sigmoid(torch.addmm(threshold_K, state_BU, to_synapse_UK))
            current_BU, conductance_BU = torch.addmm(drive_B2U, open_BK, conductances_K2U).mul(span_B1).chunk(2, 1)
            change_BU = torch.addcmul(current_BU, conductance_BU, state_BU, value=-1)
            weight_BU = capacitance_U + conductance_BU
            if kept is not None:
                kept.append((state_BU, open_BK, weight_BU, change_BU))
            state_BU = torch.addcdiv(state_BU, change_BU, weight_BU)
        steps.append(state_BU)
    return torch.stack(steps, 1)


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, unfolds: int, *inputs: Tensor) -> Tensor:
        kept: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
        states_BTU = _scan(inputs, unfolds, kept)  # type: ignore[arg-type]
        ctx.unfolds, ctx.kept = unfolds, kept
        ctx.save_for_backward(*inputs)
        return states_BTU

    @staticmethod
    def backward(ctx: Any, states_grad: Tensor) -> Any:
        inputs: Inputs = ctx.saved_tensors
        needed = ctx.needs_input_grad[1:]
        if torch.is_grad_enabled():  # a gradient that is to be differentiated again: let autograd record it
            wanted = [value for value, need in zip(inputs, needed, strict=True) if need]
            found = iter(torch.autograd.grad(_scan(inputs, ctx.unfolds), wanted, states_grad, create_graph=True))
            return None, *(next(found) if need else None for need in needed)
        return None, *_go_back(inputs, ctx.unfolds, ctx.kept, states_grad, wants_span=needed[1])


def _go_back(
    inputs: Inputs,
    unfolds: int,
    kept: list[tuple[Tensor, Tensor, Tensor, Tensor]],
    states_grad_BTU: Tensor,
    *,
    wants_span: bool,
) -> tuple[Tensor | None, ...]:
    """Give the gradients of all inputs: one Euler step after another for the potentials, all at once for weights."""
    drive_BT2U, span_BT1, _, to_synapse_UK, _, conductances_K2U, capacitance_U = inputs
    batch, steps, units = states_grad_BTU.shape
    # the adjoint of d is minus that of n times v after; the sign waits until the end
    sign_2U = torch.cat([torch.ones_like(capacitance_U), -torch.ones_like(capacitance_U)])
    to_open_2UK, to_state_KU = (conductances_K2U * sign_2U).T.contiguous(), to_synapse_UK.T.contiguous()
    grad_BU = torch.zeros_like(states_grad_BTU[:, 0])
    scaled_list, adjoint_list, argument_list = [], [], []
    for t in range(steps - 1, -1, -1):
        grad_BU = grad_BU + states_grad_BTU[:, t]
        span_B1 = span_BT1[:, t]
        for unfold in range(unfolds - 1, -1, -1):
            before_BU, open_BK, weight_BU, change_BU = kept[t * unfolds + unfold]
            scaled_BU = grad_BU / weight_BU
            current_BU = scaled_BU * span_B1
            after_BU = torch.addcdiv(before_BU, change_BU, weight_BU)
            adjoint_B2U = torch.cat([current_BU, current_BU * after_BU], 1)
            argument_BK = torch.ops.aten.sigmoid_backward(adjoint_B2U @ to_open_2UK, open_BK)
            grad_BU = torch.addmm(scaled_BU * capacitance_U, argument_BK, to_state_KU)
            scaled_list.append(scaled_BU)
            adjoint_list.append(adjoint_B2U)
            argument_list.append(argument_BK)
    for gathered in (scaled_list, adjoint_list, argument_list):
        gathered.reverse()
    scaled_NU, argument_NK = torch.cat(scaled_list), torch.cat(argument_list)
    adjoint_N2U = torch.cat(adjoint_list) * sign_2U
    before_NU, open_NK, weight_NU, change_NU = (torch.cat(column) for column in zip(*kept, strict=True))
    adjoint_TNB2U = adjoint_N2U.view(steps, unfolds, batch, 2 * units)
    span_grad = None
    if wants_span:
        drive_N2U = drive_BT2U.transpose(0, 1).unsqueeze(1).expand(-1, unfolds, -1, -1).reshape(-1, 2 * units)
        current_NU, conductance_NU = torch.addmm(drive_N2U, open_NK, conductances_K2U).chunk(2, 1)
        pull_NU = scaled_NU * (current_NU - conductance_NU * (before_NU + change_NU / weight_NU))
        span_grad = pull_NU.view(steps, unfolds, batch, units).sum((1, 3)).T.unsqueeze(-1)
    return (
        adjoint_TNB2U.sum(1).transpose(0, 1),
        span_grad,
        grad_BU,
        before_NU.T @ argument_NK,
        argument_NK.sum(0),
        open_NK.T @ adjoint_N2U,
        -(scaled_NU * change_NU / weight_NU).sum(0),
    )
