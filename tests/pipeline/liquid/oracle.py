"""Random cells of ncps 1.0.1, which we did not write, and ours with the same wiring and weights."""

from typing import Any

import torch
from hypothesis import strategies as st
from ncps import torch as ncps_torch
from ncps.wirings import NCP, AutoNCP, FullyConnected, Random, Wiring
from torch import Tensor

from pipeline.liquid.cfc import CfC
from pipeline.liquid.ltc import LTC
from pipeline.liquid.wiring import Wiring as OurWiring


@st.composite
def wirings(draw: st.DrawFn) -> Wiring:
    """Draw any wiring that ncps makes; it is fresh each time, since building one twice makes it denser."""
    kind, seed = draw(st.sampled_from(["ncp", "auto", "full", "random"])), draw(st.integers(0, 10_000))
    if kind == "auto":
        units = draw(st.integers(6, 24))
        return AutoNCP(units, draw(st.integers(1, 3)), draw(st.floats(0.1, 0.9)), seed=seed)
    if kind == "full":
        return FullyConnected(draw(st.integers(1, 10)), 1, erev_init_seed=seed, self_connections=draw(st.booleans()))
    if kind == "random":
        return Random(draw(st.integers(4, 14)), 1, sparsity_level=draw(st.floats(0.1, 0.5)), random_seed=seed)
    inter, command, motor = draw(st.integers(2, 12)), draw(st.integers(1, 7)), draw(st.integers(1, 3))
    fans = [draw(st.integers(1, most)) for most in (inter, command, 2 * command, command)]
    return NCP(inter, command, motor, fans[0], fans[1], fans[2], fans[3], seed=seed)


@st.composite
def shapes(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Draw batch, steps, features and a seed."""
    return draw(st.integers(1, 20)), draw(st.integers(1, 6)), draw(st.integers(1, 12)), draw(st.integers(0, 2**31))


def reaches(wiring: Wiring) -> bool:
    """Tell whether ours would accept a built wiring: each motor neuron hears some feature."""
    try:
        OurWiring.from_ncps(wiring)
    except ValueError:
        return False
    return True


def make_ltc(wiring: Wiring, features: int, unfolds: int = 6, spread: float = 0.3) -> tuple[Any, LTC]:
    """Make ncps' LTC in float64 with weights strewn about its start values, and ours with the same."""
    theirs = ncps_torch.LTC(features, wiring, ode_unfolds=unfolds)
    for name, parameter in theirs.named_parameters():
        # ncps reads its weights from a private dict that .double() would miss
        parameter.data = parameter.data.double()
        if parameter.requires_grad:
            scale = 3.0 if "sigma" in name else 1.0
            parameter.data += spread * scale * torch.randn(parameter.shape, dtype=torch.float64)
    ours = LTC(OurWiring.from_ncps(wiring), unfolds=unfolds).double()
    ours.load_ncps(theirs.state_dict())
    return theirs, ours


def make_cfc(wiring: Wiring, features: int, mode: Any) -> tuple[Any, CfC]:
    """Make ncps' wired CfC in float64 and ours, compatible, with the same weights."""
    theirs = ncps_torch.CfC(features, wiring, mode=mode).double()
    for parameter in theirs.parameters():
        if parameter.requires_grad:
            parameter.data += 0.3 * torch.randn(parameter.shape, dtype=torch.float64)
    ours = CfC(OurWiring.from_ncps(wiring), mode=mode, compat="ncps", affine=False).double()
    ours.load_ncps(theirs.state_dict())
    return theirs, ours


def run_rows(theirs: Any, inputs: Tensor, dt: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """Run ncps row by row, the only way in which it treats per-sample time right; outputs and last states."""
    rows = [theirs(inputs[i : i + 1], state[i : i + 1], timespans=dt[i : i + 1]) for i in range(len(inputs))]
    return torch.cat([row[0] for row in rows]), torch.cat([row[1] for row in rows])


def draw_inputs(batch: int, steps: int, features: int, units: int) -> tuple[Tensor, Tensor, Tensor]:
    """Draw features, uneven time spans and a state, in float64, from torch's own generator."""
    dt = 0.01 + 2 * torch.rand(batch, steps, dtype=torch.float64)
    return torch.randn(batch, steps, features).double(), dt, 0.5 * torch.randn(batch, units).double()
