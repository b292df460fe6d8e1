"""What neurons do, against the equation itself: the slope of a potential is the sum of its currents."""

import torch

from pipeline.liquid.activity import observe
from pipeline.liquid.ltc import LTC
from pipeline.liquid.wiring import Wiring


def make_cell(unfolds: int) -> LTC:
    torch.manual_seed(2)
    return LTC(Wiring.ncp(8, recurrent_command=4), unfolds=unfolds, time_unit=0.05).double()


def test_currents_are_the_slope() -> None:
    cell, tiny = make_cell(1), 1e-7
    features, state = torch.randn(3, 1, 8).double(), torch.rand(3, 19).double()
    seen = observe(cell, features, torch.zeros(3, 1).double(), state)
    current = seen.leak.index_add(-1, cell.sensory.target, seen.sensory)
    current = current.index_add(-1, cell.recurrent.target, seen.recurrent)[:, 0]
    _, after = cell(features, torch.full((3, 1), tiny).double(), state)
    slope = (after[:, 0] - state) / (tiny / cell.time_unit) * torch.nn.functional.softplus(cell.cm)
    torch.testing.assert_close(current, slope, rtol=1e-4, atol=1e-5)


def test_time_constant_is_how_fast_a_push_fades() -> None:
    """With all inputs held, dv/dt falls by 1/tau_sys per unit of v: measured on motor neurons, which nobody hears."""
    cell, tiny = make_cell(1), 1e-7
    features, state = torch.randn(2, 1, 8).double(), torch.rand(2, 19).double()
    seen = observe(cell, features, torch.zeros(2, 1).double(), state)
    pushed = state.clone()
    pushed[:, 0] += 0.1
    dt = torch.full((2, 1), tiny).double()
    fade = (cell(features, dt, pushed)[1] - cell(features, dt, state)[1])[:, 0, 0]
    torch.testing.assert_close(tiny / (1 - fade / 0.1), seen.time_constant[:, 0, 0], rtol=1e-4, atol=0)
    assert (seen.time_constant > 0).all() and seen.time_constant.shape == (2, 1, 19)


def test_observing_is_driving() -> None:
    cell = make_cell(6)
    inputs = (torch.randn(2, 7, 8).double(), torch.rand(2, 7).double())
    seen, (motor, states) = observe(cell, *inputs), cell(*inputs)
    assert torch.equal(seen.motor, motor) and torch.equal(seen.states, states)
    assert not seen.motor.requires_grad
