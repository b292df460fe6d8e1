"""The ways in which torch handles modules all reach our weights, and steps leave torch unchanged."""

import copy
import math
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor

from pipeline.liquid.cfc import CfC
from pipeline.liquid.ctrnn import CTRNN
from pipeline.liquid.ltc import LTC
from pipeline.liquid.onnx_step import Step, export_onnx_step
from pipeline.liquid.stepper import Stepper
from pipeline.liquid.wiring import Wiring

Cell = LTC | CfC | CTRNN
CELLS: dict[str, Callable[[Wiring], Cell]] = {
    "ltc": lambda w: LTC(w, time_unit=0.05),
    "cfc": lambda w: CfC(w, time_unit=0.05),
    "pure": lambda w: CfC(w, mode="pure", time_unit=0.05),
    "cfc as ncps": lambda w: CfC(w, compat="ncps", time_unit=0.05),
    "ctrnn": lambda w: CTRNN(w, time_unit=0.05, learn_tau=True),
}


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> Cell:
    torch.manual_seed(0)
    return CELLS[request.param](Wiring.ncp(32))


def draw(batch: int = 3, steps: int = 5) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(batch, steps, 32, generator=generator), 0.1 * torch.rand(batch, steps, generator=generator)


def test_functional_call_assign_and_deepcopy(cell: Cell) -> None:
    inputs = draw()
    before = cell(*inputs)[0]
    other = {name: value + 0.3 * torch.randn_like(value) for name, value in cell.state_dict().items()}
    called = torch.func.functional_call(cell, other, inputs)[0]
    twin, sent = copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))
    cell.load_state_dict(other, assign=True)
    assert torch.equal(called, cell(*inputs)[0]) and not torch.allclose(called, before, atol=1e-4)
    assert torch.equal(twin(*inputs)[0], before) and torch.equal(sent(*inputs)[0], before)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(cell: Cell, dtype: torch.dtype) -> None:
    inputs = draw()
    half = copy.deepcopy(cell).to(dtype)
    expected = copy.deepcopy(half).float()(inputs[0].to(dtype).float(), inputs[1])[0]
    motor, states = half(inputs[0].to(dtype), inputs[1])
    assert motor.dtype == states.dtype == dtype
    torch.testing.assert_close(motor, expected.to(dtype), rtol=0, atol=0.02)
    motor.float().sum().backward()
    assert all(p.grad is not None and p.grad.dtype == dtype and p.grad.isfinite().all() for p in half.parameters())
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(cell(*inputs)[0], cell(*inputs)[0])
        torch.testing.assert_close(cell(*inputs)[0], copy.deepcopy(cell)(*inputs)[0])


def test_dtypes_that_do_not_fit_are_refused(cell: Cell) -> None:
    features, dt = draw()
    with pytest.raises(ValueError, match=r"computes in torch.float32, what it is given is torch.float64"):
        cell(features.double(), dt)
    with pytest.raises(ValueError, match="another batch or wiring"):
        cell(features, dt, torch.zeros(3, 18))
    with pytest.raises(ValueError, match="meta"):
        cell(features, dt.to("meta"))
    for bad in (-1.0, math.nan, math.inf):
        spans = dt.clone()
        spans[1, 2] = bad
        with pytest.raises(ValueError, match="a dt is negative, infinite or not a number"):
            cell(features, spans)


def test_other_devices_take_torch(cell: Cell) -> None:
    features, dt = draw()
    motor, states = cell.to("meta")(features.to("meta"), dt.to("meta"), None)
    assert motor.shape == (3, 5, cell.wiring.motor) and states.device.type == "meta"


def test_torch_export(cell: Cell) -> None:
    step, inputs = Step(cell), (torch.randn(2, 32), torch.rand(2), torch.randn(2, 19))
    program = torch.export.export(step, inputs)
    for found, expected in zip(program.module()(*inputs), step(*inputs), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize("kind", [*CELLS, "no gate"])
def test_onnx_steps_are_the_sequence(kind: str, affine: bool, batch: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    wiring = Wiring.ncp(32, motor=2)
    cell = CfC(wiring, mode="no_gate", time_unit=0.05) if kind == "no gate" else CELLS[kind](wiring)
    if isinstance(cell, LTC | CfC) and not affine:
        cell = LTC(wiring, affine=False) if isinstance(cell, LTC) else CfC(wiring, mode=cell.mode, affine=False)
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    export_onnx_step(cell, tmp_path / "step.onnx", batch=batch)
    session = onnxruntime.InferenceSession(str(tmp_path / "step.onnx"), providers=["CPUExecutionProvider"])
    features, dt = draw(batch)
    dt[:, 3] = 0.0
    with torch.no_grad():
        expected, states = cell(features, dt)
    state = np.zeros((batch, wiring.units), np.float32)
    for t in range(5):
        given = {"features": features[:, t].numpy(), "dt": dt[:, t].numpy(), "state": state}
        motor, state = session.run(["motor", "new_state"], given)
        np.testing.assert_allclose(motor, expected[:, t], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(state, states[:, t], rtol=1e-4, atol=1e-5)


def test_stepper_is_the_sequence(cell: Cell) -> None:
    if isinstance(cell, CTRNN):
        pytest.skip("a CT-RNN has no C kernel")
    features, dt = draw(1)
    stepper = Stepper(cell)
    with torch.no_grad():
        motor, states = cell(features, dt)
        for parameter in cell.parameters():
            parameter.zero_()  # the stepper has its own
    for t in range(5):
        assert np.array_equal(stepper.step(features[0, t].numpy(), float(dt[0, t])), motor[0, t].numpy())
        assert np.array_equal(stepper.state, states[0, t].numpy())
    with pytest.raises(ValueError, match="time must rise"):
        stepper.step(features[0, 0].numpy(), -0.1)


def test_transformations_of_torch_work(cell: Cell) -> None:
    features, dt = draw(2, 3)
    names = list(dict(cell.named_parameters()))

    def loss(weights: dict[str, Tensor], one: Tensor, span: Tensor) -> Tensor:
        return torch.func.functional_call(cell, weights, (one[None], span[None]))[1].square().sum()

    weights = {name: value.detach() for name, value in cell.named_parameters()}
    grads = torch.func.grad(loss)(weights, features[0], dt[0])
    cell(features[:1], dt[:1])[1].square().sum().backward()
    for name in names:
        torch.testing.assert_close(grads[name], cell.get_parameter(name).grad, rtol=1e-3, atol=1e-5)


def test_constraints_hold_after_every_step_of_an_optimiser() -> None:
    """Capacitance, leak and weights stay positive however hard they are pulled: states stay between reversals."""
    torch.manual_seed(0)
    cell = LTC(Wiring.ncp(32))
    optimiser = torch.optim.SGD(cell.parameters(), lr=3.0)
    for _ in range(20):
        features, dt = draw(8, 4)
        motor, states = cell(features, dt)
        assert motor.isfinite().all() and states.isfinite().all()
        reversal = max(float(value.detach().abs().max()) for value in (cell.erev, cell.sensory_erev, cell.vleak))
        assert states.abs().max() <= reversal * (1 + 1e-4)
        optimiser.zero_grad()
        (motor - 3).square().mean().backward()
        optimiser.step()
