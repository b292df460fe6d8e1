"""Which synapses a CfC's curves hear: exactly the wiring's, or what ncps 1.0.1 makes of a wiring.

A place counts through three arrays of weights in turn: from features, from units, from the neuron itself. A source is
a feature, else features + unit for the state before the step, else features + units + unit for the state after it.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.liquid.synapses import Synapses
from pipeline.liquid.wiring import Wiring

Matrix = NDArray[np.int8]


def layers_of(wiring: Wiring, *, as_ncps: bool) -> list[list[int]]:
    """Give the units of each layer in the order of computing; ncps knows no layers without command neurons."""
    if as_ncps and wiring.command == 0:
        return [list(range(wiring.units))]
    return [list(range(wiring.units))[units] for units in wiring.layers()]


def connect_as_ncps(wiring: Wiring, *, gates: bool) -> tuple[Matrix, Matrix]:
    """Give the (sensory, recurrent) connections of ncps' wired CfC.

    Within a layer all hear all; only the layer before is heard; the time gates hear even what the wiring leaves out.
    """
    layers = layers_of(wiring, as_ncps=True)
    sensory, recurrent = np.zeros_like(wiring.sensory), np.zeros_like(wiring.recurrent)
    sensory[:, layers[0]] = 1 if gates else wiring.sensory[:, layers[0]]
    for index, layer in enumerate(layers):
        recurrent[np.ix_(layer, layer)] = 1
        if index:
            before = np.ix_(layers[index - 1], layer)
            recurrent[before] = 1 if gates else wiring.recurrent[before]
    return sensory, recurrent


class CurveTable(nn.Module):
    """The synapses of some curves, for torch as matrices, for the kernel as a sequence.

    sensory, recurrent: connections, (features, units) and (units, units). own: whether each neuron also hears itself
    with a weight that is no synapse's. layers: units in the order of computing.
    """

    def __init__(self, sensory: Matrix, recurrent: Matrix, *, own: bool, layers: list[list[int]]) -> None:
        super().__init__()
        self.sensory, self.recurrent, self.own = Synapses(sensory), Synapses(recurrent), own
        features, units = sensory.shape
        rank = np.zeros(units, np.int64)
        for index, layer in enumerate(layers):
            rank[layer] = index
        self.order = torch.tensor([unit for layer in layers for unit in layer], dtype=torch.int32)
        source, target = np.nonzero(recurrent)
        fresh = rank[source] < rank[target]  # of earlier layers the state after the step is heard
        sources = [np.nonzero(sensory)[0], features + source + units * fresh, features + np.arange(units)]
        targets = [np.nonzero(sensory)[1], target, np.arange(units)]
        if not own:
            sources, targets = sources[:2], targets[:2]
        joined, reached = np.concatenate(sources), np.concatenate(targets)
        position = np.empty(units, np.int64)
        position[self.order.numpy()] = np.arange(units)
        place = np.argsort(position[reached], kind="stable")
        starts = np.searchsorted(position[reached][place], np.arange(units + 1))
        self.start, self.source, self.place = (
            torch.from_numpy(values.astype(np.int32)) for values in (starts, joined[place], place)
        )

    @property
    def count(self) -> int:
        """Number of weights of one curve, without bias."""
        return len(self.source)

    def spread(self, sensory_w: Tensor, w: Tensor, self_w: Tensor | None) -> tuple[Tensor, Tensor]:
        """Give (C, F, U) and (C, U, U) matrices of C curves' weights."""
        recurrent_CUU = self.recurrent.spread(w)
        if self_w is not None:
            recurrent_CUU = recurrent_CUU + torch.diag_embed(self_w)
        return self.sensory.spread(sensory_w), recurrent_CUU

    def draw(self, curves: int) -> tuple[nn.Parameter, nn.Parameter]:
        """Draw start values of (sensory_w, w) after Glorot, by the synapses that a neuron really has."""
        return self._draw(self.sensory, curves), self._draw(self.recurrent, curves)

    @staticmethod
    def _draw(synapses: Synapses, curves: int) -> nn.Parameter:
        fans = synapses.fan_in()[synapses.target] + synapses.fan_out()[synapses.source]
        return nn.Parameter(torch.empty(curves, synapses.count).uniform_(-1, 1) * (6.0 / fans).sqrt())
