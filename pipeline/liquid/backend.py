"""Which way a cell computes: the C kernel, or torch, which runs anywhere. One function chooses."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from pipeline.liquid.native import DTYPES, Kernel, load_kernel

Backend = Literal["auto", "c", "torch"]
_PLAIN = {Tensor, torch.nn.Parameter}


class Choice(NamedTuple):
    """A backend, its kernel if it is C, and the reason in words."""

    name: Literal["c", "torch"]
    kernel: Kernel | None
    reason: str


def choose_backend(wanted: Backend, tensors: Sequence[Tensor | None]) -> Choice:
    """Choose how to compute with these tensors, of one device and dtype.

    Args:
        wanted: `auto` takes C where it can; `c` insists.
        tensors: all inputs and weights; None where absent.

    Raises:
        RuntimeError: if C was insisted on and can't be had.
    """
    choice = Choice("torch", None, "torch was asked for") if wanted == "torch" else _find(tensors)
    if wanted == "c" and choice.name != "c":
        raise RuntimeError(f"the C kernel can't be used: {choice.reason}; choose backend='auto' or remedy it")
    return choice


def is_traced(tensors: Sequence[Tensor | None]) -> bool:
    """Tell whether torch looks through the calculation (export, compile, torch.func) and must see all of it."""
    if torch.compiler.is_compiling() or torch._C._get_tracing_state() is not None:
        return True
    kinds = set(map(type, tensors)) - {type(None)}
    return torch._C._are_functorch_transforms_active() or not _PLAIN.issuperset(kinds)


def _find(tensors: Sequence[Tensor | None]) -> Choice:
    if is_traced(tensors):
        return Choice("torch", None, "the model is being exported, compiled or transformed")
    present = [tensor for tensor in tensors if tensor is not None]
    device, dtype = present[0].device, present[0].dtype
    if device.type != "cpu":
        return Choice("torch", None, f"the C kernel runs on the CPU, the tensors are on {device}")
    if dtype not in DTYPES:
        return Choice("torch", None, f"the C kernel knows float32 and float64, not {dtype}")
    kernel = load_kernel(DTYPES[dtype])
    if not isinstance(kernel, Kernel):
        return Choice("torch", None, str(kernel))
    return Choice("c", kernel, f"{DTYPES[dtype]}, vectors of {kernel.vector_bytes * 8} bits")


def explain_backend() -> Choice:
    """Say which backend float32 cells on this machine's CPU use, and why."""
    return choose_backend("auto", [torch.empty(0)])
