"""CARLA's recorder logs: written by the embedded server, replayed on one, filmed from the hero's seat.

The reference is the world that was recorded: its car's motion, and what a camera on it saw.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.drives.drive import Drive
from pipeline.drives.picture import BadPictureError
from pipeline.ingestion.reader import get_reader, make_options
from pipeline.video.recorder_log import ReplayOptions, read_recording
from simulator.embedded.axes import Pose
from simulator.embedded.blueprints import BLUEPRINTS, RGB_CAMERA
from simulator.embedded.cameras import CameraSensor, open_studio
from simulator.embedded.pedals import VehicleControl
from simulator.embedded.presets import parse_weather
from simulator.embedded.recorder.folder import LogFolder
from simulator.embedded.settings import EpisodeSettings
from simulator.embedded.simulation import Simulation
from simulator.embedded.streaming import Streams
from simulator.embedded.vehicle import Vehicle
from simulator.errors import LiquidlaneError
from tests.pipeline.ingest.recorded import take_in

DELTA, TICKS = 0.05, 80


class Ride(NamedTuple):
    """What was recorded: the log, and at each tick time, speed, curvature and pose."""

    log: Path
    rows: NDArray[np.float64]
    poses: list[Pose]
    simulation: Simulation


def spawn(simulation: Simulation, kind: str, role: str, pose: Pose) -> Vehicle:
    made = simulation.episode.spawn(([1, kind, [["role_name", 4, role]]], kind, {"role_name": role}), pose)
    assert isinstance(made, Vehicle)
    return made


@pytest.fixture(scope="module")
def ride(tmp_path_factory: pytest.TempPathFactory) -> Ride:
    """A hero in a right-hand bend, another car ahead."""
    folder = tmp_path_factory.mktemp("logs")
    simulation = Simulation(Streams(1), logs=LogFolder(folder))
    simulation.set_settings(EpisodeSettings(synchronous_mode=True, fixed_delta=DELTA))
    points = simulation.episode.world_map.spawn_points
    hero = spawn(simulation, "vehicle.tesla.model3", "hero", points[0])
    spawn(simulation, "vehicle.mercedes.sprinter", "autopilot", points[2])
    simulation.recorder.start(simulation, "ride.log", additional=False)
    hero.control = VehicleControl(throttle=0.5, steer=0.08)
    rows, poses = [], []
    for tick in range(TICKS):
        simulation.tick(DELTA)
        speed = float(np.hypot(*hero.velocity[:2]))
        rows.append((tick * DELTA, speed, hero.yaw_rate / max(speed, 1e-6)))
        poses.append(hero.pose)
    simulation.recorder.stop()
    return Ride(folder / "ride.log", np.array(rows), poses, simulation)


@pytest.fixture(scope="module")
def drive(ride: Ride, tmp_path_factory: pytest.TempPathFactory) -> Drive:
    summary, (made,) = take_in("carla", ride.log, tmp_path_factory.mktemp("drives"))
    assert summary.quarantined == {"value not finite": TICKS - 3 - len(made)}
    return made


def test_log_becomes_a_drive_of_what_the_car_did(ride: Ride, drive: Drive) -> None:
    told = np.array([float(str(place).partition("@")[2]) for place in drive.facts["rows"]])
    first = round(told[0] / DELTA)
    assert len(drive) == TICKS - 1 - first  # the last frame of a log ends it
    assert ride.rows[first, 1] == pytest.approx(1.0, abs=0.2)  # slower, nobody knows a curvature
    was = ride.rows[first : first + len(drive)]
    np.testing.assert_allclose(drive.timestamp, was[:, 0] - was[0, 0], atol=1e-6)
    np.testing.assert_allclose(drive.speed, was[:, 1], atol=0.1)
    np.testing.assert_allclose(drive.curvature[5:-1], was[5:-1, 2], atol=0.003)
    assert drive.curvature.mean() < -0.01  # to the right
    assert drive.camera == ReplayOptions().world().camera.camera()
    assert drive.facts["replayed_on"] == "embedded"


def test_pictures_are_what_a_camera_on_the_car_saw(ride: Ride, drive: Drive) -> None:
    first = round(float(str(drive.facts["rows"][0]).partition("@")[2]) / DELTA)
    eye = drive.camera
    assert eye is not None
    episode = ride.simulation.episode
    hero, other = (actor for actor in episode.actors.values() if isinstance(actor, Vehicle))
    attributes = BLUEPRINTS[RGB_CAMERA].read_attributes({"image_size_x": "200", "image_size_y": "78", "fov": "90"})
    camera = CameraSensor(99, [1, RGB_CAMERA, []], Pose(), attributes)
    renderer = episode.world_map.renderer
    renderer.set_weather(parse_weather("ClearNoon"))
    for index in (0, len(drive) // 2, len(drive) - 1):
        hero.teleport(ride.poses[first + index])
        episode.actors[99] = camera
        camera.parent, camera.relative = hero, Pose(eye.x, eye.y, eye.z, eye.roll, eye.pitch, eye.yaw)
        episode.place(99, camera.relative)
        seen = open_studio().take(renderer, [camera], [hero, other])[99][..., 2::-1]
        difference = np.abs(drive.image(index).astype(float) - seen)
        assert difference.mean() < 4.0, index
        shifted = np.abs(drive.image(index).astype(float) - np.roll(seen, 4, axis=1))
        assert shifted.mean() > 1.3 * difference.mean()


def test_a_picture_in_the_middle_needs_no_replay_from_the_start(ride: Ride, drive: Drive) -> None:
    track = read_recording(ride.log, ReplayOptions()).tracks[0]
    picture = track.shots[60].load()
    assert isinstance(picture, np.ndarray)
    index = round((track.shots[60].timestamp - float(str(drive.facts["rows"][0]).partition("@")[2])) / DELTA)
    assert np.abs(drive.image(index).astype(float) - picture).mean() < 4.0


def test_other_car_and_rate(ride: Ride) -> None:
    recording = read_recording(ride.log, ReplayOptions(actor=3, camera_rate=10))
    assert "car 3 (vehicle.mercedes.sprinter)" in recording.findings[0]
    times = [shot.timestamp for shot in recording.tracks[0].shots]
    np.testing.assert_allclose(np.diff(times), 0.1, atol=1e-9)
    with pytest.raises(
        LiquidlaneError, match=r"whose eyes .*actor=ID.*2 vehicle.tesla.model3 \(hero\), 3 vehicle.merc"
    ):
        read_recording(ride.log, ReplayOptions(actor=7))


def test_reader_recognises_logs_and_names_damage(ride: Ride, tmp_path: Path) -> None:
    from pipeline.files.recording_files import Files

    (tmp_path / "a.log").write_bytes(ride.log.read_bytes()[:5000])
    reader = get_reader("carla")
    assert reader.recognise(Files(tmp_path)).confidence == 0.9
    with pytest.raises(LiquidlaneError, match=r"a.log is cut off "):
        reader.find_recordings(tmp_path, make_options("carla", {}))


def test_server_that_is_not_there_and_roads_that_are_not_are_named(ride: Ride) -> None:
    for options, message in (
        (ReplayOptions(server="127.0.0.1:9"), "nothing listens at 127.0.0.1:9"),
        (ReplayOptions(roads="/no/such.xodr"), "ingest.options.roads: /no/such.xodr can't be read"),
    ):
        shot = read_recording(ride.log, options).tracks[0].shots[0]
        with pytest.raises((LiquidlaneError, BadPictureError), match=message):
            shot.load()
