"""comma2k19: minutes on a motorway, `ROUTE/SEGMENT/video.hevc` with logs as NumPy arrays and the camera's pose.

Units and axes by the data set's README: the steering wheel in degrees (left positive, measured), speeds in m/s, times
in seconds since the device started, for the car (some 83 Hz, uneven) as for the frames (20 Hz), whose times lie beside
the video, which has none. The pose is the camera's in ECEF, its axes are forward, right, down. Segments of a route are
one recording. Two cars: chunks 1 and 2 a Toyota RAV4, the others a Honda Civic, told by the device in the route's name.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.files.array_file import MAGIC, BadArrayError, read_table
from pipeline.files.recording_files import Files, is_inside
from pipeline.ingestion.reader import Flaw, Recognition, Recording, Shot, Track
from pipeline.signals.assumed import Assumed
from pipeline.signals.bend import Bend, Source, choose_bend
from pipeline.signals.clock import longest_rising
from pipeline.signals.curvature import from_steering_wheel, from_yaw_rate
from pipeline.signals.earth import axes_of, headings
from pipeline.signals.motion import compare_with_motion, yaw_rate_of_headings
from pipeline.signals.resample import at_frames
from pipeline.video.segment import SegmentVideo, usual_video_size
from simulator.camera import Camera
from simulator.config import Config
from simulator.errors import LiquidlaneError

FloatArray = NDArray[np.float64]

VIDEO, FRAME_TIMES = "video.hevc", "global_pose/frame_times"
CARS = {
    "b0c9d2329ad1606b": ("Toyota RAV4 2016", 2.65, 16.88),
    "99c94dc769b5d96e": ("Honda Civic 2016", 2.70, 15.38),
}
"""Devices (README) and what openpilot's opendbc says of their cars: wheelbase [m] and steering ratio."""
NATIVE, FOCAL = (874, 1164), 910.0
"""(height, width) and focal length of the device's camera [px], by the data set's notebooks/camera_intrinsics.txt."""
AHEAD, HEIGHT = 1.6, 1.22
"""Where the camera is: before the rear axle, behind the windscreen; above the road, as openpilot assumes [m]."""
FASTEST_TURN = 2.0  # [rad/s]; a pose that turns faster has jumped
LARGEST_NUMBER = 1e12  # of anything here, in SI units or degrees; what is larger is damage
FAST_ENOUGH = 5.0  # [m/s] from which the direction of motion shows the camera's tilt
SURE, LEAST_OFFSET = 0.9, 0.1  # correlation of speeds, and seconds, from which a clock is corrected


class Options(Config):
    """What the data set does not say of every device."""

    curvature: Source = Field("motion", description="Curvature by the pose (motion) or the steering wheel (steering).")
    wheelbase: float = Field(2.7, gt=0, description="Distance of the axles of a car that is not known [m].")
    steering_ratio: float = Field(15.4, gt=0, description="Steering wheel to front wheels, of a car that is not known.")
    offset: float = Field(0.0, description="The logs' clock minus the frames' [s].")


@dataclass(slots=True)
class _Segment:
    """A segment: the times of its frames (N,) [s], their poses, and samples (time, value) of its signals."""

    place: str
    times: FloatArray
    video: SegmentVideo
    velocity: FloatArray
    rate: FloatArray
    mount: FloatArray
    speed: FloatArray
    wheel: FloatArray
    gyro: FloatArray


