"""What every liquid cell keeps: its wiring, its time, and one result for a sequence, a step, a row."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from pipeline.liquid.cfc import CfC
from pipeline.liquid.ltc import LTC
from pipeline.liquid.wiring import Wiring

CELLS: dict[str, Callable[..., LTC | CfC]] = {"ltc": LTC, "cfc": CfC}
Cell = LTC | CfC


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> Cell:
    torch.manual_seed(0)
    return CELLS[request.param](Wiring.ncp(32), time_unit=0.05)


def make_input(batch: int, steps: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(batch, steps, 32, generator=generator), 0.2 * torch.rand(batch, steps, generator=generator)


def test_steps_are_the_sequence(cell: Cell) -> None:
    inputs, dt = make_input(3, 9)
    with torch.no_grad():
        motor, states = cell(inputs, dt)
        state = None
        for t in range(9):
            one, after = cell(inputs[:, t : t + 1], dt[:, t : t + 1], state)
            state = after[:, -1]
            torch.testing.assert_close(one[:, 0], motor[:, t], atol=1e-6, rtol=1e-5)
            torch.testing.assert_close(state, states[:, t], atol=1e-6, rtol=1e-5)


def test_a_row_alone_is_the_row_in_the_batch(cell: Cell) -> None:
    inputs, dt = make_input(19, 5)
    with torch.no_grad():
        motor, _ = cell(inputs, dt)
        for row in (0, 7, 18):
            alone, _ = cell(inputs[row : row + 1], dt[row : row + 1])
            torch.testing.assert_close(alone[0], motor[row], atol=1e-6, rtol=1e-5)


def test_signals_follow_the_wiring(cell: Cell) -> None:
    """A change of one unit reaches, in one step, only units that the wiring lets it reach."""
    wiring = cell.wiring
    inputs, dt = make_input(1, 1)
    state = torch.randn(1, wiring.units, generator=torch.Generator().manual_seed(2))
    reach = torch.eye(wiring.units, dtype=torch.bool)
    step = reach | torch.from_numpy(wiring.recurrent != 0)
    for _ in range(wiring.units):
        reach = (reach.float() @ step.float()) > 0
    jacobian = torch.autograd.functional.jacobian(lambda s: cell(inputs, dt, s)[1][0, 0], state)[:, 0].T
    assert not jacobian[~reach].any()
    from_features = torch.autograd.functional.jacobian(lambda x: cell(x, dt, state)[1][0, 0], inputs)[:, 0, 0].T
    reach_features = (torch.from_numpy(wiring.sensory != 0).float() @ reach.float()) > 0
    assert not from_features[~reach_features].any()
    assert from_features[reach_features].any()


def test_single_synapses_act_where_the_wiring_says() -> None:
    """With one unfold an LTC neuron hears exactly its own synapses and itself; so does a CfC command neuron."""
    torch.manual_seed(0)
    cell = LTC(Wiring.ncp(32), unfolds=1)
    inputs, dt = make_input(1, 1)
    state = torch.rand(1, 19, generator=torch.Generator().manual_seed(2))
    jacobian = torch.autograd.functional.jacobian(lambda s: cell(inputs, dt, s)[1][0, 0], state)[:, 0].T
    allowed = torch.eye(19, dtype=torch.bool) | torch.from_numpy(cell.wiring.recurrent != 0)
    assert torch.equal(jacobian != 0, allowed)


def test_command_neurons_of_a_cfc_hear_each_other() -> None:
    torch.manual_seed(0)
    cell = CfC(Wiring.ncp(32))
    inputs, dt = make_input(1, 1)
    command = cell.wiring.units_of("command")
    state = torch.randn(1, 19, generator=torch.Generator().manual_seed(2))
    jacobian = torch.autograd.functional.jacobian(lambda s: cell(inputs, dt, s)[1][0, 0], state)[:, 0].T
    allowed = torch.eye(6, dtype=torch.bool) | torch.from_numpy(cell.wiring.recurrent[command, command] != 0)
    assert torch.equal(jacobian[command, command] != 0, allowed)


def test_every_weight_is_a_synapse_or_a_neuron_and_learns(cell: Cell) -> None:
    inputs, dt = make_input(8, 6)
    cell(inputs, dt)[0].square().sum().backward()
    for name, parameter in cell.named_parameters():
        assert parameter.grad is not None and (parameter.grad != 0).all(), name
        assert parameter.shape[-1] in (60, 192, 19, 32, 1), name


def test_time_unit_scales_time(cell: Cell) -> None:
    twin = type(cell)(cell.wiring, time_unit=1.0)
    twin.load_state_dict(cell.state_dict())
    inputs, dt = make_input(2, 4)
    torch.testing.assert_close(cell(inputs, dt)[0], twin(inputs, dt / 0.05)[0])
    assert not torch.allclose(cell(inputs, dt)[0], cell(inputs, 2 * dt)[0], atol=1e-4)


@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_time_that_does_not_rise_is_refused(cell: Cell, value: float) -> None:
    inputs, dt = make_input(2, 3)
    dt[1, 2] = value
    with pytest.raises(ValueError, match="dt"):
        cell(inputs, dt)


def test_shapes_that_do_not_fit_are_refused(cell: Cell) -> None:
    inputs, dt = make_input(19, 3)
    with pytest.raises(ValueError, match="dt must be"):
        cell(inputs, dt[:, 0])
    with pytest.raises(ValueError, match="features must be"):
        cell(inputs[..., :31], dt)


def test_counts() -> None:
    assert LTC(Wiring.ncp(32)).cell_parameters == 1065
    cell = CfC(Wiring.ncp(32), affine=False)
    assert cell.cell_parameters == sum(p.numel() for p in cell.parameters()) == 4 * (252 + 2 * 19)


def test_state_dict_assign_and_functional_call_reach_the_weights(cell: Cell) -> None:
    """The ways in which ncps silently keeps its old weights."""
    inputs, dt = make_input(2, 4)
    other = {name: torch.randn_like(value) for name, value in cell.state_dict().items()}
    called = torch.func.functional_call(cell, other, (inputs, dt))[0]
    cell.load_state_dict(other, assign=True)
    torch.testing.assert_close(called, cell(inputs, dt)[0])
