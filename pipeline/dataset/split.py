"""Which part of the drives trains, which validates, which tests: by recording and road, never by frame."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import Field, model_validator
from typing_extensions import Self

from pipeline.dataset.targets import find_stretches
from pipeline.driver.view import StatedCamera, View
from simulator.config import Config
from simulator.errors import LiquidlaneError
from simulator.randomness import derive_seed

if TYPE_CHECKING:  # reading a config must not take the time to import pyarrow
    from pipeline.drives.drive import Drive

SPLITS = ("training", "validation", "test")


class DatasetConfig(Config):
    """How drives become clips."""

    length: int = Field(16, ge=1, description="Frames in a clip.")
    stride: int = Field(16, ge=1, description="Frames between the starts of two clips; each epoch shifts the starts.")
    gap: float = Field(0.5, gt=0, description="No clip holds a step longer than this [s].")
    validation: float = Field(0.15, ge=0, lt=1, description="Share of the roads (or of the time) that validates.")
    test: float = Field(0.0, ge=0, lt=1, description="Share of the roads (or of the time) kept for testing.")
    separation: float = Field(
        5.0, ge=0, description="Time dropped between the blocks of a recording that has to be split itself [s]."
    )
    bottom: int = Field(0, ge=0, description="Rows at the lower edge of a frame that no model sees (the bonnet) [px].")
    margin: float = Field(0.1, ge=0, le=1, description="Rows kept around the crop for shifted views, as a share of it.")
    balance: float = Field(
        0.0, ge=0, le=1, description="0 counts all clips alike; 1 counts bends as much as straights, however rare."
    )
    balance_batches: bool = Field(
        False, description="Every minibatch holds as many clips of each bend, to the left and right, as it can."
    )
    smoothing: float = Field(
        0.0, ge=0, le=5, description="Training aims at labels averaged over so long, for steering with keys [s]."
    )
    label_delay: float = Field(
        0.0, ge=-2, le=2, description="Training takes each picture's label from so much later in the drive [s]."
    )
    slowest: float = Field(0.0, ge=0, le=20, description="No clip holds a frame of a car slower than this [m/s].")
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="How much clips of a source count, such as {udacity: 2.0}; a source is a reader, or 'simulator'.",
    )

    view: View | None = Field(
        None, description="The same angle and horizon for all cameras; absent: the full width above `bottom`."
    )
    cameras: dict[str, StatedCamera] = Field(
        default_factory=dict, description="Cameras of sources that do not know theirs, such as {udacity: {fov: 70}}."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.view is not None and self.bottom > 0:
            raise ValueError("bottom means nothing beside a view, which says itself what is seen; leave bottom out")
        if self.balance_batches and self.balance > 0:
            raise ValueError("balance and balance_batches would both favour bends; set one of them to 0 or false")
        for source, weight in self.weights.items():
            if not 0 < weight < math.inf:
                raise ValueError(f"weights.{source} is {weight}; give a positive number, or leave the recordings out")
        return self

    def statements(self) -> list[str]:
        """Say what is changed about the drives, a sentence each; none with the defaults."""
        told = {
            f"labels are averaged over {self.smoothing:g} s": self.smoothing > 0,
            f"labels are taken from {self.label_delay:g} s later": self.label_delay != 0,
            f"frames of cars slower than {self.slowest:g} m/s are left out": self.slowest > 0,
            "every minibatch holds its share of every bend": self.balance_batches,
            f"clips count against how common their bend is, to the power of {self.balance:g}": self.balance > 0,
            f"clips count by source: {self.weights}": bool(self.weights),
            f"all cameras show {self.view.fov if self.view else 0:g}° across": self.view is not None,
        }
        return [sentence for sentence, on in told.items() if on]


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames [start, stop) of a drive."""

    drive: "Drive"
    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop <= len(self.drive):
            raise ValueError(f"frames {self.start} to {self.stop} are not within {self.drive}")

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Split:
    """What trains, validates and tests, and a sentence that says how it was chosen."""

    training: tuple[Segment, ...]
    validation: tuple[Segment, ...]
    test: tuple[Segment, ...]
    statement: str


def whole(drives: "Iterable[Drive]") -> tuple[Segment, ...]:
    """Give each drive as a segment of its whole length."""
    return tuple(Segment(drive, 0, len(drive)) for drive in drives)


def split_drives(drives: "Sequence[Drive]", config: DatasetConfig, seed: int) -> Split:
    """Choose what trains, validates and tests.

    Drives of one recording or one road stay together. A drive whose facts name a "split" goes there. One whose
    facts say "training_only" (nobody drove its label) is left out of validation and test. If all drives belong
    together, their recording is cut into blocks of time with `config.separation` seconds dropped between.

    Raises:
        LiquidlaneError: if there is nothing to train on, or the shares leave nothing.
    """
    if not drives:
        raise LiquidlaneError("there is no drive to learn from; collect or ingest some first")
    if config.validation + config.test >= 1:
        raise LiquidlaneError(
            f"dataset.validation {config.validation} and dataset.test {config.test} leave nothing to train on; "
            "make their sum less than 1"
        )
    told = [drive for drive in drives if drive.facts.get("split") in SPLITS]
    rest = [drive for drive in drives if drive.facts.get("split") not in SPLITS]
    parts: dict[str, list[Segment]] = {
        name: list(whole(d for d in told if d.facts["split"] == name)) for name in SPLITS
    }
    statements = [f"{len(told)} drives say themselves which split they belong to"] if told else []
    units = _units_that_stay_together(rest)
    if len(units) == 1 and not told and config.validation + config.test > 0:
        statements.append(_split_in_time(rest, config, parts))
    elif units:
        statements.append(_split_units(units, config, seed, parts, validated=bool(parts["validation"])))
    for name in SPLITS[1:]:
        parts[name] = [part for part in parts[name] if not part.drive.facts.get("training_only")]
    if not parts["training"]:
        raise LiquidlaneError("no drive is left to train on; lower dataset.validation and dataset.test or add drives")
    return Split(tuple(parts["training"]), tuple(parts["validation"]), tuple(parts["test"]), "; ".join(statements))


