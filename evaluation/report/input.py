"""What a report is made from, in plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation.episode import Episode
from evaluation.open_loop import Prediction
from evaluation.open_loop_error import OpenLoopConfig


@dataclass(frozen=True)
class Trained:
    """A trained driver. name: "ncp" or "ncp@1". about: its checkpoint.json. history: the rows of its history.json."""

    name: str
    about: Mapping[str, Any]
    history: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class ReportInput:
    """Everything on the page.

    title: of the page. episodes: closed loop; the first condition among them is the one that others are compared
    to. predictions: open loop. replays: closed loop on recordings. checkpoints: what was trained. config: the resolved
    experiment. versions: of every package and of this code. videos: mp4 by who drives, "ncp@1" or "ncp@1, noise".
    stages: name and seconds of each stage of the run. notes: sentences that a reader must know (limits, assumptions).
    bootstrap: resamplings. seed: of them.
    """

    title: str
    episodes: Sequence[Episode] = ()
    predictions: Sequence[Prediction] = ()
    replays: Sequence[Episode] = ()
    checkpoints: Sequence[Trained] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    videos: Mapping[str, bytes] = field(default_factory=dict)
    stages: Sequence[tuple[str, float]] = ()
    notes: Sequence[str] = ()
    open_loop: OpenLoopConfig = field(default_factory=OpenLoopConfig)
    bootstrap: int = 4000
    seed: int = 0
