"""The LTC equation in C: one call for all steps, with the gradient of every weight and input."""

import ctypes
from typing import Any

import torch
from torch import Tensor

from pipeline.liquid.ltc_torch import LtcWeights
from pipeline.liquid.native import Kernel, LtcCall, address, refuse_second_derivative
from pipeline.liquid.synapses import Synapses


def make_call(
    sensory: Synapses,
    recurrent: Synapses,
    weights: LtcWeights,
    sizes: tuple[int, int, int],
    unfolds: int,
    time_scale: float,
) -> LtcCall:
    """Fill in what a call needs besides its data. sizes: batch, steps, motors; time_scale: to the time of an unfold."""
    batch, steps, motors = sizes
    return LtcCall(
        batch,
        steps,
        sensory.shape[0],
        sensory.shape[1],
        motors,
        unfolds,
        sensory.count,
        recurrent.count,
        time_scale,
        *sensory.sequence.addresses(),
        *recurrent.sequence.addresses(),
        *map(address, weights),
    )


def pack(kernel: Kernel, call: LtcCall, like: Tensor) -> Tensor:
    """Bring the weights of a call into the order and form of the loops; the call refers to what this gives."""
    packed = like.new_empty(kernel.ltc_packed_size(ctypes.byref(call)))
    call.packed = packed.data_ptr()
    kernel.ltc_pack(ctypes.byref(call))
    return packed


def run_ltc_in_c(
    kernel: Kernel,
    sensory: Synapses,
    recurrent: Synapses,
    weights: LtcWeights,
    features_BTF: Tensor,
    dt_BT: Tensor,
    state_BU: Tensor | None,
    unfolds: int,
    time_scale: float,
    motors: int,
) -> tuple[Tensor, Tensor]:
    """Run T steps; as `run_ltc_in_torch`, but dt_BT in seconds and time_scale to the time of one unfold."""
    settings = (sensory, recurrent, unfolds, time_scale, motors)
    given = (features_BTF, dt_BT, state_BU, *weights)
    if not torch.is_grad_enabled():
        motor_BTM, states_BTU, _ = _run(kernel, settings, *given)
        return motor_BTM, states_BTU
    motor_BTM, states_BTU = _LtcInC.apply(kernel, settings, *given)  # type: ignore[no-untyped-call]
    return motor_BTM, states_BTU


def _run(kernel: Kernel, settings: Any, features: Tensor, dt: Tensor, state: Tensor | None, *given: Any) -> Any:
    """Give motor outputs and states, and what the gradient needs: all tensors as the kernel read them."""
    sensory, recurrent, unfolds, time_scale, motors = settings
    features, dt = features.contiguous(), dt.contiguous()
    state = None if state is None else state.contiguous()
    weights = LtcWeights(*(value if value is None else value.contiguous() for value in given))  # type: ignore[arg-type]
    batch, steps, _ = features.shape
    call = make_call(sensory, recurrent, weights, (batch, steps, motors), unfolds, time_scale)
    packed = pack(kernel, call, features)
    motor = features.new_empty(batch, steps, motors)
    states = features.new_empty(batch, steps, sensory.shape[1])
    call.x, call.time, call.start = features.data_ptr(), dt.data_ptr(), address(state)
    call.motor, call.states = motor.data_ptr(), states.data_ptr()
    if kernel.ltc_forward(ctypes.byref(call)):
        raise MemoryError("no memory for the state of the liquid cell")
    return motor, states, (features, dt, state, states, packed, *weights)


class _LtcInC(torch.autograd.Function):
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
        weights, kernel = LtcWeights(*given), ctx.kernel
        sensory, recurrent, unfolds, time_scale, motors = ctx.settings
        needs = ctx.needs_input_grad
        call = make_call(sensory, recurrent, weights, (len(features), features.shape[1], motors), unfolds, time_scale)
        motor_grad = None if motor_grad is None else motor_grad.contiguous()
        states_grad = None if states_grad is None else states_grad.contiguous()
        inputs = [
            torch.empty_like(value) if value is not None and needs[2 + index] else None
            for index, value in enumerate((features, dt, state))
        ]
        sizes = [0 if weight is None else weight.numel() for weight in weights]
        parts = features.new_empty(sum(sizes)).split(sizes)
        grads = [part if weight is not None else None for part, weight in zip(parts, weights, strict=True)]
        call.packed, call.x, call.time, call.start = map(address, (packed, features, dt, state))
        call.states, call.motor_grad, call.states_grad = map(address, (states, motor_grad, states_grad))
        call.x_grad, call.time_grad, call.start_grad = map(address, inputs)
        for name, grad in zip(LtcWeights._fields, grads, strict=True):
            setattr(call, f"{name}_grad", address(grad))
        if kernel.ltc_backward(ctypes.byref(call)):
            raise MemoryError("no memory for the gradient of the liquid cell")
        return None, None, *inputs, *grads