def _units_that_stay_together(drives: "Sequence[Drive]") -> "list[list[Drive]]":
    """Group drives that share a recording or a road, directly or through others."""
    parent: dict[str, str] = {}

    def find(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for drive in drives:
        recording = find(f"recording {drive.recording}")
        if "road" in drive.facts:
            parent[recording] = find(f"road {drive.facts['road']}")
    units: dict[str, list[Drive]] = {}
    for drive in drives:
        units.setdefault(find(f"recording {drive.recording}"), []).append(drive)
    return list(units.values())


def _split_units(
    units: "list[list[Drive]]", config: DatasetConfig, seed: int, parts: dict[str, list[Segment]], validated: bool
) -> str:
    """Give each unit its place by a number drawn from its name, so that new drives do not move old ones."""

    def draw(unit: "list[Drive]") -> float:
        name = min(str(drive.facts.get("road", drive.recording)) for drive in unit)
        return derive_seed(seed, f"split/{name}") / 2**63

    *ordered, last = sorted(units, key=draw)  # the last one trains, however few there are
    share = 0.0 if validated else config.validation
    validation = [unit for unit in ordered if draw(unit) < share] or (ordered[:1] if share > 0 else [])
    rest = ordered[len(validation) :]
    test = [unit for unit in rest if draw(unit) < share + config.test] if config.test > 0 else []
    test = test or (rest[:1] if config.test > 0 else [])
    training = [*rest[len(test) :], last]
    for name, chosen in zip(SPLITS, (training, validation, test), strict=True):
        parts[name].extend(segment for unit in chosen for segment in whole(unit))
    return (
        f"split by recording and road: {len(training)} train, {len(validation)} validate, {len(test)} test"
        f" of {len(units)}"
    )


def _split_in_time(drives: "Sequence[Drive]", config: DatasetConfig, parts: dict[str, list[Segment]]) -> str:
    """Cut one recording into consecutive blocks of time on its own clock (fact "start" [s] of each drive)."""
    starts = [float(drive.facts.get("start", 0.0)) for drive in drives]
    begin = min(starts)
    end = max(start + float(drive.timestamp[-1]) for start, drive in zip(starts, drives, strict=True))
    pauses = config.separation * ((config.validation > 0) + (config.test > 0))
    useful = end - begin - pauses
    if useful <= 0:
        raise LiquidlaneError(
            f"recording {drives[0].recording} lasts {end - begin:.1f} s, too short to be split into blocks "
            f"{config.separation} s apart; add recordings or lower dataset.separation"
        )
    shares = (1 - config.validation - config.test, config.validation, config.test)
    at = begin
    for name, share in zip(SPLITS, shares, strict=True):
        if share == 0:
            continue
        until = at + share * useful
        last = name == [other for other, its in zip(SPLITS, shares, strict=True) if its > 0][-1]
        for start, drive in zip(starts, drives, strict=True):
            time = drive.timestamp + start
            chosen = (time >= at) & ((time <= until) | last)
            if chosen.any():
                first = int(chosen.argmax())
                parts[name].append(Segment(drive, first, first + int(chosen.sum())))
        at = until + config.separation
    return (
        f"all drives come from one recording or road, so it was split into blocks of time with {config.separation:g} s "
        "dropped between: validation is easier than on another road"
    )


def clip_starts(segment: Segment, config: DatasetConfig) -> list[tuple[int, int]]:
    """Give (first, last) frame at which a clip may start, one pair for each clip an epoch draws from the segment."""
    starts: list[tuple[int, int]] = []
    timestamp = segment.drive.timestamp[segment.start : segment.stop]
    for begin, end in _find_moving(segment, find_stretches(timestamp, config.gap), config.slowest):
        final = segment.start + end - config.length  # where the last possible clip starts
        first = range(segment.start + begin, final + 1, config.stride)
        starts.extend((start, min(start + config.stride - 1, final)) for start in first)
    return starts


def _find_moving(segment: Segment, stretches: list[tuple[int, int]], slowest: float) -> list[tuple[int, int]]:
    """Cut the standing parts out of stretches [start, stop) of a segment; they stay as they are if `slowest` is 0."""
    if slowest == 0:
        return stretches
    moves = abs(segment.drive.speed[segment.start : segment.stop]) >= slowest
    moving: list[tuple[int, int]] = []
    for start, stop in stretches:
        begin: int | None = None
        for place in range(start, stop + 1):
            if place < stop and moves[place]:
                begin = place if begin is None else begin
            elif begin is not None:
                moving.append((begin, place))
                begin = None
    return moving
