"""The CfC equations in C: one call for all steps, with the gradient of every weight and input."""

import ctypes
from typing import Any

import torch
from torch import Tensor

from pipeline.liquid.cfc_tables import CurveTable
from pipeline.liquid.cfc_torch import CfcWeights, Mode
from pipeline.liquid.native import CfcCall, Kernel, address, refuse_second_derivative
from pipeline.liquid.native import CfcTable as NativeTable

_MODES: dict[Mode, int] = {"default": 0, "no_gate": 1, "pure": 2}
Arrays = tuple[Tensor | None, Tensor | None, Tensor | None]


def _table(table: CurveTable, curves: int, first: int, arrays: Arrays, grads: Arrays) -> NativeTable:
    """Fill in one table. first: the row of each array where its curves begin."""
    widths = (table.sensory.count, table.recurrent.count, table.order.numel() if table.own else 0)
    places = [
        address(array) + first * width * array.element_size() if array is not None else 0
        for array, width in zip((*arrays, *grads), (*widths, *widths), strict=True)
    ]
    return NativeTable(curves, *widths, *map(address, (table.start, table.source, table.place)), *places)


def make_call(
    tables: tuple[CurveTable, CurveTable],
    mode: Mode,
    weights: CfcWeights,
    grads: CfcWeights | None,
    sizes: tuple[int, int, int, int],
    time_scale: float,
) -> CfcCall:
    """Fill in what a call needs besides its data. sizes: batch, steps, features, motors."""
    batch, steps, features, motors = sizes
    none: Arrays = (None, None, None)
    arrays: Arrays = (weights.sensory_w, weights.w, weights.self_w)
    array_grads: Arrays = (grads.sensory_w, grads.w, grads.self_w) if grads else none
    gates, gate_grads, first = arrays, array_grads, 2
    if weights.gate_w is not None:
        gates, first = (weights.gate_sensory_w, weights.gate_w, None), 0
        gate_grads = (grads.gate_sensory_w, grads.gate_w, None) if grads else none
    pure = mode == "pure"
    return CfcCall(
        batch,
        steps,
        features,
        weights.bias.shape[1],
        motors,
        _MODES[mode],
        time_scale,
        tables[0].order.data_ptr(),
        _table(tables[0], 1 if pure else 2, 0, arrays, array_grads),
        _table(tables[1], 0, 0, none, none) if pure else _table(tables[1], 2, first, gates, gate_grads),
        *map(address, (weights.bias, weights.w_tau, weights.amplitude, weights.output_w, weights.output_b)),
    )


def pack(kernel: Kernel, call: CfcCall, like: Tensor) -> Tensor:
    """Bring the weights of a call into the order and form of the loops; the call refers to what this gives."""
    packed = like.new_empty(kernel.cfc_packed_size(ctypes.byref(call)))
    call.packed = packed.data_ptr()
    kernel.cfc_pack(ctypes.byref(call))
    return packed


def run_cfc_in_c(
    kernel: Kernel,
    tables: tuple[CurveTable, CurveTable],
    mode: Mode,
    weights: CfcWeights,
    features_BTF: Tensor,
    dt_BT: Tensor,
    state_BU: Tensor | None,
    time_scale: float,
    motors: int,
) -> tuple[Tensor, Tensor]:
    """Run T steps; as `run_cfc_in_torch`, but dt_BT in seconds and time_scale to time units."""
    settings = (tables, mode, time_scale, motors)
    given = (features_BTF, dt_BT, state_BU, *weights)
    if not torch.is_grad_enabled():
        motor_BTM, states_BTU, _ = _run(kernel, settings, *given)
        return motor_BTM, states_BTU
    motor_BTM, states_BTU = _CfcInC.apply(kernel, settings, *given)  # type: ignore[no-untyped-call]
    return motor_BTM, states_BTU


def _run(kernel: Kernel, settings: Any, features: Tensor, dt: Tensor, state: Tensor | None, *given: Any) -> Any:
    """Give motor outputs and states, and what the gradient needs: all tensors as the kernel read them."""
    tables, mode, time_scale, motors = settings
    features, dt = features.contiguous(), dt.contiguous()
    state = None if state is None else state.contiguous()
    weights = CfcWeights(*(value if value is None else value.contiguous() for value in given))  # type: ignore[arg-type]
    batch, steps, width = features.shape
    call = make_call(tables, mode, weights, None, (batch, steps, width, motors), time_scale)
    packed = pack(kernel, call, features)
    motor = features.new_empty(batch, steps, motors)
    states = features.new_empty(batch, steps, weights.bias.shape[1])
    call.x, call.time, call.start = map(address, (features, dt, state))
    call.motor, call.states = motor.data_ptr(), states.data_ptr()
    if kernel.cfc_forward(ctypes.byref(call)):
        raise MemoryError("no memory for the state of the liquid cell")
    return motor, states, (features, dt, state, states, packed, *weights)


class _CfcInC(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, kernel: Kernel, settings: Any, *given: Any) -> Any:
        motor, states, read = _run(kernel, settings, *given)
        ctx.kernel, ctx.settings = kernel, settings
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*read)
        return motor, states

    @staticmethod
    def backward(ctx: Any, motor_grad: Tensor | None, states_grad: Tensor | None) -> Any:
        refuse_second_derivative()
        features, dt, state, states, packed, *given = ctx.saved_tensors
        weights, kernel, needs = CfcWeights(*given), ctx.kernel, ctx.needs_input_grad
        tables, mode, time_scale, motors = ctx.settings
        grads = CfcWeights(*(None if weight is None else torch.empty_like(weight) for weight in weights))  # type: ignore[arg-type]
        sizes = (*features.shape, motors)
        call = make_call(tables, mode, weights, grads, sizes, time_scale)
        motor_grad = None if motor_grad is None else motor_grad.contiguous()
        states_grad = None if states_grad is None else states_grad.contiguous()
        inputs = [
            torch.empty_like(value) if value is not None and needs[2 + index] else None
            for index, value in enumerate((features, dt, state))
        ]
        call.packed, call.x, call.time, call.start = map(address, (packed, features, dt, state))
        call.states, call.motor_grad, call.states_grad = map(address, (states, motor_grad, states_grad))
        call.x_grad, call.time_grad, call.start_grad = map(address, inputs)
        for name in ("bias", "w_tau", "amplitude", "output_w", "output_b"):
            setattr(call, f"{name}_grad", address(getattr(grads, name)))
        if kernel.cfc_backward(ctypes.byref(call)):
            raise MemoryError("no memory for the gradient of the liquid cell")
        return None, None, *inputs, *grads
