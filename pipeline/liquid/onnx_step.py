"""One step of a liquid cell as an ONNX file with the state as input and output.

Shape suffixes: B batch, F features, U units, M motor neurons.
"""

import copy
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from pipeline.liquid.cfc import CfC
from pipeline.liquid.ctrnn import CTRNN
from pipeline.liquid.ltc import LTC
from pipeline.liquid.onnx_cfc import CfcStep
from pipeline.liquid.onnx_ltc import LtcStep


class Step(nn.Module):
    """A cell that is called per step: (B, F) features, (B,) dt [s], (B, U) state → (B, M) motor, (B, U) state."""

    def __init__(self, cell: LTC | CfC | CTRNN) -> None:
        super().__init__()
        self.cell = cell

    def forward(self, features_BF: Tensor, dt_B: Tensor, state_BU: Tensor) -> tuple[Tensor, Tensor]:
        """Run one step."""
        motor_BTM, states_BTU = self.cell(features_BF.unsqueeze(1), dt_B.unsqueeze(1), state_BU)
        return motor_BTM[:, 0], states_BTU[:, 0]


def export_onnx_step(cell: LTC | CfC | CTRNN, path: Path, *, batch: int = 1) -> None:
    """Write one step as ONNX: inputs features, dt, state; outputs motor, new_state; all float32.

    Shapes as of `Step`. What can be known beforehand is worked out beforehand, so that the graph has few nodes.

    Args:
        cell: is copied.
        path: of the file.
        batch: number of cars, fixed in the file.
    """
    cell, wiring = copy.deepcopy(cell).float().cpu().eval(), cell.wiring
    step: nn.Module
    if isinstance(cell, CfC):
        step = CfcStep(cell)
    elif isinstance(cell, LTC) and batch == 1:  # with several cars each has its own dt
        step = LtcStep(cell)
    else:
        step = Step(cell)
    given = (torch.zeros(batch, wiring.features), torch.ones(batch), torch.zeros(batch, wiring.units))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            step,
            given,
            input_names=["features", "dt", "state"],
            output_names=["motor", "new_state"],
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    program.save(str(path))
