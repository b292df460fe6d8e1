"""One CfC step in few nodes: a runtime for graphs spends its time between nodes, not in them.

Shape suffixes: B batch, F features, U units, N units of one layer, C curves, H what a layer hears, M motor neurons.

A layer hears (1, features, units before the step, units of earlier layers after it): earlier layers are appended to
this row, nothing is cut out of it, and each of the layer's curves is one matrix product with it.
"""

import torch
from torch import Tensor, nn

from pipeline.liquid.cfc import CfC
from pipeline.liquid.cfc_torch import spread_curves


class CfcStep(nn.Module):
    """A CfC that is called per step: (B, F) features, (B,) dt [s], (B, U) state → (B, M) motor, (B, U) state.

    cell: in float32; its weights are worked into matrices here and do not follow it.
    """

    def __init__(self, cell: CfC) -> None:
        super().__init__()
        wiring, weights = cell.wiring, cell.weights()
        self.mode, self.scale = cell.mode, 1.0 / cell.time_unit
        self.layers = len(cell.layers)
        self.places = sorted(range(self.layers), key=lambda layer: cell.layers[layer][0])
        with torch.no_grad():
            sensory_CFU, recurrent_CUU = spread_curves((cell.curve_table, cell.gate_table), weights)
            earlier: list[int] = []
            for layer, units in enumerate(cell.layers):
                before_CUN = recurrent_CUU[..., units].clone()
                before_CUN[:, earlier] = 0
                after_CNN = recurrent_CUU[:, earlier][..., units]
                bias_C1N = weights.bias[:, None, units]
                heard_CHN = torch.cat([torch.zeros_like(bias_C1N), sensory_CFU[..., units], before_CUN, after_CNN], 1)
                heard_CHN[3:, :1] = bias_C1N[3:]  # the place of b's bias in its sum is taken by a times dt
                for curve, (heard_HN, bias_1N) in enumerate(zip(heard_CHN, bias_C1N, strict=True)):
                    self.register_buffer(f"heard_{layer}_{curve}", heard_HN.detach().clone())
                    self.register_buffer(f"bias_{layer}_{curve}", bias_1N[0].detach().clone())
                if weights.w_tau is not None and weights.amplitude is not None:
                    self.register_buffer(f"rate_{layer}", weights.w_tau[units].abs().detach().clone())
                    self.register_buffer(f"amplitude_{layer}", weights.amplitude[units].detach().clone())
                earlier += units
            motor_UM, motor_M = torch.eye(wiring.units)[:, : wiring.motor], torch.zeros(wiring.motor)
            if weights.output_w is not None and weights.output_b is not None:
                motor_UM, motor_M = motor_UM * weights.output_w, weights.output_b.clone()
            self.register_buffer("motor_UM", motor_UM)
            self.register_buffer("motor_M", motor_M)

    def forward(self, features_BF: Tensor, dt_B: Tensor, state_BU: Tensor) -> tuple[Tensor, Tensor]:
        """Run one step."""
        span_B1 = (dt_B * self.scale).unsqueeze(1)
        heard_BH = torch.cat([torch.ones_like(features_BF[:, :1]), features_BF, state_BU], 1)
        moved: list[Tensor] = []
        for layer in range(self.layers):
            if moved:
                heard_BH = torch.cat([heard_BH, moved[-1]], 1)
            moved.append(self._move(layer, heard_BH, span_B1))
        new_BU = torch.cat([moved[layer] for layer in self.places], 1)
        return torch.addmm(self.get_buffer("motor_M"), new_BU, self.get_buffer("motor_UM")), new_BU

    def _move(self, layer: int, heard_BH: Tensor, span_B1: Tensor) -> Tensor:
        """Give the (B, N) states of a layer after its time; the equations of `pipeline.liquid.cfc`."""
        if self.mode == "pure":
            curve_BN = self._curve(layer, 0, heard_BH)
            amplitude_N = self.get_buffer(f"amplitude_{layer}")
            left_BN = torch.exp(-span_B1 * (self.get_buffer(f"rate_{layer}") + curve_BN.abs()))
            return amplitude_N - amplitude_N * left_BN * curve_BN
        start_BN, end_BN = (torch.tanh(self._curve(layer, curve, heard_BH)) for curve in (0, 1))
        slope_BN = self._curve(layer, 2, heard_BH) * span_B1
        share_BN = torch.sigmoid(torch.addmm(slope_BN, heard_BH, self.get_buffer(f"heard_{layer}_3")))
        if self.mode == "no_gate":
            return start_BN + share_BN * end_BN
        return start_BN + share_BN * (end_BN - start_BN)

    def _curve(self, layer: int, curve: int, heard_BH: Tensor) -> Tensor:
        bias_N, heard_HN = (self.get_buffer(f"{name}_{layer}_{curve}") for name in ("bias", "heard"))
        return torch.addmm(bias_N, heard_BH, heard_HN)