def recognise(files: Files) -> Recognition:
    """Look for times of frames and processed logs that are arrays."""
    times, logs = files.matching(rf"(.*/)?{FRAME_TIMES}"), files.matching(r"(.*/)?processed_log/CAN/\w+/t")
    if not times or not logs:
        return Recognition(0.3 if logs else 0.0, f"no {FRAME_TIMES} beside processed_log/CAN")
    try:
        with times[0].open("rb") as file:
            is_array = file.read(len(MAGIC)) == MAGIC
    except OSError:
        is_array = False
    videos = "video.hevc" if files.named(VIDEO) else "no video"
    return Recognition(0.95 if is_array else 0.6, f"{FRAME_TIMES} and processed_log/CAN, {videos}")


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read each route in the folder and below, or of a single segment.

    Raises:
        LiquidlaneError: if there is none.
    """
    files = Files(folder)
    routes: dict[Path, list[Path]] = {}
    for path in files.matching(rf"(.*/)?({FRAME_TIMES}|{VIDEO})"):
        segment = path.parent if path.name.lower() == VIDEO else path.parent.parent
        segments = routes.setdefault(segment.parent if segment.name.isdigit() else segment, [])
        if segment not in segments:
            segments.append(segment)
    routes = {route: parts for route, parts in routes.items() if any((part / FRAME_TIMES).exists() for part in parts)}
    if not routes:
        raise LiquidlaneError(
            f"{folder} and the folders in it hold no {FRAME_TIMES}; give a chunk, a route or a segment of comma2k19"
        )
    return [_read_route(route, routes[route], files, options) for route in sorted(routes)]


def _read_route(route: Path, folders: list[Path], files: Files, options: Options) -> Recording:
    findings: list[str] = []
    flaws: list[Flaw] = []
    segments: list[_Segment] = []
    for folder in sorted(folders, key=lambda path: (int(path.name) if path.name.isdigit() else 0, path.name)):
        _add_segment(folder, files, segments, flaws, findings)
    assumed = Assumed(options)
    wheelbase, ratio = _find_car(route, assumed)
    times, speed, steered, driven, by = _join(segments, options, wheelbase, ratio, findings)
    bend = choose_bend(times, steered, driven, options.curvature, by)
    size = usual_video_size([segment.video for segment in segments])
    camera = _find_camera(segments, size, assumed)
    shots = _make_shots(segments, speed, bend)
    findings = [
        f"{len(segments)} segment{'s' if len(segments) != 1 else ''}, {len(shots)} frames",
        *bend.findings,
        *findings,
    ]
    track = Track("road", camera, {"camera": "road", "assumed": assumed.facts}, shots, flaws, in_order=True, size=size)
    return Recording(route.name.replace("|", "_"), route, [track], assumed.sentences, findings)


def _add_segment(folder: Path, files: Files, segments: list[_Segment], flaws: list[Flaw], findings: list[str]) -> None:
    """Read a segment; one without times of frames becomes a flaw of its video's pictures."""
    place = folder.name
    path = folder / VIDEO
    video = SegmentVideo(path if path.is_file() else None, f"{place}/{VIDEO}", files.root)

    def table(name: str, columns: int) -> FloatArray:
        file = folder / name
        try:
            if not is_inside(file, files.root):
                raise BadArrayError("it is a link that leads out of the folder")
            values, lacking = read_table(file, columns)
        except FileNotFoundError:
            return np.empty((0, columns))
        except BadArrayError as error:
            findings.append(f"{place}: {name} can't be read ({error})")
            return np.empty((0, columns))
        if lacking:
            findings.append(f"{place}: {name} ends early, {lacking} rows lack")
        values[~(np.abs(values) < LARGEST_NUMBER)] = np.nan
        return values

    def samples(name: str, columns: int = 1) -> FloatArray:
        parts = [table(f"processed_log/{name}/t", 1), table(f"processed_log/{name}/value", columns)]
        rows = min(map(len, parts))
        return np.hstack([part[:rows] for part in parts])

    times = table(FRAME_TIMES, 1)[:, 0]
    flaws += video.unclaimed(len(times), "no time for the picture", f"{FRAME_TIMES} has {len(times)}")
    if not len(times):
        findings.append(f"{place}: there are no times of frames")
        return
    velocity, rate, mount = _read_pose(table, times)
    logs = [samples("CAN/speed"), samples("CAN/steering_angle"), samples("IMU/gyro", 3)]
    segments.append(_Segment(place, times, video, velocity, rate, mount, *logs))


