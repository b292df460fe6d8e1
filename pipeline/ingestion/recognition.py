"""Which format is this? Every reader is asked; one clear answer is taken, several are listed."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.files.recording_files import LIE_BESIDE, Files
from pipeline.ingestion.plan import DAMAGE
from pipeline.ingestion.reader import get_reader, reader_names
from simulator.errors import LiquidlaneError

ENOUGH = 0.5
LEAD = 0.15
"""How much surer than the next one a reader must be."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reader and how sure it is."""

    reader: str
    confidence: float
    reason: str

    def __str__(self) -> str:
        return f"{self.reader} ({self.confidence:.0%}: {self.reason})"


def rank_readers(path: Path) -> list[Candidate]:
    """Ask all readers about a folder or file; the surest comes first."""
    beside = path.is_file() and path.suffix.lower() in LIE_BESIDE
    files = Files(path.parent if beside else path)
    return sorted((_ask(name, files) for name in reader_names()), key=lambda candidate: -candidate.confidence)


def _ask(name: str, files: Files) -> Candidate:
    try:
        answer = get_reader(name).recognise(files)
    except DAMAGE as error:  # one reader must not keep the others from being asked
        return Candidate(name, 0.0, f"{type(error).__name__}: {error}")
    return Candidate(name, answer.confidence, answer.reason)


def recognise(path: Path) -> Candidate:
    """Say which reader a folder or file is for.

    Raises:
        LiquidlaneError: if none is sure enough, or several are; the sentence lists them.
    """
    if not path.exists():
        raise LiquidlaneError(f"{path} is not there; give a folder or file that holds a recording")
    first, *rest = rank_readers(path)
    if first.confidence < ENOUGH:
        maybe = [str(candidate) for candidate in (first, *rest) if candidate.confidence > 0]
        what = f"it might be {', '.join(maybe)}" if maybe else f"none of {', '.join(reader_names())} knows it"
        raise LiquidlaneError(f"{path} is in no format that is recognised: {what}; name one with --source")
    rivals = [rival for rival in rest if rival.confidence > first.confidence - LEAD]
    if rivals:
        listed = ", ".join(map(str, (first, *rivals)))
        raise LiquidlaneError(f"{path} could be in several formats: {listed}; choose one with --source")
    return first
