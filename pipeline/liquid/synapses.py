"""Truly sparse weights: one number per synapse and nothing where the wiring has none."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class Sequence:
    """Synapses in the order in which the kernel goes through them.

    source, target: of each synapse, (K,). place: of each synapse among the weights. All int32, on the CPU for ever.
    """

    def __init__(self, source: NDArray[np.int64], target: NDArray[np.int64]) -> None:
        order = np.arange(len(source))
        self.source, self.target, self.place = (
            torch.from_numpy(values.astype(np.int32)) for values in (source[order], target[order], order)
        )

    def addresses(self) -> tuple[int, int, int]:
        """Give where source, target and place are."""
        return self.source.data_ptr(), self.target.data_ptr(), self.place.data_ptr()


class Synapses(nn.Module):
    """The places of K synapses in a (sources, targets) matrix, in row order; holds no weights.

    polarity: (sources, targets), non-zero where a synapse is.
    """

    source: Tensor
    target: Tensor
    polarity: Tensor
    from_source: Tensor
    to_target: Tensor

    def __init__(self, polarity: NDArray[np.int8]) -> None:
        super().__init__()
        source, target = np.nonzero(polarity)
        self.shape = (int(polarity.shape[0]), int(polarity.shape[1]))
        self.count = len(source)
        self.sequence = Sequence(source, target)
        self.register_buffer("source", torch.from_numpy(source), persistent=False)
        self.register_buffer("target", torch.from_numpy(target), persistent=False)
        signs = torch.from_numpy(polarity[source, target].astype(np.float32))
        self.register_buffer("polarity", signs, persistent=False)
        one_hot = torch.eye(max(self.shape))
        self.register_buffer("from_source", one_hot[: self.shape[0], source].contiguous(), persistent=False)
        self.register_buffer("to_target", one_hot[target, : self.shape[1]].contiguous(), persistent=False)

    def fan_in(self) -> Tensor:
        """Number of synapses that reach each target, (targets,)."""
        return torch.bincount(self.target, minlength=self.shape[1])

    def fan_out(self) -> Tensor:
        """Number of synapses that leave each source, (sources,)."""
        return torch.bincount(self.source, minlength=self.shape[0])

    def pick(self, dense: Tensor) -> Tensor:
        """Take the K values at the synapses out of a (sources, targets) matrix."""
        if tuple(dense.shape) != self.shape:
            raise ValueError(f"expected a {self.shape} matrix of synapses, got {tuple(dense.shape)}: another wiring?")
        return dense[self.source.to(dense.device), self.target.to(dense.device)]

    def spread(self, values: Tensor) -> Tensor:
        """Put (..., K) values at their places in a (..., sources, targets) matrix of zeros."""
        flat = values.new_zeros(*values.shape[:-1], self.shape[0] * self.shape[1])
        places = (self.source * self.shape[1] + self.target).expand_as(values)
        return flat.scatter(-1, places, values).view(*values.shape[:-1], *self.shape)
