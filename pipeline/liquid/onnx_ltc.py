"""One LTC step for one car in as few nodes as can be: a runtime for graphs spends its time between nodes, not in them.

Shape suffixes: F features, U units, K recurrent synapses, S sensory synapses, M motor neurons.

With everything divided by the capacitance, an Euler step of h is v <- (v + h n) / (1 + h d), where [n, d] is a matrix
times the open synapses. h, the same for all neurons, goes into the matrix once per frame; what leak and features give
is a row of it, for a synapse that is always open. So an Euler step is three matrix products with a sum each (the first
fused with its sigmoid) and a division.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from pipeline.liquid.ltc import LTC
from pipeline.liquid.ltc_torch import EPSILON, TINY, conduct

OPEN = 40.0
"""The sigmoid of this is 1 in float32."""


class LtcStep(nn.Module):
    """An LTC that steps one car: (1, F) features, (1,) dt [s], (1, U) state → (1, M) motor, (1, U) state.

    cell: in float32; its weights are worked into matrices here and do not follow it.
    """

    def __init__(self, cell: LTC) -> None:
        super().__init__()
        wiring, weights = cell.wiring, cell.weights()
        self.unfolds = cell.unfolds
        with torch.no_grad():
            capacitance_2U = (softplus(weights.cm) + TINY).repeat(2) * cell.time_unit * cell.unfolds
            leak_U = softplus(weights.gleak)
            leak_2U = torch.cat([leak_U * weights.vleak, leak_U + EPSILON])
            sensory_FS = cell.sensory.from_source * weights.sensory_sigma
            shift_S = -weights.sensory_sigma * weights.sensory_mu
            if weights.input_w is not None and weights.input_b is not None:
                shift_S = shift_S + weights.input_b @ sensory_FS
                sensory_FS = sensory_FS * weights.input_w.unsqueeze(1)
            motor_UM, motor_M = torch.eye(wiring.units)[:, : wiring.motor], torch.zeros(wiring.motor)
            if weights.output_w is not None and weights.output_b is not None:
                motor_UM, motor_M = motor_UM * weights.output_w, weights.output_b
            recurrent_UK = cell.recurrent.from_source * weights.sigma
            constants = {
                "sensory_FS": sensory_FS,
                "shift_S": shift_S,
                "given_S2U": conduct(cell.sensory, weights.sensory_w, weights.sensory_erev) / capacitance_2U,
                "leak_2U": leak_2U / capacitance_2U,
                "recurrent_UK": torch.cat([recurrent_UK, torch.zeros(wiring.units, 1)], 1),
                "shift_K": torch.cat([-weights.sigma * weights.mu, torch.tensor([OPEN])]),
                "conduct_K2U": conduct(cell.recurrent, weights.w, weights.erev) / capacitance_2U,
                "one_U": torch.ones(wiring.units),
                "motor_UM": motor_UM,
                "motor_M": motor_M,
            }
        for name, constant in constants.items():
            self.register_buffer(name, constant.detach().clone())

    def forward(self, features_1F: Tensor, dt_1: Tensor, state_1U: Tensor) -> tuple[Tensor, Tensor]:
        """Run one step."""
        get = self.get_buffer
        open_1S = torch.sigmoid(torch.addmm(get("shift_S"), features_1F, get("sensory_FS")))
        row_12U = torch.addmm(get("leak_2U"), open_1S, get("given_S2U"))
        current_KU, conductance_KU = (torch.cat([get("conduct_K2U"), row_12U]) * dt_1).chunk(2, 1)
        for _ in range(self.unfolds):
            open_1K = torch.sigmoid(torch.addmm(get("shift_K"), state_1U, get("recurrent_UK")))
            current_1U = torch.addmm(state_1U, open_1K, current_KU)
            state_1U = current_1U / torch.addmm(get("one_U"), open_1K, conductance_KU)
        return torch.addmm(get("motor_M"), state_1U, get("motor_UM")), state_1U