def _read_pose(table: Callable[[str, int], FloatArray], times: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give the camera's speed (N,) [m/s], yaw rate (N,) [rad/s] and velocity along its own axes (N, 3) [m/s]."""
    names = {"positions": 3, "velocities": 3, "orientations": 4}
    places, moving, turned = (_pad(table(f"global_pose/frame_{name}", names[name]), len(times)) for name in names)
    axes = axes_of(turned)
    heading = headings(places, axes[:, :, 0])
    rate = np.full(len(times), np.nan)
    known = np.flatnonzero(np.isfinite(heading) & np.isfinite(times))
    known = known[longest_rising(times[known])]
    if len(known) > 2:
        rate[known] = yaw_rate_of_headings(times[known], heading[known])
    rate[~(np.abs(rate) < FASTEST_TURN)] = np.nan
    return np.linalg.norm(moving, axis=1), rate, np.einsum("nij,ni->nj", axes, moving)


def _pad(values: FloatArray, rows: int) -> FloatArray:
    """Give exactly so many rows, NaN where there are none."""
    padded = np.full((rows, values.shape[1]), np.nan)
    padded[: min(rows, len(values))] = values[:rows]
    return padded


def _find_car(route: Path, assumed: Assumed) -> tuple[float, float]:
    """Give the wheelbase [m] and the steering ratio of a device's car, or what is assumed of one that is not known."""
    device = next((part[:16] for part in reversed(route.parts) if re.match(r"[0-9a-f]{16}([|_]|$)", part)), "")
    if device in CARS and not assumed.given("wheelbase") and not assumed.given("steering_ratio"):
        name, wheelbase, ratio = CARS[device]
        assumed.note("car", name, "", f"device {device} was in it: wheelbase {wheelbase} m, steering ratio {ratio}")
        return wheelbase, ratio
    because = "the device is none of the data set's"
    return assumed.take("wheelbase", "m", because), assumed.take("steering_ratio", "", because)


def _join(
    segments: list[_Segment], options: Options, wheelbase: float, ratio: float, findings: list[str]
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, str]:
    """Bring a route's signals to the times of its frames.

    Returns:
        times [s], speed [m/s], curvature by the steering wheel and by the motion [1/m], (N,) each, and where the
        motion is from.
    """
    if not segments:
        nothing = np.empty(0)
        return nothing, nothing, nothing, nothing, "the pose"
    times, velocity, rate = (
        np.concatenate([getattr(part, name) for part in segments]) for name in ("times", "velocity", "rate")
    )
    speeds, wheels, gyro = (
        np.concatenate([getattr(part, name) for part in segments]) for name in ("speed", "wheel", "gyro")
    )
    offset = options.offset or _find_offset(times, speeds, velocity, findings)
    speed = at_frames(speeds[:, 0], speeds[:, 1], times, offset=offset)
    lacking = ~np.isfinite(speed) & np.isfinite(velocity)
    if lacking.any():
        findings.append(f"speed by the pose at {int(lacking.sum())} frames where the car's is not known")
    speed = np.where(lacking, velocity, speed)
    by = "the pose"
    if not np.isfinite(rate).any() and len(gyro):
        by, rate = "the gyroscope", at_frames(gyro[:, 0], -gyro[:, 3], times, offset=offset)  # its third axis is down
    wheel = at_frames(wheels[:, 0], np.radians(wheels[:, 1]), times, offset=offset)
    return times, speed, from_steering_wheel(wheel, ratio, wheelbase), from_yaw_rate(rate, speed), by


def _find_offset(times: FloatArray, speeds: FloatArray, velocity: FloatArray, findings: list[str]) -> float:
    """Say how much the logs' clock is ahead of the frames' [s], by the car's speed and the pose's.

    Below two frames it is not corrected: so much lies between a wheel's turning and its message.
    """
    agreement = compare_with_motion(times, at_frames(speeds[:, 0], speeds[:, 1], times), velocity)
    if agreement is None or agreement.correlation < SURE:
        return 0.0
    if abs(agreement.delay) < LEAST_OFFSET:
        findings.append(
            f"logs and frames have one clock: their speeds agree within {abs(agreement.delay) * 1000:.0f} ms"
        )
        return 0.0
    findings.append(f"the logs' clock is {-agreement.delay:+.2f} s from the frames', by their speeds; it was corrected")
    return -agreement.delay


def _find_camera(segments: list[_Segment], size: tuple[int, int] | None, assumed: Assumed) -> Camera | None:
    """Give the camera, whose tilt follows from the direction in which it moves; None if pictures are of another."""
    height, width = size or (0, 0)
    along = np.concatenate([part.mount for part in segments] or [np.empty((0, 3))])
    along = along[np.linalg.norm(along, axis=1) > FAST_ENOUGH]
    if not width or abs(width / height - NATIVE[1] / NATIVE[0]) > 0.01 or not len(along):
        assumed.note("camera", "unknown", "", "pictures of this shape, or how the camera moved, are not known")
        return None
    scale = width / NATIVE[1]
    forward, right, down = np.median(along, axis=0).tolist()
    pitch, yaw = math.atan2(-down, forward), math.atan2(right, math.hypot(forward, down))
    assumed.note("camera height", HEIGHT, "m", "the data set does not say it")
    assumed.note("camera", f"{AHEAD} m before the rear axle", "", "the data set does not say it")
    focal, across, below = FOCAL * scale, (width - 1) / 2, (height - 1) / 2
    return Camera(width, height, focal, focal, across, below, x=AHEAD, z=HEIGHT, pitch=pitch, yaw=yaw)


def _make_shots(segments: list[_Segment], speed: FloatArray, bend: Bend) -> list[Shot]:
    shots: list[Shot] = []
    for part in segments:
        for index, time in enumerate(part.times.tolist()):
            at = len(shots)
            label, driven = float(bend.label[at]), float(bend.driven[at])
            place, load = f"{part.place}/{FRAME_TIMES}[{index}]", part.video.loader(index)
            shots.append(Shot(place, time, float(speed[at]), label, driven, f"{part.place}/{VIDEO}:{index}", load))
    return shots
