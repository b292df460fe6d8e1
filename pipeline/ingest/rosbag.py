"""ROS 1 bags, ROS 2 folders, databases and MCAP: a camera's pictures, and what other topics tell of the motion.

Axes and units are those of REP 103: metres and radians, left positive. Topics are mapped by options; otherwise they are
guessed by type and name, and the guess is told. Times are the messages' stamps by the rule in `pipeline.ros.clock`.
"""

import re
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.files.recording_files import Files
from pipeline.ingestion.reader import Flaw, Recognition, Recording, Shot, Track
from pipeline.ros.bag import Bag, Topic
from pipeline.ros.bag_files import BagFiles, describe_bags, find_bags
from pipeline.ros.clock import choose_times, make_moments
from pipeline.ros.options import Options
from pipeline.ros.signals import Signals
from pipeline.ros.stream import BagPicture, PictureStream
from pipeline.ros.survey import Samples, survey
from pipeline.ros.topics import candidates, choose_pictures
from pipeline.ros.unpacked import Unpacked
from pipeline.signals.assumed import Assumed
from simulator.errors import LiquidlaneError

TRANSPORT = re.compile(r"(/(image(_raw|_color|_rect|_rect_color|_mono)?|compressed|raw))+$")


def recognise(files: Files) -> Recognition:
    """Look for bags by their first bytes."""
    return Recognition(*describe_bags(files))


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read each bag in the folder and below, or the one that is named; several files of one bag are one recording.

    Raises:
        LiquidlaneError: if there is none, or none can be used.
    """
    bags = find_bags(Files(folder))
    if not bags:
        raise LiquidlaneError(f"{folder} holds no .bag, .db3 or .mcap; give a bag, or the folder of one")
    found: list[Recording] = []
    errors: list[LiquidlaneError] = []
    for bag in bags:
        try:
            found.append(_read_bag(bag, options))
        except LiquidlaneError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    if errors:
        last = found[-1]
        told = [*last.findings, *(f"another bag is left out: {error}" for error in errors)]
        found[-1] = Recording(last.name, last.folder, last.tracks, last.assumptions, told)
    return found


def _read_bag(files: BagFiles, options: Options) -> Recording:
    assumed, unpacked = Assumed(options), Unpacked()
    findings = list(files.findings)
    with Bag(files, unpacked) as bag:
        try:
            pictures, others = choose_pictures(bag.topics, options.cameras)
            found = candidates(bag.topics, options)
        except LiquidlaneError as error:
            raise LiquidlaneError(f"{files.paths[0] if len(files.paths) == 1 else files.folder}: {error}") from None
        samples = survey(bag, pictures, [source for sources in found.values() for source in sources])
        findings += bag.findings
        findings += [f"{count} × can't be read: {place}" for place, count in bag.lost_places.items()]
        lost = {topic.name: _count_lost(topic, samples[topic.name], bool(bag.lost_places)) for topic in pictures}
    _tell_pictures(pictures, others, assumed, options)
    for topic in pictures:
        _sort(samples[topic.name])
    known = {name: one for name, one in samples.items() if len(one.record)}
    first = next((topic.name for topic in pictures if topic.name in known), None)
    if first is None:
        raise LiquidlaneError(f"{files.folder}: no picture of {pictures[0].name} can be read; {'; '.join(findings)}")
    zero = int(known[first].record[0])
    moments = {name: make_moments(_integers(one.record), _integers(one.stamp), zero) for name, one in known.items()}
    times, told = choose_times(moments, first, options.clock)
    signals = Signals(samples, times, assumed, options)
    try:
        signals.choose(found)
    except LiquidlaneError as error:
        raise LiquidlaneError(f"{files.folder}: {error}") from None
    signals.compare(times[first])
    tracks = [
        _make_track(files, unpacked, topic, samples[topic.name], times[topic.name], signals, lost[topic.name])
        for topic in pictures
        if topic.name in known
    ]
    return Recording(files.name, files.folder, tracks, assumed.sentences, [*findings, *told, *signals.findings])


def _tell_pictures(pictures: list[Topic], others: list[str], assumed: Assumed, options: Options) -> None:
    beside = f" (there are also {', '.join(others)})" if others else ""
    names = ", ".join(topic.name for topic in pictures)
    because = "the options name it" if options.cameras else f"its type and name fit best{beside}"
    assumed.note("cameras", names, "", because, given=bool(options.cameras))


def _count_lost(topic: Topic, samples: Samples, damaged: bool) -> int:
    """Say how many messages the index promises that could not be found."""
    return max(0, topic.count - len(samples.record) - len(samples.unread)) if damaged else 0


def _integers(numbers: object) -> NDArray[np.int64]:
    return np.array(numbers, np.int64)


def _sort(samples: Samples) -> None:
    """Put pictures in the order of their record times, in which they are found again."""
    record = _integers(samples.record)
    if len(record) and (np.diff(record) < 0).any():
        order = np.argsort(record, kind="stable")
        for numbers in (samples.record, samples.stamp, samples.sizes):
            sorted_numbers = _integers(numbers)[order].tolist()
            numbers[:] = type(numbers)("q", sorted_numbers)


def _make_track(
    files: BagFiles,
    unpacked: Unpacked,
    topic: Topic,
    samples: Samples,
    times: NDArray[np.float64],
    signals: Signals,
    lost: int,
) -> Track:
    assert signals.steering is not None
    curvature = signals.curvature(signals.steering, times)
    executed = signals.curvature(signals.motion, times) if signals.motion is not None else curvature
    executed = np.where(np.isfinite(executed), executed, curvature)
    speeds = signals.speeds(times)
    stream = PictureStream(files, unpacked, topic, _integers(samples.record))
    shots = [
        Shot(f"{topic.name}[{index}]", time, speed, bend, driven, str(record), BagPicture(stream, index))
        for index, (time, speed, bend, driven, record) in enumerate(
            zip(times.tolist(), speeds.tolist(), curvature.tolist(), executed.tolist(), samples.record, strict=True)
        )
    ]
    flaws = [Flaw(f"{topic.name} at {time}", "", "message unreadable", detail) for time, detail in samples.unread]
    if lost:
        flaws.append(Flaw(topic.name, "", "message lost", "the index names them, but they can't be read", lost))
    sizes = Counter(size for size in samples.sizes if size)
    usual = sizes.most_common(1)[0][0] if sizes else None
    size = (usual >> 24, usual & 0xFFFFFF) if usual is not None else None
    name = TRANSPORT.sub("", topic.name).strip("/").replace("/", "_") or "camera"
    facts = {"camera": topic.name, "assumed": signals.assumed.facts}
    return Track(name, None, facts, shots, flaws, in_order=True, size=size)
