"""Our cells against ncps 1.0.1 on wirings, sizes, spans and weights that hypothesis draws, in C and in torch."""

from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from pipeline.liquid.cfc import CfC
from pipeline.liquid.ltc import LTC
from tests.pipeline.liquid.oracle import draw_inputs, make_cfc, make_ltc, reaches, run_rows, shapes, wirings

MODES = ("default", "no_gate", "pure")
SETTINGS = settings(max_examples=25, deadline=None, derandomize=True)


def to_ncps_order(ours: CfC | LTC, states: Tensor) -> Tensor:
    """Give states as ncps' CfC orders them: inter, command, motor, or as they are if it has one layer."""
    if isinstance(ours, LTC):
        return states
    return states[..., [unit for layer in ours.layers for unit in layer]]


def from_ncps_order(ours: CfC | LTC, states: Tensor) -> Tensor:
    """Give states of ncps in our order."""
    if isinstance(ours, LTC):
        return states
    order = torch.tensor([unit for layer in ours.layers for unit in layer])
    return states[..., order.argsort()]


def measure(ours: CfC | LTC, theirs: Any, shape: tuple[int, int, int, int], backend: Any, dtype: torch.dtype) -> None:
    """Compare outputs, states and every gradient."""
    batch, steps, features, _ = shape
    single = dtype == torch.float32
    inputs, dt, state = draw_inputs(batch, steps, features, ours.wiring.units)
    expected, last = run_rows(theirs, inputs, dt, to_ncps_order(ours, state))
    cell = ours.to(dtype)
    cell.backend = backend
    motor, states = cell(inputs.to(dtype), dt.to(dtype), state.to(dtype))
    motors = motor.shape[-1]
    reference = from_ncps_order(ours, last)
    scale = max(1.0, float(expected.detach().abs().max()))
    assert (motor.double() - expected[..., :motors]).abs().max() < (1e-5 if single else 1e-10) * scale
    assert (states[:, -1].double() - reference).abs().max() < (1e-5 if single else 1e-10) * scale
    weight = torch.randn(expected[..., :motors].shape, dtype=torch.float64)
    pull = torch.randn(reference.shape, dtype=torch.float64)
    ((expected[..., :motors] * weight).sum() + (reference * pull).sum()).backward()
    ((motor * weight.to(dtype)).sum() + (states[:, -1] * pull.to(dtype)).sum()).backward()
    grads = {name: p.grad for name, p in theirs.named_parameters() if p.grad is not None}
    compare_gradients(cell, grads, 1e-5 if single else 1e-9)


def compare_gradients(cell: CfC | LTC, grads: dict[str, Tensor], tolerance: float) -> None:
    """Compare each weight's gradient with ncps', relative to the largest of its kind.

    Where contributions cancel to far less than themselves, float32 can't tell; a tenth of the tolerance, of the largest
    gradient of all weights, is allowed for that.
    """
    whole = max(float(value.abs().max()) for value in grads.values() if value.numel())
    holder = type(cell)(cell.wiring, **({"mode": cell.mode, "compat": "ncps"} if isinstance(cell, CfC) else {}))
    holder = holder.double()
    if isinstance(holder, CfC):
        holder.load_ncps({name: grads.get(name, value) for name, value in cell.double().to_ncps().items()})
        found = dict(holder.named_parameters())
    else:
        found = {}
        for name, value in grads.items():
            table = holder.sensory if "sensory_" in name else holder.recurrent
            found[name.removeprefix("rnn_cell.")] = table.pick(value) if value.ndim == 2 else value
    for name, parameter in cell.named_parameters():
        if name.startswith("output_") and isinstance(cell, CfC):
            continue
        assert parameter.grad is not None
        expected = found[name].detach()
        largest = float(expected.abs().max()) if expected.numel() else 0.0
        error = float((parameter.grad.double() - expected).abs().max()) if expected.numel() else 0.0
        assert error <= tolerance * (largest + 0.1 * whole) + 1e-12, f"{name}: {error:.1e} of {largest:.1e}"


@pytest.mark.parametrize(("backend", "dtype"), [("c", torch.float32), ("c", torch.float64), ("torch", torch.float64)])
@given(wiring=wirings(), shape=shapes(), unfolds=st.integers(1, 8))
@SETTINGS
def test_ltc(backend: str, dtype: torch.dtype, wiring: Any, shape: tuple[int, int, int, int], unfolds: int) -> None:
    torch.manual_seed(shape[3])
    wiring.build(shape[2])
    assume(reaches(wiring))
    theirs, ours = make_ltc(wiring, shape[2], unfolds)
    measure(ours, theirs, shape, backend, dtype)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("backend", "dtype"), [("c", torch.float32), ("c", torch.float64), ("torch", torch.float64)])
@given(wiring=wirings(), shape=shapes())
@SETTINGS
def test_cfc(backend: str, dtype: torch.dtype, mode: str, wiring: Any, shape: tuple[int, int, int, int]) -> None:
    torch.manual_seed(shape[3])
    wiring.build(shape[2])
    assume(reaches(wiring))
    theirs, ours = make_cfc(wiring, shape[2], mode)
    measure(ours, theirs, shape, backend, dtype)


@pytest.mark.parametrize("mode", MODES)
def test_cfc_weights_go_back(mode: Any) -> None:
    from ncps.wirings import AutoNCP

    wiring = AutoNCP(14, 2, seed=5)
    theirs, ours = make_cfc(wiring, 7, mode)
    before = {name: value.clone() for name, value in theirs.state_dict().items()}
    inputs, dt, state = draw_inputs(3, 4, 7, 14)
    expected, _ = run_rows(theirs, inputs, dt, state)
    theirs.load_state_dict(ours.to_ncps())
    again, _ = run_rows(theirs, inputs, dt, state)
    assert torch.equal(again, expected)
    assert set(ours.to_ncps()) == set(before)


def test_ltc_weights_go_back() -> None:
    from ncps.wirings import AutoNCP

    theirs, ours = make_ltc(AutoNCP(14, 2, seed=5), 7)
    inputs, dt, state = draw_inputs(3, 4, 7, 14)
    expected, _ = run_rows(theirs, inputs, dt, state)
    assert set(ours.to_ncps()) == set(theirs.state_dict())
    theirs.load_state_dict(ours.to_ncps())
    torch.testing.assert_close(run_rows(theirs, inputs, dt, state)[0], expected, rtol=0, atol=1e-14)
