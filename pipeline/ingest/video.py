"""A video beside a table or JSON of signals: `drive.mp4` and `drive.csv`, or the only video and log of a folder.

Columns and units are guessed by their names and told as assumptions; options name them where the guess fails. Signals
are brought to the times of the pictures, which are the file's own, also where the rate varies.
"""

from functools import partial
from pathlib import Path

from pydantic import Field

from pipeline.files.labels import JSONS, TABLES
from pipeline.files.recording_files import VIDEO_ENDINGS, Files
from pipeline.ingestion.reader import Recognition, Recording, Shot, Track
from pipeline.signals.assumed import Assumed
from pipeline.signals.clock import count_times
from pipeline.signals.log import columns_of, read_signals
from pipeline.signals.mapping import ColumnOptions, Mapping
from pipeline.video.frames import VideoFrames, index_video
from simulator.errors import LiquidlaneError

MOST_LOOKED_AT = 50  # videos, to recognise a folder


class Options(ColumnOptions):
    """What neither the video nor its log says."""

    log: str = Field("", description="The log's name, if it is not called like the video.")
    rate: float = Field(25.0, gt=0, description="Assumed pictures a second of a video without times [1/s].")


def recognise(files: Files) -> Recognition:
    """Look for a video with a log of its name, then for one video and one log."""
    videos = _videos(files)
    for video in videos[:MOST_LOOKED_AT]:
        log, sure = _log_of(video, files, Options())
        if log is not None and columns_of(log):
            return Recognition(sure, f"{video.name} and {log.name} with {', '.join(columns_of(log))}"[:120])
    if videos:
        return Recognition(0.3, f"{videos[0].name} without a log of signals beside it")
    return Recognition(0.0, "no video")


def _videos(files: Files) -> list[Path]:
    endings = "|".join(ending[1:] for ending in VIDEO_ENDINGS)
    return files.matching(rf".*\.({endings})")


def _log_of(video: Path, files: Files, options: Options) -> tuple[Path | None, float]:
    """Give a video's log and how sure it is its own."""
    if options.log:
        return files.find(options.log, video.parent), 1.0
    beside = [
        files.root / name
        for name in files.names
        if (files.root / name).parent == video.parent and name.lower().endswith((*TABLES, *JSONS))
    ]
    stem = video.stem.lower()
    same = [log for log in beside if log.stem.lower() in (stem, video.name.lower())]
    if same:
        return min(same, key=lambda log: (not columns_of(log), log.suffix.lower() in JSONS, log.name)), 0.8
    begun = [log for log in beside if log.stem.lower().startswith(stem) and columns_of(log)]
    if len(begun) == 1:
        return begun[0], 0.75
    usable = [log for log in beside if columns_of(log)]
    alone = sum(other.parent == video.parent for other in _videos(files)) == 1
    return (usable[0], 0.65) if alone and len(usable) == 1 else (None, 0.0)


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read each video that has a log, in the folder and below, or one video; videos of one log are one recording.

    Raises:
        LiquidlaneError: if there is none, a column that is needed can't be found, or nothing can be decoded.
    """
    files = Files(folder.parent if folder.is_file() else folder)
    videos = _videos(files)
    if folder.is_file() and folder.suffix.lower() in VIDEO_ENDINGS:
        videos = [folder.resolve()]
    if not videos:
        raise LiquidlaneError(
            f"{folder} and the folders in it hold no video; give a folder with drive.mp4 and drive.csv"
        )
    logs = {video: _log_of(video, files, options)[0] for video in videos}
    if folder.is_file() and folder not in videos:
        logs = {video: log for video, log in logs.items() if log == folder.resolve()}
    found = {log: [video for video, own in logs.items() if own == log] for log in logs.values() if log is not None}
    if not found:
        raise LiquidlaneError(
            f"{folder}: {videos[0].name} has no log of signals; give a table or JSON of its name beside it, with "
            f"columns such as time, speed, steering_angle, or name one with log="
        )
    without = [f"{video.name} has no log of signals and is left out" for video, log in logs.items() if log is None]
    return [_read_recording(log, own, options, without) for log, own in found.items()]


def _read_recording(path: Path, videos: list[Path], options: Options, found: list[str]) -> Recording:
    """Read a log and make a track of each of its videos."""
    assumed, findings = Assumed(options), list(found)
    log = read_signals(path, options.named_columns())
    mapping = Mapping(log, options, assumed)
    if log.unread:
        findings.append(f"{log.unread} rows of {path.name} hold no number")
    tracks = []
    for video in videos:
        index = index_video(video)
        if index.damage:
            findings.append(f"{video.name} can't be read beyond {len(index)} pictures: {index.damage}")
        times = index.times - index.times[0]
        if not index.timed:
            times = count_times(len(index), assumed.take("rate", "pictures/s", f"{video.name} holds no times"))
        speed, curvature, executed = mapping.at_pictures(times)
        frames = VideoFrames(index)
        shots = [
            Shot(name := f"{video.name}[{number}]", *values, name, partial(frames.load, number))
            for number, values in enumerate(
                zip(times.tolist(), speed.tolist(), curvature.tolist(), executed.tolist(), strict=True)
            )
        ]
        facts = {"camera": video.stem, "assumed": assumed.facts}
        tracks.append(Track(video.stem, None, facts, shots, in_order=True, size=index.size))
    name = videos[0].stem if len(videos) == 1 else path.stem
    return Recording(name, path.parent, tracks, assumed.sentences, [*findings, *mapping.findings])
