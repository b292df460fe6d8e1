"""openpilot: a comma device's segments of a minute, each with a log (rlog or qlog) and videos of the road camera.

`ROUTE--N/rlog.zst` with `qcamera.ts` or `fcamera.hevc` beside it, as on the device; `ROUTE--N--rlog.bz2`, as they are
downloaded; `ROUTE/N/rlog`, as on the server. Segments of a route are one recording. Times are the device's monotonic
clock, of the car's state (100 a second in an rlog, 10 in a qlog) as of the frames, by the end of their exposure, which
the log tells for each picture of a video. The steering wheel's angle is in degrees, left positive; the device's axes
are forward, right, down. An rlog is taken before a qlog, which holds a tenth of it.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.files.recording_files import Files
from pipeline.ingestion.reader import Flaw, Recognition, Recording, Shot, Track
from pipeline.openpilot.camera import find_camera
from pipeline.openpilot.log import NANOSECONDS, SegmentLog, looks_like_a_log, read_log
from pipeline.signals.assumed import Assumed
from pipeline.signals.bend import Source, choose_bend
from pipeline.signals.curvature import from_steering_wheel, from_yaw_rate
from pipeline.signals.resample import at_frames, hold
from pipeline.video.segment import SegmentVideo, usual_video_size
from simulator.config import Config
from simulator.errors import LiquidlaneError

FloatArray = NDArray[np.float64]

LOGS = tuple(f"{kind}{ending}" for kind in ("rlog", "qlog") for ending in (".zst", ".bz2", ""))
SMALL, FULL = ("qcamera.ts",), ("fcamera.hevc", "fcamera.ts", "fcamera.mp4")
FILE = re.compile(rf"(?:(?P<own>.+?)--)?(?P<kind>{'|'.join(map(re.escape, (*LOGS, *SMALL, *FULL)))})", re.IGNORECASE)
NUMBERED = re.compile(r"(?P<route>.+?)--(?P<number>\d{1,4})")  # a route may end in ten digits

EARLIEST, LATEST, USUALLY = 0.02, 2.0, 0.05
"""How long before and after the end of its exposure a frame is logged at most, and usually [s]."""


class Options(Config):
    """What to read, and what old logs do not say."""

    camera: Literal["small", "full"] | None = Field(
        None,
        description="qcamera (small) or fcamera (full); none given, the one that more segments have, or the small.",
    )
    curvature: Source = Field(
        "motion", description="Curvature by the device's yaw rate (motion) or the steering wheel (steering)."
    )
    wheelbase: float = Field(2.7, gt=0, description="Distance of the axles, if the log does not say it [m].")
    steering_ratio: float = Field(15.0, gt=0, description="Steering wheel to front wheels, if the log does not say it.")


@dataclass(slots=True)
class _Segment:
    """The files of a segment by their kind, such as "rlog.bz2"."""

    route: Path
    number: int
    files: dict[str, Path] = field(default_factory=dict)


def recognise(files: Files) -> Recognition:
    """Look for logs by their names and first messages."""
    segments = _find_segments(files)
    logs = [path for segment in segments for kind, path in segment.files.items() if kind in LOGS]
    if not logs:
        return Recognition(0.0, "no rlog or qlog")
    videos = sum(any(kind in (*SMALL, *FULL) for kind in segment.files) for segment in segments)
    if not looks_like_a_log(logs[0]):
        return Recognition(0.4, f"{logs[0].name} does not begin with messages of openpilot")
    return Recognition(0.97 if videos else 0.9, f"{len(segments)} segments with logs, {videos} with videos")


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read each route in the folder and below.

    Raises:
        LiquidlaneError: if there is none.
    """
    files = Files(folder)
    routes: dict[Path, list[_Segment]] = {}
    for segment in _find_segments(files):
        routes.setdefault(segment.route, []).append(segment)
    routes = {
        route: parts for route, parts in routes.items() if any(kind in LOGS for part in parts for kind in part.files)
    }
    if not routes:
        raise LiquidlaneError(
            f"{folder} and the folders in it hold no rlog or qlog; give a folder of openpilot's segments with logs"
        )
    return [_read_route(route, parts, files, options) for route, parts in sorted(routes.items())]


