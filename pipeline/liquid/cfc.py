"""Closed-form continuous-time cell (Hasani et al. 2022), truly sparse, over whole sequences.

Shape suffixes: B batch, T steps, F features, U units, K synapses, M motor neurons.

A neuron with inputs and own state u moves in the time t between two curves:

    default   x = (1 - s) tanh(f u) + s tanh(g u),    s = sigmoid(a u t + b u)
    no_gate   x = tanh(f u) + s tanh(g u)
    pure      x = A - A exp(-t (|w_tau| + |f u|)) f u        (the papers' Cf-S)

f, g, a and b each have one weight per synapse, one for the neuron's own state (the membrane, which an LTC neuron has
too) and one bias. Nothing else exists: unlike ncps' wired CfC, the time gates a and b follow the wiring, neurons of a
layer do not all see each other, and command-to-command synapses count. `compat="ncps"` gives what ncps has instead.

Within a step the signal passes inter, command and motor neurons in turn, each layer seeing the new states before it.
"""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from pipeline.liquid.backend import Backend, choose_backend
from pipeline.liquid.cfc_kernel import run_cfc_in_c
from pipeline.liquid.cfc_tables import CurveTable, connect_as_ncps, layers_of
from pipeline.liquid.cfc_torch import CfcWeights, Mode, run_cfc_in_torch
from pipeline.liquid.inputs import agree, check_inputs, convert, gather, without_autocast
from pipeline.liquid.ncps_cfc import export_cfc, load_cfc
from pipeline.liquid.wiring import Wiring

CURVES = 4
"""f, g, a and b, in this order."""


class CfC(nn.Module):
    """CfC neurons over a wiring; one weight per synapse and curve.

    wiring: who is connected to whom. mode: which of the equations. time_unit: seconds that count as 1 in the equation.
    affine: whether the motor neurons are scaled and shifted. compat: "ncps" connects as ncps 1.0.1's wired CfC does,
    dense within layers and in the time gates, so that its weights fit; its outputs know no affine map.

    `backend` may be set to "c" or "torch"; "auto" takes C where it can.
    """

    def __init__(
        self,
        wiring: Wiring,
        *,
        mode: Mode = "default",
        time_unit: float = 1.0,
        affine: bool = True,
        compat: Literal["ncps"] | None = None,
    ) -> None:
        super().__init__()
        if mode not in ("default", "no_gate", "pure"):
            raise ValueError(f"a CfC has no mode {mode!r}; choose default, no_gate or pure")
        if compat not in (None, "ncps"):
            raise ValueError(f"a CfC is compatible with 'ncps' or nothing else, not with {compat!r}")
        self.wiring, self.mode, self.time_unit, self.affine, self.compat = wiring, mode, time_unit, affine, compat
        self.backend: Backend = "auto"
        self.layers = layers_of(wiring, as_ncps=compat == "ncps")
        pure, units = mode == "pure", wiring.units
        curves = 1 if pure else CURVES
        if compat == "ncps":
            self.curve_table = CurveTable(*connect_as_ncps(wiring, gates=False), own=False, layers=self.layers)
            self.gate_table = CurveTable(*connect_as_ncps(wiring, gates=True), own=False, layers=self.layers)
            self.sensory_w, self.w = self.curve_table.draw(1 if pure else 2)
            if not pure:
                self.gate_sensory_w, self.gate_w = self.gate_table.draw(2)
        else:
            self.curve_table = CurveTable(wiring.sensory, wiring.recurrent, own=True, layers=self.layers)
            self.gate_table = self.curve_table
            self.sensory_w, self.w = self.curve_table.draw(curves)
            self.self_w = nn.Parameter(torch.empty(curves, units).uniform_(-0.5, 0.5))
        self.bias = nn.Parameter(torch.zeros(curves, units))
        if pure:
            # ncps starts w_tau at 0, where |w_tau| has no slope: there it never learns
            self.w_tau = nn.Parameter(torch.empty(units).uniform_(0.1, 1.0))
            self.amplitude = nn.Parameter(torch.ones(units))
        if affine:
            self.output_w = nn.Parameter(torch.ones(wiring.motor))
            self.output_b = nn.Parameter(torch.zeros(wiring.motor))

    @property
    def cell_parameters(self) -> int:
        """Number of weights of the neurons and synapses, without the affine map behind them."""
        cell = (weight for name, weight in self.named_parameters() if not name.startswith("output_"))
        return sum(weight.numel() for weight in cell)

    def weights(self) -> CfcWeights:
        """Give the weights as the optimiser has them."""
        return CfcWeights(*gather(self, CfcWeights._fields))  # type: ignore[arg-type]

    def forward(self, features_BTF: Tensor, dt_BT: Tensor, state_BU: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Run T steps.

        Args:
            features_BTF: inputs.
            dt_BT: seconds that pass in each step, >= 0.
            state_BU: states before, or zeros.

        Returns:
            Motor outputs (B, T, M) and states after every step (B, T, U), in the order motor, command, inter.

        Raises:
            ValueError: if shapes or dtypes do not fit, or a dt is negative or not a finite number.
        """
        wiring = self.wiring
        check_inputs(features_BTF, dt_BT, state_BU, wiring.features, wiring.units)
        dtype, tables = features_BTF.dtype, (self.curve_table, self.gate_table)
        features_BTF, dt_BT, state_BU, same = agree(features_BTF, dt_BT, state_BU, self.weights())
        weights = CfcWeights(*same)  # type: ignore[arg-type]
        choice = choose_backend(self.backend, [features_BTF, dt_BT, state_BU, *weights])
        scale = 1.0 / self.time_unit
        if choice.kernel is not None:
            motor_BTM, states_BTU = run_cfc_in_c(
                choice.kernel, tables, self.mode, weights, features_BTF, dt_BT, state_BU, scale, wiring.motor
            )
        else:
            with without_autocast(features_BTF):
                motor_BTM, states_BTU = run_cfc_in_torch(
                    tables, self.layers, self.mode, weights, features_BTF, dt_BT * scale, state_BU, wiring.motor
                )
        return convert(motor_BTM, dtype), convert(states_BTU, dtype)

    @torch.no_grad()
    def load_ncps(self, weights: Mapping[str, Tensor]) -> None:
        """Take the weights of an ncps 1.0.1 `CfC` over the same wiring (or of its `WiredCfCCell`).

        Args:
            weights: its `state_dict()`.

        Raises:
            ValueError: if this cell was not made with compat="ncps", or the weights belong to another wiring or mode.
        """
        load_cfc(self, weights)

    @torch.no_grad()
    def to_ncps(self) -> dict[str, Tensor]:
        """Give the weights as the `state_dict()` of an ncps 1.0.1 `CfC` over the same wiring.

        Raises:
            ValueError: if this cell was not made with compat="ncps", or scales its outputs.
        """
        return export_cfc(self)
