"""Who is connected to whom: the wiring diagram of a liquid network.

State order, everywhere in this package: **motor, command, inter** (as in ncps' LTC).
Matrices are (source, target); an entry is the polarity of a synapse: +1, -1, or 0 for none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Role = Literal["motor", "command", "inter"]
ROLES: tuple[Role, ...] = ("motor", "command", "inter")


@dataclass(frozen=True, eq=False)
class Wiring:
    """A built wiring diagram.

    sensory: (features, units) and recurrent: (units, units) int8, polarity of each synapse or 0.
    motor, command: how many units have that role; the others are inter neurons.

    Raises:
        ValueError: if shapes or polarities are wrong, or a motor neuron can't be reached from any feature.
    """

    sensory: NDArray[np.int8]
    recurrent: NDArray[np.int8]
    motor: int
    command: int = 0

    def __post_init__(self) -> None:
        if self.recurrent.ndim != 2 or self.recurrent.shape != (self.units, self.units):
            raise ValueError(f"recurrent synapses must be a (units, units) matrix, not {self.recurrent.shape}")
        if self.sensory.ndim != 2 or self.sensory.shape[1] != self.units:
            raise ValueError(f"sensory synapses must be (features, {self.units}), not {self.sensory.shape}")
        if self.motor < 1 or self.command < 0 or self.motor + self.command > self.units:
            raise ValueError(f"{self.motor} motor and {self.command} command neurons do not fit in {self.units} units")
        for name, matrix in (("sensory", self.sensory), ("recurrent", self.recurrent)):
            if not np.isin(matrix, (-1, 0, 1)).all():
                raise ValueError(f"a polarity in the {name} synapses is not -1, 0 or +1")
        unreachable = np.flatnonzero(~self._reached()[: self.motor])
        if unreachable.size:
            raise ValueError(f"motor neuron {unreachable[0]} is not reachable from any feature; add synapses")

    @classmethod
    def ncp(
        cls,
        features: int,
        *,
        inter: int = 12,
        command: int = 6,
        motor: int = 1,
        sensory_fanout: int = 6,
        inter_fanout: int = 4,
        recurrent_command: int = 6,
        motor_fanin: int = 6,
        seed: int = 20190120,
    ) -> "Wiring":
        """Draw a neural circuit policy with the generator of ncps.

        The defaults with 32 features are the 19 neurons and 252 synapses of Lechner et al. 2020.
        """
        from ncps.wirings import NCP

        drawn = NCP(inter, command, motor, sensory_fanout, inter_fanout, recurrent_command, motor_fanin, seed=seed)
        drawn.build(features)
        return cls.from_ncps(drawn)

    @classmethod
    def auto_ncp(cls, features: int, units: int, motor: int, *, sparsity: float = 0.5, seed: int = 22222) -> "Wiring":
        """Draw a neural circuit policy by its size alone, with ncps' `AutoNCP`. sparsity: within [0.1, 0.9]."""
        from ncps.wirings import AutoNCP

        drawn = AutoNCP(units, motor, sparsity, seed=seed)
        drawn.build(features)
        return cls.from_ncps(drawn)

    @classmethod
    def fully_connected(cls, features: int, units: int, motor: int, *, seed: int = 1111) -> "Wiring":
        """Connect all features and all neurons to all neurons; a third of the synapses inhibit, by chance."""
        random = np.random.default_rng(seed)

        def draw(*shape: int) -> NDArray[np.int8]:
            return random.choice(np.array([-1, 1, 1], np.int8), shape)

        recurrent = draw(units, units)
        return cls(draw(features, units), recurrent, motor=motor)

    @classmethod
    def random(cls, features: int, units: int, motor: int, *, sparsity: float, seed: int = 1111) -> "Wiring":
        """Connect at random, leaving out `sparsity` (in [0, 1)) of all synapses that could be.

        Raises:
            ValueError: if that leaves a motor neuron without a way from any feature; take another seed.
        """
        if not 0 <= sparsity < 1:
            raise ValueError(f"a share of {sparsity} of the synapses can't be left out; choose one in [0, 1)")
        full, random = cls.fully_connected(features, units, motor, seed=seed), np.random.default_rng([seed, 1])

        def thin(matrix: NDArray[np.int8]) -> NDArray[np.int8]:
            gone = random.permutation(matrix.size)[: round(matrix.size * sparsity)]
            thinned = matrix.copy()
            thinned.flat[gone] = 0
            return thinned

        return cls(thin(full.sensory), thin(full.recurrent), motor=motor)

    @classmethod
    def from_table(cls, table: Iterable[tuple[str, str, int]]) -> "Wiring":
        """Connect as a table says.

        Args:
            table: rows of (source, target, polarity), such as ("sensory 0", "inter 3", -1). A name is a role and a
                number from 0; there are as many of each role as the highest number tells.

        Raises:
            ValueError: for a name that is none, a synapse that stands twice, or what `Wiring` refuses.
        """
        rows = [(_parse(source), _parse(target), polarity) for source, target, polarity in table]
        counts = {
            role: 1 + max((number for row in rows for name, number in row[:2] if name == role), default=-1)
            for role in ("sensory", *ROLES)
        }
        starts = {"motor": 0, "command": counts["motor"], "inter": counts["motor"] + counts["command"]}
        units = sum(counts[role] for role in ROLES)
        sensory, recurrent = np.zeros((counts["sensory"], units), np.int8), np.zeros((units, units), np.int8)
        for (source, number), (target, other), polarity in rows:
            if target == "sensory":
                raise ValueError(f"no synapse can reach a feature, but one ends at 'sensory {other}'")
            matrix, row = (sensory, number) if source == "sensory" else (recurrent, starts[source] + number)
            column = starts[target] + other
            if matrix[row, column]:
                raise ValueError(f"the synapse from '{source} {number}' to '{target} {other}' stands twice")
            if polarity not in (-1, 1):
                raise ValueError(f"the polarity from '{source} {number}' to '{target} {other}' is {polarity}, not ±1")
            matrix[row, column] = polarity
        return cls(sensory, recurrent, motor=counts["motor"], command=counts["command"])

    def table(self) -> list[tuple[str, str, int]]:
        """Give all synapses as rows of (source, target, polarity); see `from_table`."""
        rows = [
            (f"sensory {source}", self.name_of(target), int(self.sensory[source, target]))
            for source, target in np.argwhere(self.sensory)
        ]
        return rows + [
            (self.name_of(source), self.name_of(target), int(self.recurrent[source, target]))
            for source, target in np.argwhere(self.recurrent)
        ]

    def name_of(self, unit: int) -> str:
        """Name a unit of the state by its role and its number within it."""
        for role in ROLES:
            units = self.units_of(role)
            if units.start <= unit < units.stop:
                return f"{role} {unit - units.start}"
        raise ValueError(f"there is no unit {unit} among {self.units}")

    def synapses_by_role(self) -> dict[str, int]:
        """Count synapses by what they connect, such as "sensory → inter"; without pairs that have none."""
        counts: dict[str, int] = {}
        for source, target, _ in self.table():
            pair = f"{source.split()[0]} → {target.split()[0]}"
            counts[pair] = counts.get(pair, 0) + 1
        return counts

    @classmethod
    def from_ncps(cls, wiring: Any) -> "Wiring":
        """Copy a wiring of ncps that was built for its number of features."""
        if wiring.input_dim is None:
            raise ValueError("this ncps wiring has no inputs yet; call its build(features) first")
        roles = [wiring.get_type_of_neuron(unit) for unit in range(wiring.units)]
        return cls(
            np.asarray(wiring.sensory_adjacency_matrix, np.int8),
            np.asarray(wiring.adjacency_matrix, np.int8),
            motor=int(wiring.output_dim),
            command=roles.count("command"),
        )

    @property
    def features(self) -> int:
        """Number of inputs."""
        return int(self.sensory.shape[0])

    @property
    def units(self) -> int:
        """Number of neurons."""
        return int(self.recurrent.shape[0])

    @property
    def inter(self) -> int:
        """Number of inter neurons."""
        return self.units - self.motor - self.command

    @property
    def synapses(self) -> int:
        """Number of synapses, sensory and recurrent."""
        return int(np.count_nonzero(self.sensory) + np.count_nonzero(self.recurrent))

    def units_of(self, role: Role) -> slice:
        """Where the neurons of a role are in the state."""
        starts = {"motor": (0, self.motor), "command": (self.motor, self.motor + self.command)}
        return slice(*starts.get(role, (self.motor + self.command, self.units)))

    def layers(self) -> Iterator[slice]:
        """Give the units of each role in the order in which a signal passes: inter, command, motor."""
        for role in ("inter", "command", "motor"):
            units = self.units_of(role)
            if units.stop > units.start:
                yield units

    def _reached(self) -> NDArray[np.bool_]:
        reached: NDArray[np.bool_] = (self.sensory != 0).any(axis=0)
        for _ in range(self.units):
            reached = reached | (self.recurrent[reached] != 0).any(axis=0)
        return reached


def _parse(name: str) -> tuple[str, int]:
    """Take a name such as "inter 3" apart."""
    role, _, number = name.partition(" ")
    if role not in ("sensory", *ROLES) or not number.isdecimal():
        raise ValueError(f"{name!r} is no name of a neuron; write sensory, inter, command or motor and a number")
    return role, int(number)
