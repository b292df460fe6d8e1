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


def test_other_wirings() -> None:
    auto = Wiring.auto_ncp(32, 19, 1)
    assert auto.synapses == 206 and auto.synapses_by_role().keys() >= {"sensory → inter", "command → motor"}
    full = Wiring.fully_connected(5, 4, 2, seed=3)
    assert full.synapses == 5 * 4 + 4 * 4 and set(np.unique(full.recurrent)) == {-1, 1}
    thin = Wiring.random(20, 10, 2, sparsity=0.75, seed=3)
    assert np.count_nonzero(thin.sensory) == 50 and np.count_nonzero(thin.recurrent) == 25
    assert (thin.sensory == Wiring.random(20, 10, 2, sparsity=0.75, seed=3).sensory).all()
    assert not (thin.sensory == Wiring.random(20, 10, 2, sparsity=0.75, seed=4).sensory).all()
    with pytest.raises(ValueError, match="1.0 of the synapses"):
        Wiring.random(20, 10, 2, sparsity=1.0)
    with pytest.raises(ValueError, match="not reachable"):
        Wiring.random(1, 10, 9, sparsity=0.99)


TABLE = [
    ("sensory 0", "inter 0", 1),
    ("sensory 2", "inter 1", -1),
    ("inter 0", "command 0", 1),
    ("inter 1", "command 0", -1),
    ("command 0", "command 0", 1),
    ("command 0", "motor 0", 1),
]


def test_a_table_of_ones_own() -> None:
    wiring = Wiring.from_table(TABLE)
    assert (wiring.features, wiring.inter, wiring.command, wiring.motor) == (3, 2, 1, 1)
    assert sorted(wiring.table()) == sorted(TABLE)
    assert [wiring.name_of(unit) for unit in range(4)] == ["motor 0", "command 0", "inter 0", "inter 1"]
    assert wiring.recurrent[3, 1] == -1 and wiring.sensory[2, 3] == -1
    assert wiring.synapses_by_role() == {
        "sensory → inter": 2,
        "inter → command": 2,
        "command → command": 1,
        "command → motor": 1,
    }
    ncp = Wiring.ncp(32)
    again = Wiring.from_table(ncp.table())
    assert (again.recurrent == ncp.recurrent).all() and (again.sensory == ncp.sensory).all()


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (("sensory 0", "inter 0", 1), "stands twice"),
        (("inter 0", "sensory 0", 1), "no synapse can reach a feature"),
        (("inner 0", "motor 0", 1), "'inner 0' is no name"),
        (("inter x", "motor 0", 1), "'inter x' is no name"),
        (("inter 0", "motor 0", 3), "is 3, not ±1"),
        (("inter 0", "motor 1", 1), ""),
        (("command 0", "motor 5", 1), "motor neuron 1 is not reachable"),
    ],
)
def test_bad_tables_are_refused(row: tuple[str, str, int], word: str) -> None:
    if not word:
        assert Wiring.from_table([*TABLE, row]).motor == 2
        return
    with pytest.raises(ValueError, match=word):
        Wiring.from_table([*TABLE, row])