def _find_segments(files: Files) -> list[_Segment]:
    """Put files that belong together in segments, by any of the three ways in which they are named."""
    segments: dict[tuple[Path, int], _Segment] = {}
    for name in files.names:
        path = files.root / name
        found = FILE.fullmatch(path.name)
        if not found:
            continue
        route, number = _place_of(path, found["own"])
        segment = segments.setdefault((route, number), _Segment(route, number))
        segment.files.setdefault(found["kind"].lower(), path)
    return [segments[key] for key in sorted(segments)]


def _place_of(path: Path, own: str | None) -> tuple[Path, int]:
    """Give the route's path and the segment's number; `own` is what stands before the kind in the file's name."""
    named = own if own is not None else path.parent.name
    above = path.parent if own is not None else path.parent.parent
    if numbered := NUMBERED.fullmatch(named):
        return above / numbered["route"], int(numbered["number"])
    if own is None and named.isdigit():
        return above, int(named)
    return above / named, 0


def _read_route(route: Path, parts: list[_Segment], files: Files, options: Options) -> Recording:
    findings: list[str] = []
    logs = [_read_segment_log(part, findings) for part in parts]
    small = _choose_camera(parts, options, findings)
    videos = [_open_video(part, SMALL if small else FULL, files) for part in parts]
    frames = [_frames_of(log, small=small) for log in logs]
    _correct_clock(logs, frames, small, findings)
    assumed = Assumed(options)
    signals = _join(logs, np.concatenate([part[:, 1] for part in frames]), options, assumed, findings)
    shots, flaws = _make_shots(parts, videos, frames, signals)
    size = usual_video_size(videos)
    camera = find_camera(logs, size, assumed)
    track = Track(
        "qcamera" if small else "fcamera",
        camera,
        {"camera": "road", "assumed": assumed.facts},
        shots,
        flaws,
        in_order=True,
        size=size,
    )
    findings.insert(0, f"{len(parts)} segment{'s' if len(parts) != 1 else ''}, {len(shots)} frames known to the logs")
    folder = route if route.is_dir() else route.parent
    return Recording(route.name.replace("|", "_"), folder, [track], assumed.sentences, findings)


def _read_segment_log(part: _Segment, findings: list[str]) -> SegmentLog:
    """Read a segment's log as far as it goes; where it is damaged, another of the segment that knows more frames."""
    kinds = [kind for kind in LOGS if kind in part.files]
    best, taken = SegmentLog(), kinds[0] if kinds else ""
    for kind in kinds:
        log = read_log(part.files[kind])
        if log.damage:
            findings.append(
                f"{part.number}/{kind}: {log.damage}; {log.messages} messages of interest before that were read"
            )
        if kind == kinds[0] or len(log.road) + len(log.small) > len(best.road) + len(best.small):
            best, taken = log, kind
        if not log.damage:
            break
    if kinds and taken != kinds[0]:
        findings.append(f"{part.number}: {taken} was taken instead, it knows more frames")
    return best


def _choose_camera(parts: list[_Segment], options: Options, findings: list[str]) -> bool:
    """Say whether the small video is taken."""
    small, full = (sum(any(kind in part.files for kind in kinds) for part in parts) for kinds in (SMALL, FULL))
    if options.camera is not None:
        return options.camera == "small"
    if small and full:
        findings.append(f"{small} segments have the small video and {full} the full one; camera= chooses")
    return small >= full


def _open_video(part: _Segment, kinds: tuple[str, ...], files: Files) -> SegmentVideo:
    kind = next((kind for kind in kinds if kind in part.files), None)
    return SegmentVideo(part.files[kind] if kind else None, f"{part.number}/{kind or kinds[0]}", files.root)


def _frames_of(log: SegmentLog, *, small: bool) -> FloatArray:
    """Give (number in the video, time [s]) of a segment's frames, (N, 2), by number; each number once.

    The time is that of the end of the exposure; if the encoder did not tell, of its start, then by the camera's own
    message, then when the message was logged.
    """
    encoded = log.small if small and len(log.small) else log.road
    usual = max(Counter(encoded.segment).items(), key=lambda entry: entry[1], default=(0, 0))[0]
    times: dict[int, float] = {}
    columns = (encoded.segment, encoded.number, encoded.frame, encoded.end, encoded.start, encoded.logged)
    for segment, number, frame, end, start, logged in zip(*columns, strict=True):
        if segment == usual and number not in times:
            times[number] = (end or start or log.exposed.get(frame, 0) or logged) * NANOSECONDS
    return np.array(sorted(times.items()), float).reshape(-1, 2)


