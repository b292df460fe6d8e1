"""Who is connected to whom: the wiring diagram of a liquid network.

State order, everywhere in this package: **motor, command, inter** (as in ncps' LTC).
Matrices are (source, target); an entry is the polarity of a synapse: +1, -1, or 0 for none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Role = Literal["motor", "command", "inter"]


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
