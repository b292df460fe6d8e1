"""Counts against the papers' numbers and against what ncps itself allocates."""

from typing import Any

import pytest
from ncps import torch as ncps_torch
from ncps.wirings import NCP

from pipeline.liquid.cfc import CfC
from pipeline.liquid.counts import count_cell
from pipeline.liquid.ctrnn import CTRNN
from pipeline.liquid.ltc import LTC
from pipeline.liquid.wiring import Wiring


def test_the_papers_numbers() -> None:
    wide = Wiring.ncp(64)
    assert count_cell(LTC(wide)).dense == 6495
    assert count_cell(CfC(wide)).dense == 4184
    assert count_cell(CfC(wide, mode="pure")).dense == 1084
    assert count_cell(LTC(Wiring.ncp(32))).masked == 1065
    lone = CTRNN(Wiring.fully_connected(32, 64, 64))
    assert count_cell(lone).masked == 6273 - 65  # the paper counts the linear output, too


@pytest.mark.parametrize("mode", ["ltc", "default", "no_gate", "pure"])
def test_dense_is_what_ncps_has(mode: Any) -> None:
    drawn = NCP(12, 6, 1, 6, 4, 6, 6, seed=20190120)
    theirs: Any = ncps_torch.LTC(64, drawn) if mode == "ltc" else ncps_torch.CfC(64, drawn, mode=mode)
    allocated = sum(p.numel() for p in theirs.parameters() if p.requires_grad)
    ours = LTC(Wiring.ncp(64)) if mode == "ltc" else CfC(Wiring.ncp(64), mode=mode)
    assert count_cell(ours).dense == allocated


def test_a_frame_by_hand() -> None:
    """A feature, an inter and a motor neuron: 1 sensory and 1 recurrent synapse."""
    wiring = Wiring.from_table([("sensory 0", "inter 0", 1), ("inter 0", "motor 0", -1)])
    ltc = count_cell(LTC(wiring, unfolds=2))
    assert (ltc.sigmoids, ltc.multiplies) == (1 + 2, 3 * 3 + 2 * 2 * 4 + 2)
    cfc = count_cell(CfC(wiring))
    assert (cfc.sigmoids, cfc.multiplies, cfc.masked) == (6, 4 * (2 + 2) + 4 + 1, 4 * (2 + 2 + 2))
    pure = count_cell(CfC(wiring, mode="pure"))
    assert (pure.sigmoids, pure.masked) == (2, 2 + 2 + 2 + 4)


def test_the_table_names_roles() -> None:
    lines = count_cell(LTC(Wiring.ncp(32))).table().splitlines()
    found = {line[:36].strip(): int(line[36:].replace(",", "")) for line in lines}
    assert found["synapses sensory → inter"] == 192 and found["synapses"] == 252
    assert found["sigmoids per frame"] == 192 + 6 * 60 and found["inter neurons"] == 12
