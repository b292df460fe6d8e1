"""What there is to ingest, and how the work is cut into pieces."""

import hashlib
import os
import re
import shutil
import struct
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.files.archive import ENDINGS, is_archive, unpack
from pipeline.files.recording_files import LIE_BESIDE, is_inside
from pipeline.ingestion.config import IngestConfig
from pipeline.ingestion.judge import judge_times, usual_size
from pipeline.ingestion.piece import Piece
from pipeline.ingestion.reader import Flaw, Reader, Recording, get_reader, make_options
from pipeline.work.artifact import PART_SUFFIX
from simulator.config import Config
from simulator.errors import LiquidlaneError

DAMAGE = (ArithmeticError, LookupError, TypeError, ValueError, RecursionError, EOFError, OSError, struct.error)
"""What a reader that missed a case may raise: a user gets a sentence, and the cause stays with it."""
TEXTS = (".md", ".txt", "")  # may lie beside archives


@dataclass(frozen=True, slots=True)
class RecordingPlan:
    """One recording: its pieces, and the flaws known before a picture is looked at, each with its track's name."""

    recording: Recording
    pieces: list[Piece]
    flaws: list[tuple[str, Flaw]]


def find_recordings(config: IngestConfig, unpacked: Path | None = None) -> list[Recording]:
    """Find the recordings that a config names; each gets a name of its own.

    Args:
        config: what to read.
        unpacked: where archives are unpacked to; without it, an archive is an error.

    Raises:
        LiquidlaneError: if the reader, an option or a folder does not exist or holds no recording.
    """
    reader, options = get_reader(config.reader), make_options(config.reader, config.options)
    if not config.folders:
        raise LiquidlaneError("ingest.folders is empty; name the folders that hold recordings")
    recordings: list[Recording] = []
    taken: Counter[str] = Counter()
    for name in config.folders:
        path = Path(name).expanduser()
        if not path.exists():
            raise LiquidlaneError(f"ingest.folders: {path} is not there; give a folder or file that holds recordings")
        links = links_that_lead_out(path) if path.is_dir() else []
        said = [f"{len(links)} links lead out of the folder and are not followed, such as {links[0]}"] if links else []
        for recording, place in _read_places(reader, options, open_archives(path, unpacked)):
            plain = re.sub(r"[/\\\0-\x1f]", "_", recording.name).strip(". ") or "recording"
            taken[plain] += 1
            own = plain if taken[plain] == 1 else f"{plain}-{taken[plain]}"
            folder = recording.folder if place == path else path  # not where an archive was unpacked to
            findings = [*recording.findings, *said]
            recordings.append(replace(recording, name=own, folder=folder, findings=findings))
    return recordings


def _read_places(reader: Reader, options: Config, places: Sequence[Path]) -> list[tuple[Recording, Path]]:
    """Give the recordings of each place with the place; some may hold none, but not all."""
    found: list[tuple[Recording, Path]] = []
    errors: list[LiquidlaneError] = []
    for place in places:
        try:
            found += [(recording, place) for recording in reader.find_recordings(place, options)]
        except LiquidlaneError as error:
            errors.append(error)
        except OSError as error:
            what = f"{error.filename or place} can't be read ({error.strerror or error}); check its permissions"
            errors.append(LiquidlaneError(what))
        except DAMAGE as error:
            raise LiquidlaneError(
                f"{place} holds something that the reader did not expect ({type(error).__name__}: {error}); the "
                "recording is damaged, or of another format than named"
            ) from error
    if not found and errors:
        raise errors[0]
    return found


def open_archives(path: Path, unpacked: Path | None) -> list[Path]:
    """Give the path itself, or what its archive was unpacked to; for a folder of nothing but archives, each of them.

    Raises:
        LiquidlaneError: if an archive is damaged or not safe.
    """
    archives = [path] if is_archive(path) else []
    if path.is_dir():
        with os.scandir(path) as entries:  # names tell it quickly, since there may be very many pictures
            if not any(entry.name.lower().endswith(ENDINGS) for entry in entries):
                return [path]
        inside = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
        archives = [entry for entry in inside if is_archive(entry) and not entry.is_symlink()]
        others = [entry for entry in inside if entry not in archives] if archives else []
        if any(entry.is_dir() or entry.suffix.lower() not in TEXTS for entry in others):
            return [path]
    if not archives:
        return [path]
    if unpacked is None:
        raise LiquidlaneError(f"{archives[0]} is an archive; unpack it first")
    return [unpack(archive, unpacked) for archive in archives]


def links_that_lead_out(folder: Path) -> list[str]:
    """Name the links in a folder that lead out of it and are not followed."""
    links: list[Path] = []
    waiting = [str(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:  # what may not be read holds nothing for us
            for entry in entries:
                if entry.is_symlink():
                    links.append(Path(entry.path))
                elif entry.is_dir():
                    waiting.append(entry.path)
    return sorted(str(link.relative_to(folder)) for link in links if not is_inside(link, folder))


def count_frames(recordings: Sequence[Recording]) -> int:
    """Say how many frames `ingest` will report in the end."""
    return sum(len(track) for recording in recordings for track in recording.tracks)


def plan_recording(recording: Recording, config: IngestConfig) -> RecordingPlan:
    """Cut a recording into pieces by the times of its shots."""
    flaws: list[tuple[str, Flaw]] = []
    stretches = []
    for track in recording.tracks:
        found, disorder = judge_times(track.shots, config.gap, config.longest)
        flaws += [(track.name, flaw) for flaw in (*track.flaws, *disorder)]
        stretches.append(found)
    begins = [
        track.shots[int(stretch.indices[0])].timestamp - stretch.ahead
        for track, found in zip(recording.tracks, stretches, strict=True)
        for stretch in found
    ]
    clock = min(begins, default=0.0)
    pieces: list[Piece] = []
    for track, found in zip(recording.tracks, stretches, strict=True):
        if track.drive is not None:
            pieces.append(Piece(recording.name, track, 0, None, clock, track.drive.image_size))
        size = usual_size(track)
        pieces += [Piece(recording.name, track, number, stretch, clock, size) for number, stretch in enumerate(found)]
    return RecordingPlan(recording, pieces, flaws)


def fingerprint_sources(config: IngestConfig) -> str:
    """Give a hash that changes when a file below the config's folders comes, goes, grows or is written again."""
    digest = hashlib.sha256()
    for name in config.folders:
        path = Path(name).expanduser()
        path = path.parent if path.suffix.lower() in LIE_BESIDE else path  # its pictures or log lie beside it
        if path.is_dir():
            for line in sorted(_states(str(path), "")):
                digest.update(line.encode(errors="surrogateescape"))
        elif path.exists():
            state = path.stat()
            digest.update(f"{path.name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _states(folder: str, prefix: str) -> Iterator[str]:
    """Give a line for each entry below a folder; quick, since re-running must cost nothing."""
    with os.scandir(folder) as entries:
        for entry in entries:
            state = entry.stat(follow_symlinks=False)
            if entry.is_dir(follow_symlinks=False):
                yield from _states(entry.path, f"{prefix}{entry.name}/")
            yield f"{prefix}{entry.name}\0{state.st_size}\0{state.st_mtime_ns}\n"


def unpacked_beside(folder: Path) -> Path:
    """Say where the archives of an ingest into a folder are unpacked to."""
    return folder.with_name(f".{folder.name.removesuffix(PART_SUFFIX)}.unpacked")


def forget_unpacked(unpacked: Path) -> None:
    """Remove what archives were unpacked to."""
    shutil.rmtree(unpacked, ignore_errors=True)
