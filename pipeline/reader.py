"""What a reader of recorded drives promises, and how it is found: `pipeline/ingest/<name>.py` is the reader `<name>`.

A reader only understands: it finds the recordings in a folder, converts axes, signs and units to ours (SI, left is
positive), and says which rows it could not read. Judging pictures and times, cutting at gaps, writing drives and
keeping the books is the same for all and is done by `pipeline.ingestion`.
"""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

import pipeline.ingest
from pipeline.drive import Drive
from pipeline.drive_format import LaneRecord
from simulator.camera import Camera
from simulator.config import Config
from simulator.errors import LiquidlaneError


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame as the recording has it; its picture is loaded later.

    place: where it stands, for the books ("driving_log.csv:12"). timestamp: [s] on any clock of the recording. speed:
    [m/s]. curvature, executed: [1/m], left positive. picture: its name. load: gives the bytes of an image file, or an
    image (H, W, 3) uint8 RGB; FileNotFoundError if there is none.
    """

    place: str
    timestamp: float
    speed: float
    curvature: float
    executed: float
    picture: str
    load: Callable[[], bytes | NDArray[np.uint8]]
    lane: LaneRecord | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something of a recording that can't be used: where, which picture, why, and how many frames it costs."""

    place: str
    picture: str
    reason: str
    detail: str
    frames: int = 1


@dataclass(frozen=True, slots=True)
class Track:
    """What one camera saw, in the order of the recording.

    name: of the camera. facts: go into each drive. shots: what may become frames. flaws: what the reader could not
    read. drive: instead of shots, if it is a drive in our own format already.
    """

    name: str
    camera: Camera | None
    facts: dict[str, Any]
    shots: Sequence[Shot] = ()
    flaws: Sequence[Flaw] = ()
    drive: Drive | None = None

    def __len__(self) -> int:
        return len(self.shots) + sum(flaw.frames for flaw in self.flaws) + (len(self.drive) if self.drive else 0)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded in one go: the seconds of its tracks must not be split between training and validation.

    assumptions: sentences about what the recording does not say and the reader had to assume.
    """

    name: str
    folder: Path
    tracks: Sequence[Track]
    assumptions: Sequence[str] = field(default=())


class Reader(Protocol):
    """A module in `pipeline/ingest/`."""

    Options: type[Config]
    """What a user may set."""

    def find_recordings(self, folder: Path, options: Any) -> list[Recording]:
        """Find and read (but for the pictures) the recordings in a folder.

        Raises:
            LiquidlaneError: if there is none of this kind.
        """


def reader_names() -> list[str]:
    """Give the names of all readers."""
    return sorted(module.name for module in pkgutil.iter_modules(pipeline.ingest.__path__))


def get_reader(name: str) -> Reader:
    """Give a reader by its name.

    Raises:
        LiquidlaneError: if there is none; the sentence says which one may have been meant.
    """
    names = reader_names()
    if name not in names:
        close = difflib.get_close_matches(name, names, 1, 0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
        raise LiquidlaneError(f"there is no reader {name!r} for recorded drives; {hint}")
    return cast(Reader, importlib.import_module(f"pipeline.ingest.{name}"))


def make_options(name: str, values: dict[str, Any]) -> Config:
    """Check a reader's options.

    Raises:
        LiquidlaneError: if a key or value is wrong.
    """
    kind = get_reader(name).Options
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        close = difflib.get_close_matches(key, list(kind.model_fields), 1, 0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"the reader knows {', '.join(kind.model_fields) or 'none'}"
        raise LiquidlaneError(f"ingest.options.{key} of reader {name!r}: {first['msg']}; {hint}") from None
