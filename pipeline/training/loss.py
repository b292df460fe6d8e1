"""What a model is to blame for: squared error of curvature, weighted by curvature; and what its eyes tell wrongly."""

from typing import NamedTuple

import torch
from torch import Tensor

from pipeline.dataset.dataset import ClipBatch
from pipeline.driver.sequence import AUXILIARY_SCALES, TARGET_SCALE, Output


class Loss(NamedTuple):
    """Sums over a batch, so that batches can be joined exactly.

    driving, weight: sum of w e^2 and of w, e in units of 1 / TARGET_SCALE per metre.
    auxiliary, known: sum of e^2 over the known auxiliary targets, and their number.
    """

    driving: Tensor
    weight: Tensor
    auxiliary: Tensor
    known: Tensor

    def means(self) -> tuple[Tensor, Tensor]:
        """Give the mean of driving and of auxiliary errors; 0 where nothing counts."""
        tiny = torch.finfo(self.weight.dtype).tiny
        return self.driving / self.weight.clamp_min(tiny), self.auxiliary / self.known.clamp_min(1.0)


def measure_loss(output: Output, batch: ClipBatch, *, alpha: float, burn_in: int) -> Loss:
    """Compare what a model gave for a batch with what was right (Lechner et al. 2020: w = exp(alpha * |y|)).

    Args:
        output: of the model.
        batch: with labels; auxiliary targets may be NaN where unknown.
        alpha: how much more a bend counts than a straight.
        burn_in: first steps of each clip that do not count, while a model's memory fills.
    """
    target_BT = batch.curvature * TARGET_SCALE
    weight_BT = (batch.weight * torch.exp(alpha * target_BT.abs()))[:, burn_in:]
    error_BT = (output.curvature * TARGET_SCALE - target_BT)[:, burn_in:]
    errors, known = [], []
    for name, scale in AUXILIARY_SCALES.items():
        wanted_BT = batch.auxiliary[name]
        is_known_BT = torch.isfinite(wanted_BT)
        errors.append(torch.where(is_known_BT, (output.auxiliary[name] - wanted_BT) * scale, 0.0))
        known.append(is_known_BT.sum())
    return Loss(
        (weight_BT * error_BT.square()).sum(),
        weight_BT.sum(),
        torch.stack(errors).square().sum(),
        torch.stack(known).sum().to(weight_BT.dtype),
    )
