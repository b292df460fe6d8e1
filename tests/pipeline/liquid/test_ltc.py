"""Our LTC against ncps 1.0.1, which we did not write."""

import numpy as np
import pytest
import torch
from ncps import torch as ncps_torch
from ncps.wirings import NCP, AutoNCP, FullyConnected, Random
from torch import Tensor

from pipeline.liquid.ltc import LTC
from pipeline.liquid.wiring import Wiring

WIRINGS = {
    "paper": lambda: NCP(12, 6, 1, 6, 4, 6, 6, seed=20190120),
    "auto": lambda: AutoNCP(24, 3, seed=7),
    "full": lambda: FullyConnected(9, 2),
    "random": lambda: Random(17, 4, sparsity_level=0.4, random_seed=3),
}


def make_pair(kind: str, features: int, double: bool = False, unfolds: int = 6) -> tuple[ncps_torch.LTC, LTC]:
    """Make ncps' LTC and ours with the same wiring and, through `load_ncps`, the same weights."""
    torch.manual_seed(0)
    theirs = ncps_torch.LTC(features, WIRINGS[kind](), ode_unfolds=unfolds)
    dtype = torch.float64 if double else torch.float32
    # ncps reads its weights from a private dict that .double() would miss
    for parameter in theirs.parameters():
        parameter.data = parameter.data.to(dtype)
        if parameter.requires_grad and parameter.ndim == 1:
            parameter.data += 0.2 * torch.randn(len(parameter), dtype=dtype)
    ours = LTC(Wiring.from_ncps(theirs._wiring), unfolds=unfolds).to(dtype)
    ours.load_ncps(theirs.state_dict())
    return theirs, ours


