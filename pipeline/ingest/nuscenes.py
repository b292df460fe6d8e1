"""nuScenes: a camera's pictures from the tables (`v1.0-*/`), with the motion of the CAN bus expansion (`can_bus/`).

A recording is a log, since its scenes of 20 s follow one another on the same roads. Curvature is the yaw rate over the
speed, of the expansion's poses; where a scene has none, of the tables'. The steering wheel is compared with it.
"""

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pipeline.drives.picture import BadPictureError, claimed_size
from pipeline.files.recording_files import Files, PictureFile
from pipeline.ingestion.reader import Recognition, Recording, Shot, Track
from pipeline.nuscenes.can_bus import CanBus, Series, read_can_bus
from pipeline.nuscenes.tables import SAMPLE_DATA, Picture, Scene, Tables, make_camera, read_poses, read_tables
from pipeline.signals.assumed import Assumed
from pipeline.signals.curvature import from_steering_wheel, from_yaw_rate
from pipeline.signals.motion import compare_with_motion
from pipeline.signals.path_motion import motion_of_poses
from pipeline.signals.resample import at_frames
from simulator.camera import Camera
from simulator.config import Config
from simulator.errors import LiquidlaneError

FloatArray = NDArray[np.float64]
TABLES = r"(.*/)?sample_data\.json"
MESSAGES = r"(.*/)?scene-\d{4}_(pose|steeranglefeedback|vehicle_monitor|zoesensors|zoe_veh_info|ms_imu)\.json"
MONITOR_HOLE = 1.2  # [s]; the monitor speaks twice a second
MOST_NAMED = 8


class Options(Config):
    """What to read, and what the data set does not say of its cars."""

    camera: Literal["CAM_FRONT", "CAM_FRONT_LEFT", "CAM_FRONT_RIGHT", "CAM_BACK", "CAM_BACK_LEFT", "CAM_BACK_RIGHT"] = (
        Field("CAM_FRONT", description="Which camera's pictures are taken.")
    )
    label: Literal["motion", "steering"] = Field("motion", description="Whether yaw rate or steering wheel is learned.")
    wheelbase: float = Field(2.588, gt=0, description="Distance of the axles of a Renault Zoe [m].")
    steering_ratio: float = Field(
        15.4, gt=0, description="Assumed degrees of the steering wheel per degree of a wheel."
    )


def recognise(files: Files) -> Recognition:
    """Look for the tables and for the messages of the CAN bus."""
    tables = [path for path in files.matching(TABLES) if (path.parent / "calibrated_sensor.json").is_file()]
    messages = files.matching(MESSAGES)
    if tables and messages:
        return Recognition(1.0, f"{tables[0].parent.name}/{SAMPLE_DATA} and messages such as {messages[0].name}")
    if tables:
        return Recognition(0.9, f"{tables[0].parent.name}/{SAMPLE_DATA} with calibrated_sensor.json")
    return Recognition(0.4 if messages else 0.0, "can_bus/ without tables" if messages else f"no {SAMPLE_DATA}")


def find_recordings(folder: Path, options: Options) -> list[Recording]:
    """Read each log of which pictures are there.

    Raises:
        LiquidlaneError: if there are no tables, no picture is there, or a table can't be read.
    """
    files = Files(folder)
    versions = [path.parent for path in files.matching(TABLES)]
    if not versions:
        raise LiquidlaneError(
            f"{folder} and the folders in it hold no {SAMPLE_DATA}; give a folder that holds v1.0-mini or "
            "v1.0-trainval, samples, sweeps and can_bus"
        )
    recordings: list[Recording] = []
    done: set[str] = set()
    absent = 0
    for version in sorted(versions, key=lambda path: ("mini" in path.name, path)):  # mini is part of trainval
        tables = read_tables(version, options.camera)
        there = [scene for scene in tables.scenes.values() if scene.name not in done and _has_pictures(scene, files)]
        absent += len(tables.scenes) - len(there)
        done |= {scene.name for scene in there}
        found = _read_logs(tables, there, files, options)
        if found and (tables.flaws or tables.findings):
            _tell_first(found, tables)
        recordings += found
    if not recordings:
        raise LiquidlaneError(
            f"{folder} holds no picture of {options.camera} of its {absent} scenes; unpack samples and sweeps beside "
            f"{versions[0].name}"
        )
    return recordings


def _tell_first(found: list[Recording], tables: Tables) -> None:
    """Put what is wrong with the tables themselves into the books of the first recording."""
    first = found[0]
    track = first.tracks[0]
    told = Track(track.name, track.camera, track.facts, track.shots, [*track.flaws, *tables.flaws])
    findings = [*first.findings, *tables.findings]
    found[0] = Recording(first.name, first.folder, [told, *first.tracks[1:]], first.assumptions, findings)


def _has_pictures(scene: Scene, files: Files) -> bool:
    return any(files.find(picture.filename) is not None for picture in scene.pictures)


def _read_logs(tables: Tables, scenes: list[Scene], files: Files, options: Options) -> list[Recording]:
    logs: dict[str, list[Scene]] = {}
    for scene in scenes:
        logs.setdefault(scene.log, []).append(scene)
    buses = {scene.name: read_can_bus(scene.name, files) for scene in scenes}
    without = [scene for scene in scenes if buses[scene.name].motion is None]
    poses = read_poses(tables.folder, {picture.ego_pose for scene in without for picture in scene.pictures})
    for scene in without:
        bus = buses[scene.name]
        bus.motion = _motion_of_table(scene, poses)
        bus.tabled = bus.motion is not None
    return [_read_log(log, tables, logs[log], buses, files, options) for log in sorted(logs)]