def _correct_clock(logs: list[SegmentLog], frames: list[FloatArray], small: bool, findings: list[str]) -> None:
    """Bring frames to the log's clock where the camera had its own: a picture is encoded at once, and then logged."""
    chosen = [log.small if small and len(log.small) else log.road for log in logs]
    late = [logged - end for part in chosen for logged, end in zip(part.logged, part.end, strict=True) if end]
    ahead = float(np.median(late)) * NANOSECONDS if late else 0.0
    if -EARLIEST <= ahead <= LATEST:
        return
    findings.append(f"the camera's clock was {ahead:.3f} s behind the log's; it was corrected, to a tenth of a second")
    for part in frames:
        part[:, 1] += ahead - USUALLY


def _join(
    logs: list[SegmentLog], times: FloatArray, options: Options, assumed: Assumed, findings: list[str]
) -> FloatArray:
    """Give speed [m/s], curvature to be learned and driven [1/m], and whether in reverse, (N, 4), at times (N,) [s]."""
    car, motion = (
        np.concatenate([log.car_table() for log in logs]),
        np.concatenate([log.motion_table() for log in logs]),
    )
    wheelbase, ratio = _find_car(logs, assumed)
    zeros = [zero for log in logs for zero in log.offsets if np.isfinite(zero)]
    zero = float(np.median(zeros)) if zeros else 0.0
    if zeros:
        findings.append(
            f"the steering wheel stands at {zero:+.1f} degrees when the car goes straight, as the car learned"
        )
    speed = at_frames(car[:, 0], car[:, 1], times)
    wheel = at_frames(car[:, 0], np.radians(car[:, 2] - zero), times)
    steered = from_steering_wheel(wheel, ratio, wheelbase)
    driven = from_yaw_rate(at_frames(motion[:, 0], motion[:, 1], times), speed)
    bend = choose_bend(times, steered, driven, options.curvature, "the device's yaw rate")
    findings += bend.findings
    reverse = hold(car[:, 0], car[:, 3], times) > 0
    return np.stack([speed, bend.label, bend.driven, reverse], axis=1)


def _find_car(logs: list[SegmentLog], assumed: Assumed) -> tuple[float, float]:
    """Give the wheelbase [m] and the steering ratio, by the log unless the user says otherwise."""
    log = next((log for log in logs if log.wheelbase > 0 and log.steering_ratio > 0), None)
    if log is None or assumed.given("wheelbase") or assumed.given("steering_ratio"):
        because = "the logs do not say which car it was" if log is None else f"the log says {log.car_name}"
        return assumed.take("wheelbase", "m", because), assumed.take("steering_ratio", "", because)
    measures = f"wheelbase {log.wheelbase:.2f} m, steering ratio {log.steering_ratio:.1f}"
    assumed.note("car", log.car_name or "without a name", "", f"the log says so: {measures}")
    return log.wheelbase, log.steering_ratio


def _make_shots(
    parts: list[_Segment], videos: list[SegmentVideo], frames: list[FloatArray], signals: FloatArray
) -> tuple[list[Shot], list[Flaw]]:
    shots: list[Shot] = []
    flaws: list[Flaw] = []
    rows = iter(signals.tolist())
    for part, video, own in zip(parts, videos, frames, strict=True):
        known = sum(number < video.count for number in own[:, 0].tolist())
        flaws += video.unclaimed(known, "frame not in the log", f"the log knows {known}")
        for (number, time), (speed, label, driven, reverse) in zip(own.tolist(), rows, strict=False):
            place, picture = f"{part.number}/log:{int(number)}", f"{video.name}:{int(number)}"
            if reverse:
                flaws.append(Flaw(place, picture, "in reverse", "the car drives backwards"))
                continue
            shots.append(Shot(place, time, speed, label, driven, picture, video.loader(int(number))))
    return shots, flaws