def make_input(batch: int, steps: int, features: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(batch, steps, features, generator=generator, dtype=dtype)
    return inputs, 0.01 + 2 * torch.rand(batch, steps, generator=generator, dtype=dtype)


def run_rows(theirs: ncps_torch.LTC, inputs: Tensor, dt: Tensor) -> Tensor:
    """Run ncps row by row, the only way in which it treats per-sample time right."""
    hidden = inputs.new_zeros(len(inputs), theirs.state_size)
    rows = [theirs(inputs[i : i + 1], hidden[i : i + 1], timespans=dt[i : i + 1])[0] for i in range(len(inputs))]
    return torch.cat(rows)


@pytest.mark.parametrize("kind", WIRINGS)
@pytest.mark.parametrize("batch", [1, 5, 19])
def test_output_is_that_of_ncps_with_a_time_span_per_sample(kind: str, batch: int) -> None:
    theirs, ours = make_pair(kind, features=32)
    inputs, dt = make_input(batch, 7, 32)
    with torch.no_grad():
        difference = (ours(inputs, dt)[0] - run_rows(theirs, inputs, dt)).abs().max()
    assert difference < 1e-5


def test_any_number_of_unfolds() -> None:
    for unfolds in (1, 3, 10):
        theirs, ours = make_pair("paper", features=32, unfolds=unfolds)
        inputs, dt = make_input(3, 4, 32)
        with torch.no_grad():
            assert (ours(inputs, dt)[0] - run_rows(theirs, inputs, dt)).abs().max() < 1e-5


@pytest.mark.parametrize("kind", WIRINGS)
def test_output_and_gradients_in_float64(kind: str) -> None:
    theirs, ours = make_pair(kind, features=11, double=True)
    inputs, dt = make_input(4, 6, 11, torch.float64)
    expected, (motor, _) = run_rows(theirs, inputs, dt), ours(inputs, dt)
    assert (motor - expected).abs().max() < 1e-10
    target = torch.randn(expected.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    ((expected - target) ** 2).sum().backward()
    ((motor - target) ** 2).sum().backward()
    check_gradients(theirs, ours, tolerance=1e-8)


def test_gradients_in_float32_keep_the_capacitance() -> None:
    theirs, ours = make_pair("paper", features=32, double=True)
    single = LTC(ours.wiring)
    single.load_ncps(theirs.state_dict())
    inputs, dt = make_input(16, 16, 32, torch.float64)
    (run_rows(theirs, inputs, dt) ** 2).mean().backward()
    (single(inputs.float(), dt.float())[0] ** 2).mean().backward()
    check_gradients(theirs, single, tolerance=1e-5)


def check_gradients(theirs: ncps_torch.LTC, ours: LTC, tolerance: float) -> None:
    reference = dict(theirs.rnn_cell.named_parameters())
    for name, parameter in ours.named_parameters():
        expected = reference[name].grad
        assert expected is not None and parameter.grad is not None
        if expected.ndim == 2:
            expected = (ours.sensory if name.startswith("sensory_") else ours.recurrent).pick(expected)
        error = (parameter.grad.double() - expected).abs().max() / expected.abs().max()
        assert error < tolerance, f"{name}: {error:.1e}"


def test_weights_of_an_explicit_cell_load_too() -> None:
    torch.manual_seed(3)
    cell = ncps_torch.LTCCell(NCP(12, 6, 1, 6, 4, 6, 6, seed=20190120), 32)
    ours = LTC(Wiring.from_ncps(cell._wiring))
    ours.load_ncps(cell.state_dict(), implicit_constraints=False)
    inputs, dt = make_input(1, 5, 32)
    state, outputs = torch.zeros(1, 19), []
    with torch.no_grad():
        for t in range(5):
            output, state = cell(inputs[:, t], state, dt[:, t])
            outputs.append(output)
        motor, states = ours(inputs, dt)
    assert (motor - torch.stack(outputs, 1)).abs().max() < 1e-5
    assert (states[:, -1] - state).abs().max() < 1e-5


def test_weights_of_another_wiring_are_refused() -> None:
    ours = LTC(Wiring.ncp(32, seed=1))
    theirs = ncps_torch.LTC(32, NCP(12, 6, 1, 6, 4, 6, 6, seed=20190120))
    with pytest.raises(ValueError, match="another wiring"):
        ours.load_ncps(theirs.state_dict())
    with pytest.raises(ValueError, match="another wiring"):
        LTC(Wiring.ncp(16)).load_ncps(theirs.state_dict())
    weights = dict(theirs.state_dict())
    del weights["rnn_cell.vleak"]
    with pytest.raises(ValueError, match="vleak"):
        LTC(Wiring.ncp(32)).load_ncps(weights)


def test_constraints_survive_any_weights() -> None:
    torch.manual_seed(0)
    cell = LTC(Wiring.ncp(32))
    inputs, dt = make_input(3, 4, 32)
    for scale in (1e4, -1e4):
        with torch.no_grad():
            for parameter in cell.parameters():
                parameter.copy_(torch.randn(parameter.shape) * scale)
            motor, states = cell(inputs, dt)
        assert torch.isfinite(motor).all() and torch.isfinite(states).all()


def test_no_time_moves_nothing() -> None:
    cell = LTC(Wiring.ncp(32))
    inputs, _ = make_input(2, 1, 32)
    state = torch.randn(2, 19, generator=torch.Generator().manual_seed(5))
    motor, states = cell(inputs, torch.zeros(2, 1), state)
    motor.sum().backward()
    assert torch.equal(states[:, 0], state)
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in (cell.cm, cell.w, cell.output_w))


def test_long_spans_reach_the_balance_of_currents() -> None:
    """After a very long time each neuron rests where its currents cancel."""
    cell = LTC(Wiring.ncp(8, inter=3, command=2, sensory_fanout=2, inter_fanout=2, motor_fanin=2), unfolds=400)
    inputs, _ = make_input(1, 1, 8)
    with torch.no_grad():
        first, second = (cell(inputs, torch.tensor([[t]]))[1] for t in (500.0, 1000.0))
    np.testing.assert_allclose(first, second, atol=1e-3)
