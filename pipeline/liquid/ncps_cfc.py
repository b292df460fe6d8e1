"""Weights of ncps 1.0.1's wired CfC, in and out."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from pipeline.liquid.cfc import CfC

_LINEAR = ("ff1", "ff2", "time_a", "time_b")


def _tables(cell: "CfC") -> Iterator[tuple[str, int, Tensor, Tensor]]:
    """Give, per curve: its name in ncps, its row of `bias`, and dense (features, units), (units, units) matrices."""
    weights = cell.weights()
    curves = cell.curve_table.spread(weights.sensory_w, weights.w, None)
    gates = curves
    if weights.gate_sensory_w is not None and weights.gate_w is not None:
        gates = cell.gate_table.spread(weights.gate_sensory_w, weights.gate_w, None)
    for row, name in enumerate(_LINEAR[: len(weights.bias)]):
        sensory, recurrent = curves if row < 2 else gates
        yield name, row, sensory[row % 2], recurrent[row % 2]


def _check(cell: "CfC") -> None:
    if cell.compat != "ncps":
        raise ValueError('ncps connects a CfC more densely than its wiring; make this cell with compat="ncps"')


def _inputs(cell: "CfC", index: int) -> list[int] | None:
    """Give the units of the layer before, None for the first one, which hears the features."""
    return cell.layers[index - 1] if index else None


def load_cfc(cell: "CfC", weights: Mapping[str, Tensor]) -> None:
    """See `CfC.load_ncps`."""
    _check(cell)
    given = {name.removeprefix("rnn_cell."): value for name, value in weights.items()}
    if any(name.startswith(("fc.", "lstm.")) for name in given):
        raise ValueError(
            "these ncps weights have a projection (fc) or a memory (lstm) behind the cell; load rnn_cell's"
        )
    filled = [(name, row, torch.zeros_like(one), torch.zeros_like(two)) for name, row, one, two in _tables(cell)]
    for index, layer in enumerate(cell.layers):
        before = _inputs(cell, index)
        _check_mask(cell, given, index)
        for name, row, sensory, recurrent in filled:
            matrix, bias = (_get(given, f"layer_{index}.{name}.{part}") for part in ("weight", "bias"))
            heard = cell.wiring.features if before is None else len(before)
            if tuple(matrix.shape) != (len(layer), heard + len(layer)):
                raise ValueError(
                    f"{name} of layer {index} of these ncps weights is {tuple(matrix.shape)}: not this wiring"
                )
            target = torch.tensor(layer)
            if before is None:
                sensory[:, target] = matrix[:, :heard].T.to(sensory)
            else:
                recurrent[torch.tensor(before)[:, None], target] = matrix[:, :heard].T.to(recurrent)
            recurrent[target[:, None], target] = matrix[:, heard:].T.to(recurrent)
            cell.bias[row, target] = bias.to(cell.bias)
        if cell.mode == "pure":
            cell.w_tau[layer] = _get(given, f"layer_{index}.w_tau")[0].to(cell.w_tau)
            cell.amplitude[layer] = _get(given, f"layer_{index}.A")[0].to(cell.amplitude)
    for _, row, sensory, recurrent in filled:
        table, sensory_w, w = (
            (cell.curve_table, cell.sensory_w, cell.w)
            if row < 2
            else (cell.gate_table, cell.gate_sensory_w, cell.gate_w)
        )
        sensory_w[row % 2] = table.sensory.pick(sensory)
        w[row % 2] = table.recurrent.pick(recurrent)
    if cell.affine:
        cell.output_w.fill_(1.0)
        cell.output_b.zero_()


def _get(given: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in given:
        raise ValueError(f"these ncps weights have no {name}: another mode or wiring than this cell's")
    return given[name]


def _mask(cell: "CfC", index: int) -> Tensor:
    """Give the sparsity mask that ncps has in a layer, (units, inputs + units)."""
    layer, before = cell.layers[index], _inputs(cell, index)
    wiring = cell.wiring
    heard = wiring.sensory[:, layer] if before is None else wiring.recurrent[before][:, layer]
    mask = torch.ones(len(layer), len(heard) + len(layer))
    mask[:, : len(heard)] = torch.from_numpy(heard.T != 0).float()
    return mask


def _check_mask(cell: "CfC", given: Mapping[str, Tensor], index: int) -> None:
    mask = given.get(f"layer_{index}.sparsity_mask")
    if mask is not None and not torch.equal(mask.float().cpu(), _mask(cell, index)):
        raise ValueError(f"the synapses of layer {index} of these ncps weights follow another wiring")


def export_cfc(cell: "CfC") -> dict[str, Tensor]:
    """See `CfC.to_ncps`."""
    _check(cell)
    if cell.affine and not (bool((cell.output_w == 1).all()) and bool((cell.output_b == 0).all())):
        raise ValueError("ncps' CfC does not scale its outputs, this cell does; make it with affine=False")
    weights: dict[str, Tensor] = {}
    for index, layer in enumerate(cell.layers):
        before, target, prefix = _inputs(cell, index), torch.tensor(layer), f"rnn_cell.layer_{index}."
        weights[f"{prefix}sparsity_mask"] = _mask(cell, index)
        if cell.mode == "pure":
            weights[f"{prefix}w_tau"] = cell.w_tau[layer][None].clone()
            weights[f"{prefix}A"] = cell.amplitude[layer][None].clone()
        for name, row, sensory, recurrent in _tables(cell):
            heard = sensory[:, target] if before is None else recurrent[torch.tensor(before)[:, None], target]
            weights[f"{prefix}{name}.weight"] = torch.cat([heard, recurrent[target[:, None], target]]).T.contiguous()
            weights[f"{prefix}{name}.bias"] = cell.bias[row, target].clone()
    return weights
