"""Weights of ncps 1.0.1's LTC, in and out."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import softplus

if TYPE_CHECKING:
    from pipeline.liquid.ltc import LTC

_POSITIVE = ("w", "sensory_w", "cm", "gleak")


def load_ltc(cell: "LTC", weights: Mapping[str, Tensor], implicit_constraints: bool) -> None:
    """See `LTC.load_ncps`."""
    given = {name.removeprefix("rnn_cell."): value for name, value in weights.items()}
    for prefix, synapses in (("", cell.recurrent), ("sensory_", cell.sensory)):
        mask = given.get(f"{prefix}sparsity_mask")
        if mask is not None and int(mask.sum()) != int(synapses.pick(mask).sum()):
            raise ValueError(f"the {prefix or 'recurrent '}synapses of these ncps weights follow another wiring")
    for name, parameter in cell.named_parameters():
        if name not in given:
            raise ValueError(f"these ncps weights have no {name}; make the cell with affine=False or check them")
        value = given[name].to(parameter.dtype)
        if value.ndim == 2:
            value = (cell.sensory if name.startswith("sensory_") else cell.recurrent).pick(value)
        if not implicit_constraints and name in _POSITIVE:
            value = value.clamp_min(math.exp(-15.0))
            value = value + torch.log(-torch.expm1(-value))
        if value.shape != parameter.shape:
            raise ValueError(f"{name} of these ncps weights has {tuple(value.shape)} values; another wiring?")
        parameter.copy_(value)


def export_ltc(cell: "LTC", implicit_constraints: bool) -> dict[str, Tensor]:
    """See `LTC.to_ncps`."""
    weights: dict[str, Tensor] = {}
    for name, parameter in cell.named_parameters():
        value = parameter.detach().clone()
        if not implicit_constraints and name in _POSITIVE:
            value = softplus(value)
        if name in ("w", "sigma", "mu", "erev"):
            value = cell.recurrent.spread(value)
        elif name.startswith("sensory_"):
            value = cell.sensory.spread(value)
        weights[f"rnn_cell.{name}"] = value
    for prefix, synapses in (("", cell.recurrent), ("sensory_", cell.sensory)):
        weights[f"rnn_cell.{prefix}sparsity_mask"] = synapses.spread(torch.ones_like(cell.get_parameter(f"{prefix}w")))
    return weights
