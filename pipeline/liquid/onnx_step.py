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

    Args:
        cell: is copied.
        path: of the file.
        batch: number of cars, fixed in the file.
    """
    step = Step(copy.deepcopy(cell).float().cpu()).eval()
    wiring = cell.wiring
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
