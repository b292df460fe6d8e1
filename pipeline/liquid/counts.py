"""How large a liquid cell is and what a frame costs it."""

from dataclasses import dataclass

from pipeline.liquid.cfc import CfC
from pipeline.liquid.cfc_tables import layers_of
from pipeline.liquid.ctrnn import CTRNN
from pipeline.liquid.ltc import LTC

Cell = LTC | CfC | CTRNN


@dataclass(frozen=True)
class CellCounts:
    """Numbers of one cell.

    neurons: by role. synapses: by the roles that they connect. masked: weights of neurons and synapses that exist, as
    the papers count them, without the affine maps around an LTC. dense: weights that ncps 1.0.1 has for the same
    wiring, which has them for synapses that do not exist too, and an LTC's affine maps. multiplies, sigmoids (tanh and
    exp count as one): of one frame, batch 1.
    """

    neurons: dict[str, int]
    synapses: dict[str, int]
    masked: int
    dense: int
    multiplies: int
    sigmoids: int

    def table(self) -> str:
        """Give the counts as lines of text."""
        rows = {f"{role} neurons": count for role, count in self.neurons.items()}
        rows |= {f"synapses {pair}": count for pair, count in self.synapses.items()}
        rows |= {
            "synapses": sum(self.synapses.values()),
            "parameters of neurons and synapses": self.masked,
            "parameters in ncps, dense": self.dense,
            "multiplications per frame": self.multiplies,
            "sigmoids per frame": self.sigmoids,
        }
        return "\n".join(f"{name:36}{value:>10,}" for name, value in rows.items())


def count_cell(cell: Cell) -> CellCounts:
    """Count a cell."""
    wiring = cell.wiring
    neurons = {"inter": wiring.inter, "command": wiring.command, "motor": wiring.motor}
    dense, multiplies, sigmoids = _count_ltc(cell) if isinstance(cell, LTC) else _count_other(cell)
    return CellCounts(neurons, wiring.synapses_by_role(), cell.cell_parameters, dense, multiplies, sigmoids)


def _count_ltc(cell: LTC) -> tuple[int, int, int]:
    wiring, units = cell.wiring, cell.wiring.units
    affine = 2 * (wiring.features + wiring.motor) if cell.affine else 0
    dense = 4 * (wiring.features + units) * units + 3 * units + affine
    passed = cell.sensory.count + cell.unfolds * cell.recurrent.count
    # a synapse: its argument, its current, its conductance; a neuron: h n, h d, d v and the quotient
    return dense, 3 * passed + 4 * cell.unfolds * units + affine // 2, passed


def _count_other(cell: CfC | CTRNN) -> tuple[int, int, int]:
    wiring, units = cell.wiring, cell.wiring.units
    if isinstance(cell, CTRNN):
        dense = (wiring.features + units) * units + units
        return dense, cell.sensory.count + cell.unfolds * (cell.recurrent.count + units), cell.unfolds * units
    heard, one = wiring.features, 0
    for layer in layers_of(wiring, as_ncps=True):
        one += (heard + len(layer) + 1) * len(layer)
        heard = len(layer)
    affine = wiring.motor if cell.affine else 0
    if cell.mode == "pure":
        return one + 2 * units, cell.curve_table.count + 3 * units + affine, units
    curves = 2 * (cell.curve_table.count + cell.gate_table.count)
    return 4 * one, curves + 2 * units + affine, 3 * units
