"""What cells are given, checked and brought to one dtype: features, time spans, a state, weights."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

_HALF = (torch.float16, torch.bfloat16)


def check_inputs(features_BTF: Tensor, dt_BT: Tensor, state_BU: Tensor | None, features: int, units: int) -> None:
    """Check shapes and time.

    Raises:
        ValueError: if shapes do not fit, or a dt is negative or not a finite number.
    """
    if features_BTF.ndim != 3 or features_BTF.shape[-1] != features or features_BTF.shape[1] == 0:
        raise ValueError(f"features must be (batch, steps, {features}), not {tuple(features_BTF.shape)}")
    if dt_BT.shape != features_BTF.shape[:2]:
        raise ValueError(f"dt must be (batch, steps) = {tuple(features_BTF.shape[:2])}, not {tuple(dt_BT.shape)}")
    if state_BU is not None and state_BU.shape != (len(features_BTF), units):
        raise ValueError(
            f"the state must be (batch, units) = ({len(features_BTF)}, {units}), not {tuple(state_BU.shape)}; it "
            "belongs to another batch or wiring"
        )
    if (
        torch.compiler.is_compiling()
        or torch._C._get_tracing_state() is not None
        or dt_BT.numel() == 0
        or dt_BT.is_meta
    ):
        return  # there are no values
    low, high = torch.aminmax(dt_BT.detach())
    if not (low.item() >= 0 and high.item() < torch.inf):
        raise ValueError("a dt is negative, infinite or not a number; time must rise")


def agree(
    features_BTF: Tensor, dt_BT: Tensor, state_BU: Tensor | None, weights: Sequence[Tensor | None]
) -> tuple[Tensor, Tensor, Tensor | None, list[Tensor | None]]:
    """Bring everything to one dtype: half precision is computed in float32, dt follows the features.

    Raises:
        ValueError: if float32 and float64 are mixed, or devices are.
    """
    first = next(weight for weight in weights if weight is not None)
    dtype = torch.float32 if first.dtype in _HALF else first.dtype
    device = first.device
    given = [features_BTF] if state_BU is None else [features_BTF, state_BU]
    for tensor in (*given, dt_BT):
        if tensor.device != device:
            raise ValueError(f"the cell is on {device}, what it is given on {tensor.device}; move one with .to()")
    for tensor in given:
        if tensor.dtype != dtype and tensor.dtype not in _HALF:
            raise ValueError(f"the cell computes in {dtype}, what it is given is {tensor.dtype}; convert with .to()")
    start = None if state_BU is None else convert(state_BU, dtype)
    same = [weight if weight is None else convert(weight, dtype) for weight in weights]
    return convert(features_BTF, dtype), convert(dt_BT, dtype), start, same


def convert(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """Give a tensor in a dtype; torch's own `to` takes a microsecond even where there is nothing to do."""
    return tensor if tensor.dtype == dtype else tensor.to(dtype)


def without_autocast(tensor: Tensor) -> AbstractContextManager[Any]:
    """Give a context in which torch keeps to the dtypes it is given, where this tensor lives."""
    kind = tensor.device.type
    return torch.autocast(kind, enabled=False) if torch.amp.is_autocast_available(kind) else nullcontext()


def gather(cell: nn.Module, names: Sequence[str]) -> list[Tensor | None]:
    """Give weights by name, None where the cell has none; attributes that replace a parameter count too."""
    own = cell._parameters
    return [own[name] if name in own else getattr(cell, name, None) for name in names]
