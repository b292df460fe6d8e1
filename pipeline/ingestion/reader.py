"""What a reader of recorded drives promises, and how it is found: `pipeline/ingest/<name>.py` is the reader `<name>`.

A reader only understands: it says how sure it is that a folder is of its kind, finds the recordings in it, converts
axes, signs and units to ours (SI, left is positive), and says which rows it could not read. Judging pictures and times,
cutting at gaps, writing drives, sharing the work among processes and keeping the books is the same for all and is done
by `pipeline.ingestion.ingest`. Pictures are loaded when their turn comes, so memory does not grow with them.
"""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

import pipeline.ingest
from pipeline.drives.drive import Drive
from pipeline.drives.format import LaneRecord
from pipeline.files.recording_files import Files
from simulator.camera import Camera
from simulator.config import Config
from simulator.errors import LiquidlaneError


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame as the recording has it; its picture is loaded later.

    place: where it stands, for the books ("driving_log.csv:12"). timestamp: [s] on any clock of the recording. speed:
    [m/s]. curvature, executed: [1/m], left positive. picture: its name. load: gives the bytes of an image file, or an
    image (H, W, 3) uint8 RGB; FileNotFoundError if there is none, `picture.BadPictureError` if it can't be used. It
    goes to other processes by pickle: `Files.picture`, or a partial of a module's function, and no lambda.
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
    read. drive: instead of shots, if it is a drive in our own format already. in_order: pictures come out of a stream
    (a video, a bag) and are cheap to load only one after the other. size: (height, width) [px] of the pictures, if the
    format says so; otherwise what most of them have.
    """

    name: str
    camera: Camera | None
    facts: dict[str, Any]
    shots: Sequence[Shot] = ()
    flaws: Sequence[Flaw] = ()
    drive: Drive | None = None
    in_order: bool = False
    size: tuple[int, int] | None = None

    def __len__(self) -> int:
        return len(self.shots) + sum(flaw.frames for flaw in self.flaws) + (len(self.drive) if self.drive else 0)


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded in one go: the seconds of its tracks must not be split between training and validation.

    assumptions: sentences about what the recording does not say and the reader had to assume. findings: sentences about
    what the reader measured or left out on purpose: the sign against the motion, a clock's offset, files it ignored.
    """

    name: str
    folder: Path
    tracks: Sequence[Track]
    assumptions: Sequence[str] = field(default=())
    findings: Sequence[str] = field(default=())


@dataclass(frozen=True, slots=True)
class Recognition:
    """How sure a reader is that files are of its kind.

    confidence: 0 not mine; 0.3 could be; 0.6 names fit; 0.9 names and content fit; 1 the format says so itself.
    reason: what it saw, or missed.
    """

    confidence: float
    reason: str


class Reader(Protocol):
    """A module in `pipeline/ingest/`."""

    Options: type[Config]
    """What a user may set."""

    def recognise(self, files: Files) -> Recognition:
        """Say how sure it is that these files are of its kind; reads little and never raises."""

    def find_recordings(self, folder: Path, options: Any) -> list[Recording]:
        """Find and read (but for the pictures) the recordings in a folder, or in a file where a file can be one.

        The same files give the same recordings in the same order.

        Raises:
            LiquidlaneError: if there is none of this kind.
            OSError: if a file can't be read; who asked for the recordings says so.
        """


class LeftOutError(Exception):
    """An entry that is whole and is left out on purpose; args: reason, detail, picture."""


Entry = TypeVar("Entry")


def read_shots(
    entries: Iterable[tuple[str, Entry]], read: Callable[[Entry, int, str], Shot]
) -> tuple[list[Shot], list[Flaw]]:
    """Read entries of a log one by one; what can't be read is a flaw.

    Args:
        entries: (place, entry): a row, a JSON object.
        read: makes a shot of (entry, index, place); KeyError for a field that lacks, ValueError or TypeError for one
            that is wrong, LeftOutError for an entry that its owner does not want.
    """
    shots: list[Shot] = []
    flaws: list[Flaw] = []
    for index, (place, entry) in enumerate(entries):
        try:
            shots.append(read(entry, index, place))
        except LeftOutError as error:
            reason, detail, picture = error.args
            flaws.append(Flaw(place, picture, reason, detail))
        except (KeyError, ValueError, TypeError, OverflowError, RecursionError) as error:
            what = f"no {error}" if isinstance(error, KeyError) else str(error)
            flaws.append(Flaw(place, "", "row unreadable", f"{what} in {str(entry)[:200]}"))
    return shots, flaws


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
