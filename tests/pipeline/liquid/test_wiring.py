"""The wiring diagram against the paper's numbers and ncps' own."""

import numpy as np
import pytest
from ncps.wirings import NCP, AutoNCP

from pipeline.liquid.wiring import Wiring


def test_the_papers_wiring() -> None:
    wiring = Wiring.ncp(32)
    assert (wiring.units, wiring.inter, wiring.command, wiring.motor, wiring.features) == (19, 12, 6, 1, 32)
    assert wiring.synapses == 252
    assert (np.count_nonzero(wiring.sensory, axis=1) == 6).all()


def test_state_order_is_motor_command_inter() -> None:
    drawn = NCP(12, 6, 1, 6, 4, 6, 6, seed=20190120)
    drawn.build(32)
    wiring = Wiring.from_ncps(drawn)
    for layer, role in enumerate(("inter", "command", "motor")):
        assert list(range(19))[wiring.units_of(role)] == sorted(drawn.get_neurons_of_layer(layer))  # type: ignore[arg-type]
    assert [(s.start, s.stop) for s in wiring.layers()] == [(7, 19), (1, 7), (0, 1)]


def test_two_wirings_share_nothing() -> None:
    """In ncps a wiring that is built twice gets denser; ours is drawn anew and then fixed."""
    assert (Wiring.ncp(32).recurrent == Wiring.ncp(32).recurrent).all()
    assert Wiring.from_ncps(_built(AutoNCP(19, 1), 32)).synapses == 206


def _built(wiring: NCP, features: int) -> NCP:
    wiring.build(features)
    return wiring


def test_bad_wirings_are_refused() -> None:
    sensory, recurrent = np.zeros((2, 3), np.int8), np.zeros((3, 3), np.int8)
    sensory[0, 1] = 1
    with pytest.raises(ValueError, match="motor neuron 0 is not reachable"):
        Wiring(sensory, recurrent, motor=1)
    recurrent[1, 0] = 2
    with pytest.raises(ValueError, match="polarity"):
        Wiring(sensory, recurrent, motor=1)
    recurrent[1, 0] = -1
    assert Wiring(sensory, recurrent, motor=1).synapses == 2
    with pytest.raises(ValueError, match="do not fit"):
        Wiring(sensory, recurrent, motor=4)
    with pytest.raises(ValueError, match="sensory"):
        Wiring(sensory[:, :2], recurrent, motor=1)
    with pytest.raises(ValueError, match="build"):
        Wiring.from_ncps(NCP(12, 6, 1, 6, 4, 6, 6))