def _motion_of_table(scene: Scene, poses: dict[str, tuple[float, float, float]]) -> Series | None:
    """Give speed and yaw rate from the poses that the tables hold for each picture."""
    rows = [(picture.time / 1e6, *poses[picture.ego_pose]) for picture in scene.pictures if picture.ego_pose in poses]
    table = np.array(rows, float).reshape(len(rows), 4)
    table = table[np.unique(table[:, 0], return_index=True)[1]]
    if len(table) < 3:
        return None
    return Series(table[:, 0], np.stack(motion_of_poses(*table.T), axis=1))


def _read_log(
    log: str, tables: Tables, scenes: list[Scene], buses: dict[str, CanBus], files: Files, options: Options
) -> Recording:
    assumed = Assumed(options)
    scenes = sorted(scenes, key=lambda scene: scene.pictures[0].time)
    pictures = [picture for scene in scenes for picture in scene.pictures]
    columns = [_signals(scene, buses[scene.name], assumed, options) for scene in scenes]
    times, speeds, motion, steering = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    label = motion if options.label == "motion" else steering
    executed = np.where(np.isfinite(motion), motion, label)
    shots: dict[Camera | None, list[Shot]] = {}
    cameras = _cameras(tables, pictures, files, assumed)
    values = zip(times.tolist(), speeds.tolist(), label.tolist(), executed.tolist(), strict=True)
    for picture, (time, speed, bend, driven) in zip(pictures, values, strict=True):
        load = PictureFile(files.find(picture.filename), files.root)
        shot = Shot(picture.place, time, speed, bend, driven, picture.filename, load)
        shots.setdefault(cameras[picture.sensor], []).append(shot)
    tracks = [
        Track(f"{options.camera}{f'-{number}' if number else ''}", camera, _facts(options, assumed), own)
        for number, (camera, own) in enumerate(shots.items())
    ]
    findings = _findings(scenes, buses, times, steering, motion, options)
    return Recording(log, tables.folder, tracks, assumed.sentences, findings)


def _facts(options: Options, assumed: Assumed) -> dict[str, object]:
    return {"camera": options.camera, "assumed": assumed.facts}


def _signals(
    scene: Scene, bus: CanBus, assumed: Assumed, options: Options
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Give times [s], speeds [m/s] and the curvatures of motion and of steering [1/m] at a scene's pictures."""
    times = np.array([picture.time / 1e6 for picture in scene.pictures])
    unknown = np.full(len(times), np.nan)
    speeds, motion, steering = unknown, unknown, unknown
    if bus.motion is not None:
        speeds = at_frames(bus.motion.times, bus.motion.values[:, 0], times)
        motion = from_yaw_rate(at_frames(bus.motion.times, bus.motion.values[:, 1], times), speeds)
    if bus.steering is not None:
        angle = at_frames(bus.steering.times, bus.steering.values[:, 0], times, hole=MONITOR_HOLE)
        ratio, wheelbase = options.steering_ratio, options.wheelbase
        if options.label == "steering":
            ratio = assumed.take("steering_ratio", "", "the data set does not say it")
            wheelbase = assumed.take("wheelbase", "m", "the cars are said to be Renault Zoes")
        steering = from_steering_wheel(angle, ratio, wheelbase)
    return times, speeds, motion, steering


def _cameras(tables: Tables, pictures: list[Picture], files: Files, assumed: Assumed) -> dict[str, Camera | None]:
    """Give each sensor's camera; none where pictures have another size than the table states."""
    found: dict[str, Camera | None] = {}
    for picture in pictures:
        if picture.sensor in found:
            continue
        camera = make_camera(tables.sensors[picture.sensor], picture.size)
        own = (one for one in pictures if one.sensor == picture.sensor)
        actual = next((size for one in own if (size := _size(PictureFile(files.find(one.filename), files.root)))), None)
        if camera is None:
            assumed.note("camera", "unknown", "", "its row in calibrated_sensor.json can't be used")
        elif actual not in (None, picture.size):
            assumed.note("camera", "unknown", "", f"pictures have {actual} px, the table says {picture.size}")
            camera = None
        found[picture.sensor] = camera
    return found


def _size(picture: PictureFile) -> tuple[int, int] | None:
    try:
        return claimed_size(picture())
    except (OSError, BadPictureError):
        return None


def _findings(
    scenes: list[Scene],
    buses: dict[str, CanBus],
    times: FloatArray,
    steering: FloatArray,
    motion: FloatArray,
    options: Options,
) -> list[str]:
    more = "…" if len(scenes) > MOST_NAMED else ""
    findings = [f"scenes {', '.join(scene.name for scene in scenes[:MOST_NAMED])}{more}"]
    findings += [told for scene in scenes for told in buses[scene.name].findings]
    tabled = [scene.name for scene in scenes if buses[scene.name].tabled]
    if tabled:
        findings.append(
            f"motion of {', '.join(tabled[:MOST_NAMED])} is that of the tables' poses, for want of messages"
        )
    findings.append("no curvature where the car is slower than 1 m/s: the yaw rate over it is noise")
    agreement = compare_with_motion(times, steering, motion)
    if agreement is not None:
        findings.append(str(agreement))
        if agreement.scale is not None and agreement.sign_is_right:
            ratio = options.steering_ratio / agreement.scale
            findings.append(f"by the motion, the steering wheel turns {ratio:.1f} times as far as the wheels")
    return findings
