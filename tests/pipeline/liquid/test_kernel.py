"""The C kernel against our torch form, and what its lanes, its time and its gradients keep."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from pipeline.liquid.cfc import CfC
from pipeline.liquid.ltc import LTC
from pipeline.liquid.native import load_kernel
from pipeline.liquid.wiring import Wiring

Cell = LTC | CfC
SMALL = {"inter": 4, "command": 3, "motor": 2, "sensory_fanout": 2, "inter_fanout": 2, "motor_fanin": 2}
CELLS: dict[str, Callable[..., Cell]] = {
    "ltc": lambda w: LTC(w, time_unit=0.05, unfolds=3),
    "ltc, plain": lambda w: LTC(w, affine=False, time_unit=0.05, unfolds=2),
    "cfc": lambda w: CfC(w, time_unit=0.05),
    "cfc, plain": lambda w: CfC(w, affine=False, time_unit=0.05),
    "no_gate": lambda w: CfC(w, mode="no_gate", time_unit=0.05),
    "pure": lambda w: CfC(w, mode="pure", time_unit=0.05),
    "cfc as ncps": lambda w: CfC(w, compat="ncps", time_unit=0.05),
    "pure as ncps": lambda w: CfC(w, mode="pure", compat="ncps", time_unit=0.05),
}


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> Cell:
    torch.manual_seed(3)
    made = CELLS[request.param](Wiring.ncp(5, recurrent_command=3, seed=11, **SMALL)).double()
    with torch.no_grad():
        for parameter in made.parameters():  # away from ones and zeros, which hide a factor or a term
            parameter.add_(0.3 * torch.randn_like(parameter))
    made.backend = "c"
    return made


def draw(cell: Cell, batch: int, steps: int, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    dt = 0.1 * torch.rand(batch, steps, dtype=dtype)
    dt[0, 0] = 0.0
    return [
        torch.randn(batch, steps, cell.wiring.features, dtype=dtype),
        dt,
        torch.randn(batch, cell.wiring.units, dtype=dtype),
    ]


@pytest.mark.parametrize("batch", [1, 3, 8, 21])
def test_c_is_torch(cell: Cell, batch: int) -> None:
    inputs = [value.requires_grad_() for value in draw(cell, batch, 5)]
    results = []
    weights = list(cell.parameters())
    for backend in ("c", "torch"):
        cell.backend = backend  # type: ignore[assignment]
        motor, states = cell(*inputs)
        torch.manual_seed(1)
        total = (motor * torch.randn_like(motor)).sum() + (states * torch.randn_like(states)).sum()
        results.append([motor, states, *torch.autograd.grad(total, [*inputs, *weights])])
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)


def test_gradients_are_slopes(cell: Cell) -> None:
    """By finite differences, with respect to features, time, state and every weight at once."""
    inputs = draw(cell, 2, 3)
    inputs[1] += 0.01  # at zero, time has one side only
    names = [name for name, _ in cell.named_parameters()]

    def run(features: Tensor, dt: Tensor, state: Tensor, *weights: Tensor) -> Any:
        return torch.func.functional_call(cell, dict(zip(names, weights, strict=True)), (features, dt, state))

    given = [value.requires_grad_() for value in (*inputs, *(p.detach().clone() for p in cell.parameters()))]
    assert torch.autograd.gradcheck(run, given, fast_mode=True)


@pytest.mark.parametrize("only", ["motor", "states"])
def test_gradient_of_one_result_alone(cell: Cell, only: str) -> None:
    inputs, grads = draw(cell, 9, 2), []
    for backend in ("c", "torch"):
        cell.backend = backend  # type: ignore[assignment]
        cell.zero_grad()
        motor, states = cell(*inputs)
        (motor if only == "motor" else states).square().sum().backward()
        grads.append([p.grad if p.grad is not None else torch.zeros_like(p) for p in cell.parameters()])
    for found, expected in zip(*grads, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)


def test_a_row_alone_is_bit_by_bit_the_row_in_the_batch(cell: Cell) -> None:
    single = cell.float()
    inputs = draw(cell, 21, 4, torch.float32)
    with torch.no_grad():
        motor, states = single(*inputs)
        for row in (0, 7, 8, 20):
            alone = single(*(value[row : row + 1] for value in inputs))
            assert torch.equal(alone[0][0], motor[row]) and torch.equal(alone[1][0], states[row])


def test_steps_are_bit_by_bit_the_sequence(cell: Cell) -> None:
    features, dt, state = draw(cell.float(), 5, 6, torch.float32)
    with torch.no_grad():
        _, states = cell(features, dt, state)
        for t in range(6):
            state = cell(features[:, t : t + 1], dt[:, t : t + 1], state)[1][:, 0]
            assert torch.equal(state, states[:, t])


def test_strides_do_not_matter(cell: Cell) -> None:
    features, dt, state = draw(cell, 4, 3)
    expected = cell(features, dt, state)[0]
    turned = features.transpose(0, 1).contiguous().transpose(0, 1)
    assert torch.equal(cell(turned, dt.T.contiguous().T, state.T.contiguous().T)[0], expected)


def test_what_is_not_a_number_stays_with_its_row(cell: Cell) -> None:
    inputs = draw(cell.float(), 9, 2, torch.float32)
    clean = cell(*inputs)[0]
    inputs[0][4, 0, :] = math.nan
    motor, _ = cell(*inputs)
    assert motor[4].isnan().any()
    rest = torch.arange(9) != 4
    assert torch.equal(motor[rest], clean[rest])


def test_a_pure_curve_of_nothing_has_no_sign() -> None:
    grads = []
    for backend in ("c", "torch"):
        torch.manual_seed(0)
        cell = CfC(Wiring.ncp(32), mode="pure", affine=False)
        cell.backend = backend  # type: ignore[assignment]
        with torch.no_grad():
            cell.sensory_w.zero_()
            cell.w.zero_()
            cell.self_w.zero_()
        cell(torch.ones(2, 3, 32), torch.ones(2, 3))[1].sum().backward()
        grads.append([cell.bias.grad, cell.sensory_w.grad])
    for found, expected in zip(*grads, strict=True):
        torch.testing.assert_close(found, expected)


def test_no_time_moves_no_ltc() -> None:
    cell = LTC(Wiring.ncp(32))
    cell.backend = "c"
    with torch.no_grad():
        cell.cm[0] = -1e4  # no capacitance at all
    state = torch.randn(2, 19)
    motor, states = cell(torch.randn(2, 1, 32), torch.zeros(2, 1), state)
    motor.sum().backward()
    assert torch.equal(states[:, 0], state)
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in cell.parameters())


@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_absurd_weights_give_numbers(cell: Cell, scale: float) -> None:
    inputs = draw(cell.float(), 3, 2, torch.float32)
    with torch.no_grad():
        for name, parameter in cell.named_parameters():
            parameter.copy_(scale * torch.randn(parameter.shape).abs() if name == "gleak" else scale * parameter)
    motor, states = cell(*inputs)
    (motor.sum() + states.sum()).backward()
    assert motor.isfinite().all() and states.isfinite().all()
    assert all(p.grad is not None and not p.grad.isnan().any() for p in cell.parameters())


def test_twice_differentiating_is_refused_not_wrong(cell: Cell) -> None:
    features, dt, state = draw(cell, 1, 2)
    features.requires_grad_()
    with pytest.raises(RuntimeError, match="second derivatives"):
        torch.autograd.grad(cell(features, dt, state)[1].sum(), features, create_graph=True)
    cell.backend = "torch"
    (grad,) = torch.autograd.grad(cell(features, dt, state)[1].sum(), features, create_graph=True)
    grad.square().sum().backward()
    assert features.grad is not None and features.grad.abs().max() > 0


@pytest.mark.parametrize(("precision", "limit"), [("float32", 1e-6), ("float64", 1e-14)])
def test_sigmoid(precision: str, limit: float) -> None:
    import numpy as np

    kernel = load_kernel(precision)
    assert not isinstance(kernel, Exception)
    given = np.linspace(-200, 200, 1 << 16).astype(precision)
    given[:2] = 1.0, 0.0
    found = np.empty_like(given)
    kernel.sigmoids(given.ctypes.data, found.ctypes.data, given.nbytes // kernel.vector_bytes, 1)
    assert np.abs(found - 1 / (1 + 2.0 ** given.astype(np.float64))).max() < limit
