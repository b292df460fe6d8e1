"""What every check of drives promises, and how it is found: `inspection/checks/<name>.py` is the check `<name>`.

A check measures pictures in the processes that decode them, a row of numbers a picture, and judges all drives at the
end from those rows and from the signals. So memory holds numbers, never pictures.
"""

import difflib
import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.inspection import checks
from pipeline.inspection.look import Look, Stretch
from simulator.errors import LiquidlaneError

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a drive that who trains on it should know.

    check: which found it. severity: "error" spoils what is learned or measured, "warning" may, "note" is only told.
    drive: its name, or that of a recording if it is about all its drives. value, unit: the number behind it, None where
    it can't be told. said: what was found. remedy: what to do. frames: [first, behind the last) where it is so, of the
    drive.
    """

    check: str
    severity: Severity
    drive: str
    value: float | None
    unit: str
    said: str
    remedy: str
    frames: tuple[tuple[int, int], ...] = ()


class Check(ABC):
    """One kind of defect. A file of inspection/checks defines one, named like the file: exposure.py has Exposure."""

    def measure(self, stretch: Stretch) -> NDArray[Any] | None:
        """Give a row of numbers for each picture, (pictures, ...), in a worker; None if pictures don't matter.

        The rows of all pictures that were looked at are joined to `Look.measured` of the check's name.
        """
        return None

    @abstractmethod
    def judge(self, looks: Sequence[Look]) -> list[Finding]:
        """Say what is wrong, for drives in any order."""


def list_checks() -> tuple[str, ...]:
    """Give the names of all checks in alphabetical order."""
    found = pkgutil.iter_modules(checks.__path__)
    return tuple(sorted(module.name for module in found if not module.name.startswith("_")))


def make_check(name: str) -> Check:
    """Make a check by its name.

    Raises:
        LiquidlaneError: if there is no such check.
    """
    names = list_checks()
    if name not in names:
        close = difflib.get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
        raise LiquidlaneError(f"there is no check {name!r} of drives; {hint}")
    module = importlib.import_module(f"pipeline.inspection.checks.{name}")
    found: type[Check] = getattr(module, "".join(word.capitalize() for word in name.split("_")))
    return found()


def group_recordings(looks: Sequence[Look]) -> list[tuple[str, list[Look]]]:
    """Put drives together that one camera filmed in one recording: its name, and the drives in the order of time."""
    groups: dict[tuple[str, str], list[Look]] = {}
    for look in looks:
        groups.setdefault((look.recording, look.camera_name), []).append(look)
    named = []
    for (recording, camera_name), its in groups.items():
        its.sort(key=lambda look: (look.start, look.name))
        others = sum(1 for key in groups if key[0] == recording) > 1
        whole = f"{recording}, camera {camera_name}" if others else recording
        named.append((its[0].name if len(its) == 1 else whole, its))
    return named


def find_runs(flagged: NDArray[np.bool_], fewest: int = 1) -> list[tuple[int, int]]:
    """Give the [first, behind the last) places of runs of at least `fewest` true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flagged.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= fewest]
